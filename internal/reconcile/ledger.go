package reconcile

import (
	"encoding/json"
	"time"
)

// Verdict is what a ledger says in one word.
type Verdict string

// The verdicts, best first.
const (
	Whole  Verdict = "whole"   // everything ended
	AtWork Verdict = "at_work" // nothing is lost; some is under way or waits for people
	Lost   Verdict = "lost"    // something is unexplained
)

// Stands says where a thing stands.
type Stands string

// Where things stand.
const (
	Ended     Stands = "ended"
	Working   Stands = "work"     // the hub goes on by itself
	People    Stands = "people"   // waits for a commission, or for an applicant
	Operator  Stands = "operator" // waits for an operator
	Unclaimed Stands = "lost"     // nobody goes on with it, and nothing says why
)

// Ledger is the account of one moment. All of it is signed.
type Ledger struct {
	Format     int          `json:"format"`
	Hub        Hub          `json:"hub"`
	At         time.Time    `json:"at"` // of the hub's clock
	TookMS     int64        `json:"took_ms"`
	Verdict    Verdict      `json:"verdict"`
	Sections   []Section    `json:"sections"`
	Exceptions []Exceptions `json:"exceptions"`
	Waiting    []Waiting    `json:"waiting_for_commissions"`
	Stages     []Stage      `json:"stages"`
	Series     []Series     `json:"series"`
	Files      Files        `json:"files"`
	Stream     Stream       `json:"stream"`
	Audit      Audit        `json:"audit"`
	Accepted   Accepted     `json:"accepted"`
}

// format of this version's ledgers.
const format = 1

// Hub says whose ledger it is.
type Hub struct {
	Version  string `json:"version"`
	Edition  string `json:"edition"`
	Database string `json:"database"` // fingerprint of the keys it is sealed with
}

// Section is one kind of thing: each is counted once, so the five columns sum
// up to the total.
type Section struct {
	Name     string  `json:"name"`
	Total    int     `json:"total"`
	Ended    int     `json:"ended"`
	Work     int     `json:"work"`
	People   int     `json:"people"`
	Operator int     `json:"operator"`
	Lost     int     `json:"lost"`
	Counts   []Count `json:"counts"`
}

// Count is how many things of a section are in one state.
type Count struct {
	What   string     `json:"what"`
	Stands Stands     `json:"stands"`
	N      int        `json:"n"`
	Since  *time.Time `json:"since,omitempty"` // of the oldest
}

// add counts things in.
func (s *Section) add(what string, stands Stands, n int, since time.Time) {
	if n == 0 {
		return
	}
	s.Total += n
	switch stands {
	case Ended:
		s.Ended += n
	case Working:
		s.Work += n
	case People:
		s.People += n
	case Operator:
		s.Operator += n
	case Unclaimed:
		s.Lost += n
	}
	for i := range s.Counts {
		if c := &s.Counts[i]; c.What == what && c.Stands == stands {
			c.N += n
			if t := known(since); t != nil && (c.Since == nil || t.Before(*c.Since)) {
				c.Since = t
			}
			return
		}
	}
	s.Counts = append(s.Counts, Count{what, stands, n, known(since)})
}

// Exceptions are things of one kind of trouble, by ids.
type Exceptions struct {
	Code   string `json:"code"`
	Stands Stands `json:"stands"`
	What   string `json:"what"` // in words
	Hint   string `json:"hint"` // what to do
	Total  int    `json:"total"`
	Items  []Item `json:"items"` // the first Listed of them
}

// Listed bounds how many items of one kind of trouble a ledger names.
const Listed = 100

// Item names one thing.
type Item struct {
	ID          string     `json:"id"`
	Application string     `json:"application,omitempty"`
	Detail      string     `json:"detail,omitempty"`
	Since       *time.Time `json:"since,omitempty"`
}

// Waiting counts the dossiers that a commission has to decide on.
type Waiting struct {
	Commission   string     `json:"commission"`
	Applications int        `json:"applications"`
	Since        *time.Time `json:"since,omitempty"` // of the oldest
}

// Stage is the open work of one stage.
type Stage struct {
	Stage   string     `json:"stage"`
	Known   bool       `json:"known"` // to this version of the hub
	Ready   int        `json:"ready"`
	Waiting int        `json:"waiting"`
	Leased  int        `json:"leased"`
	RunOut  int        `json:"leases_run_out"` // of them: their holders are gone
	Failed  int        `json:"failed"`
	Oldest  *time.Time `json:"oldest,omitempty"`   // when the oldest of its jobs was made
	NextDue *time.Time `json:"next_due,omitempty"` // of those waiting
	Why     []Cause    `json:"why,omitempty"`      // what those waiting were told last
}

// Cause is why jobs wait.
type Cause struct {
	Kind   string `json:"kind"`
	System string `json:"system,omitempty"`
	N      int    `json:"n"`
}

// Series is one series of numbers.
type Series struct {
	Kind       string `json:"kind"` // application, or a kind of document
	Commission string `json:"commission"`
	Election   string `json:"election,omitempty"`
	Last       int    `json:"last"` // number given
	Issued     int    `json:"issued"`
	Reserved   int    `json:"reserved,omitempty"`
	Annulled   int    `json:"annulled,omitempty"`
	Revoked    int    `json:"revoked,omitempty"`
	Replaced   int    `json:"replaced,omitempty"`
	Missing    int    `json:"missing,omitempty"`
	Doubled    int    `json:"doubled,omitempty"`
	Beyond     int    `json:"beyond,omitempty"` // above the last one given
}

// Files tells whether issued documents have their files.
type Files struct {
	Checked bool `json:"checked"`
	Present int  `json:"present"`
	Missing int  `json:"missing"`
	Others  int  `json:"others"` // files that no document refers to
}

// Stream tells how far the events have come.
type Stream struct {
	Events    int        `json:"events"`
	Stamped   int64      `json:"stamped"`   // last position given
	Published int64      `json:"published"` // last position that the broker has confirmed
	Waiting   int        `json:"waiting"`   // to be stamped or published
	Since     *time.Time `json:"since,omitempty"`
}

// Audit is the audit log's chain.
type Audit struct {
	Lines int    `json:"lines"`
	Head  string `json:"head"` // hash of the last line, hex: a later ledger's log contains it
	Holds bool   `json:"holds"`
}

// Accepted proves which applications the hub has accepted: SHA256 (hex) is over
// one line "ID STATE\n" for each, sorted. List holds these lines when asked for.
type Accepted struct {
	Count  int      `json:"count"`
	SHA256 string   `json:"sha256"`
	List   []string `json:"list,omitempty"`
}

// Section returns a section by name.
func (l *Ledger) Section(name string) Section {
	for _, s := range l.Sections {
		if s.Name == name {
			return s
		}
	}
	return Section{Name: name}
}

// judge sets the verdict.
func (l *Ledger) judge() {
	l.Verdict = Whole
	for _, s := range l.Sections {
		if s.Work+s.People+s.Operator > 0 && l.Verdict == Whole {
			l.Verdict = AtWork
		}
		if s.Lost > 0 {
			l.Verdict = Lost
		}
	}
}

// JSON is the ledger's exact text, as it is signed.
func (l *Ledger) JSON() ([]byte, error) { return json.MarshalIndent(l, "  ", "  ") }

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
