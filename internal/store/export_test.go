package store

import (
	"context"
	"database/sql"
)

// Exec runs raw SQL on the writer, for what only a test may do.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.tx.ExecContext(ctx, query, args...)
		return err
	})
}

// Text reads one value as text.
func (s *Store) Text(ctx context.Context, query string, args ...any) (string, error) {
	var v string
	err := s.read.QueryRowContext(ctx, query, args...).Scan(&v)
	return v, err
}

// Deaf opens no connections that wait for news: in virtual time they would keep it
// from passing.
func Deaf(o *Options) { o.deaf = true }

// Dollars is the text that PostgreSQL is given.
func Dollars(query string) string { return dollars(query) }

// Rows reads rows of one text each.
func (s *Store) Rows(ctx context.Context, query string, args ...any) ([]string, error) {
	return collect(ctx, s.read, query, func(r *sql.Rows) (string, error) {
		var v string
		return v, r.Scan(&v)
	}, args...)
}
