// Package clock is the time base of a hub process: it goes on whatever becomes of
// the machine's clock, and where many processes share a database it is that
// database's time.
package clock

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	// tolerated is the offset from the database's clock that is let be; once it was
	// more, it is corrected until it is less than settled.
	tolerated = 250 * time.Millisecond
	settled   = 100 * time.Millisecond
	// alarming is the offset that somebody should look at.
	alarming = 2 * time.Second
	// every is how often the offset is measured, by so many questions, of which
	// the quickest answer counts; slowest is a round trip that says too little.
	every     = 5 * time.Second
	questions = 3
	slowest   = 500 * time.Millisecond
)

// ErrSlow means that the database answered too slowly to tell its time by.
var ErrSlow = errors.New("the database answers too slowly to set a clock by")

// Clock is safe for concurrent use.
type Clock struct {
	read func() (wall time.Time, mono time.Duration, steady bool)

	mu     sync.Mutex
	last   time.Time     // what Now told last
	lastAt time.Duration // by the monotonic clock, as are all that follow
	begun  bool

	measured bool
	base     time.Time // what the time was at baseAt
	shared   time.Time // what the database's was
	baseAt   time.Duration
	offset   time.Duration // of the database's clock from ours
	applied  bool
}

// New makes a clock of now, which is time.Now or a test's own. One without a
// monotonic reading is taken as it is, but for moving back, and never corrected.
func New(now func() time.Time) *Clock {
	origin := now()
	return &Clock{read: func() (time.Time, time.Duration, bool) {
		t := now()
		return t.Round(0), t.Sub(origin), t != t.Round(0) // a clock without a monotonic reading is a test's
	}}
}

// plausible is how far a machine's clock may have been set back for the time to go
// on as if it had not: who set it back by more has mended it.
const plausible = 24 * time.Hour

// Resume has the time go on from last, the latest that is known of an earlier life,
// when the machine's clock is behind it. When it is behind by more than a day, that
// clock is believed, and how far it is behind is returned.
func (c *Clock) Resume(last time.Time) (behind time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono, steady := c.read()
	behind = last.Sub(wall)
	switch {
	case last.IsZero() || behind <= 0:
		return 0
	case behind > plausible:
		return behind
	case steady && !c.last.After(last):
		c.last, c.lastAt, c.begun = last, mono, true
	}
	return 0
}

// Now is the time. It never moves back: when the machine's clock is set back, it
// goes on a tenth slower until the difference is used up. It is the database's
// time when that differs by more than a quarter of a second.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now(c.read())
}

func (c *Clock) now(wall time.Time, mono time.Duration, steady bool) time.Time {
	if !steady {
		if wall.After(c.last) {
			c.last = wall
		}
		return c.last
	}
	target := wall
	if c.measured {
		target = c.base.Add(mono - c.baseAt)
	}
	if c.begun {
		passed := max(mono-c.lastAt, 0)
		if floor := c.last.Add(passed - passed/10); floor.After(target) {
			target = floor
		}
	}
	c.last, c.lastAt, c.begun = target, max(mono, c.lastAt), true
	return target
}

// Shared is the best estimate of the database's time, to within half a round trip.
// Unlike Now it may move back a little when it is measured anew.
func (c *Clock) Shared() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono, steady := c.read()
	if !c.measured {
		return c.now(wall, mono, steady)
	}
	return c.shared.Add(mono - c.baseAt)
}

// Offset is how far the database's clock is ahead of the machine's.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Ask answers the database's time; false when there is none to go by.
type Ask func(context.Context) (time.Time, bool, error)

// Measure sets the clock by the database's. Without one it does nothing.
func (c *Clock) Measure(ctx context.Context, ask Ask) error {
	best := slowest + 1
	var theirs time.Time
	var wall time.Time
	var at time.Duration
	for range questions {
		_, before, steady := c.read()
		if !steady {
			return nil
		}
		t, ok, err := ask(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		now, after, _ := c.read()
		if trip := after - before; trip < best {
			best, theirs, wall, at = trip, t.Add(trip/2), now, after
		}
	}
	if best > slowest {
		return ErrSlow
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = theirs.Sub(wall)
	limit := tolerated
	if c.applied {
		limit = settled
	}
	c.applied = c.offset.Abs() > limit
	c.measured, c.shared, c.base, c.baseAt = true, theirs, wall, at
	if c.applied {
		c.base = theirs
	}
	return nil
}

// Watch measures until ctx ends, and warns when the machine's clock is far off.
func (c *Clock) Watch(ctx context.Context, ask Ask, log *slog.Logger) {
	t := time.NewTicker(every)
	defer t.Stop()
	far := false
	for {
		if err := c.Measure(ctx, ask); err != nil && ctx.Err() == nil {
			log.DebugContext(ctx, "measuring the clock", "error", err)
		}
		if now := c.Offset().Abs() > alarming; now != far {
			far = now
			if far {
				log.WarnContext(ctx, "this machine's clock differs from the database's: the database's is used; look at the time service of both", "offset", c.Offset())
			} else {
				log.InfoContext(ctx, "this machine's clock agrees with the database's again", "offset", c.Offset())
			}
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}
