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
)

// Evidence is one verdict of the EDS on one envelope, with what proves it. It is
// kept for good, and no user is shown it: other people's PINFLs are in it.
type Evidence struct {
	ID          string
	Application string
	Act         Act
	Ref         string // id of the application or of the decision
	At          time.Time
	PKCS7       []byte // the envelope as it was judged
	Verdict     signature.Verdict
}
