package queue

import (
	"sync"
	"time"
)

// gateKeeper remembers that an operation was stopped as misconfigured. After
// its delay one job at a time may try; the first that goes well opens it.
type gateKeeper struct {
	mu    sync.Mutex
	until time.Time
}

// stop closes the gate and reports whether that is news (one alarm, not one a job).
func (g *gateKeeper) stop(until time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	news := g.until.IsZero()
	g.until = until
	return news
}

func (g *gateKeeper) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until = time.Time{}
}

func (g *gateKeeper) state(now time.Time) Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.until.IsZero() {
		return Gate{}
	}
	return Gate{Closed: true, Trial: !now.Before(g.until), Until: g.until}
}

// gate joins what the stage depends on with its own stop.
func (s *running) gate(now time.Time) Gate {
	if g := s.stopped.state(now); g.Closed {
		return g
	}
	if s.Gate != nil {
		return s.Gate()
	}
	return Gate{}
}
