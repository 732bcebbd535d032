package queue

import (
	"context"
	"errors"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// State is where a job stands. Ready, waiting and leased ones go on by
// themselves; failed ones wait for an operator; done ones keep their key.
type State string

// The states of a job.
const (
	Ready   State = "ready"   // due: may be claimed
	Waiting State = "waiting" // due later: the keeper makes it ready
	Leased  State = "leased"  // a handler works on it
	Failed  State = "failed"  // a failure: an operator replays it
	Done    State = "done"
)

// Job is one row of work.
type Job struct {
	ID          int64
	Application string // whose application; empty for the hub's own work
	Applicant   string // for fairness between applicants
	Stage       string
	Ref         string // id of what the job is about: a check, a document, a notice
	Key         string // unique: a second job of one key is never made
	Priority    int    // smaller goes first
	Rank        int64  // fairness within a priority
	Attempt     int    // attempts burnt
	Asks        int    // times asked again without burning an attempt
	Generation  int    // times replayed
	DueAt       time.Time
	ExpiresAt   time.Time // time limit: after it the job ends as a failure; zero: none
	State       State
	Lease       Lease
	Last        *Failure // what went wrong last; nil if nothing did
	CreatedAt   time.Time
}

// Expired reports whether the job's time limit has passed.
func (j Job) Expired(now time.Time) bool {
	return !j.ExpiresAt.IsZero() && !now.Before(j.ExpiresAt)
}

// Lease fences a claimed job: whoever finishes must still hold this token.
type Lease struct {
	JobID int64
	Token string
	Until time.Time
}

// Failure is what a job's last try ended with. It holds no personal datum: the
// texts come from faults, which hold none.
type Failure struct {
	Kind      fault.Kind `json:"kind"`
	System    string     `json:"system,omitempty"`
	Operation string     `json:"operation,omitempty"`
	Code      string     `json:"code,omitempty"`
	Hint      string     `json:"hint,omitempty"`
	Text      string     `json:"text"`
	Breaches  int        `json:"breaches,omitempty"` // so far, since the job was made or replayed
	At        time.Time  `json:"at"`
}

// FailureOf describes err as a failure at a time.
func FailureOf(err error, at time.Time) Failure {
	f := fault.Of(err)
	return Failure{Kind: f.Kind, System: f.System, Operation: f.Operation, Code: f.Code, Hint: f.Hint, Text: f.Error(), At: at}
}

// New is a job to be made.
type New struct {
	Application, Applicant, Stage, Ref, Key string
	Priority                                int
	DueAt                                   time.Time     // zero: now
	Limit                                   time.Duration // time limit from DueAt on; zero: none
}

// Tx is what every stage may do inside a store transaction. Stages state what
// else they write as interfaces of their own that embed this one.
type Tx interface {
	// Enqueue makes jobs; one whose key exists already is left as it is.
	Enqueue(ctx context.Context, jobs ...New) error
}

// Effect is what a stage writes when its job ends, in the transaction that ends
// it. It must be pure store work: no call out, no waiting.
type Effect func(ctx context.Context, tx Tx) error

// In adapts an effect that needs a stage's own transaction interface T. That
// the store's transaction implements T is checked at compile time where the
// parts are wired together.
func In[T Tx](f func(ctx context.Context, tx T) error) Effect {
	return func(ctx context.Context, tx Tx) error { return f(ctx, tx.(T)) }
}

// ErrLeaseLost means another holder has the job, or nobody: the result must be
// thrown away.
var ErrLeaseLost = errors.New("lease lost")

// Claim says which job to take.
type Claim struct {
	Stage       string
	Now         time.Time
	Lease       time.Duration
	ExpiredOnly bool // the stage is gated: only jobs whose time limit has passed
}

// Reschedule says when a job is tried again.
type Reschedule struct {
	DueAt       time.Time
	BurnAttempt bool
	FreshLimit  bool // the time limit begins anew at DueAt
	Failure     Failure
}

// Store is the queue of record. Every method that ends a job is fenced by its
// lease and answers ErrLeaseLost when the lease is another's.
type Store interface {
	// Claim leases the best ready job by (priority, rank, id).
	Claim(ctx context.Context, c Claim) (Job, bool, error)
	// Extend is the heart-beat.
	Extend(ctx context.Context, l Lease, until time.Time) error
	// Keep writes effects while the job stays leased.
	Keep(ctx context.Context, l Lease, e Effect) error
	// Finish writes effects and ends the job as done.
	Finish(ctx context.Context, l Lease, e Effect) error
	// Again makes the job waiting.
	Again(ctx context.Context, l Lease, r Reschedule) error
	// Fail writes effects and ends the job as a failure.
	Fail(ctx context.Context, l Lease, f Failure, e Effect) error
	// Release gives the job back untried.
	Release(ctx context.Context, l Lease) error
	// Refresh gives a stage's ready and waiting jobs a fresh time limit from now on,
	// and makes those due now that misconfiguration put off.
	Refresh(ctx context.Context, stage string, now time.Time) error
	// CountReady counts claimable jobs of a stage, up to limit.
	CountReady(ctx context.Context, stage string, expiredOnly bool, now time.Time, limit int) (int, error)
	// Promote makes due jobs and jobs of dead holders ready, burning an attempt of
	// the latter, and returns when it is worth calling again (zero: nothing waits)
	// and the stages that got work.
	Promote(ctx context.Context, now time.Time) (next time.Time, stages []string, err error)
}
