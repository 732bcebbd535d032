package dossier

import (
	"time"

	"github.com/saylovhub/hub/contracts/signature"
)

// Act is what a signature was put under.
type Act string

// The acts.
const (
	ActApplication Act = "application"
	ActDecision    Act = "decision"
	ActWithdrawal  Act = "withdrawal"
)

// Method is how something was signed.
type Method string

// The methods.
const (
	ByEDS Method = "eds"
	BySMS Method = "sms" // a code to the signer's phone
)

// Evidence is one verdict of the EDS on one envelope, with what proves it. It is
// kept for good, and no user is shown it: other people's PINFLs are in it.
type Evidence struct {
	ID          string
	Application string
	Act         Act
	Method      Method // empty: ByEDS
	Ref         string // id of the application, the decision or the withdrawal
	At          time.Time
	PKCS7       []byte // the envelope as it was judged; empty: signed by code
	Verdict     signature.Verdict
}
