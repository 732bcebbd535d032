package calltest

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files anew")

// row is one cell of the table as it came out.
type row struct{ row, column, outcome string }

const legend = `# %s: what comes back, and what is made of it.
# A kind or an answer, the tries that reached the system (of both exchanges where
# a token was renewed between them), * where the breaker counts it.
`

// golden holds the table against the file.
func (s Subject) golden(t *testing.T, results [][]row) {
	t.Helper()
	if t.Failed() {
		return // what is wrong was told cell by cell
	}
	path := filepath.Join("testdata", cmp.Or(s.Golden, "kinds.golden"))
	got := s.text(results)
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path) //nolint:gosec // a file of this package's tests
	if err != nil {
		t.Fatalf("reading the table (-update writes it): %v", err)
	}
	if d := diff.Diff(string(want), got); d != "" {
		t.Errorf("%s has changed (-update writes it; then read it):\n%s", path, d)
	}
}

// text prints operations of equal tables together, and so rows.
func (s Subject) text(results [][]row) string {
	var b strings.Builder
	fmt.Fprintf(&b, legend, s.System)
	var names, tables []string
	for i, op := range s.Operations {
		table := "not repeatable\n"
		if op.Repeatable {
			table = "repeatable\n"
		}
		table += body(results[i])
		if n := slices.Index(tables, table); n >= 0 {
			names[n] += ", " + op.ID
			continue
		}
		names, tables = append(names, op.ID), append(tables, table)
	}
	for i := range tables {
		fmt.Fprintf(&b, "\n== %s\n%s", names[i], tables[i])
	}
	return b.String()
}

func body(cells []row) string {
	var rows, texts []string
	for len(cells) > 0 {
		n := 1
		for n < len(cells) && cells[n].row == cells[0].row {
			n++
		}
		one := outcomes(cells[:n])
		if i := slices.Index(texts, one); i >= 0 {
			rows[i] += "; " + cells[0].row
		} else {
			rows, texts = append(rows, cells[0].row), append(texts, one)
		}
		cells = cells[n:]
	}
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "%s\n%s", rows[i], texts[i])
	}
	return b.String()
}

// outcomes groups the columns of one row by what came of them.
func outcomes(cells []row) string {
	var what, columns []string
	for _, c := range cells {
		if i := slices.Index(what, c.outcome); i >= 0 {
			columns[i] += ", " + c.column
		} else {
			what, columns = append(what, c.outcome), append(columns, c.column)
		}
	}
	var b strings.Builder
	for i := range what {
		fmt.Fprintf(&b, "    %-18s %s\n", what[i], columns[i])
	}
	return b.String()
}
