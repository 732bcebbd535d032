package queuetest

import (
	"context"
	"errors"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

func hanging(b *bench) {
	b.run(b.stage(func(ctx context.Context, n int, _ queue.Job, _ queue.Keeper) (queue.Effect, error) {
		if n == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return mark("done"), nil
	}))
	b.work(1, time.Hour)
	b.pass(time.Minute - time.Second)
	b.state(queue.Leased)
	b.pass(time.Second)
	if j := b.state(queue.Waiting); j.Attempt != 1 || j.Last.Kind != fault.Unavailable {
		b.t.Errorf("after the time-out: %+v, want one attempt burnt as unavailable", j)
	}
	b.pass(time.Minute)
	b.expect(2)
	b.state(queue.Done)
}

func slow(b *bench) {
	b.run(b.stage(func(ctx context.Context, _ int, _ queue.Job, _ queue.Keeper) (queue.Effect, error) {
		return mark("done"), wait(ctx, 10*lease)
	}, func(s *queue.Stage) { s.Workers, s.Timeout = 2, time.Hour }))
	b.work(1, 0)
	b.pass(9 * lease)
	b.expect(1)
	b.state(queue.Leased)
	b.pass(2 * lease)
	b.expect(1)
	b.state(queue.Done)
}

// leaseLost takes the lease away as a stop of the whole process would: the
// heart-beats stop, the lease runs out, another takes the job.
func leaseLost(b *bench) {
	var cause error
	b.run(b.stage(func(ctx context.Context, n int, _ queue.Job, keep queue.Keeper) (queue.Effect, error) {
		if n > 1 {
			return mark("second"), wait(ctx, time.Minute)
		}
		// Longer than the lease ahead of the heart-beat's clock.
		if _, _, err := b.Store.Promote(ctx, time.Now().Add(time.Hour)); err != nil {
			return nil, err
		}
		b.cancelled(ctx)
		cause = context.Cause(ctx)
		if err := keep(context.WithoutCancel(ctx), mark("kept")); !errors.Is(err, queue.ErrLeaseLost) {
			b.t.Errorf("keeping under a lost lease: %v", err)
		}
		return mark("first"), nil
	}, func(s *queue.Stage) { s.Workers, s.Timeout = 2, time.Hour }))
	b.work(1, 0)
	b.enqueue(queue.New{Stage: stage, Key: "wakes the relay", DueAt: time.Now().Add(1000 * time.Hour)})
	b.pass(2 * time.Hour)
	b.expect(2)
	if !errors.Is(cause, queue.ErrLeaseLost) {
		b.t.Errorf("the handler was ended by %v, want the lost lease", cause)
	}
	j := b.state(queue.Done)
	if b.marked() != 1 || j.Attempt != 1 {
		b.t.Errorf("%d effects and %d attempts burnt, want the effect of the second holder and the attempt of the first", b.marked(), j.Attempt)
	}
}

// abandoned: a job that ends the process whenever it is tried is a failure in
// the end, seen by an operator, and not a crash for ever.
func abandoned(b *bench) {
	p := queue.DefaultPolicy()
	b.work(1, 0)
	for range p.Attempts {
		if _, ok, err := b.Store.Claim(b.t.Context(), queue.Claim{Stage: stage, Now: time.Now(), Lease: time.Minute}); err != nil || !ok {
			b.t.Fatalf("claiming: %t, %v", ok, err)
		}
		if _, _, err := b.Store.Promote(b.t.Context(), time.Now().Add(time.Hour)); err != nil {
			b.t.Fatal(err)
		}
	}
	b.run(b.stage(well))
	b.pass(time.Hour)
	b.expect(0)
	if j := b.state(queue.Failed); j.Last.Kind != fault.Defect || j.Last.Code != "abandoned" {
		b.t.Errorf("ended as %+v", j.Last)
	}
}

// cancelled waits for a handler's context to end, long if need be.
func (b *bench) cancelled(ctx context.Context) {
	t := time.NewTimer(30 * time.Minute)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
		b.t.Error("a handler without a lease was left at work")
	}
}

func givingUp(b *bench) {
	var job queue.Job
	var told queue.Failure
	b.run(b.stage(fails(fault.Fault{Kind: fault.Rejected, Code: "400"}), func(s *queue.Stage) {
		s.GiveUp = func(j queue.Job, f queue.Failure) queue.Effect {
			job, told = j, f
			return mark("gave up")
		}
	}))
	b.work(1, time.Hour)
	b.pass(time.Minute)
	b.state(queue.Failed)
	if b.marked() != 1 || job.ID != 1 || told.Kind != fault.Rejected || told.Code != "400" {
		b.t.Errorf("%d effects of giving up job %d with %+v", b.marked(), job.ID, told)
	}
}

func givingUpFails(b *bench) {
	b.run(b.stage(fails(fault.Fault{Kind: fault.Rejected}), func(s *queue.Stage) {
		s.GiveUp = func(j queue.Job, _ queue.Failure) queue.Effect {
			if j.Key == "A1" {
				panic("no")
			}
			return func(ctx context.Context, tx queue.Tx) error {
				_ = mark("half")(ctx, tx)
				return errors.New("no")
			}
		}
	}))
	b.work(2, time.Hour)
	b.pass(time.Hour)
	b.expect(2)
	for id := range int64(2) {
		if j, err := b.Job(b.t.Context(), id+1); err != nil || j.State != queue.Failed || j.Last.Kind != fault.Rejected {
			b.t.Errorf("job %d: %s %+v %v, want a failure", id+1, j.State, j.Last, err)
		}
	}
	if b.marked() != 0 {
		b.t.Error("half of an effect was written")
	}
}

// drains runs in real time: an ending router holds locks, under which virtual
// time does not pass.
func drains(b *bench) {
	atWork, goOn := make(chan struct{}), make(chan struct{})
	var ctxErr error
	b.run(b.stage(func(ctx context.Context, n int, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
		if n == 1 {
			close(atWork)
		}
		<-goOn
		ctxErr = ctx.Err()
		return mark(j.Key), nil
	}))
	b.work(3, time.Hour)
	<-atWork
	b.cancel()
	<-b.bus.closing
	select {
	case err := <-b.ended:
		b.t.Errorf("ended with a handler at work: %v", err)
	default:
	}
	close(goOn)
	b.stop()
	if b.expect(1); b.marked() != 1 || ctxErr != nil {
		b.t.Errorf("%d effects, want the one of the handler at work; its context ended with %v", b.marked(), ctxErr)
	}
	b.state(queue.Done)
	n, err := b.Store.CountReady(b.t.Context(), stage, false, time.Now(), 10)
	if err != nil || n != 2 {
		b.t.Errorf("%d jobs wait for the next start, want 2 (%v)", n, err)
	}
}

// idles proves that nothing spins: a job that waits and one at work wake the
// keeper when they are due and not before.
func idles(b *bench) {
	b.run(b.stage(func(ctx context.Context, _ int, _ queue.Job, _ queue.Keeper) (queue.Effect, error) {
		return nil, wait(ctx, 25*time.Minute)
	}, func(s *queue.Stage) { s.Timeout = time.Hour }))
	b.work(1, 0)
	b.enqueue(queue.New{Stage: stage, Key: "later", DueAt: time.Now().Add(50 * time.Hour)})
	before, _ := b.store.counts()
	b.pass(30 * time.Minute)
	after, _ := b.store.counts()
	if n := after - before; n > 130 {
		b.t.Errorf("%d looks for due jobs in half an hour, want about one a heart-beat or minute", n)
	}
}

// polls takes the commit's news away: the poll must find the work.
func polls(b *bench) {
	b.run(b.stage(well))
	b.OnCommit(func([]string, time.Time) {})
	b.work(1, 0)
	b.expect(0)
	b.pass(time.Hour)
	b.expect(1)
}
