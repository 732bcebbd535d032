// Package external holds the contracts with the systems outside, as data: one
// OpenAPI 3.0.3 file a system, whose operation ids are the hub's own operation
// keys. A Contract checks any HTTP exchange field by field; Transport does so
// for the exchanges of a context that collects (Collect), so that a probe or a
// test can tell what an installation speaks differently.
//
// Conventions of the files: operations that share a path differ in a fragment
// (/path#one, /path#two), each with a field that has one word only; an object
// with additionalProperties takes any field, another tells of unknown ones; the
// content type */* takes any body and none; what the system posts to us is a
// callback (CheckCallback).
//
// What it tells are fields, types and words of the contract, never a value of
// the exchange: those are personal data and secrets. It decides nothing: how a
// connector reads an answer is the connector's own, and often more lenient.
package external
