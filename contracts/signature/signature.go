// Package signature states what the hub wants to know of an electronic digital
// signature: who signed, when, whether it can be relied on, and if not, why. It
// also reads the outer form of a PKCS#7 envelope, which is all that can be
// judged without the EDS service (national cryptography lives there).
package signature

import (
	"errors"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/saylovhub/hub/contracts/personal"
)

// Reason says why a signature cannot be relied on. The set is closed.
type Reason string

// The reasons.
const (
	Invalid       Reason = "signature_invalid"          // mathematically wrong, or tampered with
	Untrusted     Reason = "certificate_untrusted"      // chain does not end at a trusted root
	Expired       Reason = "certificate_expired"        // not valid on the signing date
	Revoked       Reason = "certificate_revoked"        // revoked or suspended
	NoTimestamp   Reason = "timestamp_missing"          // and the signer's clock is off
	BadTimestamp  Reason = "timestamp_invalid"          // timestamp does not verify
	OtherContent  Reason = "content_differs"            // signed bytes are not the document's
	NoSigner      Reason = "no_signer"                  // an envelope without signers
	SignerTwice   Reason = "signer_twice"               // one person signed twice
	NoPINFL       Reason = "certificate_without_pinfl"  // cannot name a person
	WrongPerson   Reason = "wrong_person"               // good, but not whom the act needs
	WrongOrg      Reason = "wrong_organisation"         // good, but for another organisation
	OutsideWindow Reason = "outside_certificate_window" // time lies outside the certificate's term
)

// Verdict is the outcome of a verification: an answer, whichever way it goes.
type Verdict struct {
	Trusted bool
	Reason  Reason // empty when trusted
	Signers []Signer
}

// Signer is one signer of an envelope.
type Signer struct {
	PINFL    personal.PINFL `json:"pinfl"`
	TIN      string         `json:"tin"` // of the organisation; empty on a natural person's certificate
	Name     string         `json:"name"`
	Serial   string         `json:"serial"` // certificate serial, hex
	SignedAt time.Time      `json:"signed_at"`
	ByStamp  bool           `json:"by_stamp"` // SignedAt is the timestamp's, not the signer's clock
}

// ErrNotPKCS7 means the bytes are not a PKCS#7 signed-data envelope.
var ErrNotPKCS7 = errors.New("not a PKCS#7 signed-data envelope")

// Content reads an envelope (DER) and returns the bytes attached in it;
// detached reports that it carries none. Nothing is verified here.
func Content(der []byte) (content []byte, detached bool, err error) {
	defer func() { // the library indexes into foreign bytes
		if recover() != nil {
			content, detached, err = nil, false, ErrNotPKCS7
		}
	}()
	p, err := pkcs7.Parse(der)
	if err != nil || len(p.Signers) == 0 {
		return nil, false, ErrNotPKCS7
	}
	return p.Content, len(p.Content) == 0, nil
}
