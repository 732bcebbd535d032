package queue

import (
	"context"
	"time"
)

// Stage is one kind of work. Its handler is given a claimed job, calls out with
// no transaction open, and returns what to write.
type Stage struct {
	Name    string
	Workers int           // handlers at once: the stage's bulkhead
	Timeout time.Duration // of one try, calls included; zero: two minutes
	Policy  Policy

	// Handle does the work. An error carries a fault kind, which alone decides
	// what follows; nil means done, and the effect is written with it.
	Handle func(ctx context.Context, j Job, keep Keeper) (Effect, error)

	// GiveUp is written in the transaction that makes the job a failure. Nil: nothing.
	GiveUp func(j Job, f Failure) Effect

	// Gate says whether jobs may be tried now. Nil: always.
	Gate func() Gate
}

// Gate is the state of what a stage depends on: a breaker, a stopped operation.
type Gate struct {
	Closed  bool
	Stopped bool      // by misconfiguration or an operator: time limits do not run meanwhile
	Trial   bool      // closed, but one job may try
	Until   time.Time // when a closed gate is worth asking again
}

// Keeper writes effects in the middle of a job, fenced by its lease.
type Keeper func(ctx context.Context, e Effect) error

// Observer is told how jobs ended; outcome is done, failed, or the kind of fault
// that put it off.
type Observer interface {
	Job(stage, outcome string, d time.Duration)
}

func nothing(context.Context, Tx) error { return nil }
