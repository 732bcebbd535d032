package reconcile

import (
	"context"
	"encoding/json"
	"time"
)

// Kind is a kind of thing of which each must go on by a job until it ends.
type Kind string

// The kinds.
const (
	Applications Kind = "applications"
	Persons      Kind = "people" // whether each is assessed
	Checks       Kind = "checks"
	Decisions    Kind = "decisions"
	Documents    Kind = "documents"
	Notices      Kind = "sms"
)

// Group counts the things of a kind that stand alike. Open: a job goes on with
// them; Failed: a failure of theirs waits for an operator.
type Group struct {
	State  string
	Open   bool
	Failed bool
	N      int
	Since  time.Time // of the oldest; zero: not known
}

// Oddity is a rule over the rows that nothing valid breaks.
type Oddity string

// The oddities.
const (
	Unanswered     Oddity = "answered_without_finding"  // check, answered without a finding
	Unasked        Oddity = "finding_without_check"     // finding of a check that is not answered
	TwoDecisions   Oddity = "two_decisions"             // application with two decisions in force
	Undecided      Oddity = "executed_without_decision" // application past its decision without one in force
	LostWithdrawal Oddity = "withdrawal_lost"           // withdrawal whose signature nobody verifies
	NumberTwice    Oddity = "number_twice"              // document whose number another has
	NoticeTwice    Oddity = "sms_twice"                 // notice whose key or message id another has
	EventGap       Oddity = "event_missing"             // subject whose events are not 1..n
	NoSequence     Oddity = "event_beyond"              // subject with events that were never counted
)

// Application is what the ledger reads of each application.
type Application struct{ ID, Number, Commission, State string }

// Filed is a document with the name of its file. One that was never issued may
// have lost it.
type Filed struct {
	ID, Application, File string
	Issued                bool
}

// StageRow is a stage's jobs that are not done, by state.
type StageRow struct {
	Stage, State string
	N, RunOut    int
	Oldest, Due  time.Time
}

// FailureGroup is a stage's failures of one cause.
type FailureGroup struct {
	Stage, Kind, System string
	N                   int
	Oldest              time.Time
}

// FailureRow is one failure.
type FailureRow struct {
	Job         int64
	Application string
	Last        json.RawMessage // queue.Failure
	At          time.Time
}

// Positions is what is known of the stream of events.
type Positions struct {
	Events, Stamped, Highest       int64 // how many, how many with a position, the highest one
	StreamStamped, StreamPublished int64 // what the stream itself says
	Waiting                        int
	Since                          time.Time // of the oldest waiting
}

// Chain is the audit log, walked through.
type Chain struct {
	Lines int
	Head  []byte
	Fault string // why it does not hold; empty: it does
}

// Moment reads the store as of one moment. Lists are in order of id.
type Moment interface {
	Fingerprint() string
	Applications(ctx context.Context, each func(Application)) error
	Groups(ctx context.Context, k Kind) ([]Group, error)
	Members(ctx context.Context, k Kind, g Group, limit int) ([]Item, error)
	Oddities(ctx context.Context, o Oddity, limit int) (total int, first []Item, err error)
	Deciding(ctx context.Context) ([]Waiting, error)
	Series(ctx context.Context) ([]Series, error)
	Numbers(ctx context.Context, s Series, each func(n int)) error // of documents, ascending
	Filed(ctx context.Context, each func(Filed)) error
	Stages(ctx context.Context) ([]StageRow, error)
	Putoff(ctx context.Context, each func(stage string, last json.RawMessage)) error
	FailureGroups(ctx context.Context) ([]FailureGroup, error)
	Failures(ctx context.Context, g FailureGroup, limit int) ([]FailureRow, error)
	Stream(ctx context.Context) (Positions, error)
	Audit(ctx context.Context) (Chain, error)
}

// Source is the store.
type Source interface {
	// Ledger calls read with the store as of one moment. Nobody is held up.
	Ledger(ctx context.Context, read func(ctx context.Context, m Moment) error) error
}

// Lister calls each with the name of every file in the documents' bucket, as
// documents name them.
type Lister func(ctx context.Context, each func(name string) error) error
