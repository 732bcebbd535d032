package queue

import (
	"sync"
	"time"
)

// gateKeeper remembers that an operation was stopped as misconfigured. After
// its delay one job at a time may try; a trial that reaches the other system
// opens it. What began before the stop proves nothing and opens nothing.
type gateKeeper struct {
	mu     sync.Mutex
	until  time.Time // zero: not stopped
	trying bool
}

// stop closes the gate and reports whether that is news (one alarm, not one a job).
func (g *gateKeeper) stop(until time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	news := g.until.IsZero()
	g.until = until
	return news
}

// try reports whether a job may be tried now, and whether it is the trial: then
// tried must follow.
func (g *gateKeeper) try(now time.Time) (may, trial bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.until.IsZero():
		return true, false
	case g.trying || now.Before(g.until):
		return false, false
	}
	g.trying = true
	return true, true
}

// tried ends a trial: the gate opens when it proved that the operation works,
// else it stays closed until next at least.
func (g *gateKeeper) tried(proved bool, next time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trying = false
	switch {
	case proved:
		g.until = time.Time{}
	case next.After(g.until):
		g.until = next
	}
}

func (g *gateKeeper) state(now time.Time) Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.until.IsZero() {
		return Gate{}
	}
	return Gate{Closed: true, Stopped: true, Trial: !g.trying && !now.Before(g.until), Until: g.until}
}

// gate joins what the stage depends on with its own stop: closed when either
// is, on trial when no more than a trial is allowed.
func (s *running) gate(now time.Time) Gate {
	own := s.stopped.state(now)
	if s.Gate == nil || (own.Closed && !own.Trial) {
		return own
	}
	if g := s.Gate(); g.Closed {
		return g
	}
	return own
}
