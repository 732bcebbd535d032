package call_test

import (
	"context"
	"errors"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/contracts/fault"
)

var (
	errConnRefused error = syscall.ECONNREFUSED
	errConnReset   error = syscall.ECONNRESET
)

func TestSecondTry(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		repeatable bool
		statuses   []int // of the tries, the last one repeats
		wait       string
		kind       fault.Kind
		tries      int
	}{
		{"mended by the second", true, []int{503, 200}, "", "", 2},
		{"not more than two", true, []int{503, 503, 200}, "", fault.Unavailable, 2},
		{"not repeatable", false, []int{503, 200}, "", fault.Unavailable, 1},
		{"throttled is not tried at once", true, []int{429, 200}, "", fault.Throttled, 1},
		{"rejected is not tried again", true, []int{400, 200}, "", fault.Rejected, 1},
		{"a system that asks for long is left alone", true, []int{503, 200}, "86400", fault.Unavailable, 1},
		{"a second is no long wait", true, []int{503, 200}, "1", "", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := 0
				var bodies []string
				seen := &calltest.Observer{}
				caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: c.repeatable}, client(func(r *http.Request) (*http.Response, error) {
					b := make([]byte, 4)
					_, _ = r.Body.Read(b)
					bodies = append(bodies, string(b))
					status := c.statuses[min(n, len(c.statuses)-1)]
					n++
					return calltest.With(status, "", "Retry-After", c.wait)(r)
				}), seen, nil)
				start := time.Now()
				err := caller.Do(t.Context(), call.Request{Method: http.MethodPost, URL: "https://r.example/", Body: []byte("body"), Decode: decodeStatus})
				if fault.KindOf(err) != c.kind || n != c.tries || seen.Last(t).Tries != c.tries {
					t.Errorf("got %v after %d tries (%+v), want %q after %d", err, n, seen.Last(t), c.kind, c.tries)
				}
				for _, b := range bodies {
					if b != "body" {
						t.Errorf("a try was sent %q", b)
					}
				}
				if d := time.Since(start); d > 500*time.Millisecond {
					t.Errorf("waited %v between the tries", d)
				}
			})
		})
	}
}

// A first try that may have taken effect leaves the whole exchange uncertain.
func TestUncertaintyIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: true}, client(func(*http.Request) (*http.Response, error) {
			n++
			if n == 1 {
				return nil, errConnReset
			}
			return nil, errConnRefused
		}), nil, nil)
		f := faultOf(t, caller.Do(t.Context(), get(decodeStatus)))
		if f.Code != "refused" || !f.Uncertain {
			t.Errorf("got %+v", f)
		}
	})
}

func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTimeOuts(t *testing.T) {
	t.Parallel()
	limits := call.Limits{Total: 5 * time.Second, Try: 3 * time.Second}
	cases := []struct {
		name       string
		repeatable bool
		asker      time.Duration
		atLeast    time.Duration
		atMost     time.Duration
	}{
		{"one try", false, time.Minute, 3 * time.Second, 3 * time.Second},
		{"two tries end with the total", true, time.Minute, 5 * time.Second, 5 * time.Second},
		{"the asker's own deadline", true, time.Second, time.Second, time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.asker)
				defer cancel()
				start := time.Now()
				err := call.New(call.Operation{System: "s", ID: "o", Repeatable: c.repeatable, Limits: limits}, client(hang), nil, nil).Do(ctx, get(decodeStatus))
				f := faultOf(t, err)
				if f.Kind != fault.Unavailable || f.Code != "timeout" || !f.Uncertain || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v (uncertain %v)", err, f.Uncertain)
				}
				if d := time.Since(start); d < c.atLeast || d > c.atMost {
					t.Errorf("took %v", d)
				}
			})
		})
	}
}

// The headers came, the body never ends: the try's time-out covers it.
func TestTimeOutCoversTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Try: time.Second}}, client(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: endless{r.Context()}}, nil
		}), nil, nil)
		if f := faultOf(t, caller.Do(t.Context(), get(decodeStatus))); f.Code != "timeout" || !f.Uncertain {
			t.Errorf("got %+v", f)
		}
	})
}

type endless struct{ ctx context.Context }

func (e endless) Read([]byte) (int, error) { <-e.ctx.Done(); return 0, e.ctx.Err() }
func (endless) Close() error               { return nil }

// Whoever asked went away: the exchange ends, and the breaker does not hold it
// against the system.
func TestCancellationIsNotCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: true, Limits: call.Limits{Breaker: call.BreakerConfig{Minimum: 1}}}, client(hang), nil, nil)
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { time.Sleep(time.Second); cancel() }()
			f := faultOf(t, caller.Do(ctx, get(decodeStatus)))
			if f.Kind != fault.Unavailable || f.Code != call.CodeCancelled || !f.Uncertain {
				t.Errorf("got %+v", f)
			}
		}
		if s := caller.State(); s.Open || s.InFlight != 0 {
			t.Errorf("state %+v", s)
		}
		// A deadline, by contrast, counts.
		if f := faultOf(t, caller.Do(t.Context(), get(decodeStatus))); f.Code != call.CodeBreakerOpen && f.Code != "timeout" {
			t.Errorf("got %+v", f)
		}
		if !caller.State().Open {
			t.Error("a time-out did not count")
		}
	})
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status, tries := 503, 0
		seen := &calltest.Observer{}
		limits := call.Limits{RatePerSecond: 1000, Breaker: call.BreakerConfig{Minimum: 4, Ratio: 0.5, Open: 30 * time.Second}}
		caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: true, Limits: limits}, client(func(r *http.Request) (*http.Response, error) {
			tries++
			return calltest.With(status, "")(r)
		}), seen, nil)
		ask := func() *fault.Fault { return fault.Of(caller.Do(t.Context(), get(decodeStatus))) }

		_ = ask()
		if caller.State().Open {
			t.Fatal("open below the minimum")
		}
		_ = ask() // two exchanges of two tries: each try counts
		s := caller.State()
		if !s.Open || tries != 4 || time.Until(s.Until) != 30*time.Second {
			t.Fatalf("after %d tries: %+v", tries, s)
		}
		if e := seen.Last(t); e.Breaker != "open" {
			t.Errorf("observed %+v", e)
		}

		time.Sleep(10 * time.Second)
		f := ask()
		if f.Kind != fault.Unavailable || f.Code != call.CodeBreakerOpen || f.Uncertain || f.Wait != 20*time.Second {
			t.Errorf("while open: %+v", f)
		}
		if e := seen.Last(t); tries != 4 || e.Tries != 0 {
			t.Errorf("an open breaker let %d tries through, observed %+v", tries-4, e)
		}

		time.Sleep(21 * time.Second)
		if s := caller.State(); !s.HalfOpen || s.Open || !s.Until.IsZero() {
			t.Errorf("after its rest: %+v", s)
		}
		_ = ask() // the trial fails, and its repetition meets an open breaker
		if s := caller.State(); !s.Open || tries != 5 {
			t.Errorf("after a failed trial: %+v, %d tries", s, tries)
		}

		time.Sleep(31 * time.Second)
		status = 200
		if f := ask(); f != nil {
			t.Errorf("trial: %v", f)
		}
		if s := caller.State(); s.Open || s.HalfOpen {
			t.Errorf("after a good trial: %+v", s)
		}
	})
}

// Only what the table of kinds says counts; a breach is known after decoding.
func TestWhatTheBreakerCounts(t *testing.T) {
	t.Parallel()
	for _, kind := range fault.All() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Breaker: call.BreakerConfig{Minimum: 3}}}, client(calltest.With(200, "")), nil, nil)
				for range 3 {
					_ = caller.Do(t.Context(), get(func(call.Response) error { return fault.New(kind, errors.New("x")) }))
				}
				if got, want := caller.State().Open, fault.RuleOf(kind).CountsBreaker; got != want {
					t.Errorf("open: %v, want %v", got, want)
				}
			})
		})
	}
}

// Old failures leave the window.
func TestWindowRolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Breaker: call.BreakerConfig{Minimum: 3, Window: 60 * time.Second}}}, client(calltest.With(500, "")), nil, nil)
		for range 6 {
			_ = caller.Do(t.Context(), get(decodeStatus))
			time.Sleep(45 * time.Second)
		}
		if caller.State().Open {
			t.Error("failures far apart opened the breaker")
		}
	})
}

// While a trial is under way all others are turned away at once, without a
// second try.
func TestHalfOpenLetsOneThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := 500
		release := make(chan struct{})
		caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: true, Limits: call.Limits{Breaker: call.BreakerConfig{Minimum: 1, Open: time.Second}}}, client(func(r *http.Request) (*http.Response, error) {
			if status == 200 {
				<-release
			}
			return calltest.With(status, "")(r)
		}), nil, nil)
		_ = caller.Do(t.Context(), get(decodeStatus))
		time.Sleep(2 * time.Second)
		status = 200
		trial := make(chan error)
		go func() { trial <- caller.Do(t.Context(), get(decodeStatus)) }()
		synctest.Wait()
		start := time.Now()
		f := faultOf(t, caller.Do(t.Context(), get(decodeStatus)))
		if f.Code != call.CodeBreakerOpen || f.Wait <= 0 || time.Since(start) != 0 {
			t.Errorf("got %+v after %v", f, time.Since(start))
		}
		close(release)
		if err := <-trial; err != nil || caller.State().HalfOpen {
			t.Errorf("trial: %v, %+v", err, caller.State())
		}
	})
}
