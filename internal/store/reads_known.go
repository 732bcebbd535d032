package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"sync"
)

// statements are queries that reading connections keep prepared: SQLite takes about
// as long to read a small query as to answer it. Most are texts of this package;
// those with long lists of values are many, and are not kept.
type statements struct {
	mu    sync.Mutex
	known map[string]*sql.Stmt
}

const (
	mostStatements = 400
	mostParameters = 16
)

// of returns a query prepared; nil: it is to be run as it is.
func (s *statements) of(ctx context.Context, db *sql.DB, query string) *sql.Stmt {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.known[query]; ok {
		return st
	}
	if len(s.known) >= mostStatements || strings.Count(query, "?") > mostParameters {
		return nil
	}
	st, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil // running it says why
	}
	s.known[query] = st
	return st
}

func (s *statements) texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.known))
}
