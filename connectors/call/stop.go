package call

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// Watcher is an Observer that is also told when an operation stops because it
// is misconfigured, once, and when it works again.
type Watcher interface {
	Stopped(ctx context.Context, f *fault.Fault)
	Resumed(ctx context.Context, system, operation string)
}

type probeKey struct{}

// Probing marks calls that an operator makes to see whether an operation works:
// they go out although it is paused or stopped.
func Probing(ctx context.Context) context.Context { return context.WithValue(ctx, probeKey{}, true) }

func probing(ctx context.Context) bool {
	yes, _ := ctx.Value(probeKey{}).(bool)
	return yes
}

// stop holds an operation back: by an operator's pause, until Resume, or because
// it is misconfigured, until some call shows that it works. Meanwhile one call
// goes out every retry as a trial.
type stop struct {
	now   func() time.Time
	retry time.Duration

	mu      sync.Mutex
	paused  bool
	stopped *fault.Fault // why; nil: not stopped
	held    time.Time    // since when, of the pause
	since   time.Time    // of the stop
	next    time.Time    // when a trial may go out
	trying  bool
	// A stop that all processes share has its trials shared out: next is only told.
	shared bool
	may    bool      // a trial was allowed
	proved time.Time // since of the last stop that a call of ours has ended
}

// enter lets a call out or says why not. done must follow when it is not nil.
func (s *stop) enter(ctx context.Context) (done func(*fault.Fault) change, refused *fault.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	trial := false
	switch {
	case probing(ctx):
	case s.paused:
		return nil, &fault.Fault{
			Kind: fault.Misconfigured, Code: fault.CodePaused, Err: errors.New("an operator has paused the operation"),
			Hint: "resume it when the reason for the pause is gone",
		}
	case s.stopped != nil:
		if s.trying || !s.due() {
			return nil, &fault.Fault{
				Kind: fault.Misconfigured, Code: fault.CodeStopped, Wait: max(s.next.Sub(s.now()), time.Second), Hint: s.stopped.Hint,
				Err: errors.New("the operation is stopped: it is misconfigured"),
			}
		}
		s.trying, trial, s.may = true, true, false
	}
	since := s.since
	return func(f *fault.Fault) change { return s.leave(f, since, trial) }, nil
}

// due reports that a trial may go out.
func (s *stop) due() bool {
	if s.shared {
		return s.may
	}
	return !s.now().Before(s.next)
}

// change is what the outcome of a call did to a stop.
type change int

const (
	unchanged change = iota
	nowStopped
	nowResumed
)

// leave takes the outcome of a call that began when there was the stop since
// since; zero: none. What began before a stop proves nothing about it.
func (s *stop) leave(f *fault.Fault, since time.Time, trial bool) change {
	s.mu.Lock()
	defer s.mu.Unlock()
	if trial {
		s.trying, s.next = false, s.now().Add(s.retry)
	}
	switch {
	case f != nil && f.Kind == fault.Misconfigured:
		news := s.stopped == nil
		s.stopped, s.next = f, s.now().Add(s.retry)
		if news {
			s.since = s.now()
			return nowStopped
		}
	case s.stopped != nil && s.since.Equal(since) && understood(f):
		s.proved = s.since
		s.lift()
		return nowResumed
	}
	return unchanged
}

// lift ends a stop, not a pause.
func (s *stop) lift() {
	s.stopped, s.shared, s.may, s.since = nil, false, false, time.Time{}
}

// understood reports that the system took our call as ours: what it rejects or
// still works on, it has understood.
func understood(f *fault.Fault) bool {
	return f == nil || f.Kind == fault.Pending || f.Kind == fault.Rejected
}

// Pause keeps every call in until Resume; calls that are out come back.
func (c *Caller) Pause() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	if !c.stop.paused {
		c.stop.paused, c.stop.held = true, c.now()
	}
}

// Resume ends a pause, and a stop on the operator's word: the next call shows
// whether it holds.
func (c *Caller) Resume() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	c.stop.paused = false
	c.stop.lift()
}

// Unpause ends a pause, not a stop.
func (c *Caller) Unpause() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	c.stop.paused = false
}

// Halt makes the operation stop because it has stopped in some process, this one
// perhaps: since names that stop, next tells when it is tried again. No trial goes
// out but those that Allow allows. False says that a call of ours has already
// shown that the operation works.
func (c *Caller) Halt(why *fault.Fault, since, next time.Time) bool {
	s := &c.stop
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.proved.IsZero() && s.proved.UnixMilli() == since.UnixMilli() {
		return false
	}
	if !s.shared || s.stopped == nil {
		s.stopped, s.shared, s.may = why, true, false
	}
	s.since, s.next = since, next
	return true
}

// Allow lets one trial of a stop go out; Disallow takes that back.
func (c *Caller) Allow() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	c.stop.may = c.stop.shared && c.stop.stopped != nil
}

// Disallow ends what Allow allowed, if it was not used yet.
func (c *Caller) Disallow() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	c.stop.may = false
}

// Lift ends a stop because the operation was shown to work in another process, or
// an operator says so; a pause stays.
func (c *Caller) Lift() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	c.stop.lift()
}

// Stopped tells of a stop that began here and is not shared yet.
func (c *Caller) Stopped() (why *fault.Fault, since time.Time, ok bool) {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	if c.stop.stopped == nil || c.stop.shared {
		return nil, time.Time{}, false
	}
	return c.stop.stopped, c.stop.since, true
}

// into writes the stop's part of a state.
func (s *stop) into(st *State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused {
		st.Paused, st.Since = true, s.held
	}
	if s.stopped == nil {
		return
	}
	st.Stopped, st.Why = true, s.stopped
	if !s.paused {
		st.Since = s.since
	}
	st.Trial = !s.paused && !s.trying && s.due()
	st.Until = s.next
}
