package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
)

// Transport carries hints. Every hint published on a topic reaches at most one
// of the topic's subscriptions; one that is lost or doubled does no harm.
type Transport interface {
	message.Publisher
	message.Subscriber
}

// Config of a Runner.
type Config struct {
	Store     Store
	Transport Transport
	Stages    []Stage
	Now       func() time.Time
	Log       *slog.Logger
	Observer  Observer
	Lease     time.Duration // default 30 s; the heart-beat is a third of it
	Poll      time.Duration // fall-back of the relay, default 1 s
	Jitter    func(time.Duration) time.Duration
}

// Runner runs stages until its context ends.
type Runner struct {
	cfg     Config
	router  *message.Router
	stages  map[string]*running
	promote chan struct{}
	dueMu   sync.Mutex
	due     time.Time
}

// running is a stage with its counters.
type running struct {
	Stage
	busy    atomic.Int64 // handlers at work
	flying  atomic.Int64 // hints published and not yet taken
	kick    chan struct{}
	stopped gateKeeper
}

// NewRunner wires the stages onto a Watermill Router.
func NewRunner(cfg Config) (*Runner, error) {
	if cfg.Lease == 0 {
		cfg.Lease = 30 * time.Second
	}
	if cfg.Poll == 0 {
		cfg.Poll = time.Second
	}
	if cfg.Jitter == nil {
		cfg.Jitter = fullJitter
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 20 * time.Second},
		watermill.NewSlogLoggerWithLevelMapping(cfg.Log, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug}))
	if err != nil {
		return nil, fmt.Errorf("making the router: %w", err)
	}
	r := &Runner{cfg: cfg, router: router, stages: map[string]*running{}, promote: make(chan struct{}, 1)}
	// The first is the outermost. A panic of a stage is caught nearer to the job
	// (see handle); this one guards the router itself.
	router.AddMiddleware(middleware.Recoverer)
	for _, s := range cfg.Stages {
		if s.Workers < 1 || s.Handle == nil || r.stages[s.Name] != nil {
			return nil, fmt.Errorf("stage %q: needs a name of its own, a handler and at least one worker", s.Name)
		}
		if s.Timeout == 0 {
			s.Timeout = defaultTimeout
		}
		st := &running{Stage: s, kick: make(chan struct{}, 1)}
		r.stages[s.Name] = st
		for i := range s.Workers {
			router.AddConsumerHandler(fmt.Sprintf("%s#%d", s.Name, i), topic(s.Name), cfg.Transport, r.hint(st))
		}
	}
	return r, nil
}

// defaultTimeout bounds a handler whose stage names no bound: a heart-beat must
// not keep a hanging handler's lease alive for ever.
const defaultTimeout = 2 * time.Minute

func topic(stage string) string { return "hub.stage." + stage }

// Run relays and handles until ctx ends, then waits for handlers at work.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	work, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	// The router outlives ctx until its handlers are done: Close drains them.
	routing, stopRouting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRouting()
	wg.Go(func() {
		if err := r.router.Run(routing); err != nil {
			failed <- fmt.Errorf("running the router: %w", err)
			stop()
		}
	})
	select {
	case <-r.router.Running():
		for _, s := range r.stages {
			wg.Go(func() { r.relay(work, s) })
		}
		wg.Go(func() { r.keeper(work) })
	case <-work.Done():
	}
	<-work.Done()
	err := r.router.Close()
	stopRouting()
	wg.Wait()
	select {
	case e := <-failed:
		return e
	default:
		return err
	}
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
// acknowledges, since what went wrong is in the row.
func (r *Runner) hint(s *running) message.NoPublishHandlerFunc {
	return func(m *message.Message) error {
		if s.flying.Add(-1) < 0 {
			s.flying.Store(0) // a stray or doubled hint
		}
		s.busy.Add(1)
		defer func() {
			s.busy.Add(-1)
			poke(s.kick)
		}()
		// Shutdown must not tear a call in the middle: its outcome would be lost.
		ctx := context.WithoutCancel(m.Context())
		now := r.cfg.Now()
		gate := s.gate(now)
		j, ok, err := r.cfg.Store.Claim(ctx, Claim{Stage: s.Name, Now: now, Lease: r.cfg.Lease, ExpiredOnly: gate.Closed && !gate.Trial})
		if err != nil {
			r.cfg.Log.ErrorContext(ctx, "claiming a job", "stage", s.Name, "error", err)
			return nil
		}
		if ok {
			r.work(ctx, s, j)
		}
		return nil
	}
}

// work handles one claimed job under a heart-beat.
func (r *Runner) work(ctx context.Context, s *running, j Job) {
	began := r.cfg.Now()
	ctx, release := context.WithTimeout(ctx, s.Timeout)
	defer release()
	ctx, cancel := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		r.beat(ctx, j.Lease, cancel)
	}()
	err := r.attempt(ctx, s, j)
	cancel(nil)
	<-beating
	outcome := "done"
	if err != nil {
		outcome = r.settle(context.WithoutCancel(ctx), s, j, err)
	} else {
		s.stopped.reset()
	}
	if r.cfg.Observer != nil {
		r.cfg.Observer.Job(s.Name, outcome, r.cfg.Now().Sub(began))
	}
}

// beat extends the lease while the handler works; a lease that is another's by
// now cancels the handler.
func (r *Runner) beat(ctx context.Context, l Lease, cancel context.CancelCauseFunc) {
	t := time.NewTicker(r.cfg.Lease / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			err := r.cfg.Store.Extend(ctx, l, r.cfg.Now().Add(r.cfg.Lease))
			if errors.Is(err, ErrLeaseLost) {
				cancel(ErrLeaseLost)
				return
			}
		}
	}
}
