package call_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestBulkheadLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		release := make(chan struct{})
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Bulkhead: 4, Reserved: 1, RatePerSecond: -1, Breaker: call.BreakerConfig{Minimum: 1}}}, client(func(r *http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), running.Add(1)))
			<-release
			running.Add(-1)
			return calltest.With(200, "")(r)
		}), nil, nil)
		var wg sync.WaitGroup
		results := make(chan error, 5)
		start := func(ctx context.Context) {
			wg.Go(func() { results <- caller.Do(ctx, get(decodeStatus)) })
		}
		for range 4 { // one more than queued work may use
			start(t.Context())
		}
		synctest.Wait()
		if running.Load() != 3 || caller.State().InFlight != 3 {
			t.Fatalf("%d queued exchanges run, want 3", running.Load())
		}
		start(call.Interactive(t.Context()))
		synctest.Wait()
		if running.Load() != 4 {
			t.Fatal("the reserved place was not given to interactive work")
		}
		time.Sleep(time.Second)
		f := fault.Of(<-results)
		if f == nil || f.Kind != fault.Unavailable || f.Code != call.CodeBulkheadFull || f.Uncertain {
			t.Fatalf("the fourth queued one: %v", f)
		}
		if f := faultOf(t, caller.Do(call.Interactive(t.Context()), get(decodeStatus))); f.Code != call.CodeBulkheadFull {
			t.Errorf("a fifth interactive one: %v", f)
		}
		close(release)
		wg.Wait()
		if s := caller.State(); s.InFlight != 0 || s.Open {
			t.Errorf("afterwards %+v", s)
		}
		if most.Load() != 4 {
			t.Errorf("%d ran at once", most.Load())
		}
	})
}

// A try waits for its token when that is soon, is refused when it is not, and
// an open breaker takes no token at all.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := 200
		limits := call.Limits{RatePerSecond: 0.5, Burst: 1, Reserved: -1, Breaker: call.BreakerConfig{Minimum: 1, Ratio: 1, Open: time.Second}}
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: limits}, client(func(r *http.Request) (*http.Response, error) { return calltest.With(status, "")(r) }), nil, nil)
		ask := func(ctx context.Context) error { return caller.Do(ctx, get(decodeStatus)) }
		start := time.Now()
		for range 2 {
			if err := ask(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("two tries at one in two seconds took %v", d)
		}
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if f := faultOf(t, ask(hurried)); f.Kind != fault.Throttled || f.Code != call.CodeRateLimit || f.Wait != 2*time.Second || f.Uncertain {
			t.Errorf("no time to wait: %+v", f)
		}

		time.Sleep(time.Hour)
		status = 500
		_ = ask(t.Context()) // takes the only token and opens
		for range 20 {
			if f := faultOf(t, ask(t.Context())); f.Code != call.CodeBreakerOpen {
				t.Fatalf("got %v", f)
			}
		}
		time.Sleep(2 * time.Second) // one token's worth
		status = 200
		start = time.Now()
		if err := ask(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("refused tries took tokens: %v after %v", err, time.Since(start))
		}
	})
}

// Queued work that found every place taken gives its own lane's place back.
func TestRefusedQueuedWorkLeavesNoTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Bulkhead: 1}}, client(func(r *http.Request) (*http.Response, error) {
			<-release
			return calltest.With(200, "")(r)
		}), nil, nil)
		done := make(chan error)
		go func() { done <- caller.Do(call.Interactive(t.Context()), get(decodeStatus)) }()
		synctest.Wait()
		if f := faultOf(t, caller.Do(t.Context(), get(decodeStatus))); f.Code != call.CodeBulkheadFull {
			t.Errorf("got %v", f)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := caller.Do(t.Context(), get(decodeStatus)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// However much is reserved, queued work keeps one place.
func TestReserveLeavesOne(t *testing.T) {
	t.Parallel()
	for _, bulkhead := range []int{1, 2} {
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Bulkhead: bulkhead, Reserved: 5}}, client(calltest.With(200, "")), nil, nil)
		if err := caller.Do(t.Context(), get(decodeStatus)); err != nil {
			t.Errorf("bulkhead %d: %v", bulkhead, err)
		}
	}
}

// Those who were refused for lack of time leave no gap behind them.
func TestRefusedPaceIsGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{RatePerSecond: 0.5, Burst: 1, Reserved: -1}}, client(calltest.With(200, "")), nil, nil)
		_ = caller.Do(t.Context(), get(decodeStatus))
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 5 {
			if f := faultOf(t, caller.Do(hurried, get(decodeStatus))); f.Code != call.CodeRateLimit {
				t.Fatalf("got %v", f)
			}
		}
		start := time.Now()
		if err := caller.Do(t.Context(), get(decodeStatus)); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Queued work keeps to its share of the pace: what is left is there at once when
// a person asks.
func TestPaceIsKeptForPeople(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Bulkhead: 8, Reserved: 2, RatePerSecond: 8, Burst: 8, BulkheadWait: time.Hour, Total: time.Hour}},
			client(calltest.With(200, "")), nil, nil)
		start := time.Now()
		var queued atomic.Int32
		var wg sync.WaitGroup
		for range 600 {
			wg.Go(func() {
				if err := caller.Do(t.Context(), get(decodeStatus)); err != nil {
					t.Error(err)
				}
				queued.Add(1)
			})
		}
		for range 20 {
			time.Sleep(time.Second)
			asked := time.Now()
			for range 2 {
				if err := caller.Do(call.Interactive(t.Context()), get(decodeStatus)); err != nil || time.Since(asked) > 0 {
					t.Fatalf("a person waited %v behind the queue: %v", time.Since(asked), err)
				}
			}
		}
		if n := queued.Load(); n < 20*6 || n > 20*6+8 {
			t.Errorf("%d of the queue in 20 s, want six a second", n)
		}
		wg.Wait()
		if d := time.Since(start); d < 97*time.Second || d > 101*time.Second {
			t.Errorf("600 at six a second took %v", d)
		}
	})
}

// Second tries are a share of the calls: a system that fails is not asked twice
// as much.
func TestSecondTriesAreBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		share    float64
		min, max int32
	}{{0, 1108, 1111}, {0.5, 1508, 1511}, {-1, 1000, 1000}} {
		synctest.Test(t, func(t *testing.T) {
			var tries atomic.Int32
			caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: true, Limits: call.Limits{
				RetryShare: c.share, RatePerSecond: -1, Breaker: call.BreakerConfig{Minimum: 1 << 30},
			}}, client(func(r *http.Request) (*http.Response, error) {
				tries.Add(1)
				return calltest.With(500, "")(r)
			}), nil, nil)
			for range 1000 {
				_ = caller.Do(t.Context(), get(decodeStatus))
			}
			if n := tries.Load(); n < c.min || n > c.max {
				t.Errorf("share %v: %d tries of 1000 calls, want %d to %d", c.share, n, c.min, c.max)
			}
		})
	}
}
