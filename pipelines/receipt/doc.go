// Package receipt gives out what an auto-fill found as a token that the hub
// itself can trust later: a compact JWS, signed with the hub's Ed25519 key, with
// a part that anyone may read (who asked, for what, until when, which register
// answered how) and a sealed one (the answers). Nothing is stored: an application
// that cites a receipt brings the answers with it.
package receipt
