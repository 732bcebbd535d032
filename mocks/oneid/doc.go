// Package oneid is a mock of OneID (sso.egov.uz): one address for the browser's
// sign-in, the exchange of a code, the profile and the sign-out, true to the
// wire down to keys that come and go. Its sign-in page lists the people of
// package population and asks for no password; SignIn and POST /_mock/signin do
// the same without a browser.
//
// Unlike the live service it lets localhost be a return address, for which such
// mocks are made. What is not published of OneID stands in assumed.go.
package oneid
