package queuetest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

func misconfigured(b *bench) {
	p := queue.DefaultPolicy()
	var mended atomic.Bool
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, k queue.Keeper) (queue.Effect, error) {
		if !mended.Load() {
			return fails(fault.Fault{Kind: fault.Misconfigured, System: "portal", Operation: "search", Hint: "mend the password"})(ctx, n, j, k)
		}
		return mark(j.Key), nil
	}, func(s *queue.Stage) { s.Workers = 4 }))
	b.work(50, p.Limit)
	b.pass(p.StoppedDelay - time.Second)
	first := len(b.all())
	if first < 1 || first > 4 {
		b.t.Errorf("%d calls before the stop, want at most one a worker", first)
	}
	b.pass(5*p.StoppedDelay + 2*time.Second)
	if trials := len(b.all()) - first; trials < 4 || trials > 6 {
		b.t.Errorf("%d trials in five delays, want one each", trials)
	}
	for _, gap := range gaps(b.all()[first:]) {
		if gap < p.StoppedDelay-time.Millisecond {
			b.t.Errorf("a trial %s after the last, want %s", gap, p.StoppedDelay)
		}
	}
	if n := b.log.count("level=ERROR"); n != 1 || b.log.count("level=ERROR", "operation stopped", "mend the password") != 1 {
		b.t.Errorf("%d alarms, want one that says what to do", n)
	}
	mended.Store(true)
	b.pass(3 * p.StoppedDelay)
	if n := b.marked(); n != 50 {
		b.t.Errorf("%d jobs done after the trial went well, want all 50", n)
	}
	for id := range int64(50) {
		if j, err := b.Job(b.t.Context(), id+1); err != nil || j.State != queue.Done || j.Attempt != 0 {
			b.t.Errorf("job %d: %s with %d attempts burnt, %v", id+1, j.State, j.Attempt, err)
		}
	}
	if b.log.count("operation resumed") != 1 {
		b.t.Error("nobody was told that the operation goes on")
	}
}

func stragglers(b *bench) {
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, k queue.Keeper) (queue.Effect, error) {
		if j.Key == "A0" { // begun before the stop, ends well after it
			return mark("straggler"), wait(ctx, 10*time.Second)
		}
		if err := wait(ctx, time.Second); err != nil {
			return nil, err
		}
		return fails(fault.Fault{Kind: fault.Misconfigured})(ctx, n, j, k)
	}, func(s *queue.Stage) { s.Workers = 2 }))
	b.work(10, time.Hour)
	b.pass(50 * time.Second)
	b.expect(2)
	if b.marked() != 1 {
		b.t.Error("the straggler's work was lost")
	}
	if n := b.log.count("level=ERROR"); n != 1 {
		b.t.Errorf("%d alarms, want one", n)
	}
}

func misconfiguredWaits(b *bench) {
	var mended atomic.Bool
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, k queue.Keeper) (queue.Effect, error) {
		if !mended.Load() {
			return fails(fault.Fault{Kind: fault.Misconfigured, System: "portal"})(ctx, n, j, k)
		}
		return mark(j.Key), nil
	}))
	b.work(30, 10*time.Minute)
	b.pass(3 * time.Hour)
	for id := range int64(30) {
		if j, err := b.Job(b.t.Context(), id+1); err != nil || j.State == queue.Failed {
			b.t.Errorf("job %d: %s %+v %v, want it to wait for the mending", id+1, j.State, j.Last, err)
		}
	}
	mended.Store(true)
	b.pass(3 * queue.DefaultPolicy().StoppedDelay)
	if n := b.marked(); n != 30 {
		b.t.Errorf("%d jobs done after the mending, want all 30", n)
	}
}

// stoppedGate: what a stage depends on stops by itself and has its own trials.
func stoppedGate(b *bench) {
	var mu sync.Mutex
	var stopped, trying bool
	var next time.Time
	gate := func() queue.Gate {
		mu.Lock()
		defer mu.Unlock()
		return queue.Gate{Closed: stopped, Stopped: stopped, Trial: stopped && !trying && !time.Now().Before(next), Until: next}
	}
	var mended atomic.Bool
	b.run(b.stage(func(_ context.Context, _ int, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
		mu.Lock()
		defer mu.Unlock()
		if !mended.Load() {
			stopped, next = true, time.Now().Add(10*time.Minute)
			return nil, &fault.Fault{Kind: fault.Misconfigured, System: "portal"}
		}
		stopped = false
		return mark(j.Key), nil
	}, func(s *queue.Stage) { s.Gate = gate }))
	b.work(30, 10*time.Minute)
	b.pass(3*time.Hour + time.Minute)
	if n := len(b.all()); n < 2 || n > 19 {
		b.t.Errorf("%d calls in three hours, want the first and a trial every ten minutes at most", n)
	}
	if n := b.log.count("level=ERROR"); n != 0 {
		b.t.Errorf("%d alarms: the gate has told of it", n)
	}
	mended.Store(true)
	b.pass(2 * time.Hour)
	if n := b.marked(); n != 30 {
		b.t.Errorf("%d jobs done after the mending, want all 30", n)
	}
	if b.log.count("operation resumed") != 1 {
		b.t.Error("nobody was told that the stage goes on")
	}
}

// pausedGate: an operator's pause has no trials and no end of its own.
func pausedGate(b *bench) {
	var paused atomic.Bool
	paused.Store(true)
	b.run(b.stage(well, func(s *queue.Stage) {
		s.Gate = func() queue.Gate { return queue.Gate{Closed: paused.Load(), Stopped: paused.Load()} }
	}))
	b.work(10, 10*time.Minute)
	b.pass(5 * time.Hour)
	b.expect(0)
	if _, claims := b.store.counts(); claims != 0 {
		b.t.Errorf("%d claims while paused", claims)
	}
	paused.Store(false)
	b.pass(2 * time.Hour)
	b.expect(10)
}

// calledIn: once an operator lets a stage go, nobody waits for the delay that the
// stop had given.
func calledIn(b *bench) {
	var stopped, mended atomic.Bool
	b.run(b.stage(func(_ context.Context, _ int, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
		if !mended.Load() {
			stopped.Store(true)
			return nil, &fault.Fault{Kind: fault.Misconfigured, System: "portal"}
		}
		return mark(j.Key), nil
	}, func(s *queue.Stage) {
		s.Workers, s.Policy.StoppedDelay = 4, 100*time.Hour
		s.Gate = func() queue.Gate { return queue.Gate{Closed: stopped.Load(), Stopped: stopped.Load()} }
	}))
	b.work(20, 10*time.Hour)
	b.pass(time.Hour)
	mended.Store(true)
	stopped.Store(false)
	b.pass(2 * time.Hour) // the bench polls once an hour
	if n := b.marked(); n != 20 {
		b.t.Errorf("%d of 20 done", n)
	}
}
