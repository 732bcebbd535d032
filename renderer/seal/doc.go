// Package seal lays an organisation's electronic seal over a finished PDF and
// checks such seals: an incremental update with a CMS signature of the kind
// ETSI.CAdES.detached (PAdES B-B), which also certifies the file against any
// change (DocMDP, P 1). The original bytes stay a prefix of the sealed file.
//
// A seal is made over exactly one revision, by one signer, in exactly one form:
// the same file, options, certificate and key give the same bytes, with RSA
// because its signatures hold no randomness, with ECDSA because the nonce is
// derived from key and digest (RFC 6979). Verify accepts that form alone, byte
// for byte, so that nothing in a sealed file can be altered unseen. It asks no
// revocation list, and the time it judges certificates by is the sealer's own.
//
// Sealing is the last thing done to a file: whatever rewrites it afterwards,
// encryption included, destroys the seal.
package seal
