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
	since   time.Time    // of the pause or the stop
	next    time.Time    // when a trial may go out
	trying  bool
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
		if s.trying || s.now().Before(s.next) {
			return nil, &fault.Fault{
				Kind: fault.Misconfigured, Code: fault.CodeStopped, Wait: max(s.next.Sub(s.now()), time.Second), Hint: s.stopped.Hint,
				Err: errors.New("the operation is stopped: it is misconfigured"),
			}
		}
		s.trying, trial = true, true
	}
	return func(f *fault.Fault) change { return s.leave(f, trial) }, nil
}

// change is what the outcome of a call did to a stop.
type change int

const (
	unchanged change = iota
	nowStopped
	nowResumed
)

func (s *stop) leave(f *fault.Fault, trial bool) change {
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
	case s.stopped != nil && understood(f):
		s.stopped, s.since = nil, time.Time{}
		return nowResumed
	}
	return unchanged
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
		c.stop.paused, c.stop.since = true, c.now()
	}
}

// Resume ends a pause, and a stop on the operator's word: the next call shows
// whether it holds.
func (c *Caller) Resume() {
	c.stop.mu.Lock()
	defer c.stop.mu.Unlock()
	c.stop.paused, c.stop.stopped, c.stop.since = false, nil, time.Time{}
}

// into writes the stop's part of a state.
func (s *stop) into(st *State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Paused, st.Since = s.paused, s.since
	if s.stopped == nil {
		return
	}
	st.Stopped, st.Why = true, s.stopped
	st.Trial = !s.paused && !s.trying && !s.now().Before(s.next)
	st.Until = s.next
}
