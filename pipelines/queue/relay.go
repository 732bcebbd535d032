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
			s.load.age()
		}
	}
}

func (r *Runner) publish(ctx context.Context, s *running) error {
	now := r.cfg.Now()
	gate := s.gate(now)
	if gate.Closed {
		s.load.restrain()
	}
	if err := r.hold(ctx, s, gate); err != nil || (gate.Stopped && !gate.Trial) {
		return err
	}
	room := s.load.reserve(2*s.Workers, gate.Trial)
	if room == 0 {
		return nil
	}
	n, err := r.cfg.Store.CountReady(ctx, s.Name, gate.Closed && !gate.Trial, now, room)
	if err != nil || n == 0 {
		s.load.cancel(room)
		return err
	}
	s.load.cancel(room - n)
	hints := make([]*message.Message, n)
	for i := range hints {
		hints[i] = message.NewMessage(watermill.NewShortUUID(), nil)
	}
	publish := r.cfg.Transport.Publish
	if gate.Closed { // another process may not see it closed, or has no trial to make
		publish = r.cfg.Transport.PublishLocal
	}
	if err := publish(topic(s.Name), hints...); err != nil {
		s.load.cancel(n)
		return err
	}
	return nil
}

// hold notes that a stage is stopped. When it goes on, those that waited get
// their time limits anew: they were not tried, so the stop must not count.
func (r *Runner) hold(ctx context.Context, s *running, gate Gate) error {
	switch held := s.held.Load(); {
	case gate.Stopped && !held:
		s.held.Store(true)
	case held && !gate.Stopped:
		if err := r.cfg.Store.Refresh(ctx, s.Name, r.cfg.Now()); err != nil {
			return err
		}
		s.held.Store(false)
		r.cfg.Log.InfoContext(ctx, "operation resumed", "stage", s.Name)
	}
	return nil
}

// keeper makes waiting jobs ready when they are due and takes back the leases
// of the dead. It sleeps until the next due time, a minute at most.
func (r *Runner) keeper(ctx context.Context) {
	for {
		// Forgotten before the look: what a commit adds during the look counts.
		r.dueMu.Lock()
		r.due = time.Time{}
		r.dueMu.Unlock()
		next, stages, err := r.cfg.Store.Promote(ctx, r.cfg.Now())
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.ErrorContext(ctx, "promoting due jobs", "error", err)
		}
		r.Wake(stages, time.Time{})
		wait := r.untilDue(next)
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

// untilDue says how long the keeper may sleep when the store said next and
// commits since then said r.due. A later commit wakes it only when it is due
// sooner than both.
func (r *Runner) untilDue(next time.Time) time.Duration {
	r.dueMu.Lock()
	if r.due.IsZero() || (!next.IsZero() && next.Before(r.due)) {
		r.due = next
	}
	due := r.due
	r.dueMu.Unlock()
	if due.IsZero() {
		return time.Minute
	}
	return min(time.Minute, max(due.Sub(r.cfg.Now()), time.Millisecond))
}
