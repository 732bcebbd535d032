package calltest

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// leaving checks that an asker who goes away gets away at once, wherever it
// waits, that nothing keeps running, and that the breaker holds it against
// nobody. That no goroutine stays behind is the bubble's to see.
func (s Subject) leaving(t *testing.T, op Operation) {
	good := answering(op.Good)
	t.Run("while connecting", func(t *testing.T) {
		s.leavesDuring(t, op, false, func(r *http.Request) (*http.Response, error) {
			connecting(r)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	})
	t.Run("before the answer", func(t *testing.T) { s.leavesDuring(t, op, true, hang) })
	t.Run("in the answer", func(t *testing.T) {
		s.leavesDuring(t, op, true, func(r *http.Request) (*http.Response, error) {
			connected(r)
			return stream(r, op.Good, &drip{ctx: r.Context(), left: op.Good.Body, every: time.Hour}), nil
		})
	})
	if op.Repeatable {
		t.Run("between two tries", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ask, sys, _ := open(t, op, call.Limits{}, answering(Reply{Status: http.StatusBadGateway}))
				// The pause before the second try is short, but never nothing.
				f := leave(t, ask)
				if f == nil || f.Kind != fault.Unavailable || sys.tries() != 1 {
					t.Errorf("%v after %d tries", f, sys.tries())
				}
			})
		})
	}
	t.Run("while all places are taken", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			ask, sys, w := open(t, op, call.Limits{Bulkhead: 1, BulkheadWait: time.Hour}, func(r *http.Request) (*http.Response, error) {
				<-release
				return good(r)
			})
			first := make(chan error, 1)
			go func() {
				_, err := ask(t.Context())
				first <- err
			}()
			synctest.Wait()
			s.left(t, op, leave(t, ask), false)
			if sys.tries() != 1 {
				t.Errorf("%d tries, want the first one's alone", sys.tries())
			}
			close(release)
			if err := <-first; err != nil {
				t.Errorf("the one who held the place: %v", err)
			}
			quiet(t, w)
		})
	})
	t.Run("while the pace is used up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			// Throttled: tried once, counted by no breaker, renewed by no token.
			ask, sys, w := open(t, op, call.Limits{RatePerSecond: 1, Burst: 1}, answering(Reply{Status: http.StatusTooManyRequests}))
			for range 100 {
				before := sys.tries()
				if f := leave(t, ask); f == nil || f.Kind == fault.Throttled {
					continue
				} else if s.left(t, op, f, false); sys.tries() != before {
					t.Error("who left was asked for all the same")
				}
				quiet(t, w)
				return
			}
			t.Error("no pace holds anybody")
		})
	})
}

// leavesDuring asks a system that does not come to an end, beside failures that
// stand one short of opening the breaker: what does not count opens nothing.
func (s Subject) leavesDuring(t *testing.T, op Operation, sent bool, play Transport) {
	each, minimum := 1, 3
	if op.Repeatable {
		each = 2
	}
	if op.FixedLimits {
		minimum = 10
	}
	synctest.Test(t, func(t *testing.T) {
		failing := answering(Reply{Status: http.StatusBadGateway})
		ask, sys, w := open(t, op, call.Limits{Breaker: call.BreakerConfig{Minimum: uint32(minimum)}}, failing)
		for sys.tries()+each < minimum {
			before := sys.tries()
			if _, _ = ask(t.Context()); sys.tries() == before {
				t.Fatal("asking reaches no system: is the operation right, or answered aside?")
			}
		}
		left := minimum - sys.tries()
		sys.becomes(play)
		for range left {
			s.left(t, op, leave(t, ask), sent)
		}
		quiet(t, w)
		sys.becomes(failing)
		for range left {
			_, _ = ask(t.Context())
		}
		if all := w.own(); all[len(all)-1].Breaker != "open" {
			t.Error("failures that count do not open the breaker: this test shows nothing")
		}
	})
}

// left checks the fault of one who went away.
func (s Subject) left(t *testing.T, op Operation, f *fault.Fault, sent bool) {
	t.Helper()
	switch {
	case f == nil:
		t.Error("an answer for one who went away")
	case f.Kind != fault.Unavailable || f.Code != call.CodeCancelled || f.System != s.System || f.Operation != op.For:
		t.Errorf("got %v", f)
	case f.Uncertain != (sent && op.For == op.ID):
		t.Errorf("uncertain %v, sent %v", f.Uncertain, sent)
	}
}

// leave asks, goes away once everything stands still, and fails the test when
// that takes any time. Nil for an answer.
func leave(t *testing.T, ask Ask) *fault.Fault {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := ask(ctx)
		done <- err
	}()
	synctest.Wait()
	began := time.Now()
	cancel()
	err := <-done
	if d := time.Since(began); d > 0 {
		t.Errorf("came back %v after it was told to", d)
	}
	return fault.Of(err)
}

// quiet fails the test when the breaker is not closed.
func quiet(t *testing.T, w *witness) {
	t.Helper()
	for _, e := range w.own() {
		if e.Breaker != "closed" {
			t.Errorf("the breaker is %s", e.Breaker)
		}
	}
}
