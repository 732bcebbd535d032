package queuetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

func doneOnce(b *bench) {
	b.run(b.stage(func(_ context.Context, _ int, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
		return mark(j.Key), nil
	},
		func(s *queue.Stage) { s.Workers = 4 }))
	b.work(25, time.Hour)
	b.expect(25)
	if n := b.marked(); n != 25 {
		b.t.Errorf("%d effects, want 25", n)
	}
	b.state(queue.Done)
}

// bounds of the growing delay, from the default policy.
func unavailableEnds(b *bench) {
	p := queue.DefaultPolicy()
	b.run(b.stage(fails(fault.Fault{Kind: fault.Unavailable, System: "portal", Operation: "search", Code: "502"})))
	b.work(1, 100*time.Hour)
	b.pass(2 * time.Hour) // the full delays add up to some 70 minutes
	all := b.expect(p.Attempts)
	full, total := p.Base, time.Duration(0)
	for i, gap := range gaps(all) {
		if gap < full/10 || gap > full+5*time.Millisecond {
			b.t.Errorf("delay %d is %s, want %s to %s", i+1, gap, full/10, full)
		}
		if all[i].job.Attempt != i {
			b.t.Errorf("try %d has %d attempts burnt", i+1, all[i].job.Attempt)
		}
		total += full
		full = min(2*full, p.Cap)
	}
	if full != p.Cap {
		b.t.Errorf("the delay never reached its cap %s", p.Cap)
	}
	if took := all[len(all)-1].at; took < total/10 || took > total+time.Second {
		b.t.Errorf("given up after %s, want %s to %s", took, total/10, total)
	}
	j := b.state(queue.Failed)
	if j.Last.Kind != fault.Unavailable || j.Last.System != "portal" || j.Last.Code != "502" {
		b.t.Errorf("last failure %+v", j.Last)
	}
}

func unavailableLimited(b *bench) {
	b.run(b.stage(fails(fault.Fault{Kind: fault.Unavailable, System: "portal", Operation: "search"})))
	const limit = 3 * time.Minute
	b.work(1, limit)
	b.pass(limit - time.Second)
	b.state(queue.Waiting)
	calls := len(b.all())
	b.pass(time.Second + 5*time.Millisecond)
	j := b.state(queue.Failed)
	if b.expect(calls); j.Last.Code != "time_limit" || j.Last.System != "portal" {
		b.t.Errorf("last failure %+v, want the time limit of a portal job, and no call for it", j.Last)
	}
	if calls < 4 || calls >= queue.DefaultPolicy().Attempts {
		b.t.Errorf("%d calls in %s", calls, limit)
	}
}

func recovers(b *bench) {
	b.run(b.stage(func(_ context.Context, n int, _ queue.Job, _ queue.Keeper) (queue.Effect, error) {
		if n < 3 {
			return nil, fault.New(fault.Unavailable, errors.New("refused"))
		}
		return mark("done"), nil
	}))
	b.work(1, time.Hour)
	b.pass(time.Hour)
	b.expect(3)
	if j := b.state(queue.Done); j.Attempt != 2 || b.marked() != 1 {
		b.t.Errorf("%d attempts burnt, %d effects; want 2 and 1", j.Attempt, b.marked())
	}
}

func pendingEnds(b *bench) {
	p := queue.DefaultPolicy()
	b.run(b.stage(fails(fault.Fault{Kind: fault.Pending, System: "portal", Operation: "check"})))
	b.work(1, p.Limit)
	b.pass(p.Limit - time.Second)
	all := b.all()
	want := p.PendingBase
	for i, gap := range gaps(all) {
		if !near(gap, want) {
			b.t.Errorf("delay %d is %s, want %s", i+1, gap, want)
		}
		want = min(2*want, p.PendingCap)
	}
	if want != p.PendingCap || len(all) < int(p.Limit/p.PendingCap) {
		b.t.Errorf("%d calls in %s", len(all), p.Limit)
	}
	if j := b.state(queue.Waiting); j.Attempt != 0 || j.Asks != len(all) {
		b.t.Errorf("%d attempts burnt by %d asks, want none", j.Attempt, j.Asks)
	}
	b.pass(time.Second + 5*time.Millisecond)
	if j := b.state(queue.Failed); j.Last.Code != "time_limit" || j.Attempt != 0 {
		b.t.Errorf("ended with %+v", j.Last)
	}
	b.expect(len(all))
}

func throttledWaits(b *bench) {
	p := queue.DefaultPolicy()
	waits := []time.Duration{40 * time.Second, 0, 24 * time.Hour}
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, k queue.Keeper) (queue.Effect, error) {
		if n > len(waits) {
			return mark("done"), nil
		}
		return fails(fault.Fault{Kind: fault.Throttled, Wait: waits[n-1]})(ctx, n, j, k)
	}))
	b.work(1, p.Limit)
	b.pass(time.Hour)
	for i, gap := range gaps(b.expect(4)) {
		if want := []time.Duration{40 * time.Second, p.Base, p.ThrottleCap}[i]; !near(gap, want) {
			b.t.Errorf("delay %d is %s, want %s", i+1, gap, want)
		}
	}
	if j := b.state(queue.Done); j.Attempt != 0 {
		b.t.Errorf("%d attempts burnt, want none", j.Attempt)
	}
}

func atOnce(b *bench) {
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, k queue.Keeper) (queue.Effect, error) {
		if j.Key == "A0" {
			return fails(fault.Fault{Kind: fault.Rejected, Code: "400"})(ctx, n, j, k)
		}
		return nil, errors.New("index out of range") // carries no kind: our own bug
	}))
	b.work(2, time.Hour)
	b.pass(2 * time.Hour)
	b.expect(2)
	for id, want := range map[int64]fault.Kind{1: fault.Rejected, 2: fault.Defect} {
		j, err := b.Job(b.t.Context(), id)
		if err != nil || j.State != queue.Failed || j.Last.Kind != want {
			b.t.Errorf("job %d: %s %+v %v, want a failure that is %s", id, j.State, j.Last, err, want)
		}
	}
}

func breachTries(b *bench) {
	p := queue.DefaultPolicy()
	b.run(b.stage(fails(fault.Fault{Kind: fault.Breach, Err: errors.New("birth_date: want a date")})))
	b.work(1, p.Limit)
	b.pass(time.Hour)
	for i, gap := range gaps(b.expect(3)) {
		if !near(gap, p.BreachDelay) {
			b.t.Errorf("delay %d is %s, want %s", i+1, gap, p.BreachDelay)
		}
	}
	if j := b.state(queue.Failed); j.Last.Kind != fault.Breach || j.Last.Breaches != 3 {
		b.t.Errorf("last failure %+v", j.Last)
	}
	if err := b.Replay(b.t.Context(), 1); err != nil {
		b.t.Fatal(err)
	}
	b.pass(10 * time.Minute)
	b.expect(6) // a replay has three of its own
}

func breachAfterOthers(b *bench) {
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, k queue.Keeper) (queue.Effect, error) {
		f := fault.Fault{Kind: fault.Breach}
		switch {
		case n <= 4:
			f = fault.Fault{Kind: fault.Unavailable}
		case n == 6: // between breaches the breaker opened
			f = fault.Fault{Kind: fault.Unavailable, Code: fault.CodeBreakerOpen}
		}
		return fails(f)(ctx, n, j, k)
	}))
	b.work(1, 100*time.Hour)
	b.pass(time.Hour)
	b.expect(8)
	if j := b.state(queue.Failed); j.Last.Kind != fault.Breach {
		b.t.Errorf("last failure %+v", j.Last)
	}
}

// ramps: what waited for a gate does not storm through it when it opens.
func ramps(b *bench) {
	var opened atomic.Bool
	var mu sync.Mutex
	running, most := 0, []int{}
	b.run(b.stage(func(ctx context.Context, _ int, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
		mu.Lock()
		running++
		most = append(most, running)
		mu.Unlock()
		err := wait(ctx, time.Second)
		mu.Lock()
		running--
		mu.Unlock()
		return mark(j.Key), err
	}, func(s *queue.Stage) {
		s.Workers = 8
		s.Gate = func() queue.Gate { return queue.Gate{Closed: !opened.Load()} }
	}))
	b.work(40, 10*time.Hour)
	b.pass(time.Hour - time.Second)
	if len(most) > 0 {
		b.t.Fatalf("%d calls through a closed gate", len(most))
	}
	opened.Store(true)
	b.pass(2500 * time.Millisecond) // the bench polls once an hour; then one, then two
	mu.Lock()
	early := slices.Clone(most)
	mu.Unlock()
	if len(early) == 0 || slices.Max(early) > 2 {
		b.t.Errorf("at once, one after the other: %v, want a ramp of 1, 2, 4, 8", early)
	}
	b.pass(time.Minute)
	if n := b.marked(); n != 40 || slices.Max(most) != 8 {
		b.t.Errorf("%d of 40 done, %d at once at most, want 8", n, slices.Max(most))
	}
}

func panics(b *bench) {
	b.run(b.stage(func(_ context.Context, n int, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
		switch j.Key {
		case "A0":
			panic("Karimov Alisher 31234567890123")
		case "A1":
			return func(context.Context, queue.Tx) error { panic("Karimov Alisher 31234567890123") }, nil
		}
		return mark("done"), nil
	}))
	b.work(3, time.Hour)
	b.pass(time.Hour)
	b.expect(3)
	for id := range int64(2) {
		if j, err := b.Job(b.t.Context(), id+1); err != nil || j.State != queue.Failed || j.Last.Kind != fault.Defect {
			b.t.Errorf("job %d: %s %+v %v, want a failure that is a defect", id+1, j.State, j.Last, err)
		} else if b.log.count("Karimov") > 0 || strings.Contains(j.Last.Text, "Karimov") {
			b.t.Error("what was panicked with was told")
		}
	}
	if b.marked() != 1 {
		b.t.Error("the job after the panics was not done")
	}
}

func breakerOpen(b *bench) {
	p := queue.DefaultPolicy()
	b.run(b.stage(fails(fault.Fault{Kind: fault.Unavailable, System: "portal", Code: fault.CodeBreakerOpen, Wait: 2 * time.Minute})))
	b.work(1, p.Limit)
	b.pass(p.Limit - time.Second)
	all := b.all()
	if len(all) < 2*p.Attempts {
		b.t.Fatalf("%d tries, want far more than the %d attempts allowed", len(all), p.Attempts)
	}
	for i, gap := range gaps(all) {
		if !near(gap, 2*time.Minute) {
			b.t.Errorf("delay %d is %s, want when the breaker half-opens", i+1, gap)
		}
	}
	if j := b.state(queue.Waiting); j.Attempt != 0 {
		b.t.Errorf("%d attempts burnt, want none", j.Attempt)
	}
	b.pass(time.Second + 5*time.Millisecond)
	if j := b.state(queue.Failed); j.Last.Code != "time_limit" {
		b.t.Errorf("ended with %+v", j.Last)
	}
}

func closedGate(b *bench) {
	var open atomic.Bool
	b.run(b.stage(well, func(s *queue.Stage) {
		s.Workers = 4
		s.Gate = func() queue.Gate { return queue.Gate{Closed: !open.Load()} }
	}))
	b.work(5, 0)
	b.enqueue(queue.New{Stage: stage, Key: "limited", Limit: 90 * time.Minute})
	b.pass(time.Hour)
	b.expect(0)
	if _, claims := b.store.counts(); claims != 0 {
		b.t.Errorf("%d claims at a closed gate, want none", claims)
	}
	b.pass(time.Hour + time.Minute) // the poll finds what has expired since
	b.expect(0)
	if j, err := b.Job(b.t.Context(), 6); err != nil || j.State != queue.Failed || j.Last.Code != "time_limit" {
		b.t.Errorf("the expired job: %s %+v %v, want ended by its time limit", j.State, j.Last, err)
	}
	open.Store(true)
	b.pass(time.Hour)
	b.expect(5)
}

// wait waits in virtual time unless ctx ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
