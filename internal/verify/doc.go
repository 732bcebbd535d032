// Package verify answers whether a document is genuine: online, for whoever
// follows the address of its QR code, and offline, from the file or the code, the
// hub's public key and the signed list of what was revoked. An answer says what
// the document is and how it stands; never who it is about, and never why it was
// revoked: the paper shows the one, the commission tells the other.
//
// Everything here is a function of the bytes it is given; the register of
// documents is asked through Register.
package verify
