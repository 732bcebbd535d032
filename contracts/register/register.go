// Package register states what the hub asks of a state register and what it
// gets back, in terms of its own and free of any wire: the question, the
// reply, the facts, the columns that auto-fill shows. Connectors translate to
// and from the wire; pipelines know only this. What no system could tell is an
// error with a kind (package fault), never an answer.
package register

import (
	"context"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// ID names one service of the Interagency Integration Portal.
type ID string

// The registers.
const (
	Personal   ID = "personal-data"
	Address    ID = "registered-address"
	Employment ID = "employment"
	Education  ID = "education"
	Criminal   ID = "criminal-record"
	Disability ID = "disability"
	Capacity   ID = "legal-capacity"
	WorksAt    ID = "employed-at" // whether the person works at one organisation
	School     ID = "school-certificate"
	Lyceum     ID = "lyceum-certificate"
)

// Status says how a register answered. Only these three are answers.
type Status string

// The answers.
const (
	// Found: the register holds an entry; Facts and Columns are filled.
	Found Status = "found"
	// Absent: the register holds no entry. What that means is in Descriptor.Absence.
	Absent Status = "absent"
	// Restricted: the data's owner has locked it in OneID (HTTP 423).
	Restricted Status = "restricted"
)

// Absence says what "no entry" means in a register.
type Absence string

// The meanings of absence.
const (
	// AbsenceFact: no entry is itself a fact (no disability entry: no disability).
	AbsenceFact Absence = "fact"
	// AbsenceUnknown: no entry proves nothing (old diplomas are not recorded).
	AbsenceUnknown Absence = "unknown"
)

// Question is one question about one person, for one stated purpose.
type Question struct {
	Transaction string            // ours, unique, at most 15 digits; on the wire and in the audit
	Official    personal.PINFL    // the acting official (sender_pinfl)
	Purpose     string            // why the data is needed
	PINFL       personal.PINFL    // the subject; may be empty for Personal only
	Document    personal.Document // the subject's passport or ID card, when known
	// BirthCertificate is the subject's birth certificate where there is no
	// passport or ID card yet, as the personal data register prints it:
	// I-XX0000001. It is no ParseDocument document; the type masks it.
	BirthCertificate personal.Document
	BirthDate        civil.Date    // when known
	Employer         string        // TIN of the organisation, 9 digits; for WorksAt only
	Photo            bool          // asks Personal for the photo too; never by default
	Identity         *PersonalData // set when Descriptor.NeedsIdentity
	Token            string        // what the operation before this one returned as Continue
}

// Reply is what an operation returns: an answer, or the token that the
// register's next operation needs.
type Reply struct {
	Answer   *Answer
	Continue string
}

// Answer is a register's final answer.
type Answer struct {
	Status  Status
	Facts   any      // pointer to this register's facts type; nil unless Found
	Columns []Column // what auto-fill shows; empty unless Found
}

// Column is one filled column of an application form.
type Column struct {
	Name  string `json:"name"`  // snake case, unique over all registers
	Value string `json:"value"` // as the register returns it, dates as YYYY-MM-DD
}

// Operation is one step of asking a register. Most registers have one; the
// criminal record has two (search, then check).
type Operation struct {
	ID  string
	Ask func(context.Context, Question) (Reply, error)
}

// Register is one register as pipelines see it.
type Register struct {
	ID            ID
	Title         string      // in Uzbek, Latin script
	Operations    []Operation // asked in this order
	NeedsIdentity bool        // asks for name, birth date and passport from personal data
	Absence       Absence
	System        string // connector id, for gates and failures
}
