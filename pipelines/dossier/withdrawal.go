package dossier

import "time"

// WithdrawalState says how far a withdrawal has come.
type WithdrawalState string

// The states of a withdrawal. All but verifying are final.
const (
	WithdrawalVerifying WithdrawalState = "verifying"
	WithdrawalDone      WithdrawalState = "done"
	WithdrawalRefused   WithdrawalState = "refused" // its signature does not count
	WithdrawalLate      WithdrawalState = "late"    // the commission was deciding by then
)

// Withdrawal is an applicant's word that an application is taken back. Document
// holds the signed bytes, frozen.
type Withdrawal struct {
	ID          string
	Application string
	State       WithdrawalState
	Reason      string // why the signature was refused; else empty
	Document    []byte
	Signature   []byte // empty: signed by code
	SubmittedBy string // API key's id
	At          time.Time
}
