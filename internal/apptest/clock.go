package apptest

import (
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

// Clock is the time of a hub and its mock systems: real time, shifted so that
// it begins at ten in the morning of Tashkent. No test runs over midnight, and
// no decision's date is yesterday's by accident.
type Clock struct {
	mu    sync.Mutex
	shift time.Duration
	moved func() // told of every move
}

// NewClock returns a clock that begins at ten today.
func NewClock() *Clock {
	now := time.Now()
	return &Clock{shift: civil.Of(now).Start().Add(10 * time.Hour).Sub(now)}
}

// Now is the shifted time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Without its monotonic reading, so that nothing corrects it.
	return time.Now().Add(c.shift).Round(0)
}

// Today is the date in Tashkent.
func (c *Clock) Today() civil.Date { return civil.Of(c.Now()) }

// Advance moves the clock on; it never moves back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.shift += max(d, 0)
	moved := c.moved
	c.mu.Unlock()
	if moved != nil {
		moved()
	}
}

// onMove has somebody told that the clock was moved.
func (c *Clock) onMove(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = f
}
