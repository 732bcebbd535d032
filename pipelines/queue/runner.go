package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/saylovhub/hub/contracts/fault"
)

// Transport carries hints. Every hint published on a topic reaches at most one
// of the topic's subscriptions, of whichever process; one that is lost or doubled
// does no harm.
type Transport interface {
	message.Publisher
	message.Subscriber
	// PublishLocal reaches this process's own subscriptions only.
	PublishLocal(topic string, messages ...*message.Message) error
}

// Config of a Runner.
type Config struct {
	Store     Store
	Transport Transport // the runner closes it when it ends
	Stages    []Stage
	Now       func() time.Time
	Log       *slog.Logger
	Observer  Observer
	Lease     time.Duration // default 30 s; the heart-beat is a third of it
	Poll      time.Duration // fall-back of the relay, default 1 s
	Drain     time.Duration // how long an ending runner waits for handlers at work, default 20 s
	Jitter    func(time.Duration) time.Duration
	// Guard puts into a handler's context a question that whoever calls out asks
	// right before: whether the job is still held. A process that hung may wake
	// when another has the job. Nil: nobody asks.
	Guard func(ctx context.Context, held func() bool) context.Context
}

// Runner runs stages until its context ends.
type Runner struct {
	cfg      Config
	router   *message.Router
	stages   map[string]*running
	draining atomic.Bool
	promote  chan struct{}
	dueMu    sync.Mutex
	due      time.Time
}

// running is a stage with its counters.
type running struct {
	Stage
	load    load
	kick    chan struct{}
	stopped gateKeeper
	held    atomic.Bool // stopped, and not yet seen to go on
}

// NewRunner wires the stages onto a Watermill Router.
func NewRunner(cfg Config) (*Runner, error) {
	if cfg.Lease == 0 {
		cfg.Lease = 30 * time.Second
	}
	if cfg.Poll == 0 {
		cfg.Poll = time.Second
	}
	if cfg.Drain == 0 {
		cfg.Drain = 20 * time.Second
	}
	if cfg.Jitter == nil {
		cfg.Jitter = fullJitter
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: cfg.Drain},
		watermill.NewSlogLoggerWithLevelMapping(cfg.Log, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug}))
	if err != nil {
		return nil, fmt.Errorf("making the router: %w", err)
	}
	r := &Runner{cfg: cfg, router: router, stages: map[string]*running{}, promote: make(chan struct{}, 1)}
	for _, s := range cfg.Stages {
		if s.Workers < 1 || s.Handle == nil || r.stages[s.Name] != nil {
			return nil, fmt.Errorf("stage %q: needs a name of its own, a handler and at least one worker", s.Name)
		}
		if s.Timeout == 0 {
			s.Timeout = defaultTimeout
		}
		st := &running{Stage: s, load: load{workers: s.Workers}, kick: make(chan struct{}, 1)}
		r.stages[s.Name] = st
		for i := range s.Workers {
			router.AddConsumerHandler(fmt.Sprintf("%s#%d", s.Name, i), topic(s.Name), cfg.Transport, r.hint(st))
		}
	}
	return r, nil
}

// claimRest is how long a handler rests when the store gave it nothing but an
// error.
const claimRest = 250 * time.Millisecond

// defaultTimeout bounds a handler whose stage names no bound: a heart-beat must
// not keep a hanging handler's lease alive for ever.
const defaultTimeout = 2 * time.Minute

func topic(stage string) string { return "hub.stage." + stage }

// Run relays and handles until ctx ends, then waits for handlers at work. It
// returns an error when the transport ended first, or when a handler outlived
// Drain; the lease of such a handler's job runs out and the job is done again.
func (r *Runner) Run(ctx context.Context) error {
	// The router outlives ctx until its handlers are done: Close drains them.
	routing, stopRouting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRouting()
	ended := make(chan error, 1)
	go func() { ended <- r.router.Run(routing) }()
	select {
	case <-r.router.Running():
	case err := <-ended:
		return fmt.Errorf("running the router: %w", err)
	case <-ctx.Done():
		stopRouting() // gives up subscribing
		select {
		case <-r.router.Running():
		case err := <-ended:
			r.cfg.Log.DebugContext(ctx, "ended before it began", "error", err)
			return nil
		}
	}
	var wg sync.WaitGroup
	work, stop := context.WithCancel(ctx)
	defer stop()
	for _, s := range r.stages {
		wg.Go(func() { r.relay(work, s) })
	}
	wg.Go(func() { r.keeper(work) })
	var err error
	select {
	case <-ctx.Done():
		r.draining.Store(true)
		if err = r.router.Close(); err != nil {
			err = fmt.Errorf("waiting for handlers at work: %w", err)
		}
		err = errors.Join(err, <-ended)
	case err = <-ended:
		if err == nil {
			err = errors.New("the transport ended every subscription")
		}
		err = fmt.Errorf("running the router: %w", err)
	}
	stop()
	wg.Wait()
	return err
}

// Wake tells the runner that a commit made work for stages, and until when the
// next waiting job may sleep. It never blocks.
func (r *Runner) Wake(stages []string, due time.Time) {
	for _, name := range stages {
		if s := r.stages[name]; s != nil {
			poke(s.kick)
		}
	}
	if due.IsZero() {
		return
	}
	r.dueMu.Lock()
	sooner := r.due.IsZero() || due.Before(r.due)
	if sooner {
		r.due = due
	}
	r.dueMu.Unlock()
	if sooner {
		poke(r.promote)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// hint is the Router's handler: it claims, works, finishes, and always
// acknowledges, since what went wrong is in the row and a nack is an endless
// loop. A panic of a stage is caught nearer to the job (see attempt); one that
// arrives here leaves the job to its lease.
func (r *Runner) hint(s *running) message.NoPublishHandlerFunc {
	return func(m *message.Message) error {
		s.load.take()
		defer func() {
			if p := recover(); p != nil {
				r.cfg.Log.ErrorContext(m.Context(), "panic in the runner", "stage", s.Name, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			}
			s.load.rest()
			poke(s.kick)
		}()
		if r.draining.Load() {
			return nil
		}
		// Shutdown must not tear a call in the middle: its outcome would be lost.
		ctx := context.WithoutCancel(m.Context())
		now := r.cfg.Now()
		gate := s.gate(now)
		may, trial := !gate.Closed || gate.Trial, false
		if may {
			may, trial = s.stopped.try(now)
		}
		var proved bool
		var next time.Time
		if trial {
			defer func() { s.stopped.tried(proved, next) }()
		}
		// A stop of the gate's own has its trials too; it counts them itself.
		trial = trial || may && gate.Stopped && gate.Trial
		if (gate.Stopped || s.held.Load()) && !trial {
			return nil
		}
		j, ok, err := r.cfg.Store.Claim(ctx, Claim{Stage: s.Name, Now: now, Lease: r.cfg.Lease, ExpiredOnly: !may})
		if err != nil {
			r.cfg.Log.ErrorContext(ctx, "claiming a job", "stage", s.Name, "error", err)
			time.Sleep(claimRest) // else the kick that follows makes it a hot loop
			return nil
		}
		if !ok {
			return nil
		}
		asked, reached := r.work(ctx, s, j, trial)
		if reached {
			s.load.grow()
		}
		proved = trial && reached
		if asked {
			next = r.cfg.Now().Add(s.Policy.StoppedDelay)
		}
		return nil
	}
}

// work handles one claimed job under a heart-beat. It reports whether the
// handler ran at all, and whether its outcome shows that the other system takes
// our calls: what it rejects or still works on, it has understood.
func (r *Runner) work(ctx context.Context, s *running, j Job, trial bool) (asked, reached bool) {
	began := r.cfg.Now()
	ctx, release := context.WithTimeout(ctx, s.Timeout)
	defer release()
	ctx, cancel := context.WithCancelCause(ctx)
	var until atomic.Pointer[time.Time]
	until.Store(&j.Lease.Until)
	if r.cfg.Guard != nil {
		ctx = r.cfg.Guard(ctx, func() bool { return r.cfg.Now().Before(*until.Load()) })
	}
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		r.beat(ctx, j.Lease, cancel, &until)
	}()
	handled, err := r.attempt(ctx, s, j, trial)
	cancel(nil)
	<-beating
	outcome := "done"
	if err != nil {
		outcome = r.settle(context.WithoutCancel(ctx), s, j, err)
	}
	if r.cfg.Observer != nil {
		r.cfg.Observer.Job(s.Name, outcome, r.cfg.Now().Sub(began))
	}
	kind := fault.KindOf(err)
	return !errors.Is(err, errTimeLimit), handled || kind == fault.Pending || kind == fault.Rejected
}

// beat extends the lease while the handler works; a lease that is another's by
// now cancels the handler.
func (r *Runner) beat(ctx context.Context, l Lease, cancel context.CancelCauseFunc, until *atomic.Pointer[time.Time]) {
	t := time.NewTicker(r.cfg.Lease / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			next := r.cfg.Now().Add(r.cfg.Lease)
			switch err := r.cfg.Store.Extend(ctx, l, next); {
			case err == nil:
				until.Store(&next)
			case errors.Is(err, ErrLeaseLost):
				cancel(ErrLeaseLost)
				return
			}
		}
	}
}
