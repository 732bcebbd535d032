package call_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/contracts/fault"
)

// An operation that rests elsewhere is held back here, tried once afterwards, and
// free when it works.
func TestShun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		changes := 0
		caller := call.Deps{Client: client(calltest.With(200, "")), Changed: func() { changes++ }}.Caller(call.Operation{System: "s", ID: "o", Limits: call.Limits{
			Breaker: call.BreakerConfig{Minimum: 1000, Open: 30 * time.Second},
		}})
		system := &refusing{kind: fault.Unavailable}
		ask := func(ctx context.Context) *fault.Fault { return fault.Of(caller.Do(ctx, system.request())) }
		want := func(what string, f *fault.Fault, code string, asks int) {
			t.Helper()
			if f == nil && code != "" || f != nil && f.Code != code || system.asks != asks {
				t.Errorf("%s: %v after %d questions; want %q after %d", what, f, system.asks, code, asks)
			}
		}
		since := time.Now()
		until := since.Add(35 * time.Second)
		if !caller.Shun(since, until) {
			t.Error("nothing was proved yet")
		}
		if s := caller.State(); !s.Open || !s.Shunned || !s.Until.Equal(until) {
			t.Errorf("%+v", s)
		}
		f := ask(t.Context())
		want("held back", f, call.CodeBreakerOpen, 0)
		if f.Wait != 35*time.Second || f.Kind != fault.Unavailable || f.Uncertain || f.System != "s" {
			t.Errorf("%+v", f)
		}
		want("an operator's probe", ask(call.Probing(t.Context())), "c", 1)
		caller.Shun(since, since.Add(time.Hour)) // the other goes on and on
		time.Sleep(89 * time.Second)
		want("still", ask(t.Context()), call.CodeBreakerOpen, 1)
		time.Sleep(time.Second)
		if s := caller.State(); s.Open || !s.HalfOpen {
			t.Errorf("three times as long as a breaker is open: %+v", s)
		}
		want("a trial", ask(t.Context()), "c", 2)
		want("one", ask(t.Context()), call.CodeBreakerOpen, 2)
		time.Sleep(90 * time.Second)
		system.kind = fault.Throttled
		want("a throttled trial proves nothing", ask(t.Context()), "c", 3)
		system.kind = fault.Rejected
		time.Sleep(90 * time.Second)
		if changes != 0 {
			t.Errorf("told of %d changes", changes)
		}
		want("what is rejected was answered", ask(t.Context()), "c", 4)
		if changes != 1 || caller.State().Shunned {
			t.Errorf("told of %d changes, %+v", changes, caller.State())
		}
		if caller.Shun(since, since.Add(time.Hour)) {
			t.Error("this opening was disproved")
		}
		want("free", ask(t.Context()), "c", 5)
		if !caller.Shun(since.Add(time.Hour), since.Add(2*time.Hour)) {
			t.Error("another opening")
		}
		want("held back", ask(t.Context()), call.CodeBreakerOpen, 5)
		caller.Unshun()
		want("free again", ask(t.Context()), "c", 6)
	})
}

// Rest tells of our own breaker alone, and from which moment on it is one rest.
func TestRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		changes := 0
		caller := call.Deps{Client: client(calltest.With(200, "")), Changed: func() { changes++ }}.Caller(call.Operation{System: "s", ID: "o", Limits: call.Limits{
			Breaker: call.BreakerConfig{Minimum: 1, Open: 30 * time.Second},
		}})
		system := &refusing{kind: fault.Unavailable}
		caller.Shun(time.Now().Add(-time.Hour), time.Now().Add(-time.Hour))
		if r := caller.Rest(); !r.Since.IsZero() {
			t.Errorf("%+v", r)
		}
		began := time.Now()
		_ = caller.Do(t.Context(), system.request())
		if r := caller.Rest(); !r.Since.Equal(began) || !r.Until.Equal(began.Add(30*time.Second)) || changes == 0 {
			t.Errorf("%+v after %d changes", r, changes)
		}
		caller.Unshun()
		time.Sleep(31 * time.Second)
		_ = caller.State() // half-open
		if r := caller.Rest(); !r.Since.Equal(began) {
			t.Errorf("on trial it still rests: %+v", r)
		}
		_ = caller.Do(t.Context(), system.request())
		if r := caller.Rest(); !r.Since.Equal(began) || !r.Until.Equal(began.Add(61*time.Second)) {
			t.Errorf("it is the same rest: %+v", r)
		}
		time.Sleep(31 * time.Second)
		system.kind = ""
		changes = 0
		if err := caller.Do(t.Context(), system.request()); err != nil || !caller.Rest().Since.IsZero() || changes == 0 {
			t.Errorf("%v %+v after %d changes", err, caller.Rest(), changes)
		}
	})
}

// A stop told from outside is tried on word only; the observer is told nothing.
func TestHalt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen alarms
		changes := 0
		caller := call.Deps{Client: client(calltest.With(200, "")), Observer: &seen, Changed: func() { changes++ }}.Caller(call.Operation{System: "s", ID: "o"})
		system := &refusing{}
		ask := func() string {
			if f := fault.Of(caller.Do(t.Context(), system.request())); f != nil {
				return f.Code
			}
			return ""
		}
		since := time.Now()
		why := &fault.Fault{Kind: fault.Misconfigured, Code: "900908", Hint: "subscribe"}
		if !caller.Halt(why, since, since.Add(30*time.Second)) {
			t.Error("nothing was proved yet")
		}
		time.Sleep(time.Hour)
		if _, _, own := caller.Stopped(); own || ask() != fault.CodeStopped || system.asks != 0 {
			t.Errorf("own %v, %d questions", own, system.asks)
		}
		if s := caller.State(); !s.Stopped || s.Trial || s.Why.Code != "900908" || !s.Since.Equal(since) || !s.Until.Equal(since.Add(30*time.Second)) {
			t.Errorf("%+v", s)
		}
		caller.Allow()
		caller.Disallow()
		if ask() != fault.CodeStopped {
			t.Error("the word was taken back")
		}
		caller.Pause()
		caller.Unpause()
		if !caller.State().Stopped {
			t.Error("a pause's end ended the stop")
		}
		system.kind = fault.Misconfigured
		caller.Allow()
		if !caller.State().Trial || ask() != "c" || ask() != fault.CodeStopped || system.asks != 1 {
			t.Errorf("one trial, %d questions", system.asks)
		}
		system.kind = ""
		caller.Allow()
		if first, second := ask(), ask(); first != "" || second != "" || caller.State().Stopped || changes != 1 {
			t.Errorf("a trial that works: %+v, %d changes", caller.State(), changes)
		}
		if caller.Halt(why, since, since.Add(time.Hour)) || ask() != "" {
			t.Error("this stop was disproved")
		}
		caller.Halt(why, since.Add(time.Hour), since.Add(time.Hour))
		caller.Pause()
		caller.Lift()
		if s := caller.State(); s.Stopped || !s.Paused || ask() != fault.CodePaused {
			t.Errorf("%+v", s)
		}
		caller.Unpause()
		system.kind = fault.Misconfigured
		if ask() != "c" {
			t.Error("free")
		}
		if why, began, own := caller.Stopped(); !own || why.Code != "c" || !began.Equal(time.Now()) {
			t.Errorf("%v %v %v", why, began, own)
		}
		if len(seen.news) > 0 {
			t.Errorf("told %v: that is for whoever speaks for all", seen.news)
		}
	})
}

// What was out before a stop says nothing about it.
func TestOldAnswersProveNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		caller := call.New(call.Operation{System: "s", ID: "o"}, client(calltest.With(200, "")), nil, nil)
		ended := make(chan error)
		go func() {
			ended <- caller.Do(t.Context(), get(func(call.Response) error { time.Sleep(5 * time.Second); return nil }))
		}()
		synctest.Wait()
		_ = caller.Do(t.Context(), (&refusing{kind: fault.Misconfigured}).request())
		if err := <-ended; err != nil || !caller.State().Stopped {
			t.Errorf("%v, %+v", err, caller.State())
		}
	})
}

// quota answers as it is told.
type quota struct {
	late        time.Duration
	err         error
	interactive []bool
}

func (q *quota) Wait(ctx context.Context, interactive bool) (time.Duration, error) {
	q.interactive = append(q.interactive, interactive)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return q.late, q.err
}

func TestQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &quota{}
		var of call.Operation
		deps := call.Deps{Client: client(calltest.With(200, "")), Quota: func(op call.Operation) call.Quota { of = op; return q }}
		caller := deps.Caller(call.Operation{System: "s", ID: "o", Repeatable: true, Limits: call.Limits{RatePerSecond: 0.001, Breaker: call.BreakerConfig{Minimum: 1}}})
		if of.ID != "o" || of.Limits.Burst != 1 || of.Limits.Bulkhead != 16 {
			t.Errorf("made for %+v", of)
		}
		for range 3 { // the Caller's own limit is out of use
			if err := caller.Do(t.Context(), get(decodeStatus)); err != nil {
				t.Fatal(err)
			}
		}
		if err := caller.Do(call.Interactive(t.Context()), get(decodeStatus)); err != nil || len(q.interactive) != 4 || q.interactive[0] || !q.interactive[3] {
			t.Errorf("%v %v", err, q.interactive)
		}
		q.late = 7 * time.Second
		if f := faultOf(t, caller.Do(t.Context(), get(decodeStatus))); f.Kind != fault.Throttled || f.Code != call.CodeRateLimit || f.Wait != 7*time.Second || f.Uncertain {
			t.Errorf("%+v", f)
		}
		q.late, q.err = 0, errors.New("the database at 10.0.0.1 is away")
		if f := faultOf(t, caller.Do(t.Context(), get(decodeStatus))); f.Kind != fault.Throttled || f.Code != call.CodeQuota || f.Wait != time.Second || f.Uncertain || f.Hint == "" {
			t.Errorf("%+v", f)
		}
		if caller.State().Open {
			t.Error("our own store's trouble opened the breaker")
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if f := faultOf(t, caller.Do(gone, get(decodeStatus))); f.Code != call.CodeCancelled {
			t.Errorf("%+v", f)
		}
		of = call.Operation{}
		deps.Caller(call.Operation{System: "s", ID: "free", Limits: call.Limits{RatePerSecond: -1}})
		if of.ID != "" {
			t.Error("an unlimited operation needs no quota")
		}
	})
}
