package report

// Report is a dossier in words. Codes (results, verdicts, states) stand beside
// their words, so that a program may read it too. Times are RFC 3339, days
// YYYY-MM-DD.
type Report struct {
	Language    string      `json:"language"`
	Made        string      `json:"made"`
	Commission  string      `json:"commission"`
	Number      string      `json:"number"` // of the application
	Application Application `json:"application"`
	Applicant   Applicant   `json:"applicant"`
	Deadlines   []Deadline  `json:"deadlines"`
	Counts      Counts      `json:"counts"`
	Attention   []Line      `json:"attention"` // who is not eligible or undetermined, the worst first
	Whole       *Assessment `json:"whole,omitempty"`
	Subjects    []Subject   `json:"subjects"` // not eligible first, then undetermined, eligible last
	Left        int         `json:"left"`     // subjects that Shorten took out; they are in Counts
	Unlisted    int         `json:"unlisted"` // lines of Attention that Shorten took out
	Files       []File      `json:"files"`
	Decisions   []Decision  `json:"decisions"`
	Timeline    []Entry     `json:"timeline"`
	Earlier     int         `json:"earlier"` // entries of the timeline that Shorten took out
}

// Application is what was handed in and where it stands.
type Application struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"` // ariza, taqdimnoma, tavsiyanoma
	Title     string `json:"title"`
	Election  string `json:"election"`
	Day       string `json:"day,omitempty"` // of the election
	Submitted string `json:"submitted"`
	State     string `json:"state"`
	StateWord string `json:"state_word"`
	Reason    string `json:"reason,omitempty"` // why a signature was refused, or it was returned
	Version   int    `json:"version"`
	Previous  string `json:"previous,omitempty"` // number or id of the one it corrects
	Signed    string `json:"signed,omitempty"`   // who signed, with which certificate, when
}

// Applicant is who handed it in.
type Applicant struct {
	Kind         string `json:"kind"`
	Title        string `json:"title"`
	TIN          string `json:"tin,omitempty"`
	Phone        string `json:"phone,omitempty"`        // masked
	Organisation string `json:"organisation,omitempty"` // holders of a role: who put them forward
}

// Deadline is one day that the law sets, and how it stands to the day of the report.
type Deadline struct {
	Title string `json:"title"`
	Day   string `json:"day"`
	Note  string `json:"note,omitempty"`
	Over  bool   `json:"over"` // it has passed
}

// Counts are over all subjects.
type Counts struct {
	Subjects     int `json:"subjects"`
	Eligible     int `json:"eligible"`
	NotEligible  int `json:"not_eligible"`
	Undetermined int `json:"undetermined"`
	Unassessed   int `json:"unassessed"`
	Warned       int `json:"warned"` // eligible with a warning
}

// Line is one subject in the summary.
type Line struct {
	Order   int      `json:"order"`
	Name    string   `json:"name"`
	Verdict string   `json:"verdict"`
	Word    string   `json:"word"`
	Reasons []string `json:"reasons"` // rule: why
}

// Assessment is the latest revision over a subject or over the whole.
type Assessment struct {
	Revision int      `json:"revision"` // 0: none yet
	Verdict  string   `json:"verdict"`  // eligible, not_eligible, undetermined, unassessed
	Word     string   `json:"word"`
	Answers  []Answer `json:"answers"`
}

// Answer is one rule's.
type Answer struct {
	Rule    string   `json:"rule"`
	Article string   `json:"article"`
	Result  string   `json:"result"` // pass, fail, warn, undetermined, not_applicable
	Word    string   `json:"word"`
	Reason  string   `json:"reason"`
	Proofs  []string `json:"proofs"`
}

// Subject is one person.
type Subject struct {
	Order      int        `json:"order"` // in the application, from 1
	Ref        string     `json:"ref"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Details    []Detail   `json:"details"`
	Assessment Assessment `json:"assessment"`
	Known      []Known    `json:"known"`
	Changes    []Change   `json:"changes"`
	Papers     []Paper    `json:"papers"`
	Statements []Detail   `json:"statements"`
}

// Detail is a name and a value.
type Detail struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

// Known is what one register knows; of a register without an entry the status.
type Known struct {
	Register string   `json:"register"`
	Source   string   `json:"source"` // when and under which transaction it answered
	Columns  []Detail `json:"columns"`
}

// Change is a column that a person changed by hand: nothing rests on it.
type Change struct {
	Title    string `json:"title"`
	Register string `json:"register"` // the register's own word; empty: it has none
	Value    string `json:"value"`
	Reason   string `json:"reason"`
	By       string `json:"by"`
	At       string `json:"at"`
}

// Paper is an attachment said to prove something.
type Paper struct {
	Proves    string `json:"proves"`
	File      string `json:"file"`
	Confirmed string `json:"confirmed,omitempty"` // by whom and when; empty: by nobody
}

// File is an attachment of the application.
type File struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	SHA256 string `json:"sha256"`
}

// Decision is one decision on the application.
type Decision struct {
	Number    string `json:"number"`
	Day       string `json:"day"`
	State     string `json:"state"`
	StateWord string `json:"state_word"`
	Reason    string `json:"reason,omitempty"`
	Drafted   string `json:"drafted"`
	Signed    string `json:"signed,omitempty"`
	Outcomes  []Line `json:"outcomes"` // Verdict: the outcome's code
	Unlisted  int    `json:"unlisted"` // outcomes that Shorten took out
}

// Entry is one line of the timeline.
type Entry struct {
	At     string `json:"at"`
	Actor  string `json:"actor"`
	Act    string `json:"act"`
	Detail string `json:"detail,omitempty"`
}

// Shorten leaves at most so many subjects in detail, lines of those to look at, and
// entries of the timeline (the newest), and counts what it leaves out. Where
// people do not all fit, those who are plainly eligible go first.
func (r Report) Shorten(subjects, lines, entries int) Report {
	if n := len(r.Subjects) - subjects; n > 0 {
		r.Subjects, r.Left = r.Subjects[:subjects], n
	}
	if n := len(r.Attention) - lines; n > 0 {
		r.Attention, r.Unlisted = r.Attention[:lines], n
	}
	if n := len(r.Timeline) - entries; n > 0 {
		r.Timeline, r.Earlier = r.Timeline[n:], n
	}
	decisions := make([]Decision, len(r.Decisions))
	for i, d := range r.Decisions {
		decisions[i] = d
		if n := len(d.Outcomes) - lines; n > 0 {
			decisions[i].Outcomes, decisions[i].Unlisted = d.Outcomes[:lines], n
		}
	}
	r.Decisions = decisions
	return r
}
