package queuetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

func again(s *suite) {
	ctx := s.t.Context()
	j := s.one(queue.New{})
	at := s.clock.now().Add(time.Minute)
	s.must(s.Store.Again(ctx, j.Lease, queue.Reschedule{DueAt: at, BurnAttempt: true, Failure: unavailable(s)}))
	got := s.job(j.ID)
	if got.State != queue.Waiting || got.Attempt != 1 || got.Asks != 0 || !got.DueAt.Equal(at) || got.Lease.Token != "" {
		s.t.Errorf("after a burnt attempt: %+v", got)
	}
	if d := cmp.Diff(new(unavailable(s)), got.Last); d != "" {
		s.t.Errorf("last failure: %s", d)
	}
	s.nothingToClaim()
	s.clock.add(time.Minute)
	s.promote()
	j = s.claim()
	s.must(s.Store.Again(ctx, j.Lease, queue.Reschedule{DueAt: at.Add(time.Hour), Failure: queue.Failure{Kind: fault.Pending, At: s.clock.now()}}))
	if got := s.job(j.ID); got.Attempt != 1 || got.Asks != 1 || got.Last.Kind != fault.Pending {
		s.t.Errorf("after asking again: %+v, want one attempt, one ask, the last failure pending", got)
	}
}

func failing(s *suite) {
	j := s.one(queue.New{})
	s.must(s.Store.Fail(s.t.Context(), j.Lease, unavailable(s), mark("gave up")))
	got := s.job(j.ID)
	if got.State != queue.Failed || got.Lease.Token != "" {
		s.t.Errorf("state %s, token %q", got.State, got.Lease.Token)
	}
	if d := cmp.Diff(new(unavailable(s)), got.Last); d != "" {
		s.t.Errorf("last failure: %s", d)
	}
	if s.marked() != 1 {
		s.t.Error("the effects of giving up were not written")
	}
	s.clock.add(1000 * time.Hour)
	if next, stages := s.promote(); !next.IsZero() || len(stages) != 0 {
		s.t.Error("a failure came back by itself")
	}
	s.nothingToClaim()
}

func rollback(s *suite) {
	ctx := s.t.Context()
	j := s.one(queue.New{})
	before := s.job(j.ID)
	errNo := errors.New("no")
	half := func(ctx context.Context, tx queue.Tx) error {
		if err := mark("half")(ctx, tx); err != nil {
			return err
		}
		return errNo
	}
	for name, op := range map[string]func() error{
		"keep":   func() error { return s.Store.Keep(ctx, j.Lease, half) },
		"finish": func() error { return s.Store.Finish(ctx, j.Lease, half) },
		"fail":   func() error { return s.Store.Fail(ctx, j.Lease, unavailable(s), half) },
		"write":  func() error { return s.Write(ctx, half) },
	} {
		if err := op(); !errors.Is(err, errNo) {
			s.t.Errorf("%s: %v, want the effect's own error", name, err)
		}
	}
	panics := func(ctx context.Context, tx queue.Tx) error {
		_ = mark("half")(ctx, tx)
		panic("no")
	}
	if err := s.Store.Finish(ctx, j.Lease, panics); err == nil {
		s.t.Error("a panic of an effect is no error")
	}
	if n := s.marked(); n != 0 {
		s.t.Errorf("%d effects left of transactions that failed", n)
	}
	if d := cmp.Diff(before, s.job(j.ID)); d != "" {
		s.t.Errorf("the job was changed: %s", d)
	}
	s.must(s.Store.Finish(ctx, j.Lease, mark("whole")))
}

func keeping(s *suite) {
	ctx := s.t.Context()
	j := s.one(queue.New{})
	s.must(s.Store.Keep(ctx, j.Lease, mark("kept")))
	if s.marked() != 1 || s.job(j.ID).State != queue.Leased {
		s.t.Error("want the effect written and the job still leased")
	}
	s.must(s.Store.Finish(ctx, j.Lease, mark("done")))
}

func releasing(s *suite) {
	j := s.one(queue.New{})
	s.must(s.Store.Release(s.t.Context(), j.Lease))
	if got := s.claim(); got.ID != j.ID || got.Attempt != 0 || got.Asks != 0 || got.Last != nil {
		s.t.Errorf("claimed %+v, want the job as it was", got)
	}
}

func replay(s *suite) {
	ctx := s.t.Context()
	j := s.one(queue.New{Limit: time.Hour})
	s.must(s.Replay(ctx, j.ID))
	if got := s.job(j.ID); got.State != queue.Leased || got.Generation != 0 {
		s.t.Fatalf("a job at work was replayed: %+v", got)
	}
	s.must(s.Store.Again(ctx, j.Lease, queue.Reschedule{DueAt: s.clock.now(), BurnAttempt: true, Failure: unavailable(s)}))
	s.promote()
	j = s.claim()
	s.must(s.Store.Again(ctx, j.Lease, queue.Reschedule{DueAt: s.clock.now(), Failure: unavailable(s)}))
	s.promote()
	j = s.claim()
	s.must(s.Store.Fail(ctx, j.Lease, unavailable(s), mark("gave up")))
	now := s.clock.add(48 * time.Hour)
	s.must(s.Replay(ctx, j.ID))
	got := s.job(j.ID)
	if got.State != queue.Ready || got.Attempt != 0 || got.Asks != 0 || got.Generation != 1 || got.Key != "only" {
		s.t.Errorf("after a replay: %+v", got)
	}
	if !got.DueAt.Equal(now) || !got.ExpiresAt.Equal(now.Add(time.Hour)) {
		s.t.Errorf("due %s, expires %s; want now and a fresh time limit from now", got.DueAt, got.ExpiresAt)
	}
	j = s.claim()
	s.must(s.Store.Finish(ctx, j.Lease, mark("done")))
	s.must(s.Replay(ctx, j.ID))
	if got := s.job(j.ID); got.State != queue.Done || got.Generation != 1 {
		s.t.Errorf("a job that is done was replayed: %+v", got)
	}
}

func notices(s *suite) {
	ctx := s.t.Context()
	var mu sync.Mutex
	var stages []string
	var due time.Time
	told := make(chan struct{}, 100)
	s.OnCommit(func(st []string, d time.Time) {
		mu.Lock()
		stages, due = append(stages, st...), d
		mu.Unlock()
		told <- struct{}{}
	})
	// want waits for a commit's news; the caller may be answered before it.
	want := func(what, of string, at time.Time) {
		s.t.Helper()
		<-told
		mu.Lock()
		defer mu.Unlock()
		if (of != "" && !slices.Equal(stages, []string{of})) || !due.Equal(at) {
			s.t.Errorf("%s: told of stages %v due %s, want %q due %s", what, stages, due, of, at)
		}
		stages, due = nil, time.Time{}
	}
	var none time.Time
	s.enqueue(queue.New{Stage: stage, Key: "now"})
	want("a ready job", stage, none)
	later := s.clock.now().Add(time.Hour)
	s.enqueue(queue.New{Stage: stage, Key: "later", DueAt: later})
	want("a waiting job", "", later)
	j := s.claim()
	s.must(s.Store.Release(ctx, j.Lease))
	want("a job given back", stage, none)
	j = s.claim()
	s.must(s.Store.Keep(ctx, j.Lease, mark("kept")))
	want("an effect's job", marks, none)
	s.must(s.Store.Again(ctx, j.Lease, queue.Reschedule{DueAt: later, Failure: unavailable(s)}))
	want("a retry", "", later)
}
