package call_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/contracts/fault"
)

// alarms is an observer that counts news.
type alarms struct {
	calltest.Observer
	mu   sync.Mutex
	news []string
}

func (a *alarms) Stopped(_ context.Context, f *fault.Fault) {
	a.add("stopped " + f.Operation + " " + f.Code)
}
func (a *alarms) Resumed(_ context.Context, _, op string) { a.add("resumed " + op) }

func (a *alarms) add(s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.news = append(a.news, s)
}

// refusing is a system whose answers are named by the test: a kind, or "".
type refusing struct {
	kind fault.Kind
	asks int
}

func (r *refusing) request() call.Request {
	return get(func(call.Response) error {
		r.asks++
		if r.kind == "" {
			return nil
		}
		return &fault.Fault{Kind: r.kind, Code: "c"}
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen alarms
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Breaker: call.BreakerConfig{Minimum: 1000}}}, client(calltest.With(200, "")), &seen, nil)
		system := &refusing{kind: fault.Misconfigured}
		ask := func(ctx context.Context) *fault.Fault { return fault.Of(caller.Do(ctx, system.request())) }
		want := func(what string, f *fault.Fault, kind fault.Kind, code string, asks int) {
			t.Helper()
			if (f == nil) != (kind == "") || f != nil && (f.Kind != kind || f.Code != code) || system.asks != asks {
				t.Errorf("%s: %+v after %d questions; want %q (%s) after %d", what, f, system.asks, kind, code, asks)
			}
		}
		want("the first", ask(t.Context()), fault.Misconfigured, "c", 1)
		want("the next is not asked", ask(t.Context()), fault.Misconfigured, fault.CodeStopped, 1)
		if s := caller.State(); !s.Stopped || s.Trial || s.Why == nil || s.Why.Code != "c" || !s.Until.Equal(time.Now().Add(30*time.Second)) {
			t.Errorf("state %+v", s)
		}
		time.Sleep(30 * time.Second)
		if s := caller.State(); !s.Trial {
			t.Errorf("state %+v", s)
		}
		want("a trial", ask(t.Context()), fault.Misconfigured, "c", 2)
		want("one only", ask(t.Context()), fault.Misconfigured, fault.CodeStopped, 2)
		time.Sleep(30 * time.Second)
		system.kind = fault.Unavailable
		want("what does not answer proves nothing", ask(t.Context()), fault.Unavailable, "c", 3)
		want("still stopped", ask(t.Context()), fault.Misconfigured, fault.CodeStopped, 3)
		system.kind = fault.Misconfigured
		want("an operator's probe goes out", ask(call.Probing(t.Context())), fault.Misconfigured, "c", 4)
		want("and proves nothing when it fails", ask(t.Context()), fault.Misconfigured, fault.CodeStopped, 4)
		system.kind = ""
		want("a probe that succeeds", ask(call.Probing(t.Context())), "", "", 5)
		want("resumes", ask(t.Context()), "", "", 6)
		system.kind = fault.Misconfigured
		want("again", ask(t.Context()), fault.Misconfigured, "c", 7)
		system.kind = fault.Rejected
		time.Sleep(30 * time.Second)
		want("what is rejected was understood", ask(t.Context()), fault.Rejected, "c", 8)
		want("so it resumes", ask(t.Context()), fault.Rejected, "c", 9)
		if got := fmt.Sprint(seen.news); got != "[stopped o c resumed o stopped o c resumed o]" {
			t.Errorf("news: %s", got)
		}
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o"}, client(calltest.With(200, "")), nil, nil)
		system := &refusing{}
		caller.Pause()
		if s := caller.State(); !s.Paused || s.Since.IsZero() || s.Trial {
			t.Errorf("state %+v", s)
		}
		time.Sleep(time.Hour)
		if f := faultOf(t, caller.Do(t.Context(), system.request())); f.Kind != fault.Misconfigured || f.Code != fault.CodePaused || f.System != "s" || system.asks != 0 {
			t.Errorf("paused: %+v, %d questions", f, system.asks)
		}
		if err := caller.Do(call.Probing(t.Context()), system.request()); err != nil || !caller.State().Paused {
			t.Errorf("a probe: %v; it ends no pause", err)
		}
		caller.Resume()
		if err := caller.Do(t.Context(), system.request()); err != nil {
			t.Errorf("resumed: %v", err)
		}
	})
}

// Of many that come at once when a trial is due, one goes out.
func TestOneTrial(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asks := 0
		caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Bulkhead: 100, RatePerSecond: -1}}, client(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			asks++
			mu.Unlock()
			time.Sleep(time.Second)
			return calltest.With(200, "")(r)
		}), nil, nil)
		bad := get(func(call.Response) error { return &fault.Fault{Kind: fault.Misconfigured} })
		_ = caller.Do(t.Context(), bad)
		time.Sleep(time.Minute)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { _ = caller.Do(t.Context(), bad) })
		}
		wg.Wait()
		if asks != 2 {
			t.Errorf("%d questions, want the first and one trial", asks)
		}
	})
}

// A fault that fresh credentials may cure does not stop the operation.
func TestRenewsDoesNotStop(t *testing.T) {
	t.Parallel()
	caller := call.New(call.Operation{System: "s", ID: "o"}, client(calltest.With(200, "")), nil, nil)
	r := (&refusing{kind: fault.Misconfigured}).request()
	r.Renews = func(f *fault.Fault) bool { return f.Code == "c" }
	for range 2 {
		if f := faultOf(t, caller.Do(t.Context(), r)); f.Code != "c" {
			t.Errorf("got %v", f)
		}
	}
	r.Renews = nil
	_ = caller.Do(t.Context(), r)
	if !caller.State().Stopped {
		t.Error("the second call's refusal must stop it")
	}
}

// The exchange record holds both bodies, unless they are private, and prints
// neither.
func TestExchangeRecord(t *testing.T) {
	t.Parallel()
	const asked, answered = `{"pinfl":"41505939980027"}`, `{"name":"SINOV"}`
	for _, private := range []bool{false, true} {
		var seen calltest.Observer
		caller := call.New(call.Operation{System: "s", ID: "o"}, client(calltest.With(200, answered)), &seen, nil)
		r := get(nil)
		r.Body, r.Transaction, r.Private = []byte(asked), "101", private
		if err := caller.Do(call.Interactive(t.Context()), r); err != nil {
			t.Fatal(err)
		}
		e := seen.Last(t)
		if e.Transaction != "101" || !e.Interactive || e.At.IsZero() || e.Status != 200 || e.Tries != 1 {
			t.Errorf("%+v", e)
		}
		if got := string(e.Asked) + string(e.Answered); private && got != "" || !private && got != asked+answered {
			t.Errorf("private %v: %q", private, got)
		}
		for _, text := range []string{fmt.Sprintf("%v", e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e), fmt.Sprintf("%s", e.Asked), jsonOf(t, e), e.Asked.LogValue().String()} {
			for _, secret := range []string{"41505939980027", "SINOV"} {
				if strings.Contains(text, secret) {
					t.Errorf("prints a body: %s", text)
				}
			}
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
