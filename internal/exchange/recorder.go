package exchange

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/store"
)

const (
	waiting  = 4096             // records on their way to the store; more are dropped
	together = 32               // records of one transaction: others wait for it
	patience = time.Second      // how long a record waits for company
	clearing = 10 * time.Minute // how often old ones are wiped
	// longestBody is how much of a body is kept: enough of every register's
	// answer; an EDS body carries a whole document, which is stored elsewhere.
	longestBody = 32 << 10
)

// Store is where records are kept.
type Store interface {
	AddExchanges(ctx context.Context, list []store.Exchange) error
	ForgetExchanges(ctx context.Context, bodies, lines time.Time) (more bool, err error)
}

// Config of a Recorder.
type Config struct {
	Store  Store
	Count  func(system, operation, outcome string, d time.Duration) // metrics
	Log    *slog.Logger
	Now    func() time.Time
	Keep   time.Duration // how long lines stand; zero: none are kept
	Bodies time.Duration // how long bodies stand; zero: none are kept
}

// Recorder is the observer of every connector. Run must run for its records to
// reach the store.
type Recorder struct {
	cfg     Config
	queue   chan store.Exchange
	dropped atomic.Int64
}

var (
	_ call.Observer = (*Recorder)(nil)
	_ call.Watcher  = (*Recorder)(nil)
)

// New makes a recorder.
func New(cfg Config) *Recorder { return &Recorder{cfg: cfg, queue: make(chan store.Exchange, waiting)} }

// Observe counts an exchange and queues its record. It never blocks.
func (r *Recorder) Observe(_ context.Context, e call.Exchange) {
	outcome := string(e.Kind)
	if outcome == "" {
		outcome = "answer"
	}
	r.cfg.Count(e.System, e.Operation, outcome, e.Duration)
	if r.cfg.Keep <= 0 {
		return
	}
	line := store.Exchange{
		ID: uuid.Must(uuid.NewV7()).String(), At: r.cfg.Now(), System: e.System, Operation: e.Operation, Number: e.Transaction,
		Outcome: outcome, Code: e.Code, Status: e.Status, Took: e.Duration, Tries: e.Tries, Interactive: e.Interactive,
	}
	if r.cfg.Bodies > 0 {
		line.Asked, line.Answered = cut(e.Asked), cut(e.Answered)
	}
	select {
	case r.queue <- line:
	default:
		r.dropped.Add(1)
	}
}

// cut bounds a body; what is longer is copied, so that the rest can go.
func cut(b []byte) []byte {
	if len(b) <= longestBody {
		return b
	}
	return bytes.Clone(b[:longestBody])
}

// Dropped is how many records were lost since the start.
func (r *Recorder) Dropped() int64 { return r.dropped.Load() }

// Stopped is the one alarm of an operation that is misconfigured.
func (r *Recorder) Stopped(ctx context.Context, f *fault.Fault) {
	r.cfg.Log.ErrorContext(ctx, "operation stopped: it is misconfigured", "system", f.System, "operation", f.Operation, "error", f, "hint", f.Hint)
}

// Resumed tells that a stopped operation works again.
func (r *Recorder) Resumed(ctx context.Context, system, operation string) {
	r.cfg.Log.InfoContext(ctx, "operation works again", "system", system, "operation", operation)
}

// Run writes records until ctx ends, then what is left.
func (r *Recorder) Run(ctx context.Context) {
	sweep := time.NewTicker(clearing)
	defer sweep.Stop()
	r.clear(ctx)
	for {
		select {
		case first := <-r.queue:
			r.write(context.WithoutCancel(ctx), r.batch(ctx, first))
		case <-sweep.C:
			r.clear(ctx)
		case <-ctx.Done():
			for len(r.queue) > 0 {
				r.write(context.WithoutCancel(ctx), r.batch(ctx, <-r.queue))
			}
			return
		}
	}
}

// batch collects what comes within a moment.
func (r *Recorder) batch(ctx context.Context, first store.Exchange) []store.Exchange {
	list := append(make([]store.Exchange, 0, together), first)
	t := time.NewTimer(patience)
	defer t.Stop()
	for len(list) < together {
		select {
		case e := <-r.queue:
			list = append(list, e)
			continue
		default:
		}
		select {
		case e := <-r.queue:
			list = append(list, e)
		case <-t.C:
			return list
		case <-ctx.Done():
			return list
		}
	}
	return list
}

func (r *Recorder) write(ctx context.Context, list []store.Exchange) {
	err := r.cfg.Store.AddExchanges(ctx, list)
	if err != nil {
		r.dropped.Add(int64(len(list)))
		r.cfg.Log.ErrorContext(ctx, "recording exchanges", "lost", len(list), "error", err)
	}
}

// clear wipes what has stood long enough.
func (r *Recorder) clear(ctx context.Context) {
	now := r.cfg.Now()
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = r.cfg.Store.ForgetExchanges(ctx, now.Add(-r.cfg.Bodies), now.Add(-r.cfg.Keep)); err != nil {
			if ctx.Err() == nil {
				r.cfg.Log.ErrorContext(ctx, "clearing exchange records", "error", err)
			}
			return
		}
	}
}
