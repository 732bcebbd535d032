package fleet

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
)

// shared opens a database as one more process does.
func shared(t *testing.T, address, keys string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: address, Connections: 4, Now: time.Now, Log: quiet(), Keys: func(bool) (*vault.Vault, error) {
		return vault.Open(keys, true)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// within waits for something to become so, and tells how long it took.
func within(t *testing.T, limit time.Duration, what string, is func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		if time.Since(began) > limit {
			t.Fatalf("%s: not within %v", what, limit)
		}
		<-tick.C
	}
	return time.Since(began)
}

// Several processes on one PostgreSQL, each with connections of its own.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	address, keys := servicetest.Postgres(t), filepath.Join(t.TempDir(), "keys")
	system, told := newOutside(), &alarms{}
	var p []*process
	for _, name := range []string{"a", "b", "c"} {
		s := shared(t, address, keys)
		one := begin(t, name, s, system, told)
		s.OnSignal(one.fleet.OnSignal)
		p = append(p, one)
	}
	t.Cleanup(func() {
		for _, one := range p {
			one.kill()
		}
	})
	a, b, c := p[0], p[1], p[2]
	within(t, 10*time.Second, "all are listed", func() bool {
		list, err := b.fleet.Processes(t.Context())
		return err == nil && len(list) == 3
	})

	// A second is what was promised; this machine is given more.
	const limit = 5 * time.Second
	if _, err := a.desk.Pause(t.Context(), "key:x", operate.Target{System: "portal"}, "their wish"); err != nil {
		t.Fatal(err)
	}
	t.Logf("a pause was known after %v", within(t, limit, "the pause", func() bool { return b.caller.State().Paused && c.caller.State().Paused }))
	if _, err := b.desk.Resume(t.Context(), "key:x", operate.Target{System: "portal"}, "over"); err != nil {
		t.Fatal(err)
	}
	within(t, limit, "its end", func() bool { return !a.caller.State().Paused && !c.caller.State().Paused })

	system.answer("", fault.Misconfigured)
	var wg sync.WaitGroup
	for _, one := range p {
		wg.Go(func() { _ = one.ask(t.Context()) })
	}
	wg.Wait()
	t.Logf("a stop was known after %v", within(t, limit, "the stop", func() bool {
		for _, one := range p {
			if _, _, own := one.caller.Stopped(); own || !one.caller.State().Stopped {
				return false
			}
		}
		return true
	}))
	if n := told.stopped.Load(); n != 1 {
		t.Errorf("%d alarms", n)
	}
	system.answer("", "")
	if f := c.ask(call.Probing(t.Context())); f != nil {
		t.Errorf("a probe: %v", f)
	}
	within(t, limit, "that it works", func() bool { return a.ask(t.Context()) == nil && b.ask(t.Context()) == nil })

	system.answer("", fault.Unavailable)
	for range 60 {
		if codeOf(b.ask(t.Context())) == call.CodeBreakerOpen {
			break
		}
	}
	t.Logf("an open breaker was known after %v", within(t, limit, "the breaker", func() bool { return a.caller.State().Open && c.caller.State().Open }))
	if w, ok := a.fleet.Where("portal", "a"); !ok || w.Process != "b" || w.Here {
		t.Errorf("%+v %v", w, ok)
	}

	servicetest.CutConnections(t, address)
	within(t, limit, "life after the connections were cut", func() bool {
		before, err := b.fleet.Processes(t.Context())
		return err == nil && len(before) == 3 && time.Since(before[2].SeenAt) < time.Second && a.caller.State().Open
	})
}

// Several buckets over one PostgreSQL keep one rate, one of them killed and one
// with all the work.
func TestQuotaOnPostgres(t *testing.T) {
	t.Parallel()
	address, keys := servicetest.Postgres(t), filepath.Join(t.TempDir(), "keys")
	const rate, burst, lasting = 200, 20, 4 * time.Second
	var stores []*store.Store
	for range 4 {
		stores = append(stores, shared(t, address, keys))
	}
	ctx, cancel := context.WithTimeout(t.Context(), lasting)
	defer cancel()
	var tries made
	var wg sync.WaitGroup
	var asked timing
	for p, s := range stores {
		b := newBucket(operationOf(rate, burst), asked.of(s), time.Now)
		life, kill := context.WithCancel(ctx)
		defer kill()
		if p == 3 {
			time.AfterFunc(lasting/3, kill)
		}
		workers := 2
		if p == 0 {
			workers = 24
		}
		for range workers {
			wg.Go(func() {
				for life.Err() == nil {
					if late, err := b.Wait(life, true); err == nil && late == 0 {
						tries.add()
					} else if err != nil && life.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	n := tries.count()
	if most := rate*lasting.Seconds() + burst; float64(n) > most || float64(n) < most*0.7 {
		t.Errorf("%d tries in %v, at most %.0f", n, lasting, most)
	}
	if got := tries.worst(rate); got > burst+rate*lapse.Seconds()+1 {
		t.Errorf("%.1f more than the rate in some window", got)
	}
	asked.mu.Lock()
	defer asked.mu.Unlock()
	t.Logf("%d tries in %v of %.0f; %d bookings of %v each", n, lasting, rate*lasting.Seconds()+burst, asked.n, asked.took/time.Duration(max(asked.n, 1)))
}

// timing takes the time of bookings.
type timing struct {
	mu   sync.Mutex
	n    int
	took time.Duration
}

type timed struct {
	books Books
	*timing
}

func (t *timing) of(b Books) Books { return timed{b, t} }

func (t timed) Book(ctx context.Context, b store.Booking) (store.Booked, error) {
	began := time.Now()
	out, err := t.books.Book(ctx, b)
	t.mu.Lock()
	t.n++
	t.took += time.Since(began)
	t.mu.Unlock()
	return out, err
}
