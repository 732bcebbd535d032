package store

import "context"

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
