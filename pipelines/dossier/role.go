package dossier

import (
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Role is a role that a person holds in an election by an executed decision.
type Role struct {
	ID           string // of the subject that took it
	Election     string
	Role         string // of the catalogue
	Slot         string // one person holds one role of a slot at a time
	Ballot       string
	Application  string
	Commission   string
	Organisation string // that put the person forward
	Candidate    string // proxies: id of the candidate's role
	Constituency string
	Territory    string
	Body         string // members: the commission or precinct
	Position     int    // in a party's list
	Female       bool
	TakenAt      time.Time
	EndedAt      time.Time // zero: it stands
	EndedBy      string    // decision
}

// Active reports that the role stands.
func (r Role) Active() bool { return r.EndedAt.IsZero() }

// Applicant is who hands in an application: an organisation through its head, or
// the holder of a role (a candidate, a proxy) on their own behalf.
type Applicant struct {
	ID     string // of the organisation or of the role
	Kind   string // PARTY, ..., CAND, PROXY
	Title  string // of the organisation, or the person's name
	TIN    string // organisations
	Person personal.PINFL
	Phone  personal.Phone
	Held   Role         // holders: the role they act in
	Org    Organisation // organisations; holders: the one that put them forward
}

// HolderKinds are the kinds of applicants that holders of a role are.
var HolderKinds = map[string]string{"candidate": "CAND", "proxy": "PROXY"}

// PassportOf is how a foreigner is told apart from others: by state and passport.
func PassportOf(f Foreigner) personal.Document { return personal.Document(f.State + f.Passport) }
