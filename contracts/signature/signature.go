// Package signature states what the hub wants to know of an electronic digital
// signature: whom an act wants to have signed, who did, when, whether it can be
// relied on, if not, why, and what proves all that later. It also reads the
// outer form of a PKCS#7 envelope, which is all that can be judged without the
// EDS service (national cryptography lives there).
package signature

import (
	"encoding/json"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Reason says why a signature cannot be relied on. The set is closed: Reasons
// lists it.
type Reason string

// The reasons, in the order of the checks that give them.
const (
	Invalid       Reason = "signature_invalid"          // mathematically wrong, or tampered with
	Untrusted     Reason = "certificate_untrusted"      // chain does not end at a trusted root
	Expired       Reason = "certificate_expired"        // not valid on the signing date
	NoSigner      Reason = "no_signer"                  // an envelope without signers
	Revoked       Reason = "certificate_revoked"        // revoked or suspended
	NoTimestamp   Reason = "timestamp_missing"          // and the signer's clock is off, or does not do
	BadTimestamp  Reason = "timestamp_invalid"          // timestamp does not verify
	OutsideWindow Reason = "outside_certificate_window" // time lies outside the certificate's term
	OutsideAct    Reason = "outside_act_window"         // time lies outside the legal window of the act
	NoPINFL       Reason = "certificate_without_pinfl"  // cannot name a person
	WrongPerson   Reason = "wrong_person"               // good, but not whom the act needs
	WrongOrg      Reason = "wrong_organisation"         // good, but for another organisation
	OtherContent  Reason = "content_differs"            // signed bytes are not the document's
	SignerTwice   Reason = "signer_twice"               // one person signed twice
	Missing       Reason = "signer_missing"             // who signed may, but not all who must
)

// Reasons lists every reason, in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		Invalid, Untrusted, Expired, NoSigner, Revoked, NoTimestamp, BadTimestamp, OutsideWindow, OutsideAct,
		NoPINFL, WrongPerson, WrongOrg, OtherContent, SignerTwice, Missing,
	}
}

// Verdict is the outcome of a verification: an answer, whichever way it goes.
type Verdict struct {
	Trusted  bool     `json:"trusted"`
	Reason   Reason   `json:"reason"` // empty when trusted
	Signers  []Signer `json:"signers"`
	Evidence Evidence `json:"evidence"`
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

// Evidence is what proves a verdict later, besides the envelope itself. It
// holds PINFLs: it is stored sealed and shown to nobody but an auditor.
type Evidence struct {
	// Answer is what the service said, as JSON: status, message, pkcs7Info with
	// the certificates and the OCSP responses, but without the document.
	Answer   json.RawMessage `json:"answer"`
	Document string          `json:"document_sha256"` // hex, of the document that was given
	// Claimed is the signer's own clock, Stamped the timestamp's; of several
	// signers the latest. Zero where nobody told one.
	Claimed time.Time `json:"claimed_at"`
	Stamped time.Time `json:"stamped_at"`
	// Updated is how old the certificates' status was: the oldest of several.
	Updated  time.Time `json:"status_updated_at"`
	Verified time.Time `json:"verified_at"` // when the service was asked, by our clock
}

// Sole returns the one signer of a verdict on an act that one person signs, or
// why there is none: a verdict that is not trusted never has one.
func (v Verdict) Sole() (Signer, Reason) {
	switch {
	case !v.Trusted && v.Reason == "":
		return Signer{}, Invalid
	case !v.Trusted:
		return Signer{}, v.Reason
	case len(v.Signers) == 0:
		return Signer{}, NoSigner
	case len(v.Signers) > 1:
		return Signer{}, WrongPerson
	}
	return v.Signers[0], ""
}
