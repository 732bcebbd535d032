package store

import (
	"context"
	"database/sql"
	"fmt"
)

// reads is the pool of reading connections. What it answers is each statement's
// own moment; BeginTx makes several statements see one. A connection that broke
// unseen is no reason to fail: the statement is asked again on another.
type reads struct {
	db     *sql.DB
	level  sql.IsolationLevel
	rebind func(string) string
	values func([]any) []any
	known  *statements // nil: the driver keeps its own
}

// query runs a query on the pool, prepared where that is kept.
func (r *reads) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	query, args = r.rebind(query), r.values(args)
	if st := r.known.of(ctx, r.db, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return r.db.QueryContext(ctx, query, args...)
}

func (r *reads) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	query, args = r.rebind(query), r.values(args)
	if st := r.known.of(ctx, r.db, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return r.db.QueryRowContext(ctx, query, args...)
}

// QueryContext runs a query.
func (r *reads) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := again(ctx, func(ctx context.Context) (*sql.Rows, bool, error) {
		rows, err := r.query(ctx, query, args)
		return rows, lost(err), err
	})
	return rows, ill(err)
}

// QueryRowContext runs a query for one row, when it is scanned.
func (r *reads) QueryRowContext(ctx context.Context, query string, args ...any) row {
	return asked(func(into []any) error {
		_, err := again(ctx, func(ctx context.Context) (struct{}, bool, error) {
			err := r.queryRow(ctx, query, args).Scan(into...)
			return struct{}{}, lost(err), err
		})
		return ill(err)
	})
}

type asked func(into []any) error

// Scan asks and reads.
func (a asked) Scan(into ...any) error { return a(into) }

// moment is a reading transaction. It ends by Rollback.
type moment struct {
	tx *sql.Tx
	on *reads
}

// BeginTx begins to read as of one moment.
func (r *reads) BeginTx(ctx context.Context) (*moment, error) {
	tx, err := again(ctx, func(ctx context.Context) (*sql.Tx, bool, error) {
		tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: r.level})
		return tx, lost(err), err
	})
	if err != nil {
		return nil, ill(err)
	}
	return &moment{tx, r}, nil
}

// QueryContext runs a query.
func (m *moment) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := m.tx.QueryContext(ctx, m.on.rebind(query), m.on.values(args)...)
	return rows, ill(err)
}

// QueryRowContext runs a query for one row.
func (m *moment) QueryRowContext(ctx context.Context, query string, args ...any) row {
	return asked(func(into []any) error {
		return ill(m.tx.QueryRowContext(ctx, m.on.rebind(query), m.on.values(args)...).Scan(into...))
	})
}

// Rollback ends the moment.
func (m *moment) Rollback() { _ = m.tx.Rollback() } // nothing was written

// collect reads rows into a slice.
func collect[T any](ctx context.Context, q querier, query string, scan func(*sql.Rows) (T, error), args ...any) ([]T, error) {
	out, err := again(ctx, func(ctx context.Context) ([]T, bool, error) {
		out, err := collectOnce(ctx, q, query, scan, args...)
		_, pool := q.(*reads)
		return out, pool && lost(err), err
	})
	return out, ill(err)
}

func collectOnce[T any](ctx context.Context, q querier, query string, scan func(*sql.Rows) (T, error), args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("querying: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("reading rows: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
