// Package crashtest lets applications flow through hub processes that are
// killed, stopped and starved, and keeps a ledger of its own: what was accepted,
// decided and signed, as a commission application would know it. At the end the
// ledger is held against the hub's API, the mock systems and, where there is
// one, `hub reconcile`. It knows both editions: what differs stands in Edition.
package crashtest
