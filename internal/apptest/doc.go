// Package apptest runs a whole hub inside a test: the mock systems on ports of
// their own, the hub with the demo's configuration in a temporary folder, keys
// for two commissions, and a clock that tests may move. Every answer that comes
// through its clients is held against contracts/openapi.yaml: one that does not
// fit is an error of the call. It is imported by tests only.
package apptest
