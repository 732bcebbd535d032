package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// session is the writer's one connection with the statements it has prepared:
// preparing a small statement costs about as much as running it. Its queries are
// texts of this package, so there are only so many. The writer alone uses it.
type session struct {
	conn  *sql.Conn
	known map[string]*sql.Stmt
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the writer's connection: %w", err)
	}
	return &session{conn: conn, known: map[string]*sql.Stmt{}}, nil
}

func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.known[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.known[query] = st
	return st, nil
}

// ExecContext runs a statement.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

// QueryContext runs a query. Its rows must be read to the end or closed before
// the same query runs again.
func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// QueryRowContext runs a query for one row.
func (s *session) QueryRowContext(ctx context.Context, query string, args ...any) row {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return s.conn.QueryRowContext(ctx, query, args...) // whose row holds the error
	}
	return st.QueryRowContext(ctx, args...)
}

func (s *session) close() error {
	for _, st := range s.known {
		_ = st.Close() // its connection goes with it
	}
	return s.conn.Close()
}

func (s *session) texts() []string { return slices.Collect(maps.Keys(s.known)) }
