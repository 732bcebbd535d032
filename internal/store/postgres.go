package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/saylovhub/hub/contracts/fault"
)

// postgres is PostgreSQL: transactions of many processes side by side, one an
// operation, READ COMMITTED.
type postgres struct {
	s       *Store
	writes  *sql.DB
	reading *sql.DB // of its own: an operation that reads beside must not wait for itself
	news    *news   // nil in tests in virtual time

	mu     sync.Mutex
	closed bool
	open   sync.WaitGroup
}

var postgresDialect = &dialect{
	// Not FOR UPDATE, which would also wait for rows that refer to this one.
	update: " FOR NO KEY UPDATE", share: " FOR SHARE", skip: " FOR UPDATE SKIP LOCKED",
	advisory: "SELECT pg_advisory_xact_lock(?)",
	breaks: func(err error, name, _ string) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && e.Code == "23505" && e.ConstraintName == name
	},
}

// within bounds an operation, the waiting for others' locks included.
const within = 30 * time.Second

// enter keeps the database open for an operation.
func (e *postgres) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.open.Add(1)
	return true
}

// write runs f in a transaction of its own, again when the database undid it: by
// a deadlock, or because the connection broke before the commit was sent. One
// that broke while committing has an unknown outcome: it is Unavailable and not
// repeated here. Who asked may ask again: what ends a job is fenced by its lease,
// what makes one by its key, what a caller sends by its idempotency key.
func (e *postgres) write(ctx context.Context, f operation) error {
	return e.retrying(ctx, func(ctx context.Context) (*Tx, bool, error) { return e.transact(ctx, f) })
}

// once runs f, one statement, by itself. The statement is its own commit: after a
// broken connection nobody knows whether it stands, and it is not repeated.
func (e *postgres) once(ctx context.Context, f operation) error {
	return e.retrying(ctx, func(ctx context.Context) (*Tx, bool, error) {
		tx := &Tx{s: e.s, tx: plain{e.writes}}
		err := e.s.run(ctx, tx, f)
		return tx, undone(err) || unsent(err), err
	})
}

func (e *postgres) retrying(ctx context.Context, try func(context.Context) (*Tx, bool, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !e.enter() {
		return trouble(ErrClosed)
	}
	defer e.open.Done()
	// Once begun the outcome must be known: a caller that left early would not know
	// whether its write stands.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	tx, err := again(ctx, try)
	if err != nil {
		return ill(err)
	}
	if !tx.commit.empty() {
		e.s.committed(tx.commit)
		e.announce(tx.commit, "")
	}
	return nil
}

const (
	// tries bounds how often something is begun anew, as many times as a pool may
	// hold connections that broke unseen.
	tries = 12
	// patience bounds for how long.
	patience = 2 * time.Second
)

// again tries until it went well or is not worth another try.
func again[T any](ctx context.Context, try func(context.Context) (v T, again bool, err error)) (T, error) {
	began := time.Now()
	for n := 1; ; n++ {
		v, more, err := try(ctx)
		if err == nil || !more || n == tries || ctx.Err() != nil || time.Since(began) > patience {
			return v, err
		}
		wait(ctx, time.Duration(n)*5*time.Millisecond)
	}
}

// wait waits about d, so that those who met do not meet again.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d/2 + rand.N(d)) //nolint:gosec // spreads load, hides nothing
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// transact runs f in one transaction; again says that nothing of it stands and
// that it is worth another try.
func (e *postgres) transact(ctx context.Context, f operation) (_ *Tx, again bool, _ error) {
	inner, err := e.writes.BeginTx(ctx, nil)
	if err != nil {
		return nil, lost(err), trouble(fmt.Errorf("beginning a transaction: %w", err))
	}
	tx := &Tx{s: e.s, tx: plain{inner}}
	if err := e.s.run(ctx, tx, f); err != nil {
		if er := inner.Rollback(); er != nil {
			e.s.log.DebugContext(ctx, "rolling back", "error", er)
		}
		return nil, undone(err) || lost(err), err
	}
	switch err := inner.Commit(); {
	case err == nil:
		return tx, false, nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return nil, false, fault.New(fault.Defect, fmt.Errorf("an operation went on after one of its statements had failed: %w", err))
	default:
		return nil, undone(err), trouble(fmt.Errorf("committing: %w", err))
	}
}

// close lets what runs finish, tells the others the last news and goes.
func (e *postgres) close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.open.Wait()
	if e.news != nil {
		e.news.close()
	}
	for _, db := range []*sql.DB{e.writes, e.reading} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil {
			e.s.log.Error("closing the database", "error", err)
		}
	}
}

// announce tells the other processes.
func (e *postgres) announce(c Commit, topic string) {
	if e.news != nil {
		e.news.tell(c, topic)
	}
}

// plain is a transaction or the pool, taking this package's SQL.
type plain struct{ on pooled }

// ExecContext runs a statement.
func (p plain) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.on.ExecContext(ctx, dollars(query), natural(args)...)
}

// QueryContext runs a query.
func (p plain) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.on.QueryContext(ctx, dollars(query), natural(args)...)
}

// QueryRowContext runs a query for one row.
func (p plain) QueryRowContext(ctx context.Context, query string, args ...any) row {
	return p.on.QueryRowContext(ctx, dollars(query), natural(args)...)
}
