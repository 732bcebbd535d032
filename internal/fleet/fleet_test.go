package fleet

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/clock"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
)

// outside is a system that answers as it is told, to everybody or to one process.
type outside struct {
	mu    sync.Mutex
	kind  map[string]fault.Kind // by process, "" for all
	calls map[string]int
}

func newOutside() *outside { return &outside{kind: map[string]fault.Kind{}, calls: map[string]int{}} }

func (o *outside) answer(process string, kind fault.Kind) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kind[process] = kind
}

func (o *outside) asked(process string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[process]++
	for _, who := range []string{process, ""} {
		if k := o.kind[who]; k != "" {
			return &fault.Fault{Kind: k, Code: "c", Hint: "look"}
		}
	}
	return nil
}

func (o *outside) total() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, c := range o.calls {
		n += c
	}
	return n
}

// alarms count what is told of stops.
type alarms struct{ stopped, resumed atomic.Int64 }

func (a *alarms) Stopped(context.Context, *fault.Fault)  { a.stopped.Add(1) }
func (a *alarms) Resumed(_ context.Context, _, _ string) { a.resumed.Add(1) }
func (a *alarms) Observe(context.Context, call.Exchange) {}

// cable is a store that can be cut off.
type cable struct {
	*store.Store
	cut atomic.Bool
}

func (c *cable) Write(ctx context.Context, f func(context.Context, *store.Tx) error) error {
	if c.cut.Load() {
		return errDown
	}
	return c.Store.Write(ctx, f)
}

func (c *cable) Held(ctx context.Context) (store.Held, error) {
	if c.cut.Load() {
		return store.Held{}, errDown
	}
	return c.Store.Held(ctx)
}

// process is one of several on a database.
type process struct {
	name   string
	fleet  *Fleet
	desk   *operate.Desk
	caller *call.Caller
	system *outside
	store  *cable
	kill   func()
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

const open = 30 * time.Second

func begin(t *testing.T, name string, s *store.Store, system *outside, told *alarms) *process {
	t.Helper()
	p := &process{name: name, system: system, store: &cable{Store: s}}
	c := clock.New(time.Now)
	p.fleet = New(Config{Store: p.store, Process: store.Process{ID: name, Host: "host-" + name}, Clock: c, Alarm: told, Log: quiet()})
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	})}
	p.caller = p.fleet.Deps(call.Deps{Client: client, Observer: told, Now: c.Now}).Caller(call.Operation{System: "portal", ID: "a", Limits: call.Limits{
		RatePerSecond: -1, RetryShare: -1, StopRetry: open, Breaker: call.BreakerConfig{Minimum: 2, Open: open},
	}})
	ops := []operate.Operation{{System: "portal", ID: "a", Caller: p.caller}}
	p.desk = &operate.Desk{
		Operations: ops, Probes: func() []operate.Probe { return nil }, Store: s, Fleet: p.fleet, Log: quiet(), Now: c.Now,
	}
	p.fleet.Attach(ops, p.desk, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { p.fleet.Run(ctx) })
	p.kill = func() { cancel(); wg.Wait() }
	return p
}

// ask makes a call; its fault.
func (p *process) ask(ctx context.Context) *fault.Fault {
	return fault.Of(p.caller.Do(ctx, call.Request{Method: http.MethodGet, URL: "http://portal.example/", Decode: func(call.Response) error {
		return p.system.asked(p.name)
	}}))
}

func codeOf(f *fault.Fault) string {
	if f == nil {
		return ""
	}
	return f.Code
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: time.Now, Log: quiet(), Keys: func(fresh bool) (*vault.Vault, error) {
		return vault.Open(filepath.Join(dir, "keys"), fresh)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// virtual runs a test of some processes in virtual time.
func virtual(t *testing.T, names string, f func(t *testing.T, system *outside, told *alarms, p []*process)) {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := openStore(t, dir)
		system, told := newOutside(), &alarms{}
		var all []*process
		for name := range strings.FieldsSeq(names) {
			all = append(all, begin(t, name, s, system, told))
		}
		f(t, system, told, all)
		for _, p := range all {
			p.kill()
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

const second = time.Second

func TestBreakerIsKnownToOthers(t *testing.T) {
	virtual(t, "a b c", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b, c := p[0], p[1], p[2]
		system.answer("", fault.Unavailable)
		for range 2 {
			_ = a.ask(t.Context())
		}
		opened := time.Now()
		time.Sleep(second)
		for _, o := range []*process{b, c} {
			st := o.caller.State()
			if !st.Open || !st.Shunned || st.Until.Before(opened.Add(open)) {
				t.Errorf("%s: %+v", o.name, st)
			}
			if f := o.ask(t.Context()); codeOf(f) != call.CodeBreakerOpen || f.Kind != fault.Unavailable || f.Wait < open-2*second {
				t.Errorf("%s: %+v", o.name, f)
			}
			list, err := o.desk.Status(t.Context())
			if err != nil || list[0].State != operate.Resting || list[0].Process != "a" || list[0].Host != "host-a" || list[0].Since.IsZero() {
				t.Errorf("%s: %+v %v", o.name, list, err)
			}
		}
		if f := b.ask(call.Probing(t.Context())); codeOf(f) != "c" {
			t.Errorf("an operator's probe: %v", f)
		}
		time.Sleep(open - second + 10*time.Millisecond)
		if f := b.ask(t.Context()); codeOf(f) != call.CodeBreakerOpen {
			t.Errorf("the trial is the opener's: %v", f)
		}
		if f := a.ask(t.Context()); codeOf(f) != "c" {
			t.Errorf("the trial: %v", f)
		}
		time.Sleep(open + second)
		if f := b.ask(t.Context()); codeOf(f) != call.CodeBreakerOpen {
			t.Errorf("the opener has tried and goes on: %v", f)
		}
		if n := system.total(); n != 4 {
			t.Errorf("%d calls", n)
		}
		system.answer("", "")
		if f := a.ask(t.Context()); f != nil {
			t.Errorf("mended: %v", f)
		}
		time.Sleep(second)
		for _, o := range p {
			if f := o.ask(t.Context()); f != nil || o.caller.State().Shunned {
				t.Errorf("%s: %v", o.name, f)
			}
			if list, err := o.desk.Status(t.Context()); err != nil || list[0].State != operate.Working || list[0].Process != "" {
				t.Errorf("%s: %+v %v", o.name, list, err)
			}
		}
	})
}

// Who held the others back and died is waited for, no longer than it said; then
// one call at a time goes out.
func TestOpenerDies(t *testing.T) {
	virtual(t, "a b c", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b, c := p[0], p[1], p[2]
		system.answer("", fault.Unavailable)
		for range 2 {
			_ = a.ask(t.Context())
		}
		time.Sleep(second)
		a.kill()
		time.Sleep(open + grace - 2*second)
		if f := b.ask(t.Context()); codeOf(f) != call.CodeBreakerOpen {
			t.Errorf("too early: %v", f)
		}
		time.Sleep(3 * second)
		if st := b.caller.State(); !st.HalfOpen || st.Open {
			t.Errorf("%+v", st)
		}
		if f := b.ask(t.Context()); codeOf(f) != "c" {
			t.Errorf("a trial: %v", f)
		}
		if f := b.ask(t.Context()); codeOf(f) != call.CodeBreakerOpen {
			t.Errorf("one trial: %v", f)
		}
		system.answer("", "")
		if f := c.ask(t.Context()); f != nil {
			t.Errorf("another's trial: %v", f)
		}
		time.Sleep(second)
		if f := b.ask(t.Context()); f != nil {
			t.Errorf("what one has shown, all know: %v", f)
		}
	})
}

// A process whose own way out is broken holds the others back for a while only.
func TestOnlyTheOpenerIsSick(t *testing.T) {
	virtual(t, "a b c", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b, c := p[0], p[1], p[2]
		system.answer("a", fault.Unavailable)
		began := time.Now()
		var free time.Time
		refused := 0
		for time.Since(began) < 4*time.Minute {
			_ = a.ask(t.Context())
			for _, o := range []*process{b, c} {
				switch f := o.ask(t.Context()); {
				case f != nil && !free.IsZero() && time.Since(free) > second:
					refused++
				case f == nil && free.IsZero() && time.Since(began) > 5*second:
					free = time.Now()
				}
			}
			time.Sleep(second)
		}
		if refused > 0 || free.IsZero() || free.Sub(began) > (longest+1)*open {
			t.Errorf("free after %v, refused %d times since", free.Sub(began), refused)
		}
		if st := a.caller.State(); !st.Open && !st.HalfOpen {
			t.Errorf("the sick one: %+v", st)
		}
		system.answer("a", "")
		for range 40 {
			_ = a.ask(t.Context())
			time.Sleep(second)
		}
		if f := a.ask(t.Context()); f != nil {
			t.Errorf("well again: %v", f)
		}
		system.answer("", fault.Unavailable) // and what it then sees counts again
		for range 60 {                       // more than have gone well
			_ = a.ask(t.Context())
		}
		time.Sleep(second)
		if f := b.ask(t.Context()); codeOf(f) != call.CodeBreakerOpen {
			t.Errorf("got %v", f)
		}
	})
}

// longest is how many openings' time others are held back at most.
const longest = 3

func TestStopIsToldOnce(t *testing.T) {
	virtual(t, "a b c", func(t *testing.T, system *outside, told *alarms, p []*process) {
		system.answer("", fault.Misconfigured)
		var wg sync.WaitGroup
		for _, o := range p {
			wg.Go(func() { _ = o.ask(t.Context()) })
		}
		wg.Wait()
		time.Sleep(second)
		if n := told.stopped.Load(); n != 1 {
			t.Errorf("%d alarms", n)
		}
		for _, o := range p {
			f := o.ask(t.Context())
			if codeOf(f) != fault.CodeStopped || f.Hint != "look" {
				t.Errorf("%s: %+v", o.name, f)
			}
			if list, err := o.desk.Status(t.Context()); err != nil || list[0].State != operate.Stopped || list[0].Code != "c" || list[0].Process == "" {
				t.Errorf("%s: %+v %v", o.name, list, err)
			}
		}
		before := system.total()
		for range 300 { // five minutes, everybody pressing
			for _, o := range p {
				_ = o.ask(t.Context())
			}
			time.Sleep(second)
		}
		if n := system.total() - before; n < 8 || n > 11 {
			t.Errorf("%d trials in five minutes, one in %v", n, open)
		}
		if n := told.stopped.Load(); n != 1 {
			t.Errorf("%d alarms", n)
		}
		system.answer("", "")
		for range 33 {
			for _, o := range p {
				_ = o.ask(t.Context())
			}
			time.Sleep(second)
		}
		for _, o := range p {
			if f := o.ask(t.Context()); f != nil || o.caller.State().Stopped {
				t.Errorf("%s: %v", o.name, f)
			}
		}
		if n := told.resumed.Load(); n != 1 {
			t.Errorf("told %d times that it works", n)
		}
	})
}

// A process that has no work does not keep the turn of a trial from one that has.
func TestTurnsPassOn(t *testing.T) {
	virtual(t, "a b", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b := p[0], p[1]
		system.answer("", fault.Misconfigured)
		_ = a.ask(t.Context())
		time.Sleep(second)
		system.answer("", "")
		for range 150 {
			if f := b.ask(t.Context()); f == nil {
				return
			}
			time.Sleep(second)
		}
		t.Error("only the one with work would have known")
	})
}

// An operator's word ends a stop everywhere.
func TestResumeEndsAStop(t *testing.T) {
	virtual(t, "a b", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b := p[0], p[1]
		system.answer("", fault.Misconfigured)
		_ = a.ask(t.Context())
		time.Sleep(second)
		system.answer("", "")
		if _, err := b.desk.Resume(t.Context(), "key:x", operate.Target{System: "portal"}, "mended"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(second)
		for _, o := range p {
			if f := o.ask(t.Context()); f != nil {
				t.Errorf("%s: %v", o.name, f)
			}
		}
	})
}

// Where credentials are wrong in one process only, the others work on.
func TestOnlyOneIsMisconfigured(t *testing.T) {
	virtual(t, "a b", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b := p[0], p[1]
		system.answer("a", fault.Misconfigured)
		refused := 0
		for i := range 150 {
			if i == 100 { // as when it was long ago
				if err := a.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.DropStop(ctx, "portal", "a") }); err != nil {
					t.Fatal(err)
				}
			}
			_ = a.ask(t.Context())
			if f := b.ask(t.Context()); f != nil && i > 33 {
				refused++
			}
			time.Sleep(second)
		}
		if refused > 0 {
			t.Errorf("the well one was held back %d times", refused)
		}
		if st := a.caller.State(); !st.Stopped {
			t.Errorf("%+v", st)
		}
		if n := told.stopped.Load(); n != 2 { // once for all, once for the one alone
			t.Errorf("%d alarms", n)
		}
		system.answer("a", "")
		for range 35 {
			_ = a.ask(t.Context())
			time.Sleep(second)
		}
		if f := a.ask(t.Context()); f != nil || told.resumed.Load() != 2 {
			t.Errorf("%v, told %d times", f, told.resumed.Load())
		}
	})
}

func TestPauseIsFollowed(t *testing.T) {
	virtual(t, "a b", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b := p[0], p[1]
		for range 3 {
			if _, err := a.desk.Pause(t.Context(), "key:x", operate.Target{System: "portal"}, "their wish"); err != nil {
				t.Fatal(err)
			}
			if f := a.ask(t.Context()); codeOf(f) != fault.CodePaused {
				t.Errorf("where it was paused: %v", f)
			}
			time.Sleep(second)
			for _, o := range p {
				if f := o.ask(t.Context()); codeOf(f) != fault.CodePaused {
					t.Errorf("%s: %v", o.name, f)
				}
			}
			if _, err := b.desk.Resume(t.Context(), "key:x", operate.Target{System: "portal"}, "over"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(second)
			for _, o := range p {
				if f := o.ask(t.Context()); f != nil {
					t.Errorf("%s: %v", o.name, f)
				}
			}
		}
	})
}

// Without the database everybody goes on alone, and catches up afterwards.
func TestDatabaseAway(t *testing.T) {
	virtual(t, "a b", func(t *testing.T, system *outside, told *alarms, p []*process) {
		a, b := p[0], p[1]
		time.Sleep(second)
		a.store.cut.Store(true)
		system.answer("a", fault.Misconfigured)
		_ = a.ask(t.Context())
		time.Sleep(2 * second)
		if n := told.stopped.Load(); n != 1 {
			t.Errorf("%d alarms: they must not wait for the database", n)
		}
		if f := b.ask(t.Context()); f != nil {
			t.Errorf("b: %v", f)
		}
		time.Sleep(open)
		if f := a.ask(t.Context()); codeOf(f) != "c" {
			t.Errorf("a stop that is not shared has its own trials: %v", f)
		}
		a.store.cut.Store(false)
		time.Sleep(2 * second)
		if f := b.ask(t.Context()); codeOf(f) != fault.CodeStopped {
			t.Errorf("b: %v", f)
		}
		if n := told.stopped.Load(); n != 1 {
			t.Errorf("%d alarms", n)
		}
	})
}

func TestProcesses(t *testing.T) {
	virtual(t, "a b c", func(t *testing.T, system *outside, told *alarms, p []*process) {
		list := func(from *process) string {
			t.Helper()
			all, err := from.fleet.Processes(t.Context())
			if err != nil {
				t.Error(err)
			}
			var names []string
			for _, one := range all {
				if one.Host != "host-"+one.ID || one.PID == 0 || one.StartedAt.IsZero() {
					t.Errorf("%+v", one)
				}
				names = append(names, one.ID)
			}
			return strings.Join(names, " ")
		}
		time.Sleep(second)
		if got := list(p[1]); got != "a b c" {
			t.Errorf("%q", got)
		}
		p[2].store.cut.Store(true) // hangs, as far as one can see
		p[0].kill()
		if got := list(p[1]); got != "b c" {
			t.Errorf("%q", got)
		}
		time.Sleep(gone + second)
		if got := list(p[1]); got != "b" {
			t.Errorf("%q", got)
		}
		p[2].store.cut.Store(false)
		time.Sleep(second)
		if got := list(p[1]); got != "b c" {
			t.Errorf("it wakes: %q", got)
		}
	})
}

func TestAlone(t *testing.T) {
	t.Parallel()
	f := New(Config{Alone: true, Clock: clock.New(time.Now), Process: store.Process{Address: "here", Version: "v"}})
	d := f.Deps(call.Deps{})
	list, err := f.Processes(t.Context())
	if d.Quota != nil || d.Changed != nil || err != nil || len(list) != 1 || list[0].Address != "here" || list[0].ID == "" || list[0].SeenAt.IsZero() {
		t.Errorf("%+v %+v %v", d, list, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.Run(ctx)
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error("unreachable")
	}
}
