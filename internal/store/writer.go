package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// maxBatch bounds how many waiting operations share one commit.
const maxBatch = 256

// ErrClosed means the store is shutting down.
var ErrClosed = errors.New("the store is closed")

// trouble is the database's own failure, not the operation's: worth another try.
func trouble(err error) error {
	return &fault.Fault{Kind: fault.Unavailable, System: "store", Err: err, Hint: "look at the disk of the data folder"}
}

// op is one submitted operation: pure SQL, run inside a savepoint of its own.
type op struct {
	ctx  context.Context
	f    func(ctx context.Context, tx *Tx) error
	tx   *Tx
	done chan error
}

// Tx is one operation's view of the writer's transaction.
type Tx struct {
	s      *Store
	tx     *session
	commit Commit
}

// Write runs f in a transaction and returns once it is on disk. f must be pure
// store work: it runs on the writer, everybody waits for it. Operations that
// wait together share one commit; one that fails is rolled back alone.
func (s *Store) Write(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	o := &op{ctx: ctx, f: f, done: make(chan error, 1)}
	select {
	case <-s.closing:
		return trouble(ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	case s.ops <- o:
	}
	// Once taken, the outcome must be known: a caller that left early would not
	// know whether its write stands.
	select {
	case err := <-o.done:
		return err
	case <-s.done:
		select {
		case err := <-o.done:
			return err
		default:
			return trouble(ErrClosed)
		}
	}
}

func (s *Store) writer() {
	defer close(s.done)
	for {
		select {
		case o := <-s.ops:
			s.batch(s.gather(o))
		case <-s.closing:
			for {
				select {
				case o := <-s.ops:
					s.batch(s.gather(o))
				default:
					return
				}
			}
		}
	}
}

func (s *Store) gather(first *op) []*op {
	ops := []*op{first}
	for len(ops) < maxBatch {
		select {
		case o := <-s.ops:
			ops = append(ops, o)
		default:
			return ops
		}
	}
	return ops
}

// batch runs operations in one transaction, a savepoint each, and answers them
// after the commit.
func (s *Store) batch(ops []*op) {
	ctx := context.Background()
	if _, err := s.session.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		answer(ops, trouble(fmt.Errorf("beginning a transaction: %w", err)))
		return
	}
	errs := make([]error, len(ops))
	for i, o := range ops {
		if errs[i] = s.one(ctx, o); errors.Is(errs[i], errBroken) {
			s.rollback(ctx)
			answer(ops, trouble(errs[i]))
			return
		}
	}
	if _, err := s.session.ExecContext(ctx, `COMMIT`); err != nil {
		s.rollback(ctx)
		answer(ops, trouble(fmt.Errorf("committing: %w", err)))
		return
	}
	s.grow()
	var c Commit
	for i, o := range ops {
		if errs[i] == nil {
			c.Stages = append(c.Stages, o.tx.commit.Stages...)
			c.Due = earlier(c.Due, o.tx.commit.Due)
		}
		o.done <- errs[i]
	}
	s.hookMu.RLock()
	hook := s.hook
	s.hookMu.RUnlock()
	if hook != nil && (len(c.Stages) > 0 || !c.Due.IsZero()) {
		hook(c)
	}
}

// errBroken means the shared transaction itself is unusable.
var errBroken = errors.New("the transaction is broken")

// rollback gives the connection back in order; that it fails when SQLite has
// rolled back by itself is no news.
func (s *Store) rollback(ctx context.Context) {
	if _, err := s.session.ExecContext(ctx, `ROLLBACK`); err != nil {
		s.log.DebugContext(ctx, "rolling back", "error", err)
	}
}

func (s *Store) one(ctx context.Context, o *op) (err error) {
	if err := o.ctx.Err(); err != nil {
		return err // the caller is gone before anything was written
	}
	if _, err := s.session.ExecContext(ctx, `SAVEPOINT op`); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	o.tx = &Tx{s: s, tx: s.session}
	//nolint:contextcheck // the context is the submitter's, which rides in the operation
	err = s.guard(func() error { return o.f(context.WithoutCancel(o.ctx), o.tx) })
	if err != nil {
		if _, e := s.session.ExecContext(ctx, `ROLLBACK TO op`); e != nil {
			return fmt.Errorf("%w: %w", errBroken, e)
		}
	}
	if _, e := s.session.ExecContext(ctx, `RELEASE op`); e != nil {
		return fmt.Errorf("%w: %w", errBroken, e)
	}
	return err
}

// guard keeps one operation's panic from taking the writer and everybody
// waiting for it along. What was panicked with may hold a person's data and is
// not told.
func (s *Store) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in a store operation", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = fault.New(fault.Defect, fmt.Errorf("panic in a store operation: %T", p))
		}
	}()
	return f()
}

func answer(ops []*op, err error) {
	for _, o := range ops {
		o.done <- err
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// checkpointEvery is how many commits the log may hold before it is carried over
// into the database, and busy how quickly they may come for that to be done
// beside the writer: under more load it would take from the writer what it
// saves, and the commits carry the log over themselves, as SQLite does.
const (
	checkpointEvery = 40
	busy            = checkpointEvery * 4 * time.Millisecond
)

// grow counts a commit, and wakes the checkpointer when there are enough.
func (s *Store) grow() {
	if s.commits++; s.commits < checkpointEvery {
		return
	}
	now := time.Now()
	unhurried := now.Sub(s.since) >= busy
	s.commits, s.since = 0, now
	if !unhurried {
		return
	}
	select {
	case s.grown <- struct{}{}:
	default:
	}
}

// checkpointer carries the log over while the writer goes on.
func (s *Store) checkpointer() {
	defer close(s.written)
	for range s.grown {
		if _, err := s.back.ExecContext(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
			s.log.Warn("carrying the database's log over", "error", err)
		}
	}
}
