// Package queuetest is what every queue.Store must pass: Run is the store's own
// conformance suite, Stages runs a queue.Runner over it in virtual time. A store
// brings Open and nothing else.
package queuetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/pipelines/queue"
)

// Fixture is an open, empty store and what the suites need beside queue.Store.
type Fixture struct {
	Store queue.Store
	// Second is another handle on the same database, as another process has it; nil:
	// one process is all there may be.
	Second queue.Store
	// Gather begins something of n parts and returns how each ends: the last one
	// makes one job of a stage. Nil: the store gathers nothing.
	Gather func(ctx context.Context, n int) (ends []queue.Effect, stage string, err error)
	// Write runs an effect in a transaction that ends no job.
	Write func(ctx context.Context, e queue.Effect) error
	// Job reads a job in whatever state.
	Job func(ctx context.Context, id int64) (queue.Job, error)
	// Replay sends one failure through again; a job that is none stays as it is.
	Replay func(ctx context.Context, id int64) error
	// OnCommit sets who is told of the work a commit made possible.
	OnCommit func(told func(stages []string, due time.Time))
}

// Open makes a Fixture whose clock is now. It is closed by a cleanup of t.
type Open func(t *testing.T, now func() time.Time) Fixture

// clock is a hand-turned clock.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return c.t
}

// stage is the stage of most jobs here, marks that of the jobs by which the
// suites see whether an effect was written.
const (
	stage = "test.work"
	marks = "test.marks"
	lease = 30 * time.Second
)

// mark is an effect that can be counted.
func mark(key string) queue.Effect {
	return func(ctx context.Context, tx queue.Tx) error {
		return tx.Enqueue(ctx, queue.New{Stage: marks, Key: "mark:" + key})
	}
}

// suite is one case's store.
type suite struct {
	Fixture
	t     *testing.T
	clock *clock
}

func (s *suite) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *suite) enqueue(jobs ...queue.New) {
	s.t.Helper()
	s.must(s.Write(s.t.Context(), func(ctx context.Context, tx queue.Tx) error { return tx.Enqueue(ctx, jobs...) }))
}

// one makes a single job of the work stage and claims it.
func (s *suite) one(n queue.New) queue.Job {
	s.t.Helper()
	if n.Stage == "" {
		n.Stage = stage
	}
	if n.Key == "" {
		n.Key = "only"
	}
	s.enqueue(n)
	return s.claim()
}

func (s *suite) tryClaim() (queue.Job, bool) {
	s.t.Helper()
	j, ok, err := s.Store.Claim(s.t.Context(), queue.Claim{Stage: stage, Now: s.clock.now(), Lease: lease})
	s.must(err)
	return j, ok
}

func (s *suite) claim() queue.Job {
	s.t.Helper()
	j, ok := s.tryClaim()
	if !ok {
		s.t.Fatal("nothing to claim, want a job")
	}
	return j
}

func (s *suite) nothingToClaim() {
	s.t.Helper()
	if j, ok := s.tryClaim(); ok {
		s.t.Fatalf("claimed %s, want nothing to claim", j.Key)
	}
}

func (s *suite) job(id int64) queue.Job {
	s.t.Helper()
	j, err := s.Job(s.t.Context(), id)
	s.must(err)
	return j
}

func (s *suite) promote() (time.Time, []string) {
	s.t.Helper()
	next, stages, err := s.Store.Promote(s.t.Context(), s.clock.now())
	s.must(err)
	return next, stages
}

// marked counts the effects that were written.
func (s *suite) marked() int { return s.ready(marks, false) }

func (s *suite) ready(of string, expiredOnly bool) int {
	s.t.Helper()
	n, err := s.Store.CountReady(s.t.Context(), of, expiredOnly, s.clock.now(), 1_000_000)
	s.must(err)
	return n
}
