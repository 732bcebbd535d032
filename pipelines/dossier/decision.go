package dossier

import (
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
)

// DecisionState says how far a decision has come.
type DecisionState string

// The states of a decision.
const (
	DecisionVerifying DecisionState = "verifying"
	DecisionSigned    DecisionState = "signed"
	DecisionRefused   DecisionState = "signature_refused"
	DecisionConflict  DecisionState = "conflict" // somebody has a role by now
)

// Decision is the commission's signed answer.
type Decision struct {
	ID          string
	Application string
	Commission  string
	Number      string
	Date        civil.Date
	State       DecisionState
	Reason      string
	DraftedBy   string // official id
	Document    []byte
	Signature   []byte
	Signer      *signature.Signer
	At          time.Time
	Outcomes    []Outcome // of each subject
	Whole       Outcome   // of an application that names nobody, and of a whole list
}

// Draft is a decision as it was drafted and not signed yet; an application has one.
type Draft struct {
	ID          string
	Application string
	DraftedBy   string // official id
	Version     int    // of the application as it was drafted on
	Document    []byte // the very bytes to be signed
	At          time.Time
}
