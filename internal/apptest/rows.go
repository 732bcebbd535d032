package apptest

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers
	_ "modernc.org/sqlite"
)

// background are the tables that change although nobody asks for anything.
var background = map[string]bool{"exchange": true, "process": true, "lease": true, "stage_clock": true, "quota": true, "stream": true}

// Rows counts the rows of every table that holds data, read past the hub's own
// code; what is written when there is time is left out.
func (h *Hub) Rows(t testing.TB) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range h.tables(t) {
		if background[table] {
			continue
		}
		var n int
		if err := h.DB(t).QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatalf("counting rows: %v", err)
		}
		out[table] = n
	}
	return out
}

func (h *Hub) tables(t testing.TB) []string {
	t.Helper()
	text := `SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose%'`
	if h.storeURL != "" {
		text = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'goose%'`
	}
	return query(t, h.DB(t), text)
}

// dump is all that a table holds, bytes as they are.
func (h *Hub) dump(t testing.TB, table string) []byte {
	t.Helper()
	rows, err := h.DB(t).QueryContext(t.Context(), `SELECT * FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for rows.Next() {
		row := make([]sql.RawBytes, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, value := range row {
			out.Write(append(value, '\n'))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Query reads the first column of a query from the hub's database.
func (h *Hub) Query(t testing.TB, text string, args ...any) []string {
	t.Helper()
	return query(t, h.DB(t), h.Rebind(text), args...)
}

// Rebind writes the question marks of a query as the hub's database wants them.
func (h *Hub) Rebind(text string) string {
	if h.storeURL == "" {
		return text
	}
	parts := strings.Split(text, "?")
	for i := range parts[:len(parts)-1] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}

// DB is a way of its own into the hub's database, open until Close.
func (h *Hub) DB(t testing.TB) *sql.DB {
	t.Helper()
	h.dbOnce.Do(func() {
		driver, name := "sqlite", "file:"+filepath.Join(h.Dir, "hub.db")+"?_pragma=busy_timeout(20000)"
		if h.storeURL != "" {
			driver, name = "pgx", h.storeURL
		}
		db, err := sql.Open(driver, name)
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
