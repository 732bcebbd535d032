package exchange_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/exchange"
	"github.com/saylovhub/hub/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is a store that counts what it is given.
type ledger struct {
	mu      sync.Mutex
	writes  int
	fails   bool
	forgets []time.Duration // since the epoch of the bubble
	block   chan struct{}
}

func (l *ledger) AddExchanges(context.Context, []store.Exchange) error {
	if l.block != nil {
		<-l.block
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	if l.fails {
		return errors.New("the disk is full")
	}
	return nil
}

func (l *ledger) ForgetExchanges(_ context.Context, bodies, lines time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgets = append(l.forgets, bodies.Sub(lines))
	return len(l.forgets)%3 != 0, nil
}

type counted struct {
	mu   sync.Mutex
	seen []string
}

func (c *counted) count(system, operation, outcome string, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, system+" "+operation+" "+outcome)
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		var c counted
		r := exchange.New(exchange.Config{Store: &l, Count: c.count, Log: slog.New(slog.DiscardHandler), Now: time.Now, Keep: 24 * time.Hour, Bodies: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		for range 300 {
			r.Observe(ctx, call.Exchange{System: "portal", Operation: "education.diploma"})
		}
		r.Observe(ctx, call.Exchange{System: "eds", Operation: "ping", Kind: fault.Unavailable})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if l.writes != 10 || r.Dropped() != 0 || len(c.seen) != 301 || !slices.Contains(c.seen, "eds ping unavailable") || c.seen[0] != "portal education.diploma answer" {
			t.Errorf("%d writes, %d dropped, %d counted", l.writes, r.Dropped(), len(c.seen))
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		// At the start and ten minutes later, each until nothing is left.
		if len(l.forgets) != 6 || l.forgets[0] != 23*time.Hour {
			t.Errorf("cleared %v", l.forgets)
		}
		r.Observe(ctx, call.Exchange{System: "eds"})
		cancel()
		<-done
		if l.writes != 11 {
			t.Errorf("%d writes: what was under way at the end is lost", l.writes)
		}
	})
}

// A store that stands still holds up no call; what it cannot take is counted.
func TestNeverBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := ledger{block: make(chan struct{}), fails: true}
		var c counted
		var log strings.Builder
		r := exchange.New(exchange.Config{Store: &l, Count: c.count, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now, Keep: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		for range 10000 {
			r.Observe(ctx, call.Exchange{System: "portal"})
		}
		lost := r.Dropped()
		if lost < 10000-4096-32-1 || len(c.seen) != 10000 {
			t.Errorf("%d dropped, %d counted", lost, len(c.seen))
		}
		close(l.block)
		cancel()
		<-done
		if r.Dropped() != 10000 || !strings.Contains(log.String(), "the disk is full") {
			t.Errorf("%d dropped by a store that fails", r.Dropped())
		}
	})
}

func TestKeepNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		var c counted
		r := exchange.New(exchange.Config{Store: &l, Count: c.count, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		r.Observe(ctx, call.Exchange{})
		time.Sleep(time.Second)
		cancel()
		<-done
		if l.writes != 0 || len(c.seen) != 1 {
			t.Errorf("%d writes, %d counted", l.writes, len(c.seen))
		}
	})
}

func TestAlarm(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	r := exchange.New(exchange.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	r.Stopped(t.Context(), &fault.Fault{Kind: fault.Misconfigured, System: "portal", Operation: "token.main", Code: "invalid_client", Hint: "check the secret"})
	r.Resumed(t.Context(), "portal", "token.main")
	for _, want := range []string{"level=ERROR", "operation stopped", "token.main", "check the secret", "works again"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in %s", want, log.String())
		}
	}
}
