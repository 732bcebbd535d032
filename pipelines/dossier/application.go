package dossier

import (
	"cmp"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
)

// Application is one submission. Document holds the signed bytes, frozen.
type Application struct {
	ID          string
	Number      string // for people: commission and running number
	Type        string
	Election    string
	Commission  string
	Ballot      string // kind of vote it is about; empty: every one
	Applicant   string // id of the organisation, or of the applicant's own role
	Language    string
	State       State
	Reason      string // why a signature was refused, or what is to be corrected; else empty
	Version     int
	Document    []byte
	Signature   []byte
	Signer      *signature.Signer // set once verified
	Code        string            // id of the login code that signed it, in place of Signature
	Previous    string            // the returned application that it corrects
	ReturnDue   time.Time         // returned: until when
	DecideBy    civil.Date        // last day of the legal term; zero: none
	ReviewedAt  time.Time         // when somebody of the commission first opened it; zero: nobody did
	SubmittedBy string            // API key's id
	SubmittedAt time.Time
	Subjects    []Subject
	Attachments []Attachment
}

// Subject is a person named in an application.
type Subject struct {
	ID              string
	Application     string
	Ref             string // the application's own name for the subject
	Role            string
	PINFL           personal.PINFL    // empty until personal data answered, when the submission held a passport
	Document        personal.Document // passport or ID card
	BirthDate       civil.Date        // as submitted; the register's stands in the finding
	Phone           personal.Phone
	Language        string // of the person; empty: the application's
	Part            string // Leaving, or empty
	Position        int    // place in a list
	Post            string
	Territory       string // observers: where the mandate holds
	Constituency    string // candidates
	Precinct        string
	Body            string          // members: of which commission
	RecommendedBy   string          // members of precincts: whose wish it is, in words
	IssuedDocument  string          // the document to be reissued
	Party           string          // id; candidates: the party they are a member of
	Foreigner       *Foreigner      // who is in no register
	Statements      map[string]bool // the applicant's signed statements
	Papers          []Paper
	Receipt         string // of the auto-fill that filled the columns
	FindingsVersion int
}

// Seat is the commission or precinct that a member is of; empty: of none.
func (s Subject) Seat() string { return cmp.Or(s.Precinct, s.Body) }

// Seats lists the commissions and precincts that subjects are of, each once, sorted.
func Seats(subjects []Subject) []string {
	var out []string
	for _, s := range subjects {
		if seat := s.Seat(); seat != "" {
			out = append(out, seat)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Leaving is the part of a subject whose role is to end.
const Leaving = "leaving"

// Amendment is a column of a register that a person changed by hand. Rules and
// documents never rest on it: it is shown beside the register's own word.
type Amendment struct {
	ID      string
	Subject string // id
	Name    string // of the column
	Value   string
	Reason  string
	Actor   string // applicant, or official:ID
	At      time.Time
}

// Paper is an attachment said to prove something no register can.
type Paper struct {
	Proves     string `json:"proves"`
	Attachment string `json:"attachment"`
}

// Attachment is a file that came with an application.
type Attachment struct {
	ID, Name, MediaType, SHA256 string
	Content                     []byte
}

// CheckState says how far a check has come.
type CheckState string

// The states of a check. Held and open ones keep the subject's checks open.
const (
	Held     CheckState = "held" // waits for the personal data
	Open     CheckState = "open"
	Answered CheckState = "answered"
	FailedC  CheckState = "failed"  // a failure: a replay may still answer it
	Skipped  CheckState = "skipped" // could not be asked: the person was not identified
)

// Check is one question to one register about one subject.
type Check struct {
	ID       string
	Subject  string
	Register register.ID
	State    CheckState
	Token    string // what the register's first operation returned
	Round    int    // how often it was asked again
}

// Finding is the answer to a check; never altered, a newer one stands beside it.
type Finding struct {
	ID          string
	Check       string
	Subject     string
	Register    register.ID
	Status      register.Status
	Transaction string
	Facts       []byte // JSON of the register's facts; nil unless found
	Columns     []register.Column
	Source      string    // asked anew: empty; else receipt:ID or an earlier finding's id
	At          time.Time // when the register answered
}

// Confirmation is a commission's recorded word that a paper proves something.
type Confirmation struct {
	ID         string
	Subject    string // empty: about the application as a whole
	Kind       string // what is proved: residence
	Attachment string // on what paper
	Official   string // who
	At         time.Time
}

// Entry is one line of an application's timeline.
type Entry struct {
	At     time.Time
	Actor  string
	Act    string
	Detail string
}

// Outcome is one subject's part of a decision.
type Outcome struct {
	Subject  string            `json:"subject,omitempty"` // id
	Revision int               `json:"revision"`          // of the assessment it stood on
	Outcome  catalogue.Outcome `json:"outcome"`
	Reason   string            `json:"reason,omitempty"` // code of the refusal
}

// AuditLine is one line of the audit log: who did or asked what, about whom.
// The person goes in as a keyed hash; Detail holds no personal datum.
type AuditLine struct {
	At       time.Time
	Actor    string
	Action   string
	Object   string
	Subject  personal.PINFL    // empty: about nobody, or known by Document only
	Document personal.Document // used when Subject is empty
	Detail   map[string]string
}
