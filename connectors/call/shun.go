package call

import (
	"context"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// longestShun bounds, in times of an open breaker, how long an operation is held
// back for another's sake before a trial of our own: it may be that other's own
// way out that is broken.
const longestShun = 3

// Rest is how an operation's own breaker stands, whatever others say of it.
type Rest struct {
	Since time.Time // when it opened; zero: it is closed
	Until time.Time // when it lets the next trial through
}

// Rest tells of the operation's own breaker; while it lets trials through it
// still rests.
func (c *Caller) Rest() Rest {
	since, until := c.opened.Load(), c.until.Load()
	if since == 0 {
		return Rest{}
	}
	return Rest{Since: time.UnixMilli(since), Until: time.Unix(0, until)}
}

// shun is an operation held back because it rests elsewhere: until a time every
// call but an operator's probe, then all but one trial at a time.
type shun struct {
	mu     sync.Mutex
	since  time.Time // which opening; zero: none
	until  time.Time
	trying bool
	proved time.Time // the last opening that a call of ours has disproved
}

// Shun holds the operation back because its breaker is open in another process:
// since names that opening and until says when the other tries again. After that,
// or three openings' time after since, a trial of our own goes out; what it proves
// ends the shunning, and a failure prolongs it. False says that a call of ours has
// already shown that the operation works.
func (c *Caller) Shun(since, until time.Time) bool {
	s := &c.shun
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.proved.IsZero() && s.proved.UnixMilli() == since.UnixMilli() {
		return false
	}
	if latest := since.Add(longestShun * c.op.Limits.Breaker.Open); until.After(latest) {
		until = latest
	}
	if s.since.IsZero() || s.since.UnixMilli() != since.UnixMilli() {
		s.since, s.until = since, until
	} else if until.After(s.until) {
		s.until = until
	}
	return true
}

// Unshun ends it: the operation works again.
func (c *Caller) Unshun() {
	c.shun.mu.Lock()
	defer c.shun.mu.Unlock()
	c.shun.since, c.shun.until = time.Time{}, time.Time{}
}

// enter lets a call out or says until when none goes. done must follow when it
// is not nil.
func (s *shun) enter(ctx context.Context, now time.Time, open time.Duration) (done func(f *fault.Fault, tries int, now time.Time) (ended bool), until time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		return nil, time.Time{}, true
	}
	trial := false
	if !probing(ctx) {
		if s.trying || now.Before(s.until) {
			return nil, s.until, false
		}
		s.trying, trial = true, true
	}
	since := s.since
	return func(f *fault.Fault, tries int, now time.Time) bool {
		return s.leave(f, tries > 0 && !ours(f), now, since, trial, open)
	}, time.Time{}, true
}

// leave takes what came of a call; asked says that the system was asked and that f
// is what came of it.
func (s *shun) leave(f *fault.Fault, asked bool, now, since time.Time, trial bool, open time.Duration) (ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if trial {
		s.trying = false
	}
	if s.since.IsZero() || !s.since.Equal(since) {
		return false // it ended meanwhile, or another began
	}
	switch {
	case !asked:
	case understood(f) || f.Kind == fault.Misconfigured:
		s.proved, s.since, s.until = s.since, time.Time{}, time.Time{}
		return true
	case trial:
		s.until = now.Add(longestShun * open)
	}
	return false
}

// ours reports a fault that says nothing of the system: we never asked, or left.
func ours(f *fault.Fault) bool {
	if f == nil {
		return false
	}
	switch f.Code {
	case CodeCancelled, CodeRateLimit, CodeQuota, CodeBulkheadFull, CodeBreakerOpen:
		return true
	}
	return false
}

// into writes the shunning's part of a state.
func (s *shun) into(st *State, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.since.IsZero():
		return
	case now.Before(s.until):
		st.Open, st.Until = true, s.until
	default:
		st.HalfOpen = true
	}
	st.Shunned = true
}
