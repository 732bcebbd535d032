package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// receiver is somebody's program that checks what it gets, and knows repetitions.
type receiver struct {
	mu      sync.Mutex
	secret  personal.Secret
	now     func() time.Time
	seen    map[string]int
	bodies  [][]byte
	refused int
	answer  func(w http.ResponseWriter, r *http.Request) // nil: 204
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	defer v.mu.Unlock()
	id, err := Verify(v.secret, r.Header, body, v.now())
	if err != nil || r.Header.Get("Content-Type") != event.MediaType || r.Method != http.MethodPost {
		v.refused++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	v.seen[id]++
	v.bodies = append(v.bodies, body)
	if v.answer != nil {
		v.answer(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// got counts the deliveries of the event that were right.
func (v *receiver) got() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refused > 0 {
		return -v.refused
	}
	return v.seen["e1"]
}

// setting is a webhook "w" at a receiver, with one event to be delivered as "d".
func setting(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (*memory, *Hooks, *receiver) {
	t.Helper()
	m := newMemory()
	h := &Hooks{Store: m, Now: m.clock, Rules: Rules{HTTPHosts: []string{"127.0.0.1"}, Private: prefixes("127.0.0.0/8")}}
	v := &receiver{seen: map[string]int{}, now: m.clock, answer: answer}
	s := httptest.NewServer(v)
	t.Cleanup(s.Close)
	t.Cleanup(h.Close)
	secret, err := newSecret()
	if err != nil {
		t.Fatal(err)
	}
	v.secret = secret
	m.hooks["w"] = Webhook{ID: "w", URL: s.URL + "/hook?key=s3cret", State: Active, Secret: Secret{Current: secret}}
	m.add(event.DocumentIssued, "c", map[string]string{"document": "1"})
	m.deliveries["d"] = Delivery{ID: "d", Webhook: "w", Event: "e1", Position: 1, State: Waiting}
	return m, h, v
}

// What an answer brings: the kind of fault, and what is known of the delivery.
func TestDeliver(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(code)
		}
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		change func(m *memory)
		kind   fault.Kind // empty: none
		state  DeliveryState
		status int
		calls  int
	}{
		{"taken", nil, nil, "", Delivered, 204, 1},
		{"taken with words", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<20)) }, nil, "", Delivered, 200, 1},
		{"refused", status(400), nil, fault.Unavailable, Waiting, 400, 1},
		{"a redirect", status(302), nil, fault.Unavailable, Waiting, 302, 1},
		{"out of order", status(503), nil, fault.Unavailable, Waiting, 503, 1},
		{"too many", status(429), nil, fault.Unavailable, Waiting, 429, 1},
		{"gone", status(410), nil, fault.Rejected, Failed, 410, 1},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, fault.Unavailable, Waiting, 0, 1},
		{"delivered before", nil, func(m *memory) { m.deliveries["d"] = Delivery{ID: "d", Webhook: "w", State: Delivered} }, "", Delivered, 0, 0},
		{"paused", nil, func(m *memory) { m.set(Paused) }, "", Waiting, 0, 0},
		{"removed", nil, func(m *memory) { m.set(Removed) }, "", Failed, 0, 0},
		{"a replay of a failure", nil, func(m *memory) {
			m.deliveries["d"] = Delivery{ID: "d", Webhook: "w", Position: 1, State: Failed}
		}, "", Delivered, 204, 1},
		{"an address that is not allowed any more", nil, func(m *memory) {
			w := m.hooks["w"]
			w.URL = "https://10.0.0.1/"
			m.hooks["w"] = w
		}, fault.Rejected, Failed, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, h, v := setting(t, c.answer)
			if c.change != nil {
				c.change(m)
			}
			err := m.run(t.Context(), h, "d")
			d := m.deliveries["d"]
			if fault.KindOf(err) != c.kind || d.State != c.state || d.Status != c.status || v.got() != c.calls {
				t.Errorf("%v; %+v; seen %d", err, d, v.got())
			}
			if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "127.0.0.1")) {
				t.Errorf("the error tells the address: %v", err)
			}
			if c.name == "out of order" && fault.Of(err).Wait != 7*time.Second {
				t.Errorf("waits %s", fault.Of(err).Wait)
			}
			if c.state == Delivered && c.calls > 0 {
				var e event.Envelope
				if err := json.Unmarshal(v.bodies[0], &e); err != nil || e.ID != "e1" || e.SpecVersion != event.SpecVersion || e.Type != event.DocumentIssued {
					t.Errorf("the body is no CloudEvent: %v, %+v", err, e)
				}
			}
		})
	}
}

func (m *memory) set(s State) {
	w := m.hooks["w"]
	w.State = s
	m.hooks["w"] = w
}

// A name that leads to a private address is not followed, whatever it led to when
// the webhook was made.
func TestDialIsChecked(t *testing.T) {
	t.Parallel()
	m, h, v := setting(t, nil)
	w := m.hooks["w"]
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.URL = "http://localhost:" + u.Port() + "/"
	m.hooks["w"] = w
	h.Rules = Rules{HTTPHosts: []string{"localhost"}}
	err = m.run(t.Context(), h, "d")
	if fault.KindOf(err) != fault.Rejected || !errors.Is(err, errPrivate) || v.got() != 0 {
		t.Errorf("%v; seen %d", err, v.got())
	}
}

// A receiver that does not answer is given up after its time.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m, h, _ := setting(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // sooner than patience
	defer cancel()
	if err := m.run(ctx, h, "d"); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("got %v", err)
	}
}

// A receiver that fails rests, longer and longer, and is tried by one delivery; the
// others' deliveries go on meanwhile.
func TestFailingReceiverRests(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	m, h, v := setting(t, func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(500)
		}
	})
	for i := range enough {
		if err := m.run(t.Context(), h, "d"); fault.Of(err).Code != "500" {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	err := m.run(t.Context(), h, "d")
	if f := fault.Of(err); f.Code != fault.CodeBreakerOpen || f.Wait < firstRest || v.got() != enough || m.deliveries["d"].Attempts != enough {
		t.Fatalf("%v, waits %s, %d calls", err, f.Wait, v.got())
	}
	other := m.hooks["w"]
	other.ID = "o"
	m.hooks["o"] = other
	m.deliveries["p"] = Delivery{ID: "p", Webhook: "o", Position: 1, State: Waiting}
	down.Store(false)
	if err := m.run(t.Context(), h, "p"); err != nil {
		t.Errorf("another's: %v", err)
	}
	down.Store(true)
	m.now = m.now.Add(firstRest)
	if err := m.run(t.Context(), h, "d"); fault.Of(err).Code != "500" {
		t.Errorf("the trial: %v", err)
	}
	m.now = m.now.Add(firstRest)
	if err := m.run(t.Context(), h, "d"); fault.Of(err).Code != fault.CodeBreakerOpen {
		t.Errorf("after a trial that failed: %v", err)
	}
	down.Store(false)
	m.now = m.now.Add(firstRest)
	for range 2 {
		m.deliveries["d"] = Delivery{ID: "d", Webhook: "w", Position: 1, State: Waiting}
		if err := m.run(t.Context(), h, "d"); err != nil {
			t.Errorf("mended: %v", err)
		}
	}
}

// One receiver has a few places only, whoever asks.
func TestPlaces(t *testing.T) {
	t.Parallel()
	var r rests
	now := time.Now()
	var leave []func(bool, time.Time)
	for range atOnce {
		l, err := r.enter("a", now)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	if _, err := r.enter("a", now); fault.Of(err).Code != fault.CodeBulkheadFull {
		t.Errorf("one more: %v", err)
	}
	if _, err := r.enter("b", now); err != nil {
		t.Errorf("another: %v", err)
	}
	leave[0](true, now)
	if _, err := r.enter("a", now); err != nil {
		t.Errorf("a place is free: %v", err)
	}
}

// Rests grow and are bounded.
func TestRestsGrow(t *testing.T) {
	t.Parallel()
	var r rests
	now := time.Now()
	for i := range 40 {
		leave, err := r.enter("a", now)
		if err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
		leave(false, now)
		s := r.all["a"]
		if i+1 >= enough && (s.until.Sub(now) < firstRest || s.until.Sub(now) > longRest) {
			t.Fatalf("rests %s after %d", s.until.Sub(now), i+1)
		}
		if now = s.until; now.IsZero() {
			now = time.Now()
		}
	}
}

// Everything goes out once, with the type and the commission that were asked for;
// a process beside makes nothing twice; what tells of deliveries that failed does
// not come back as a delivery.
func TestDispatch(t *testing.T) {
	t.Parallel()
	m := newMemory()
	h := &Hooks{Store: m, Now: m.clock}
	m.hooks["a"] = Webhook{ID: "a", State: Active}
	m.hooks["b"] = Webhook{ID: "b", State: Active, Types: []event.Type{event.DocumentIssued}, Commission: "c1"}
	m.hooks["p"] = Webhook{ID: "p", State: Paused}
	for i := range 450 {
		m.add([]event.Type{event.DocumentIssued, event.NoticeSent}[i%2], fmt.Sprint("c", i%3), nil)
	}
	m.add(event.FailureRaised, "", event.Raised{Stage: StageDeliver})
	m.add(event.FailureRaised, "", event.Raised{Stage: "intake.verify"})
	for more := true; more; {
		var err error
		if more, err = h.Dispatch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	count := map[string]int{}
	for _, d := range m.deliveries {
		count[d.Webhook]++
		e := m.events[d.Position-1]
		if d.Webhook == "b" && (e.Type != event.DocumentIssued || e.Commission != "c1") {
			t.Errorf("b is told of %s of %s", e.Type, e.Commission)
		}
	}
	if count["a"] != 451 || count["b"] != 75 || count["p"] != 0 || len(m.jobs) != 526 {
		t.Errorf("deliveries %v, jobs %d", count, len(m.jobs))
	}
	if m.hooks["a"].Position != 452 || m.hooks["p"].Position != 0 {
		t.Errorf("positions %d, %d", m.hooks["a"].Position, m.hooks["p"].Position)
	}
	// As another process that read before: it finds the position moved.
	if _, err := h.dispatch(t.Context(), Webhook{ID: "a", State: Active}); err != nil || len(m.jobs) != 526 {
		t.Errorf("%v, jobs %d", err, len(m.jobs))
	}
	// One that cannot be read keeps no other.
	m.add(event.DocumentIssued, "c1", nil)
	m.broken = "a"
	if _, err := h.Dispatch(t.Context()); err != nil || len(m.jobs) != 527 {
		t.Errorf("%v, jobs %d", err, len(m.jobs))
	}
}

// A pause ends with the deliveries that waited through it.
func TestSteer(t *testing.T) {
	t.Parallel()
	m, h, v := setting(t, nil)
	steer := func(to State) {
		t.Helper()
		if err := m.WriteWebhooks(t.Context(), func(ctx context.Context, tx Tx) error {
			_, err := h.Steer(ctx, tx, "w", to)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	steer(Paused)
	if err := m.run(t.Context(), h, "d"); err != nil || v.got() != 0 {
		t.Fatalf("%v, seen %d", err, v.got())
	}
	steer(Active)
	steer(Active)
	if len(m.jobs) != 1 {
		t.Fatalf("jobs %v", m.jobs)
	}
	if err := m.run(t.Context(), h, m.jobs[0].Ref); err != nil || v.got() != 1 {
		t.Errorf("%v, seen %d", err, v.got())
	}
	old := m.hooks["w"].Secret.Current
	if err := m.WriteWebhooks(t.Context(), func(ctx context.Context, tx Tx) error {
		shown, err := h.Rotate(ctx, tx, "w")
		if shown == old || shown != m.hooks["w"].Secret.Current {
			t.Error("the secret is not new")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	steer(Removed)
	if err := m.WriteWebhooks(t.Context(), func(ctx context.Context, tx Tx) error {
		_, err := h.Steer(ctx, tx, "w", Active)
		return err
	}); err == nil {
		t.Error("a removed one comes back")
	}
}

// A delivery that finds its webhook paused has a job after the pause, also when
// that ended before its waiting was written.
func TestPauseEndsMeanwhile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before DeliveryState
		resume bool // before the waiting is written, else after it
		want   DeliveryState
		jobs   int
	}{
		{"waited, resumed afterwards", Waiting, false, Waiting, 1},
		{"waited, resumed meanwhile", Waiting, true, Waiting, 1},
		{"a replay, resumed afterwards", Failed, false, Waiting, 1},
		{"a replay, resumed meanwhile", Failed, true, Waiting, 1},
		{"delivered by another meanwhile", Delivered, true, Delivered, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, h, v := setting(t, nil)
			m.set(Paused)
			d := m.deliveries["d"]
			d.State = Failed
			m.deliveries["d"] = d
			effect, err := h.Deliver(t.Context(), queue.Job{ID: 7, Ref: "d"}, nil)
			if err != nil || effect == nil {
				t.Fatalf("no effect: %v", err)
			}
			d.State = c.before
			m.deliveries["d"] = d
			steps := []func(ctx context.Context, tx Tx) error{
				func(ctx context.Context, tx Tx) error { return effect(ctx, tx) },
				func(ctx context.Context, tx Tx) error { _, err := h.Steer(ctx, tx, "w", Active); return err },
			}
			if c.resume {
				steps[0], steps[1] = steps[1], steps[0]
			}
			for _, step := range steps {
				if err := m.WriteWebhooks(t.Context(), step); err != nil {
					t.Fatal(err)
				}
			}
			if got := m.deliveries["d"].State; got != c.want || len(m.jobs) != c.jobs || v.got() != 0 {
				t.Errorf("%s, jobs %v, seen %d; want %s and %d jobs", got, m.jobs, v.got(), c.want, c.jobs)
			}
		})
	}
}

// Whoever asks for a webhook is told what does not do.
func TestNew(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.add(event.DocumentIssued, "c", nil)
	h := &Hooks{Store: m, Now: m.clock}
	w, err := h.New(t.Context(), "https://receiver.example/", []event.Type{event.DocumentIssued}, "c", "key:1")
	if err != nil || w.Position != 1 || w.State != Active || !strings.HasPrefix(string(w.Secret.Current), secretPrefix) {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := h.New(t.Context(), "http://receiver.example/", nil, "", ""); err == nil {
		t.Error("http is taken")
	}
	if _, err := h.New(t.Context(), "https://receiver.example/", []event.Type{"x"}, "", ""); err == nil {
		t.Error("an unknown type is taken")
	}
}

// Run wakes when the stream grows and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.hooks["a"] = Webhook{ID: "a", State: Active}
	feed := &event.Feed{}
	h := &Hooks{Store: m, Now: m.clock, Feed: feed}
	m.add(event.DocumentIssued, "c", nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { h.Run(ctx) })
	for {
		m.mu.Lock()
		n := len(m.deliveries)
		m.mu.Unlock()
		if n == 1 {
			break
		}
		feed.Wake()
		<-time.After(time.Millisecond)
	}
	cancel()
	wg.Wait()
}
