// Package oneid is the client of OneID (sso.egov.uz), by which people sign in.
// It speaks OAuth2 in form only: one address for everything, the operation in a
// parameter, no discovery, no ID token. The browser is sent to AuthorizeURL and
// comes back with a code; Exchange and Identify turn the code into a Profile.
//
// What a sign-in allows is for the caller to decide: a profile may lack a PINFL
// (Profile.Person refuses then), and only a sign-in with an e-signature has
// legal force (Profile.LegalForce). Legal name parts come from the personal data
// register by PINFL, never from here.
package oneid
