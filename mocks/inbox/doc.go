// Package inbox is what the mock SMS gateways have in common: the telephones at
// which their messages arrive, for people and for programs to look at; numbers
// that behave ill; and the posting of delivery reports, late, twice or out of
// order. It knows no wire.
package inbox
