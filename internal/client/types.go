package client

import "time"

// Head is an application without its content.
type Head struct {
	ID          string    `json:"id"`
	Number      string    `json:"number"`
	Type        string    `json:"type"`
	Commission  string    `json:"commission"`
	State       string    `json:"state"`
	Reason      string    `json:"reason"`
	SubmittedAt time.Time `json:"submitted_at"`

	Election   string     `json:"election"`
	Applicant  string     `json:"applicant"`
	Version    int        `json:"version"`
	Ballot     string     `json:"ballot"`
	Previous   string     `json:"previous"`   // the returned application that it corrects
	ReturnDue  *time.Time `json:"return_due"` // returned: until when to correct it
	DecideBy   string     `json:"decide_by"`  // last day of the legal term
	ReviewedAt *time.Time `json:"reviewed_at"`
}

// Dossier is an application with all there is about it.
type Dossier struct {
	Head
	Subjects  []Subject   `json:"subjects"`
	Whole     *Assessment `json:"whole"`
	Decisions []Decision  `json:"decisions"`
	Documents []Document  `json:"documents"`
	Notices   []Notice    `json:"notices"`
	Timeline  []Entry     `json:"timeline"`
}

// Subject is a person of an application.
type Subject struct {
	Ref        string      `json:"ref"`
	Columns    []Column    `json:"columns"`
	Amendments []Amendment `json:"amendments"`
	Checks     []Check     `json:"checks"`
	Assessment *Assessment `json:"assessment"`
}

// Column is a filled column and where it came from.
type Column struct {
	Name        string    `json:"name"`
	Value       string    `json:"value"`
	Register    string    `json:"register"`
	Transaction string    `json:"transaction"`
	At          time.Time `json:"at"`
}

// Amendment is a column changed by hand, beside the register's word.
type Amendment struct {
	Name   string    `json:"name"`
	Value  string    `json:"value"`
	Reason string    `json:"reason"`
	Actor  string    `json:"actor"`
	At     time.Time `json:"at"`
}

// Check is one question to one register.
type Check struct {
	Register string `json:"register"`
	State    string `json:"state"`
	Status   string `json:"status"`
}

// Assessment is a subject's latest revision.
type Assessment struct {
	Revision int    `json:"revision"`
	Verdict  string `json:"verdict"`
	Rules    []Rule `json:"rules"`
}

// Rule is one rule's answer.
type Rule struct {
	Rule    string `json:"rule"`
	Article string `json:"article"`
	Result  string `json:"result"`
	Reason  string `json:"reason"`
	Text    string `json:"text"`
}

// Decision is a commission's decision.
type Decision struct {
	ID       string    `json:"id"`
	Number   string    `json:"number"`
	Date     string    `json:"date"`
	State    string    `json:"state"`
	Reason   string    `json:"reason"`
	Subjects []Outcome `json:"subjects"`
}

// Outcome is one subject's part of a decision.
type Outcome struct {
	Ref      string `json:"ref"`
	Revision int    `json:"revision"`
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason"`
}

// Document is a reserved or issued document.
type Document struct {
	ID       string `json:"id"`
	Subject  string `json:"subject"`
	Kind     string `json:"kind"`
	Template string `json:"template"`
	Number   string `json:"number"`
	State    string `json:"state"`
	SHA256   string `json:"sha256"`
	Pages    int    `json:"pages"`
}

// Notice is an SMS.
type Notice struct {
	ID        string `json:"id"`
	Subject   string `json:"subject"`
	Notice    string `json:"notice"`
	Recipient string `json:"recipient"`
	Phone     string `json:"phone"` // masked
	State     string `json:"state"`
	Parts     int    `json:"parts"`
	MessageID string `json:"message_id"`
	Provider  string `json:"provider,omitempty"`
	Delivery  string `json:"delivery,omitempty"`
	Word      string `json:"delivery_word,omitempty"` // the provider's own
}

// Entry is a line of the timeline.
type Entry struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act"`
	Detail string    `json:"detail"`
}

// Autofill is an auto-fill answer.
type Autofill struct {
	Columns   []Column `json:"columns"`
	Registers []struct {
		Register    string `json:"register"`
		Status      string `json:"status"`
		Transaction string `json:"transaction"`
		TookMS      int64  `json:"took_ms"`
	} `json:"registers"`
	Receipt string    `json:"receipt"` // to be cited by the subject of an application
	Expires time.Time `json:"receipt_expires"`
}

// Failure is a job that waits for an operator.
type Failure struct {
	ID          int64     `json:"id"`
	Application string    `json:"application"`
	Stage       string    `json:"stage"`
	System      string    `json:"system"`
	Operation   string    `json:"operation"`
	Kind        string    `json:"kind"`
	Code        string    `json:"code"`
	Text        string    `json:"text"`
	Hint        string    `json:"hint"`
	Who         string    `json:"who"`
	Attempt     int       `json:"attempt"`
	Generation  int       `json:"generation"`
	FailedAt    time.Time `json:"failed_at"`
	Attempts    []struct {
		At   time.Time `json:"at"`
		Kind string    `json:"kind"`
		Text string    `json:"text"`
	} `json:"attempts"`
}
