package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// verified is some event about a subject that is no application.
func verified(subject string) event.Event {
	return event.Event{Subject: subject, Commission: "1726", At: time.Now(), Fact: event.Verified{State: "checking"}}
}

func tell(ctx context.Context, s *store.Store, events ...event.Event) error {
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddEvent(ctx, events...) })
}

// stamped takes the lease, gives everything its position and leaves the lease.
func stamped(t *testing.T, s *store.Store) {
	t.Helper()
	token, ok, err := s.TakeLease(t.Context(), event.LeaseName, "test", time.Now().Add(time.Minute))
	if err != nil || !ok {
		t.Fatalf("no lease: %v", err)
	}
	if _, err := s.StampEvents(t.Context(), event.LeaseName, token, 100_000, true); err != nil {
		t.Fatal(err)
	}
}

// stream reads all events, checks each against its schema, and holds that no
// number is missing and that each subject's come in their order.
func stream(t *testing.T, s *store.Store, f store.EventFilter) []event.Stored {
	t.Helper()
	var all []event.Stored
	for after := int64(0); ; {
		list, upTo, err := s.Events(t.Context(), f, after, 7)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
		if after = upTo; len(list) < 7 {
			break
		}
	}
	last, position := map[string]int64{}, int64(0)
	for _, e := range all {
		raw, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := event.Check(raw); err != nil {
			t.Errorf("%v: %s", err, raw)
		}
		if e.Position <= position || len(f.Types) == 0 && f.Application == "" && f.Commission == "" && e.Position != position+1 {
			t.Fatalf("position %d follows %d", e.Position, position)
		}
		position = e.Position
		if e.Sequence <= last[e.Subject] || len(f.Types) == 0 && e.Sequence != last[e.Subject]+1 {
			t.Fatalf("%s: sequence %d follows %d", e.Subject, e.Sequence, last[e.Subject])
		}
		last[e.Subject] = e.Sequence
	}
	return all
}

// What an event says comes out as it went in; its commission is the
// application's; what is rolled back was never there.
func TestEvents(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) { testEvents(t, where(t)) })
}

func testEvents(t *testing.T, place string) {
	t.Helper()
	s := open(t, place, time.Now)
	a := application("1726269", 1)
	errNo := errors.New("no")
	when := time.Date(2026, 11, 22, 9, 0, 0, 5e6, time.UTC)
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddApplication(ctx, a); err != nil {
			return err
		}
		return tx.AddEvent(ctx, event.Of(a.ID, when, event.Verified{State: "checking"}), verified("other"))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddEvent(ctx, event.Of(a.ID, when, event.Executed{State: "executed", Decision: a.ID})); err != nil {
			return err
		}
		return errNo
	})
	if !errors.Is(err, errNo) {
		t.Fatal(err)
	}
	if err := tell(t.Context(), s, event.Of(a.ID, when, event.Executed{State: "executed", Decision: a.ID})); err != nil {
		t.Fatal(err)
	}
	if list, upTo, err := s.Events(t.Context(), store.EventFilter{}, 0, 10); err != nil || len(list) != 0 || upTo != 0 {
		t.Errorf("an event without a position was shown: %v, %d, %v", list, upTo, err)
	}
	if st, err := s.Stream(t.Context()); err != nil || st != (store.Stream{Waiting: 3}) {
		t.Errorf("stream %+v, %v", st, err)
	}
	stamped(t, s)
	all := stream(t, s, store.EventFilter{})
	if len(all) != 3 {
		t.Fatalf("%d events, want 3", len(all))
	}
	want := event.Stored{
		ID: all[0].ID, Type: event.ApplicationVerified, Subject: a.ID, Commission: "1726269", Sequence: 1, Position: 1, At: when,
		Data: json.RawMessage(`{"state":"checking"}`),
	}
	if d := cmp.Diff(want, all[0]); d != "" {
		t.Error(d)
	}
	if all[2].Subject != a.ID || all[2].Sequence != 2 || all[2].Type != event.ApplicationExecuted {
		t.Errorf("after what was rolled back: %+v", all[2])
	}
	for name, c := range map[string]struct {
		f    store.EventFilter
		want int
	}{
		"by commission":  {store.EventFilter{Commission: "1726269"}, 2},
		"by application": {store.EventFilter{Application: a.ID}, 2},
		"by type":        {store.EventFilter{Types: []string{"application.verified", "notice.sent"}}, 2},
		"by all":         {store.EventFilter{Types: []string{"application.verified"}, Application: a.ID, Commission: "1726269"}, 1},
		"of a stranger":  {store.EventFilter{Application: a.ID, Commission: "1726"}, 0},
	} {
		if got := stream(t, s, c.f); len(got) != c.want {
			t.Errorf("%s: %d events, want %d", name, len(got), c.want)
		}
		if _, upTo, err := s.Events(t.Context(), c.f, 0, 10); err != nil || upTo != 3 {
			t.Errorf("%s: up to %d, %v", name, upTo, err)
		}
	}
	if _, upTo, err := s.Events(t.Context(), store.EventFilter{}, 9, 10); err != nil || upTo != 3 {
		t.Errorf("beyond the end: up to %d, %v", upTo, err)
	}
	if err := tell(t.Context(), s, event.Event{At: when, Fact: event.Verified{}}); err == nil {
		t.Error("an event about nothing was written")
	}
	if err := tell(t.Context(), s, event.Of("nobody", when, event.Verified{})); err == nil {
		t.Error("an event about an application that is not there was written")
	}
}

// Every holder gets a higher token, and the tokens of before change nothing.
func TestLease(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) { testLease(t, where(t)) })
}

func testLease(t *testing.T, place string) {
	t.Helper()
	var mu sync.Mutex
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s := open(t, place, clock)
	take := func(holder string, want int64) {
		t.Helper()
		got, ok, err := s.TakeLease(t.Context(), "work", holder, clock().Add(5*time.Second))
		if err != nil || ok != (want > 0) || got != want {
			t.Errorf("%s got %d, %v, %v; want %d", holder, got, ok, err, want)
		}
	}
	lost := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("%s: %v, want that the lease is lost", what, err)
		}
	}
	take("a", 1)
	take("b", 0)
	pass(4 * time.Second)
	if err := s.KeepLease(t.Context(), "work", 1, clock().Add(5*time.Second)); err != nil {
		t.Error(err)
	}
	pass(4 * time.Second)
	take("b", 0)
	take("a", 2) // its own, after a restart
	lost("keeping the lease of before", s.KeepLease(t.Context(), "work", 1, clock().Add(time.Hour)))
	pass(5 * time.Second)
	take("b", 3)
	lost("keeping another's", s.KeepLease(t.Context(), "work", 2, clock()))
	lost("giving another's", s.GiveLease(t.Context(), "work", 2))
	lost("one that never was", s.KeepLease(t.Context(), "rest", 1, clock()))
	if err := tell(t.Context(), s, verified("x")); err != nil {
		t.Fatal(err)
	}
	_, err := s.StampEvents(t.Context(), "work", 2, 10, true)
	lost("stamping", err)
	lost("noting", s.EventsPublished(t.Context(), "work", 2, 1))
	if n, err := s.StampEvents(t.Context(), "work", 3, 10, false); n != 1 || err != nil {
		t.Errorf("stamped %d, %v", n, err)
	}
	if err := s.GiveLease(t.Context(), "work", 3); err != nil {
		t.Error(err)
	}
	take("a", 4)
	pass(-time.Hour) // a clock that was an hour ahead must not hold the lease for an hour
	take("b", 5)
	take("a", 0)
}

// hurt is a store whose answers get lost, before or after the effect.
type hurt struct {
	*store.Store
	mu   sync.Mutex
	rand *rand.Rand
}

var errHurt = errors.New("hurt")

func (h *hurt) roll() (acts, heard bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.rand.IntN(12)
	return n != 0, n > 1
}

func (h *hurt) StampEvents(ctx context.Context, lease string, token int64, limit int, published bool) (int, error) {
	acts, heard := h.roll()
	if !acts {
		return 0, errHurt
	}
	n, err := h.Store.StampEvents(ctx, lease, token, limit, published)
	if !heard {
		return 0, errHurt
	}
	return n, err
}

func (h *hurt) EventsPublished(ctx context.Context, lease string, token, position int64) error {
	acts, heard := h.roll()
	if !acts {
		return errHurt
	}
	err := h.Store.EventsPublished(ctx, lease, token, position)
	if !heard {
		return errHurt
	}
	return err
}

// arrivals is a broker that loses some answers.
type arrivals struct {
	mu   sync.Mutex
	rand *rand.Rand
	got  []event.Message
}

func (a *arrivals) Publish(_ context.Context, list []event.Message) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, m := range list {
		n := a.rand.IntN(40)
		if n == 0 {
			return i, errHurt
		}
		a.got = append(a.got, m)
		if n == 1 {
			return a.rand.IntN(i + 1), errHurt // more arrived than is known
		}
	}
	return len(list), nil
}

// Writers that fail, relays that are killed and answers that get lost, on a real
// database: all that was committed is told, in order, with no number missing.
func TestEventsUnderFire(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) { testEventsUnderFire(t, where(t)) })
}

func testEventsUnderFire(t *testing.T, place string) {
	t.Helper()
	s := open(t, place, time.Now)
	seed := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 3)) }
	to := &arrivals{rand: seed(1)}
	var relays, writers sync.WaitGroup
	start := func(ctx context.Context, n int, st event.Store) *event.Relay {
		r := event.NewRelay(event.Config{
			Store: st, Publisher: to, Holder: fmt.Sprint("relay", n), Batch: 5, Poll: 5 * time.Millisecond, Lease: 100 * time.Millisecond, Backoff: time.Millisecond,
		})
		relays.Go(func() { r.Run(ctx) })
		return r
	}
	ending, end := context.WithCancel(t.Context())
	defer end()
	for i := range 3 { // each is ended and begun anew again and again
		relays.Go(func() {
			random := seed(uint64(100 + i))
			for n := i; ending.Err() == nil; n += 3 {
				ctx, kill := context.WithTimeout(ending, time.Duration(20+random.IntN(100))*time.Millisecond)
				start(ctx, n, &hurt{Store: s, rand: seed(uint64(n))}).Wake()
				<-ctx.Done()
				kill()
			}
		})
	}
	errNo := errors.New("no")
	var kept sync.Map
	for i := range 4 {
		writers.Go(func() {
			random := seed(uint64(200 + i))
			for range 60 {
				subject := fmt.Sprint("s", random.IntN(6))
				fails := random.IntN(5) == 0
				err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					if err := tx.AddEvent(ctx, verified(subject)); err != nil {
						return err
					}
					if fails {
						return errNo
					}
					return nil
				})
				if fails != errors.Is(err, errNo) || !fails && err != nil {
					t.Errorf("writing: %v", err)
				}
				if !fails {
					n, _ := kept.LoadOrStore(subject, new(sync.Map))
					n.(*sync.Map).Store(random.Uint64(), true)
				}
			}
		})
	}
	writers.Wait()
	end()
	relays.Wait()
	calm, stop := context.WithCancel(t.Context())
	defer stop()
	start(calm, 9999, s)
	all := 0
	kept.Range(func(_, v any) bool {
		v.(*sync.Map).Range(func(any, any) bool { all++; return true })
		return true
	})
	for {
		st, err := s.Stream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if st == (store.Stream{Stamped: int64(all), Published: int64(all)}) {
			break
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatalf("%+v, want %d", st, all)
		}
	}
	stop()
	relays.Wait()
	if got := stream(t, s, store.EventFilter{}); len(got) != all {
		t.Errorf("%d events, want %d", len(got), all)
	}
	known, position, repeated := map[string]bool{}, int64(0), 0
	for _, m := range to.got {
		if known[m.ID] {
			repeated++
			continue
		}
		known[m.ID] = true
		if position++; m.Position != position {
			t.Fatalf("position %d arrived before %d", m.Position, position)
		}
		if err := event.Check(m.Body); err != nil {
			t.Error(err)
		}
	}
	if len(known) != all || repeated == 0 {
		t.Errorf("%d arrived, %d of them again, want %d and some", len(known), repeated, all)
	}
}

// Events written, stamped and published a second, beside the store's floor: the
// same rows by the same writers with nothing but an insert.
func BenchmarkEvents(b *testing.B) {
	const writers = 32
	flood := func(b *testing.B, each func(ctx context.Context, s *store.Store, i int) error, s *store.Store) {
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := w; i < b.N; i += writers {
					if err := each(b.Context(), s, i); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	written := func(ctx context.Context, s *store.Store, i int) error {
		return tell(ctx, s, verified(fmt.Sprint("s", i%1000)))
	}
	for name, where := range places {
		b.Run(name+"/floor", func(b *testing.B) {
			s := open(b, where(b), time.Now)
			b.ResetTimer()
			flood(b, written, s)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
		b.Run(name+"/published", func(b *testing.B) {
			s := open(b, where(b), time.Now)
			ctx, stop := context.WithCancel(b.Context())
			ended := make(chan struct{})
			r := event.NewRelay(event.Config{Store: s, Publisher: taker{}, Holder: "bench"})
			s.OnCommit(func(store.Commit) { r.Wake() })
			go func() { defer close(ended); r.Run(ctx) }()
			b.ResetTimer()
			flood(b, written, s)
			for {
				if st, err := s.Stream(b.Context()); err != nil || st.Published == int64(b.N) {
					break
				}
				time.Sleep(time.Millisecond)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.StopTimer()
			stop()
			<-ended
		})
	}
}

// taker takes everything.
type taker struct{}

func (taker) Publish(_ context.Context, list []event.Message) (int, error) { return len(list), nil }
