package store

import (
	"context"
	"database/sql"
	"strings"
)

// Scans lists the queries asked so far that read a whole table, with the table: a
// query that is asked often must not. Only where SQLite keeps the queries; those of
// the writer and of the readers.
func (s *Store) Scans(ctx context.Context) (map[string]string, error) {
	e, ok := s.engine.(*lite)
	if !ok {
		return nil, nil
	}
	out := map[string]string{}
	for _, query := range append(s.read.known.texts(), e.session.texts()...) {
		rows, err := e.reading.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			continue // no plan: it begins or ends a transaction
		}
		table, err := scanned(rows)
		if err != nil {
			return nil, err
		}
		if table != "" {
			out[query] = table
		}
	}
	return out, nil
}

// scanned is the first table that a plan reads as a whole.
func scanned(rows *sql.Rows) (string, error) {
	defer rows.Close()
	table := ""
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		if rest, ok := strings.CutPrefix(detail, "SCAN "); ok && table == "" && !strings.Contains(rest, "USING") && !strings.Contains(rest, "CONSTANT") {
			table = rest
		}
	}
	return table, rows.Err()
}
