package signature

import (
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Party is somebody whose signature an act wants.
type Party struct {
	PINFL personal.PINFL
	TIN   string // the organisation it is given for; empty: any, or none
}

// Expectation is what an act wants of the signatures under it. The zero value
// lets nobody sign.
type Expectation struct {
	// AnyOf are the sets of parties, one of which must have signed: all of it,
	// and nobody else. Whoever may sign alone is a set of one.
	AnyOf [][]Party
	// From and To are the legal window of the act: signed at From or later, and
	// before To. Zero: open on that side.
	From, To time.Time
}

// One expects the signature of one party alone.
func One(p Party) [][]Party { return [][]Party{{p}} }

// InTime reports whether at lies inside the window.
func (e Expectation) InTime(at time.Time) bool {
	return (e.From.IsZero() || !at.Before(e.From)) && (e.To.IsZero() || at.Before(e.To))
}

// Entitled judges one signer by himself: "" when some set wants him, WrongOrg
// when one wants this person for another organisation, else WrongPerson.
func (e Expectation) Entitled(s Signer) Reason {
	reason := WrongPerson
	for _, set := range e.AnyOf {
		for _, p := range set {
			switch {
			case p.PINFL == "" || p.PINFL != s.PINFL:
			case p.TIN == "" || p.TIN == s.TIN:
				return ""
			default:
				reason = WrongOrg
			}
		}
	}
	return reason
}

// Complete judges signers, each of them entitled, together: "" when they are
// one of the sets, SignerTwice when one of them signed twice, Missing when a
// set wants others too, WrongPerson when they are more than any set wants.
func (e Expectation) Complete(signers []Signer) Reason {
	for i, s := range signers {
		if slices.ContainsFunc(signers[:i], func(o Signer) bool { return o.PINFL == s.PINFL }) {
			return SignerTwice
		}
	}
	reason := WrongPerson
	for _, set := range e.AnyOf {
		wanted := func(s Signer) bool { return slices.ContainsFunc(set, s.is) }
		signed := func(p Party) bool { return slices.ContainsFunc(signers, func(s Signer) bool { return s.is(p) }) }
		switch {
		case len(signers) == 0 || !all(signers, wanted):
		case all(set, signed):
			return ""
		default:
			reason = Missing
		}
	}
	return reason
}

func (s Signer) is(p Party) bool {
	return p.PINFL != "" && p.PINFL == s.PINFL && (p.TIN == "" || p.TIN == s.TIN)
}

func all[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !ok(v) })
}
