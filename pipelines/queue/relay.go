package queue

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
)

// relay publishes hints for one stage: as many as there are claimable jobs and
// room to take them, never more than twice the free handlers in flight. It runs
// when it is kicked (a commit made work, a handler got free) and, as a
// fall-back, every Poll.
func (r *Runner) relay(ctx context.Context, s *running) {
	t := time.NewTicker(r.cfg.Poll)
	defer t.Stop()
	for {
		if err := r.publish(ctx, s); err != nil && ctx.Err() == nil {
			r.cfg.Log.ErrorContext(ctx, "publishing hints", "stage", s.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
		case <-t.C:
			// Hints the transport dropped would count as flying for ever.
			s.flying.Store(0)
		}
	}
}

func (r *Runner) publish(ctx context.Context, s *running) error {
	now := r.cfg.Now()
	free := int64(s.Workers) - s.busy.Load()
	gate := s.gate(now)
	room := 2*free - s.flying.Load()
	if gate.Trial {
		room = 1 - s.flying.Load() - s.busy.Load()
	}
	if room <= 0 {
		return nil
	}
	n, err := r.cfg.Store.CountReady(ctx, s.Name, gate.Closed && !gate.Trial, now, int(room))
	if err != nil || n == 0 {
		return err
	}
	hints := make([]*message.Message, n)
	for i := range hints {
		hints[i] = message.NewMessage(watermill.NewShortUUID(), nil)
	}
	s.flying.Add(int64(n))
	return r.cfg.Transport.Publish(topic(s.Name), hints...)
}

// keeper makes waiting jobs ready when they are due and takes back the leases
// of the dead. It sleeps until the next due time, a minute at most.
func (r *Runner) keeper(ctx context.Context) {
	for {
		// Taken before the look: what a commit adds during the look kicks again.
		r.dueMu.Lock()
		r.due = time.Time{}
		r.dueMu.Unlock()
		next, stages, err := r.cfg.Store.Promote(ctx, r.cfg.Now())
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.ErrorContext(ctx, "promoting due jobs", "error", err)
		}
		r.Wake(stages, next)
		wait := time.Minute
		if !next.IsZero() {
			wait = min(wait, max(next.Sub(r.cfg.Now()), time.Millisecond))
		}
		if err != nil {
			wait = r.cfg.Poll
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		case <-r.promote:
			t.Stop()
		}
	}
}
