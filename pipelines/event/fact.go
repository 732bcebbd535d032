package event

// Fact is what an event tells: one of the structs of this file and no other.
// Their fields are plain numbers, words and lists of neither: whatever is
// written can be marshalled, fits its schema by test, and is small, so that no
// event can ever stand in the way of those behind it.
type Fact interface{ Type() Type }

// Type names a kind of event: the thing, a dot, and what became of it.
type Type string

// The types. Each has a schema in contracts/messages/event.
const (
	ApplicationSubmitted Type = "application.submitted"
	ApplicationVerified  Type = "application.verified"
	ApplicationRefused   Type = "application.signature_refused"
	ApplicationAssessed  Type = "application.assessed"
	ApplicationReviewed  Type = "application.reviewed"
	ApplicationAmended   Type = "application.amended"
	ApplicationReturned  Type = "application.returned"
	ApplicationCorrected Type = "application.resubmitted"
	ApplicationWithdrawn Type = "application.withdrawn"
	ApplicationLapsed    Type = "application.lapsed"
	ApplicationExecuted  Type = "application.executed"
	DecisionSubmitted    Type = "decision.submitted"
	DecisionSigned       Type = "decision.signed"
	DecisionRefused      Type = "decision.signature_refused"
	DecisionConflict     Type = "decision.conflict"
	DocumentIssued       Type = "document.issued"
	DocumentRevoked      Type = "document.revoked"
	DocumentReplaced     Type = "document.replaced"
	DocumentAnnulled     Type = "document.annulled"
	NoticeSent           Type = "notice.sent"
	NoticeFailed         Type = "notice.failed"
	NoticeDelivered      Type = "notice.delivered"
	NoticeUndelivered    Type = "notice.undelivered"
	FailureRaised        Type = "failure.raised"
	FailureReplayed      Type = "failure.replayed"
)

// Facts lists one empty fact of each type, in the order of the one path.
func Facts() []Fact {
	return []Fact{
		Submitted{},
		Verified{},
		SignatureRefused{},
		Assessed{},
		Reviewed{},
		Amended{},
		Returned{},
		Resubmitted{},
		Withdrawn{},
		Lapsed{},
		DecisionTaken{},
		Signed{},
		DecisionSignatureRefused{},
		Conflict{},
		Issued{},
		Replaced{},
		Revoked{},
		Annulled{},
		Executed{},
		Sent{},
		NotSent{},
		Arrived{},
		NotArrived{},
		Raised{},
		Replayed{},
	}
}

// Submitted says: an application was taken in and stored.
type Submitted struct {
	Number    string `json:"number"` // for people
	Kind      string `json:"type"`   // of application, by the catalogue
	Election  string `json:"election"`
	Applicant string `json:"applicant"` // id of the organisation, or of the applicant's role
	Subjects  int    `json:"subjects"`
	State     string `json:"state"`
	Previous  string `json:"previous,omitempty"` // id of the application that it corrects
}

// Verified says: its signature counts; the registers are being asked.
type Verified struct {
	State string `json:"state"`
}

// SignatureRefused says: its signature does not count. The end.
type SignatureRefused struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
}

// Assessed says: the dossier is complete, or a later revision of an assessment
// changed it. Subject, Revision and Verdict are of the assessment that did so:
// without a subject that of the application as a whole, at revision 0 one that no
// rule is over.
type Assessed struct {
	State    string `json:"state"`
	Subject  string `json:"subject,omitempty"` // id
	Revision int    `json:"revision"`
	Verdict  string `json:"verdict"`
}

// Reviewed says: the commission has opened it.
type Reviewed struct {
	State string `json:"state"`
}

// Amended says: an official changed a column by hand, beside the register's word.
type Amended struct {
	State   string `json:"state"`
	Subject string `json:"subject"` // id
	Column  string `json:"column"`
}

// Returned says: the applicant is to correct it by a day.
type Returned struct {
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"` // code of the catalogue; absent: words, which the dossier has
	Due    string `json:"due"`              // last day, YYYY-MM-DD
}

// Resubmitted says: it was handed in anew; the new one goes on. The end of this one.
type Resubmitted struct {
	State  string `json:"state"`
	Next   string `json:"next"`   // id of the new one
	Number string `json:"number"` // of the new one
}

// Withdrawn says: the applicant took it back. The end.
type Withdrawn struct {
	State string `json:"state"`
}

// Lapsed says: it was returned and not corrected in time. The end.
type Lapsed struct {
	State string `json:"state"`
}

// Executed says: everything that the decision orders was issued. The end.
type Executed struct {
	State    string `json:"state"`
	Decision string `json:"decision"` // id
}

// DecisionTaken says: a decision was handed in; its signature is being verified.
type DecisionTaken struct {
	Decision string `json:"decision"`
	Number   string `json:"number"`
	State    string `json:"state"` // of the application
}

// Signed says: a decision is in force; documents are being issued.
type Signed struct {
	Decision   string `json:"decision"`
	Number     string `json:"number"`
	State      string `json:"state"`
	Registered int    `json:"registered"` // subjects
	Refused    int    `json:"refused"`
	Documents  int    `json:"documents"` // to be issued
}

// DecisionSignatureRefused says: a decision's signature does not count; the
// application is back with the commission.
type DecisionSignatureRefused struct {
	Decision string `json:"decision"`
	Number   string `json:"number"`
	State    string `json:"state"`
	Reason   string `json:"reason"`
}

// Conflict says: a decision cannot be put into force, because somebody has a role by
// now or is not eligible any more; the application is back with the commission.
type Conflict struct {
	Decision string `json:"decision"`
	Number   string `json:"number"`
	State    string `json:"state"`
}

// Issued says: a document was made and stands.
type Issued struct {
	Document string `json:"document"` // id
	Kind     string `json:"kind"`     // series: mandate, certificate, decision
	Template string `json:"template"`
	Number   int    `json:"number"`
	Decision string `json:"decision,omitempty"` // absent: issued directly
	Subject  string `json:"subject,omitempty"`  // id; absent: of the application
	Batch    string `json:"batch,omitempty"`
	Replaces string `json:"replaces,omitempty"` // id of the document whose place it takes
}

// Paper names a document that has ended, in its facts.
type Paper struct {
	Document string `json:"document"` // id
	Kind     string `json:"kind"`
	Template string `json:"template"`
	Number   int    `json:"number"`
	State    string `json:"state"`
}

// Replaced says: another document stands for this one.
type Replaced struct {
	Paper
	By       string `json:"by"`       // id
	Relation string `json:"relation"` // duplicate or correction
}

// Revoked says: a document does not hold any more.
type Revoked struct{ Paper }

// Annulled says: a number was given that never came to be a document.
type Annulled struct{ Paper }

// Note names a notice in its facts.
type Note struct {
	Notice    string `json:"notice"`    // id
	Kind      string `json:"kind"`      // by the catalogue
	Recipient string `json:"recipient"` // subject or applicant
	Provider  string `json:"provider,omitempty"`
	Subject   string `json:"subject,omitempty"` // id
}

// Sent says: a provider took a notice.
type Sent struct{ Note }

// NotSent says: a notice waits for an operator: it did not go out, or, in the state
// sending, nobody knows.
type NotSent struct {
	Note
	State string `json:"state"`
	Cause string `json:"cause"` // kind of fault
}

// Arrived says: the network delivered a notice.
type Arrived struct{ Note }

// NotArrived says: the network gave a notice up.
type NotArrived struct{ Note }

// Raised says: a job became a failure and waits for an operator.
type Raised struct {
	Job       int64  `json:"job"`
	Stage     string `json:"stage"`
	Cause     string `json:"cause"` // kind of fault
	System    string `json:"system,omitempty"`
	Operation string `json:"operation,omitempty"`
}

// Replayed says: an operator sent a failure through again.
type Replayed struct {
	Job        int64  `json:"job"`
	Stage      string `json:"stage"`
	Generation int    `json:"generation"` // times it was replayed
}

// Type names the fact.
func (Submitted) Type() Type { return ApplicationSubmitted }

// Type names the fact.
func (Verified) Type() Type { return ApplicationVerified }

// Type names the fact.
func (SignatureRefused) Type() Type { return ApplicationRefused }

// Type names the fact.
func (Assessed) Type() Type { return ApplicationAssessed }

// Type names the fact.
func (Reviewed) Type() Type { return ApplicationReviewed }

// Type names the fact.
func (Amended) Type() Type { return ApplicationAmended }

// Type names the fact.
func (Returned) Type() Type { return ApplicationReturned }

// Type names the fact.
func (Resubmitted) Type() Type { return ApplicationCorrected }

// Type names the fact.
func (Withdrawn) Type() Type { return ApplicationWithdrawn }

// Type names the fact.
func (Lapsed) Type() Type { return ApplicationLapsed }

// Type names the fact.
func (Executed) Type() Type { return ApplicationExecuted }

// Type names the fact.
func (DecisionTaken) Type() Type { return DecisionSubmitted }

// Type names the fact.
func (Signed) Type() Type { return DecisionSigned }

// Type names the fact.
func (DecisionSignatureRefused) Type() Type { return DecisionRefused }

// Type names the fact.
func (Conflict) Type() Type { return DecisionConflict }

// Type names the fact.
func (Issued) Type() Type { return DocumentIssued }

// Type names the fact.
func (Replaced) Type() Type { return DocumentReplaced }

// Type names the fact.
func (Revoked) Type() Type { return DocumentRevoked }

// Type names the fact.
func (Annulled) Type() Type { return DocumentAnnulled }

// Type names the fact.
func (Sent) Type() Type { return NoticeSent }

// Type names the fact.
func (NotSent) Type() Type { return NoticeFailed }

// Type names the fact.
func (Arrived) Type() Type { return NoticeDelivered }

// Type names the fact.
func (NotArrived) Type() Type { return NoticeUndelivered }

// Type names the fact.
func (Raised) Type() Type { return FailureRaised }

// Type names the fact.
func (Replayed) Type() Type { return FailureReplayed }
