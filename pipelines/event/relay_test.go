package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.Cleanup(os.Exit)) }

// table is the store of a stream in memory: what the databases promise.
type table struct {
	mu        sync.Mutex
	events    []event.Stored // by id
	last      map[string]int64
	stamped   int64
	published int64
	holder    string
	token     int64
	until     time.Time
}

func (s *table) add(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[string]int64{}
	}
	s.last[subject]++
	s.events = append(s.events, event.Stored{
		ID: fmt.Sprintf("%s-%d", subject, s.last[subject]), Type: event.ApplicationVerified, Subject: subject, Sequence: s.last[subject],
		At: time.Now(), Data: json.RawMessage(`{"state":"checking"}`),
	})
}

// look returns how far the stream has come.
func (s *table) look() (stamped, published int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stamped, s.published
}

func (s *table) TakeLease(_ context.Context, _, holder string, until time.Time) (int64, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != holder && time.Now().Before(s.until) {
		return 0, false, nil
	}
	s.holder, s.token, s.until = holder, s.token+1, until
	return s.token, true, nil
}

func (s *table) fenced(token int64, f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token != s.token {
		return queue.ErrLeaseLost
	}
	f()
	return nil
}

func (s *table) KeepLease(_ context.Context, _ string, token int64, until time.Time) error {
	return s.fenced(token, func() { s.until = until })
}

func (s *table) GiveLease(_ context.Context, _ string, token int64) error {
	return s.fenced(token, func() { s.until = time.Time{} })
}

func (s *table) StampEvents(_ context.Context, _ string, token int64, limit int, published bool) (n int, err error) {
	return n, s.fenced(token, func() {
		for i := range s.events {
			if s.events[i].Position == 0 && n < limit {
				n++
				s.stamped++
				s.events[i].Position = s.stamped
			}
		}
		if published {
			s.published = s.stamped
		}
	})
}

func (s *table) UnpublishedEvents(_ context.Context, limit int) ([]event.Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []event.Stored
	for _, e := range s.events { // positions rise with the place here
		if e.Position > s.published && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (s *table) EventsPublished(_ context.Context, _ string, token, position int64) error {
	return s.fenced(token, func() { s.published = max(s.published, position) })
}

// broker keeps what arrived, in the order of arrival.
type broker struct {
	mu  sync.Mutex
	got []event.Message
}

func (b *broker) take(m event.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, m)
}

var errDown = errors.New("down")

// process is one hub's view of the store and the broker: calls take their time,
// fail before or after they had their effect, the process hangs, or is killed.
type process struct {
	*table
	to     *broker
	mu     sync.Mutex
	rand   *rand.Rand
	dead   bool
	awake  time.Time // it hangs until then
	kill   context.CancelFunc
	calm   bool
	killed int // in so many calls it is killed; 0: never
}

// step is before and after every call: it says whether the call has its effect,
// and whether its answer is heard.
func (p *process) step() (acts, heard bool) {
	p.mu.Lock()
	if p.calm {
		p.mu.Unlock()
		return true, true
	}
	roll := p.rand.IntN(100)
	pause := time.Duration(p.rand.IntN(300)) * time.Millisecond
	if p.killed > 0 {
		if p.killed--; p.killed == 0 {
			p.dead = true
			p.kill()
		}
	}
	if roll == 0 {
		p.awake = time.Now().Add(20 * time.Second) // SIGSTOP: longer than the lease
	}
	dead, hangs := p.dead, time.Until(p.awake)
	p.mu.Unlock()
	time.Sleep(max(pause, hangs)) // in a bubble
	switch {
	case dead:
		return p.calm, false
	case roll < 10:
		return false, false
	case roll < 20:
		return true, false
	}
	return true, true
}

func call[T any](p *process, f func() (T, error)) (T, error) {
	var none T
	acts, heard := p.step()
	if !acts {
		return none, errDown
	}
	v, err := f()
	if !heard {
		return none, errDown
	}
	return v, err
}

func (p *process) TakeLease(ctx context.Context, name, holder string, until time.Time) (int64, bool, error) {
	taken := false
	token, err := call(p, func() (token int64, err error) {
		token, taken, err = p.table.TakeLease(ctx, name, holder, until)
		return token, err
	})
	return token, taken && err == nil, err
}

func (p *process) KeepLease(ctx context.Context, name string, token int64, until time.Time) error {
	_, err := call(p, func() (int, error) { return 0, p.table.KeepLease(ctx, name, token, until) })
	return err
}

func (p *process) GiveLease(ctx context.Context, name string, token int64) error {
	_, err := call(p, func() (int, error) { return 0, p.table.GiveLease(ctx, name, token) })
	return err
}

func (p *process) StampEvents(ctx context.Context, name string, token int64, limit int, published bool) (int, error) {
	return call(p, func() (int, error) { return p.table.StampEvents(ctx, name, token, limit, published) })
}

func (p *process) UnpublishedEvents(ctx context.Context, limit int) ([]event.Stored, error) {
	return call(p, func() ([]event.Stored, error) { return p.table.UnpublishedEvents(ctx, limit) })
}

func (p *process) EventsPublished(ctx context.Context, name string, token, position int64) error {
	_, err := call(p, func() (int, error) { return 0, p.table.EventsPublished(ctx, name, token, position) })
	return err
}

// Publish hands messages over one by one; of those that arrived, it may have
// heard of fewer.
func (p *process) Publish(_ context.Context, list []event.Message) (int, error) {
	known := 0
	for i, m := range list {
		acts, heard := p.step()
		if acts {
			p.to.take(m)
		}
		if !acts || !heard {
			return known, errDown
		}
		known = i + 1
	}
	return known, nil
}

// Whatever fails, hangs or is killed while events are written: positions and
// sequences have no gap and agree, everything is published, and nothing for the
// first time before what stands in front of it.
func TestRelaySurvives(t *testing.T) {
	t.Parallel()
	seeds := 60
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) { survive(t, uint64(seed)) })
	}
}

func survive(t *testing.T, seed uint64) {
	s, to := &table{}, &broker{}
	random := rand.New(rand.NewPCG(seed, 1))
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	start := func(name string, killed int) {
		mine, kill := context.WithCancel(ctx)
		p := &process{
			table: s, to: to, kill: kill, killed: killed, calm: killed == 0,
			rand: rand.New(rand.NewPCG(random.Uint64(), 2)),
		}
		r := event.NewRelay(event.Config{Store: p, Publisher: p, Holder: name, Batch: 1 + random.IntN(8), Lease: 5 * time.Second})
		all.Go(func() { defer kill(); r.Run(mine) })
	}
	for i := range 4 {
		start(fmt.Sprintf("p%d", i), 20+random.IntN(300))
	}
	const events = 60
	for range events {
		time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
		s.add(fmt.Sprintf("a%d", random.IntN(5)))
	}
	start("last", 0)
	time.Sleep(10 * time.Minute) // those that hang wake up, the last one finishes
	stop()
	all.Wait()
	if s.stamped != events || s.published != events {
		t.Errorf("seed %d: %d stamped, %d published of %d", seed, s.stamped, s.published, events)
	}
	checkArrivals(t, seed, s, to)
}

// checkArrivals holds that what arrived for the first time came in order, and
// that the numbers have no gap.
func checkArrivals(t *testing.T, seed uint64, s *table, to *broker) {
	t.Helper()
	known := map[string]bool{}
	sequences := map[string]int64{}
	position := int64(0)
	for _, m := range to.got {
		var e event.Envelope
		if err := json.Unmarshal(m.Body, &e); err != nil {
			t.Fatal(err)
		}
		if known[m.ID] {
			continue
		}
		known[m.ID] = true
		position++
		sequences[e.Subject]++
		if e.Position != position || e.Sequence != sequences[e.Subject] || e.ID != m.ID || m.Position != position {
			t.Fatalf("seed %d: %s arrived with position %d and sequence %d, want %d and %d", seed, e.ID, e.Position, e.Sequence, position, sequences[e.Subject])
		}
	}
	if len(known) != len(s.events) {
		t.Errorf("seed %d: %d of %d events arrived", seed, len(known), len(s.events))
	}
}

// running runs a relay in a bubble until the function ends.
func running(t *testing.T, c event.Config, f func(r *event.Relay)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := event.NewRelay(c)
		ended := make(chan struct{})
		go func() { defer close(ended); r.Run(ctx) }()
		synctest.Wait()
		f(r)
		stop()
		<-ended
	})
}

func TestRelayWithoutBroker(t *testing.T) {
	t.Parallel()
	var told atomic.Int32
	s := &table{}
	running(t, event.Config{Store: s, Holder: "only", OnStamped: func() { told.Add(1) }}, func(r *event.Relay) {
		s.add("a")
		s.add("a")
		began := time.Now()
		r.Wake()
		synctest.Wait()
		if stamped, published := s.look(); stamped != 2 || published != 2 || told.Load() != 1 || !time.Now().Equal(began) {
			t.Errorf("stamped %d, published %d, told %d times", stamped, published, told.Load())
		}
		s.add("b") // a commit of which nobody told
		time.Sleep(time.Second)
		synctest.Wait()
		if stamped, _ := s.look(); stamped != 3 {
			t.Errorf("stamped %d after the poll", stamped)
		}
	})
	if !s.until.IsZero() {
		t.Error("the lease was not given back")
	}
}

// flaky refuses so many publications before it takes any.
type flaky struct {
	broker
	refuse int
	tries  []time.Time
}

func (f *flaky) Publish(_ context.Context, list []event.Message) (int, error) {
	f.tries = append(f.tries, time.Now())
	if len(f.tries) <= f.refuse {
		return 0, errDown
	}
	for _, m := range list {
		f.take(m)
	}
	return len(list), nil
}

// With the broker away the stream grows all the same; the pauses grow to a
// bound, and then everything goes out in order.
func TestBrokerAway(t *testing.T) {
	t.Parallel()
	s, to := &table{}, &flaky{refuse: 12}
	running(t, event.Config{
		Store: s, Publisher: to, Holder: "only", Batch: 2, Jitter: func(d time.Duration) time.Duration { return d },
	}, func(r *event.Relay) {
		for range 5 {
			s.add("a")
		}
		r.Wake()
		synctest.Wait()
		if stamped, published := s.look(); stamped != 5 || published != 0 {
			t.Errorf("stamped %d, published %d", stamped, published)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if _, published := s.look(); published != 5 {
			t.Errorf("published %d", published)
		}
	})
	if !s.until.IsZero() || s.token != 1 {
		t.Errorf("the lease was not kept: token %d, until %s", s.token, s.until)
	}
	var pauses []time.Duration
	for i := 1; i <= 12; i++ {
		pauses = append(pauses, to.tries[i].Sub(to.tries[i-1]))
	}
	want := []time.Duration{200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000, 30000}
	for i := range want {
		if want[i] *= time.Millisecond; pauses[i] != want[i] {
			t.Fatalf("pauses %v", pauses)
		}
	}
	checkArrivals(t, 0, s, &to.broker)
}

// liar says what cannot be.
type liar struct{ n int }

func (l liar) Publish(context.Context, []event.Message) (int, error) { return l.n, nil }

func TestPublisherMustCount(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"too few, and no error": 1, "more than there were": 3, "less than none": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &table{}
			s.add("a")
			s.add("a")
			running(t, event.Config{Store: s, Publisher: liar{n}, Holder: "only"}, func(*event.Relay) {
				time.Sleep(time.Second)
				synctest.Wait()
			})
			if s.published != 0 {
				t.Errorf("published %d", s.published)
			}
		})
	}
}

// A process that dies is followed by another when its lease has run out; one
// that ends gives it back.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(s *table)
		within time.Duration
	}{
		"nobody had it": {func(*table) {}, 0},
		"the holder died": {func(s *table) {
			_, _, _ = s.TakeLease(context.Background(), "", "dead", time.Now().Add(5*time.Second)) //nolint:usetesting // it is dead
		}, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, to := &table{}, &flaky{}
				c.before(s)
				s.add("a")
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					event.NewRelay(event.Config{Store: s, Publisher: to, Holder: "next"}).Run(ctx)
				}()
				time.Sleep(c.within)
				synctest.Wait()
				_, published := s.look()
				stop()
				<-ended
				if len(to.got) != 1 || published != 1 {
					t.Errorf("nothing was published within %s", c.within)
				}
			})
		})
	}
}

func TestFeed(t *testing.T) {
	t.Parallel()
	var f event.Feed
	f.Wake() // nobody listens
	a, b := f.Grown(), f.Grown()
	select {
	case <-a:
		t.Error("woken by what was before")
	default:
	}
	f.Wake()
	f.Wake()
	<-a
	<-b
	select {
	case <-f.Grown():
		t.Error("woken twice by one")
	default:
	}
}
