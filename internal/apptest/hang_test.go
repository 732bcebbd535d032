package apptest_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/portal"
)

// filled is one auto-fill as its caller saw it.
type filled struct {
	took     time.Duration
	each     map[string]time.Duration // of each register, as the hub says
	statuses map[string]string
	err      error
}

// fillAtOnce asks n times at once.
func fillAtOnce(ctx context.Context, h *apptest.Hub, in []byte, n int) []filled {
	out := make([]filled, n)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() { out[i] = fillOnce(ctx, h, in) })
	}
	wg.Wait()
	return out
}

func fillOnce(ctx context.Context, h *apptest.Hub, in []byte) filled {
	began := time.Now()
	a, err := h.DEC.Autofill(ctx, in)
	f := filled{took: time.Since(began), each: map[string]time.Duration{}, statuses: statuses(a), err: err}
	for _, r := range a.Registers {
		f.each[r.Register] = time.Duration(r.TookMS) * time.Millisecond
	}
	return f
}

// quantile of the times: 0.5 is the middle one.
func quantile(list []filled, q float64) time.Duration {
	return quantileOf(list, q, func(f filled) time.Duration { return f.took })
}

func quantileOf(list []filled, q float64, of func(filled) time.Duration) time.Duration {
	times := make([]time.Duration, len(list))
	for i, f := range list {
		times[i] = of(f)
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(q*float64(len(times))))]
}

// While a register hangs, fifty who ask at once get all that the others know
// within the deadline; no more calls hang than the register's bulkhead has
// places; once its breaker is open nobody waits for it; and nothing stays
// behind. It runs alone: it counts the goroutines of the whole process.
func TestHangingRegister(t *testing.T) { //nolint:paralleltest // it counts goroutines
	apptest.EmbeddedOnly(t, "it measures, and counts the goroutines of one process")
	const (
		people   = 50
		places   = 4
		deadline = 2 * time.Second
		late     = 3 * time.Second // of two cores with fifty askers and the race detector
		hung     = portal.OpAddress
	)
	h := apptest.Start(t, apptest.WithMocks(func(o *mocks.Options) { o.Portal.PendingPolls = -1 }),
		apptest.Configure(func(c *config.Config) {
			c.Autofill.Deadline = config.Duration(deadline)
			// Everybody else has room for all: the one that hangs is to be seen alone.
			c.Limits = config.Limits{Total: config.Duration(time.Minute), Try: config.Duration(30 * time.Second), Bulkhead: 2 * people, BulkheadWait: config.Duration(deadline), Rate: -1}
			c.Portal.Operations = map[string]config.Operation{hung: {Limits: config.Limits{
				Bulkhead: places, BulkheadWait: config.Duration(250 * time.Millisecond), Breaker: config.Breaker{Window: config.Duration(3 * deadline), Minimum: 2 * places, Open: config.Duration(10 * time.Minute)},
			}}}
		}))
	in := apptest.JSON(t, apptest.M{"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(h.Story(t, "candidate-clean").PINFL)})
	want := map[string]string{
		"personal-data": "found", "registered-address": "found", "employment": "found", "education": "found",
		"criminal-record": "found", "disability": "absent", "legal-capacity": "found",
	}
	// What the pools and caches of fifty askers hold is theirs to keep.
	for _, f := range fillAtOnce(t.Context(), h, in, people) {
		if f.err != nil {
			t.Fatal(f.err)
		}
	}
	var healthy []filled
	for range 20 {
		healthy = append(healthy, fillOnce(t.Context(), h, in))
	}
	if diff := cmp.Diff(want, healthy[0].statuses); diff != "" {
		t.Fatalf("with all registers in order: %s", diff)
	}
	goroutines, heap := runtime.NumGoroutine(), heapNow()

	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: hung, Kind: chaos.Hang}); err != nil {
		t.Fatal(err)
	}
	want["registered-address"] = "unavailable"
	for round := 0; operation(t, h, hung).State != "resting"; round++ {
		if round == 10 {
			t.Fatalf("the breaker does not rest after %d rounds: %+v", round, operation(t, h, hung))
		}
		before := h.Mocks.Portal.Count(hung)
		enough, most := make(chan struct{}), make(chan int, 1)
		go func() { most <- mostInFlight(t.Context(), h, hung, enough) }()
		began := time.Now()
		answers := fillAtOnce(t.Context(), h, in, people)
		waves := 1 + int(time.Since(began)/deadline)
		close(enough)
		if n := <-most; n > places {
			t.Errorf("%d calls in flight, the bulkhead has %d places", n, places)
		}
		// Whoever got a place kept it until the deadline: nobody came after but those
		// whom a busy machine let ask only then.
		if n := h.Mocks.Portal.Count(hung) - before; n > places*waves || round == 0 && n == 0 {
			t.Errorf("%d calls reached the register that hangs, want %d at most", n, places*waves)
		}
		for _, f := range answers {
			if f.err != nil {
				t.Fatal(f.err)
			}
			if diff := cmp.Diff(want, f.statuses); diff != "" {
				t.Fatalf("one hangs: %s", diff)
			}
			if f.took > deadline+late {
				t.Errorf("an answer took %s", f.took)
			}
		}
		t.Logf("round %d: p50 %s, p95 %s", round, quantile(answers, 0.5), quantile(answers, 0.95))
	}

	before := h.Mocks.Portal.Count(hung)
	var open []filled
	for range 20 {
		f := fillOnce(t.Context(), h, in)
		if diff := cmp.Diff(want, f.statuses); diff != "" || f.err != nil {
			t.Fatalf("the breaker is open: %v %s", f.err, diff)
		}
		open = append(open, f)
	}
	was, is := quantile(healthy, 0.5), quantile(open, 0.5)
	t.Logf("an answer takes %s with all in order, %s with the breaker open", was, is)
	if is > 3*was+deadline/10 {
		t.Errorf("with the breaker open an answer takes %s, %s before", is, was)
	}
	if n := h.Mocks.Portal.Count(hung) - before; n > 0 {
		t.Errorf("%d calls went through an open breaker", n)
	}

	h.Mocks.Portal.Heal(hung)
	apptest.Poll(t, "the goroutines to end", func(context.Context) (bool, any, error) {
		n := runtime.NumGoroutine()
		return n <= goroutines+10, fmt.Sprintf("%d goroutines, %d before", n, goroutines), nil
	})
	if n := operation(t, h, hung).InFlight; n != 0 {
		t.Errorf("%d calls are still in flight", n)
	}
	if now := heapNow(); now > heap+32<<20 {
		t.Errorf("the heap grew from %d to %d MiB", heap>>20, now>>20)
	}
}

// operation finds one of the portal's in the list of connectors.
func operation(t *testing.T, h *apptest.Hub, id string) client.Connector {
	t.Helper()
	list, err := h.Admin.Connectors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(c client.Connector) bool { return c.System == "portal" && c.Operation == id })
	if i < 0 {
		t.Fatalf("no %s among %d operations", id, len(list))
	}
	return list[i]
}

// mostInFlight is the highest number of calls in flight that was seen until
// enough is closed.
func mostInFlight(ctx context.Context, h *apptest.Hub, id string, enough <-chan struct{}) int {
	most := 0
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := h.Admin.Connectors(ctx)
		if err != nil {
			return most
		}
		for _, c := range list {
			if c.System == "portal" && c.Operation == id {
				most = max(most, c.InFlight)
			}
		}
		select {
		case <-enough:
			return most
		case <-ctx.Done():
			return most
		case <-tick.C:
		}
	}
}

func heapNow() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
