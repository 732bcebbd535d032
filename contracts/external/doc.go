// Package external holds the contracts with the systems outside, as data: one
// OpenAPI 3.0.3 file a system, whose operation ids are the hub's own operation
// keys. A Contract checks any HTTP exchange field by field; Transport does so
// for the exchanges of a context that collects (Collect), so that a probe or a
// test can tell what an installation speaks differently.
//
// What it tells are fields, types and words of the contract, never a value of
// the exchange: those are personal data and secrets. It decides nothing: how a
// connector reads an answer is the connector's own, and often more lenient.
package external
