// Package eds is the client of E-IMZO-SERVER, which verifies electronic digital
// signatures by national cryptography. A verdict, good or bad, is an answer; a
// server that could not reach the certification authority is a fault. Whether
// the signer is the person whom an act needs is for the caller to compare.
package eds
