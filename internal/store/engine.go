package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// operation is what runs in a transaction.
type operation func(ctx context.Context, tx *Tx) error

// engine is a database under the store. Both speak the SQL of this package; what
// differs in it is the dialect's.
type engine interface {
	// write runs f in a transaction, whole or not at all, and returns once it is
	// durable. f may run again when the database undid it.
	write(ctx context.Context, f operation) error
	// once is write for an f that is a single statement.
	once(ctx context.Context, f operation) error
	// announce tells the other processes of work or of a topic, soon.
	announce(c Commit, topic string)
	close()
}

// querier is what reads need, executor what writes need besides.
type (
	row     interface{ Scan(into ...any) error }
	querier interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) row
	}
	// pooled is what database/sql has: a pool, a transaction.
	pooled interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
	executor interface {
		querier
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
)

// bare is a pool or a transaction that takes this package's SQL as it is.
type bare struct{ pooled }

// QueryRowContext runs a query for one row.
func (b bare) QueryRowContext(ctx context.Context, query string, args ...any) row {
	return b.pooled.QueryRowContext(ctx, query, args...)
}

// Tx is one operation's view of its transaction.
type Tx struct {
	s      *Store
	tx     executor
	commit Commit
	lines  []auditLine // written last
}

// Write runs f in a transaction and returns once it is durable. f must be pure
// store work: others may wait for it. It may run more than once, so it begins by
// resetting what it hands out. A failure of the database itself is Unavailable;
// its outcome is unknown only when the connection broke while committing.
func (s *Store) Write(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	return s.engine.write(ctx, f)
}

// run runs an operation in a transaction that was begun: f, then what is written
// last.
func (s *Store) run(ctx context.Context, tx *Tx, f operation) error {
	return s.guard(func() error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		return tx.writeAudit(ctx)
	})
}

// guard keeps one operation's panic from taking everybody along. What was
// panicked with may hold a person's data and is not told.
func (s *Store) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in a store operation", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = fault.New(fault.Defect, fmt.Errorf("panic in a store operation: %T", p))
		}
	}()
	return f()
}

// OnCommit sets who is told of new work, by this process or by another. It is
// called from the writer and must not block.
func (s *Store) OnCommit(f func(Commit)) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.hook = f
}

// OnSignal adds someone who is told of topics, by this process or by another.
// It must not block.
func (s *Store) OnSignal(f func(topic string)) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.signals = append(s.signals, f)
}

// Signal tells everybody who asked by OnSignal, in all processes, that there is
// news of a topic. Other processes may miss one while the database is away: a
// signal saves waiting, it must not be the only way to learn.
func (s *Store) Signal(_ context.Context, topic string) {
	s.signalled(topic)
	s.engine.announce(Commit{}, topic)
}

func (s *Store) signalled(topic string) {
	s.hookMu.RLock()
	list := s.signals
	s.hookMu.RUnlock()
	for _, f := range list {
		f(topic)
	}
}

// committed tells this process of work.
func (s *Store) committed(c Commit) {
	s.hookMu.RLock()
	hook := s.hook
	s.hookMu.RUnlock()
	if hook != nil && !c.empty() {
		hook(c)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
