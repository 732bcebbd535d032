package dossier

import (
	"fmt"
	"slices"
)

// State is where an application stands.
type State string

// The states. docs/states.md draws them.
const (
	Submitted        State = "submitted"         // stored; its signature is being verified
	SignatureRefused State = "signature_refused" // end: untrusted, revoked or of the wrong person
	Checking         State = "checking"          // registers are being asked
	DossierReady     State = "ready"             // every subject is assessed; the commission may decide
	Returned         State = "returned"          // the applicant is to correct it by a day
	Superseded       State = "superseded"        // end: handed in anew, the new one goes on
	Withdrawn        State = "withdrawn"         // end: by the applicant
	Lapsed           State = "lapsed"            // end: returned and not corrected in time
	Deciding         State = "deciding"          // the decision's signature is being verified
	Executing        State = "executing"         // documents are being issued
	Executed         State = "executed"          // end
)

// transitions is the one table; anything else is refused.
var transitions = map[State][]State{
	Submitted:        {Checking, SignatureRefused, Withdrawn},
	SignatureRefused: {},
	Checking:         {DossierReady, Returned, Withdrawn},
	DossierReady:     {Deciding, Returned, Withdrawn},
	Returned:         {Superseded, Withdrawn, Lapsed},
	Superseded:       {},
	Withdrawn:        {},
	Lapsed:           {},
	Deciding:         {DossierReady, Executing},
	Executing:        {Executed},
	Executed:         {},
}

// States lists all states.
func States() []State {
	return []State{
		Submitted, SignatureRefused, Checking, DossierReady, Returned, Superseded, Withdrawn, Lapsed, Deciding, Executing, Executed,
	}
}

// Final reports that nothing follows by itself or by an act.
func (s State) Final() bool { return len(transitions[s]) == 0 }

// CanBecome returns an error unless the table has the transition.
func (s State) CanBecome(next State) error {
	if slices.Contains(transitions[s], next) {
		return nil
	}
	return fmt.Errorf("an application that is %s cannot become %s", s, next)
}
