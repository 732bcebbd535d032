// Package eds is the client of E-IMZO-SERVER, which verifies electronic digital
// signatures by national cryptography. A verdict, good or bad, is an answer and
// comes with its evidence; a server that could not reach the certification
// authority is a fault. Who must sign, and when, is given as an expectation: the
// client applies all checks of a signature in their order. What is not known of
// the server for certain is in assumed.go; the wire is contracts/external/eds.yaml.
package eds
