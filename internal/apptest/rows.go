package apptest

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver
)

// Rows counts the rows of every table that holds data, read past the hub's own
// code; the record of calls is left out, which is written when there is time.
func (h *Hub) Rows(t testing.TB) map[string]int {
	t.Helper()
	db := h.database(t)
	tables := query(t, db, `SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose%' AND name <> 'exchange'`)
	out := map[string]int{}
	for _, table := range tables {
		var n int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatalf("counting rows: %v", err)
		}
		out[table] = n
	}
	return out
}

// Query reads the first column of a query from the hub's database.
func (h *Hub) Query(t testing.TB, text string, args ...any) []string {
	t.Helper()
	return query(t, h.database(t), text, args...)
}

// database is a connection of its own, read only, open until Close.
func (h *Hub) database(t testing.TB) *sql.DB {
	t.Helper()
	h.dbOnce.Do(func() {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(h.Dir, "hub.db")+"?mode=ro&_pragma=busy_timeout(5000)")
		if err != nil {
			t.Fatal(err)
		}
		h.db = db
	})
	return h.db
}

func query(t testing.TB, db *sql.DB, text string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("querying: %v", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
