package fleet

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/internal/clock"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/store"
)

const (
	// look is how often the others' news are read and a sign of life is given.
	look = 800 * time.Millisecond
	// patience bounds one look; the database may be away.
	patience = 2 * time.Second
	// gap keeps a flood of news from becoming a flood of questions.
	gap = 20 * time.Millisecond
	// grace is what a process gets beyond the time it named, to make its trial.
	grace = 5 * time.Second
	// gone is how long a process that gives no sign of life stays on the list.
	gone = time.Minute
	// sweep is how often somebody clears the list.
	sweep = 10 * time.Second
	// alone is how long after an operation was seen to work in one process another
	// for which it does not work keeps that to itself.
	alone = 10 * time.Minute
	// modest is how long a process that has had a trial lets others have the next.
	modest = 2 * time.Second
)

// Topic of the signals that tell of news.
const Topic = operate.Topic

// Store is where the rows are.
type Store interface {
	Books
	Write(ctx context.Context, f func(context.Context, *store.Tx) error) error
	Held(ctx context.Context) (store.Held, error)
	Processes(ctx context.Context) ([]store.Process, error)
	Signal(ctx context.Context, topic string)
}

// Desk follows the pauses that any process has written.
type Desk interface {
	// Turn changes with every pause and resume of this process.
	Turn() uint64
	// Follow pauses and resumes by what was read after Turn gave turn.
	Follow(ctx context.Context, turn uint64, holds []store.Hold) (resumed bool)
}

// Config of a Fleet.
type Config struct {
	Store   Store
	Process store.Process // who we are; ID, host, PID and start are filled in
	Clock   *clock.Clock
	Alarm   call.Watcher // told once for all processes
	Log     *slog.Logger
	// Alone says that no other process can be on this database: nothing is shared,
	// written or read.
	Alone bool
}

// Fleet is this process among the others.
type Fleet struct {
	cfg  Config
	self store.Process
	news chan struct{}

	ops  []*operation
	desk Desk
	wake func()

	mu    sync.Mutex
	where map[operate.Target]operate.Where
	swept time.Time
	down  bool
}

// New makes it. Connectors are made with its Deps, then it is told of their
// operations by Attach, then it runs.
func New(cfg Config) *Fleet {
	p := cfg.Process
	if p.ID == "" {
		p.ID = uuid.Must(uuid.NewV7()).String()
	}
	if p.Host == "" {
		p.Host, _ = os.Hostname() // empty says enough
	}
	if p.PID == 0 {
		p.PID = os.Getpid()
	}
	if p.StartedAt.IsZero() {
		p.StartedAt = cfg.Clock.Now()
	}
	return &Fleet{cfg: cfg, self: p, news: make(chan struct{}, 1)}
}

// Self is this process.
func (f *Fleet) Self() store.Process { return f.self }

// Deps adds to what connectors are given the shared rates and the way news of
// breakers and stops comes here.
func (f *Fleet) Deps(d call.Deps) call.Deps {
	if f.cfg.Alone {
		return d
	}
	d.Changed = f.Changed
	d.Quota = func(op call.Operation) call.Quota { return newBucket(op, f.cfg.Store, f.cfg.Clock.Shared) }
	return d
}

// Attach names the operations that are shared, the desk that pauses them, and who
// is to be told when one goes on. It comes before Run.
func (f *Fleet) Attach(ops []operate.Operation, desk Desk, wake func()) {
	f.desk, f.wake = desk, wake
	f.ops = nil
	for _, o := range ops {
		f.ops = append(f.ops, &operation{Operation: o, fleet: f})
	}
}

// Changed says that there is news. It never blocks.
func (f *Fleet) Changed() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// OnSignal is for the store's: it takes the topic's signals.
func (f *Fleet) OnSignal(topic string) {
	if topic == Topic {
		f.Changed()
	}
}

// Run gives signs of life and follows the others until ctx ends, then takes this
// process off the list.
func (f *Fleet) Run(ctx context.Context) {
	if f.cfg.Alone {
		<-ctx.Done()
		return
	}
	t := time.NewTicker(look)
	defer t.Stop()
	rest := time.NewTimer(gap)
	defer rest.Stop()
	for ctx.Err() == nil {
		f.round(ctx)
		rest.Reset(gap)
		select {
		case <-rest.C:
		case <-ctx.Done():
		}
		select {
		case <-t.C:
		case <-f.news:
		case <-ctx.Done():
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := f.cfg.Store.Write(last, func(ctx context.Context, tx *store.Tx) error { return tx.Left(ctx, f.self.ID) })
	if err != nil {
		f.cfg.Log.InfoContext(ctx, "leaving the list of processes", "error", err)
	}
}

// round looks once; what it wrote is looked at again at once.
func (f *Fleet) round(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := f.sync(bounded)
	if ctx.Err() != nil {
		return // it is the end
	}
	switch {
	case err != nil && !f.down:
		f.cfg.Log.WarnContext(ctx, "the other processes cannot be followed; this one goes on by itself", "error", err)
	case err == nil && f.down:
		f.cfg.Log.InfoContext(ctx, "the other processes are followed again")
	}
	f.down = err != nil
	if f.down {
		for _, o := range f.ops {
			o.lonely(ctx)
		}
	}
}

// sync reads what all processes are to know, makes it so here, and writes what the
// others are to know.
func (f *Fleet) sync(ctx context.Context) error {
	turn := f.desk.Turn()
	held, err := f.cfg.Store.Held(ctx)
	if err != nil {
		return err
	}
	now := f.cfg.Clock.Now()
	opened := f.desk.Follow(ctx, turn, held.Holds)
	where := map[operate.Target]operate.Where{}
	rests := map[operate.Target]*store.Resting{}
	for i, r := range held.Resting {
		rests[operate.Target{System: r.System, Operation: r.Operation}] = &held.Resting[i]
	}
	stops := map[operate.Target]*store.Stopped{}
	for i, s := range held.Stopped {
		stops[operate.Target{System: s.System, Operation: s.Operation}] = &held.Stopped[i]
	}
	var writes []write
	for _, o := range f.ops {
		key := operate.Target{System: o.System, Operation: o.ID}
		before := o.Caller.State()
		writes = append(writes, o.rest(rests[key], now)...)
		writes = append(writes, o.stop(ctx, stops[key], now)...)
		if goesOn(before, o.Caller.State()) {
			opened = true
		}
		switch r, s := rests[key], stops[key]; {
		case s != nil && s.Worked.IsZero():
			where[key] = operate.Where{Process: s.Process, Host: s.Host, Here: s.Process == f.self.ID, Since: s.Since, Until: s.Next}
		case r != nil && r.Worked.IsZero():
			where[key] = operate.Where{Process: r.Process, Host: r.Host, Here: r.Process == f.self.ID, Since: r.Since, Until: r.Until}
		}
	}
	f.mu.Lock()
	f.where = where
	f.mu.Unlock()
	if opened && f.wake != nil {
		f.wake()
	}
	return f.write(ctx, now, writes)
}

// goesOn reports that what was held back is not any more, or may be tried.
func goesOn(before, after call.State) bool {
	shut := func(s call.State) bool { return s.Open || s.Stopped && !s.Trial }
	return shut(before) && !shut(after) || before.HalfOpen && !after.HalfOpen && !after.Open
}

// write is something to tell the others. news reports whether nobody had told it
// yet; then told is called once it is written.
type write struct {
	do   func(ctx context.Context, tx *store.Tx) (news bool, err error)
	told func(ctx context.Context, news bool)
}

func (f *Fleet) write(ctx context.Context, now time.Time, list []write) error {
	sweeps := now.Sub(f.swept) >= sweep
	self := f.self
	self.SeenAt = now
	news := make([]bool, len(list))
	err := f.cfg.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Beat(ctx, self); err != nil {
			return err
		}
		if sweeps {
			if err := tx.Forget(ctx, now.Add(-gone), now.Add(-alone)); err != nil {
				return err
			}
		}
		for i, w := range list {
			var err error
			if news[i], err = w.do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if sweeps {
		f.swept = now
	}
	for i, w := range list {
		if w.told != nil {
			w.told(context.WithoutCancel(ctx), news[i])
		}
	}
	if len(list) > 0 {
		f.Changed() // to see what became of it
		f.cfg.Store.Signal(ctx, Topic)
	}
	return nil
}

// Where tells which process holds an operation back; false: none but perhaps this
// one for itself.
func (f *Fleet) Where(system, id string) (operate.Where, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, ok := f.where[operate.Target{System: system, Operation: id}]
	return w, ok
}

// Processes lists the processes that were seen lately, the oldest first.
func (f *Fleet) Processes(ctx context.Context) ([]store.Process, error) {
	now := f.cfg.Clock.Now()
	if f.cfg.Alone {
		self := f.self
		self.SeenAt = now
		return []store.Process{self}, nil
	}
	list, err := f.cfg.Store.Processes(ctx)
	var out []store.Process
	for _, p := range list {
		if now.Sub(p.SeenAt) < gone {
			out = append(out, p)
		}
	}
	return out, err
}
