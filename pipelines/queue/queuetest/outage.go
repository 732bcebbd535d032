package queuetest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

// outage lets what ends a job fail as a store out of reach does.
type outage struct{ until atomic.Int64 } // unix ns

func (o *outage) last(d time.Duration) { o.until.Store(time.Now().Add(d).UnixNano()) }

func (o *outage) hit() error {
	if time.Now().UnixNano() < o.until.Load() {
		return fault.New(fault.Unavailable, errors.New("the database restarts"))
	}
	return nil
}

// Finish fails during the outage.
func (c *counted) Finish(ctx context.Context, l queue.Lease, e queue.Effect) error {
	if err := c.out.hit(); err != nil {
		return err
	}
	return c.Store.Finish(ctx, l, e)
}

// Again fails during the outage.
func (c *counted) Again(ctx context.Context, l queue.Lease, r queue.Reschedule) error {
	if err := c.out.hit(); err != nil {
		return err
	}
	return c.Store.Again(ctx, l, r)
}

// Extend fails during the outage.
func (c *counted) Extend(ctx context.Context, l queue.Lease, until time.Time) error {
	if err := c.out.hit(); err != nil {
		return err
	}
	return c.Store.Extend(ctx, l, until)
}

// shortOutage: the call was made when the store went away for a while. How it
// ended is written when the store is back; nobody is asked a second time.
func shortOutage(b *bench) {
	b.run(b.stage(func(context.Context, int, queue.Job, queue.Keeper) (queue.Effect, error) {
		b.store.out.last(lease / 2)
		return mark("done"), nil
	}))
	b.work(1, 0)
	b.pass(lease)
	b.expect(1)
	if j := b.state(queue.Done); b.marked() != 1 || j.Attempt != 0 {
		b.t.Errorf("%d effects, %d attempts burnt, want 1 and 0", b.marked(), j.Attempt)
	}
}

// longOutage: a store that is away for longer than the lease gives the job to
// whoever comes, and what the first wants to write then is thrown away.
func longOutage(b *bench) {
	b.run(b.stage(func(_ context.Context, n int, _ queue.Job, _ queue.Keeper) (queue.Effect, error) {
		if n == 1 {
			b.store.out.last(lease + lease/2)
			return mark("first"), nil
		}
		return mark("second"), nil
	}))
	b.work(1, 0)
	b.pass(10 * lease)
	b.expect(2)
	if j := b.state(queue.Done); b.marked() != 1 || j.Attempt != 1 {
		b.t.Errorf("%d effects, %d attempts burnt, want one of each", b.marked(), j.Attempt)
	}
}

// asksWhetherHeld: who calls out may ask whether the job is still held. When no
// heart-beat gets through, the answer is no as soon as the lease is over, although
// nobody has said so yet.
func asksWhetherHeld(b *bench) {
	b.guard = func(ctx context.Context, question func() bool) context.Context {
		return context.WithValue(ctx, heldKey{}, question)
	}
	var held []bool
	b.run(b.stage(func(ctx context.Context, n int, _ queue.Job, _ queue.Keeper) (queue.Effect, error) {
		if n > 1 {
			return nil, nil
		}
		question, _ := ctx.Value(heldKey{}).(func() bool)
		for _, pause := range []time.Duration{0, 2 * lease, lease / 2, lease} {
			if pause == lease/2 {
				b.store.out.last(3 * lease)
			}
			if err := wait(ctx, pause); err != nil {
				return nil, err
			}
			held = append(held, question())
		}
		return mark("done"), nil
	}, func(s *queue.Stage) { s.Timeout = time.Hour }))
	b.work(1, 0)
	b.pass(10 * lease)
	b.stop()
	if want := []bool{true, true, true, false}; !slices.Equal(held, want) {
		b.t.Errorf("held: %v, want %v", held, want)
	}
}

type heldKey struct{}
