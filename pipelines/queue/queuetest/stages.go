package queuetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
)

// Stages runs a queue.Runner with queue.DefaultPolicy over a store, in virtual
// time: hours of retries pass in moments. The store works inside a synctest
// bubble: whatever waits there for a network keeps time from passing, which is
// right for an answer and would be for ever for a connection that only listens.
// prepare is called outside the bubble, what it returns inside.
func Stages(t *testing.T, prepare func(t *testing.T) Open) {
	t.Helper()
	cases := []struct {
		name string
		f    func(b *bench)
	}{
		{"work is done once and its effects stand", doneOnce},
		{"unavailable: growing delay, then a failure", unavailableEnds},
		{"unavailable: the time limit ends it first", unavailableLimited},
		{"unavailable, then well", recovers},
		{"pending: doubling delay, no attempt, ended by the time limit", pendingEnds},
		{"throttled: waits as told, capped", throttledWaits},
		{"rejected and defect are failures at once", atOnce},
		{"breach: three spaced tries", breachTries},
		{"breach: tries before it do not count", breachAfterOthers},
		{"misconfigured: one alarm, no attempt, resumed by a trial", misconfigured},
		{"misconfigured: jobs begun before the stop open nothing", stragglers},
		{"misconfigured: jobs wait for the mending, time limits do not run", misconfiguredWaits},
		{"a stopped gate: no alarm of ours, trials as it says, time limits do not run", stoppedGate},
		{"a paused gate: nothing is tried, time limits do not run", pausedGate},
		{"resumed: jobs that the stop put off come at once", calledIn},
		{"an opened gate is met by a ramp", ramps},
		{"a panic is a failure and the process lives", panics},
		{"an open breaker burns nothing, the time limit runs on", breakerOpen},
		{"a closed gate: expired jobs only", closedGate},
		{"a hanging handler is cut", hanging},
		{"a slow handler keeps its lease", slow},
		{"a handler whose lease is lost writes nothing", leaseLost},
		{"a job that ends the process again and again is a failure", abandoned},
		{"giving up is written with the failure", givingUp},
		{"a failure stands though giving up cannot be written", givingUpFails},
		{"a store out of reach for a moment: how a job ended is written later", shortOutage},
		{"a store out of reach for longer than the lease: the job is done again", longOutage},
		{"who calls out may ask whether the job is still held", asksWhetherHeld},
		{"an idle runner sleeps", idles},
		{"work found without a kick", polls},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			open := prepare(t)
			synctest.Test(t, func(t *testing.T) {
				b := &bench{Fixture: open(t, time.Now), t: t, began: time.Now()}
				c.f(b)
				b.stop()
			})
		})
	}
	t.Run("ending waits for handlers at work", func(t *testing.T) {
		t.Parallel()
		drains(&bench{Fixture: prepare(t)(t, time.Now), t: t, began: time.Now(), real: true})
	})
}

// bench is one case's store with a runner on it.
type bench struct {
	Fixture
	t      *testing.T
	began  time.Time
	store  *counted
	real   bool // not in a bubble
	guard  func(context.Context, func() bool) context.Context
	bus    *bus
	log    journal
	cancel context.CancelFunc
	ended  chan error

	mu    sync.Mutex
	tries []try
}

// try is one call of a handler.
type try struct {
	at  time.Duration // since the case began
	job queue.Job
}

// counted counts what the runner asks of the store.
type counted struct {
	queue.Store
	out      outage
	mu       sync.Mutex
	promotes int
	claims   int
}

func (c *counted) Promote(ctx context.Context, now time.Time) (time.Time, []string, error) {
	c.mu.Lock()
	c.promotes++
	c.mu.Unlock()
	return c.Store.Promote(ctx, now)
}

func (c *counted) Claim(ctx context.Context, cl queue.Claim) (queue.Job, bool, error) {
	c.mu.Lock()
	c.claims++
	c.mu.Unlock()
	return c.Store.Claim(ctx, cl)
}

func (c *counted) counts() (promotes, claims int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.promotes, c.claims
}

// bus tells when the runner closes it.
type bus struct {
	queue.Transport
	once    sync.Once
	closing chan struct{}
}

func (b *bus) Close() error {
	b.once.Do(func() { close(b.closing) })
	return b.Transport.Close()
}

// journal keeps log lines by level.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, string(p))
	return len(p), nil
}

func (j *journal) count(parts ...string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, l := range j.lines {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(l, p)
		}
		if all {
			n++
		}
	}
	return n
}

// handle is a stage's handler that is told which call this is, from 1 on.
type handle func(ctx context.Context, n int, j queue.Job, keep queue.Keeper) (queue.Effect, error)

// stage is the stage under test, one worker unless changed.
func (b *bench) stage(h handle, change ...func(*queue.Stage)) queue.Stage {
	s := queue.Stage{
		Name: stage, Workers: 1, Timeout: time.Minute, Policy: queue.DefaultPolicy(),
		Handle: func(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error) {
			b.mu.Lock()
			b.tries = append(b.tries, try{time.Since(b.began), j})
			n := len(b.tries)
			b.mu.Unlock()
			return h(ctx, n, j, keep)
		},
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

// run starts a runner. Its poll is an hour: what comes sooner was kicked.
func (b *bench) run(stages ...queue.Stage) {
	b.t.Helper()
	b.store = &counted{Store: b.Store}
	b.bus = &bus{closing: make(chan struct{})}
	log := slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	b.bus.Transport = embedded.New(log)
	r, err := queue.NewRunner(queue.Config{
		Store: b.store, Transport: b.bus, Stages: stages, Now: time.Now, Log: log, Lease: lease, Poll: time.Hour, Drain: 10 * time.Minute,
		Guard: b.guard,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.OnCommit(r.Wake)
	ctx, cancel := context.WithCancel(b.t.Context())
	b.cancel, b.ended = cancel, make(chan error, 1)
	go func() { b.ended <- r.Run(ctx) }()
	b.settle()
}

// stop ends the runner and checks that it ended well.
func (b *bench) stop() {
	b.t.Helper()
	if b.cancel == nil {
		return
	}
	b.cancel()
	if err := <-b.ended; err != nil {
		b.t.Errorf("the runner ended with %v", err)
	}
	b.cancel = nil
}

// settle lets everything happen that can without time passing. A store at work
// on its file is no goroutine at rest, so this waits for it too.
func (b *bench) settle() {
	if !b.real {
		synctest.Wait()
	}
}

// pass lets virtual time pass.
func (b *bench) pass(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

func (b *bench) enqueue(jobs ...queue.New) {
	b.t.Helper()
	err := b.Write(b.t.Context(), func(ctx context.Context, tx queue.Tx) error { return tx.Enqueue(ctx, jobs...) })
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

// work makes n jobs with the policy's time limit.
func (b *bench) work(n int, limit time.Duration) {
	b.t.Helper()
	jobs := many("A", n, 50)
	for i := range jobs {
		jobs[i].Limit = limit
	}
	b.enqueue(jobs...)
}

func (b *bench) all() []try {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]try(nil), b.tries...)
}

// expect checks how often the handler was called and returns the calls.
func (b *bench) expect(n int) []try {
	b.t.Helper()
	got := b.all()
	if len(got) != n {
		b.t.Fatalf("%d calls, want %d", len(got), n)
	}
	return got
}

// state checks the state of the first job and returns it.
func (b *bench) state(want queue.State) queue.Job {
	b.t.Helper()
	j, err := b.Job(b.t.Context(), 1)
	if err != nil {
		b.t.Fatal(err)
	}
	if j.State != want {
		b.t.Fatalf("the job is %s (%+v), want %s", j.State, j.Last, want)
	}
	return j
}

func (b *bench) marked() int {
	b.t.Helper()
	n, err := b.Store.CountReady(b.t.Context(), marks, false, time.Now(), 1_000_000)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// fails returns a handler that ends with a fault of a kind each time.
func fails(f fault.Fault) handle {
	return func(context.Context, int, queue.Job, queue.Keeper) (queue.Effect, error) {
		f := f
		if f.Err == nil {
			f.Err = errors.New("made up")
		}
		return nil, fmt.Errorf("asking: %w", &f)
	}
}

// gaps are the times between calls.
func gaps(all []try) []time.Duration {
	var out []time.Duration
	for i := 1; i < len(all); i++ {
		out = append(out, all[i].at-all[i-1].at)
	}
	return out
}

// near allows for what a lock-step clock adds: milliseconds of the store, the
// keeper's least sleep.
func near(got, want time.Duration) bool {
	return got >= want-2*time.Millisecond && got <= want+5*time.Millisecond
}

func well(context.Context, int, queue.Job, queue.Keeper) (queue.Effect, error) {
	return mark("done"), nil
}
