package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxBatch bounds how many waiting operations share one commit.
const maxBatch = 256

// op is one submitted operation: pure SQL, run inside a savepoint of its own.
type op struct {
	ctx  context.Context
	f    operation
	tx   *Tx
	done chan error
}

// once has nothing to save: commits are shared.
func (e *lite) once(ctx context.Context, f operation) error { return e.write(ctx, f) }

// write hands f to the writer. Operations that wait together share one commit; one
// that fails is rolled back alone.
func (e *lite) write(ctx context.Context, f operation) error {
	o := &op{ctx: ctx, f: f, done: make(chan error, 1)}
	select {
	case <-e.closing:
		return trouble(ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	case e.ops <- o:
	}
	// Once taken, the outcome must be known: a caller that left early would not
	// know whether its write stands.
	select {
	case err := <-o.done:
		return err
	case <-e.done:
		select {
		case err := <-o.done:
			return err
		default:
			return trouble(ErrClosed)
		}
	}
}

func (e *lite) writer() {
	defer close(e.done)
	for {
		select {
		case o := <-e.ops:
			e.batch(e.gather(o))
		case <-e.closing:
			for {
				select {
				case o := <-e.ops:
					e.batch(e.gather(o))
				default:
					return
				}
			}
		}
	}
}

func (e *lite) gather(first *op) []*op {
	ops := []*op{first}
	for len(ops) < maxBatch {
		select {
		case o := <-e.ops:
			ops = append(ops, o)
		default:
			return ops
		}
	}
	return ops
}

// batch runs operations in one transaction, a savepoint each, and answers them
// after the commit.
func (e *lite) batch(ops []*op) {
	ctx := context.Background()
	if _, err := e.session.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		answer(ops, trouble(fmt.Errorf("beginning a transaction: %w", err)))
		return
	}
	errs := make([]error, len(ops))
	for i, o := range ops {
		if errs[i] = e.one(ctx, o); errors.Is(errs[i], errBroken) {
			e.rollback(ctx)
			answer(ops, trouble(errs[i]))
			return
		}
	}
	if _, err := e.session.ExecContext(ctx, `COMMIT`); err != nil {
		e.rollback(ctx)
		answer(ops, trouble(fmt.Errorf("committing: %w", err)))
		return
	}
	e.grow()
	var c Commit
	for i, o := range ops {
		if errs[i] == nil {
			c.add(o.tx.commit)
		}
		o.done <- errs[i]
	}
	e.s.committed(c)
}

// errBroken means the shared transaction itself is unusable.
var errBroken = errors.New("the transaction is broken")

// rollback gives the connection back in order; that it fails when SQLite has
// rolled back by itself is no news.
func (e *lite) rollback(ctx context.Context) {
	if _, err := e.session.ExecContext(ctx, `ROLLBACK`); err != nil {
		e.s.log.DebugContext(ctx, "rolling back", "error", err)
	}
}

func (e *lite) one(ctx context.Context, o *op) (err error) {
	if err := o.ctx.Err(); err != nil {
		return err // the caller is gone before anything was written
	}
	if _, err := e.session.ExecContext(ctx, `SAVEPOINT op`); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	o.tx = &Tx{s: e.s, tx: e.session}
	//nolint:contextcheck // the context is the submitter's, which rides in the operation
	err = e.s.run(context.WithoutCancel(o.ctx), o.tx, o.f)
	if err != nil {
		if _, er := e.session.ExecContext(ctx, `ROLLBACK TO op`); er != nil {
			return fmt.Errorf("%w: %w", errBroken, er)
		}
	}
	if _, er := e.session.ExecContext(ctx, `RELEASE op`); er != nil {
		return fmt.Errorf("%w: %w", errBroken, er)
	}
	return ill(err)
}

func answer(ops []*op, err error) {
	for _, o := range ops {
		o.done <- err
	}
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
func (e *lite) grow() {
	if e.commits++; e.commits < checkpointEvery {
		return
	}
	now := time.Now()
	unhurried := now.Sub(e.since) >= busy
	e.commits, e.since = 0, now
	if !unhurried {
		return
	}
	select {
	case e.grown <- struct{}{}:
	default:
	}
}

// checkpointer carries the log over while the writer goes on.
func (e *lite) checkpointer() {
	defer close(e.written)
	for range e.grown {
		if _, err := e.back.ExecContext(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
			e.s.log.Warn("carrying the database's log over", "error", err)
		}
	}
}
