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
	Outcomes    []Outcome
}

// DocumentState says how far a document has come.
type DocumentState string

// The states of a document; its number is taken in all of them.
const (
	Reserved DocumentState = "reserved"
	Issued   DocumentState = "issued"
	Annulled DocumentState = "annulled"
)

// Document is anything issued as PDF.
type Document struct {
	ID          string
	Key         string // one document a decision, subject and template
	Kind        string // series: mandate, certificate, decision
	Template    string
	Commission  string
	Election    string
	Number      int
	State       DocumentState
	Application string
	Subject     string
	Decision    string
	Data        []byte   // JSON, what the template is filled with
	Passport    Passport // how it was made
	File        string   // its name in the bucket
	ReservedAt  time.Time
	IssuedAt    time.Time
}

// Passport says how a document was made, so that it can be made again.
type Passport struct {
	SHA256   string `json:"sha256"`
	DataHash string `json:"data_sha256"`
	Template string `json:"template_sha256"`
	Browser  string `json:"browser"`
	Pages    int    `json:"pages"`
}
