// Package reconcile makes the hub's ledger: as of one moment, how each accepted
// application, person, check, decision, document number, SMS and event ended, or
// where it stands and why, and whether any was lost. The ledger is signed, names
// nobody (ids, numbers and codes only), and can be checked without the hub.
package reconcile
