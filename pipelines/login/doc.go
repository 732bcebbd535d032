// Package login makes and checks the codes by which candidates and proxies log
// in or sign: six digits in an SMS, of use for five minutes, five guesses and
// one time. Who asks learns nothing of who is registered: a request only stores
// that somebody asked, and a stage looks for the person afterwards. The store
// keeps a keyed hash of the code and of the phone, never either of them.
package login
