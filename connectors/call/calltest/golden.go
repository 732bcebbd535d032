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
# a token was renewed between them), * where the breaker counts it. "good" is the
# body of a good answer under any status.
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
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("reading the table (-update writes it): %v", err)
	}
	if d := diff.Diff(string(want), got); d != "" {
		t.Errorf("%s has changed (-update writes it; then read it):\n%s", path, d)
	}
}

// ownRow is the row of the dialect's own answers, which differ by operation.
const ownRow = "its own"

// text prints operations of equal tables together, and so rows; what is an
// operation's own stands behind the table.
func (s Subject) text(results [][]row) string {
	var tables, owns groups
	ids := map[string]int{}
	for _, op := range s.Operations {
		ids[op.ID]++
	}
	for i, op := range s.Operations {
		again := "not repeatable"
		if op.Repeatable {
			again = "repeatable"
		}
		name := op.ID
		if ids[name] > 1 {
			name += " (" + again + ")"
		}
		own, shared := split(results[i])
		tables.add(name, again+"\n"+body(shared))
		if len(own) > 0 {
			owns.add(name, outcomes(own))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, legend, s.System)
	for i, table := range tables.texts {
		fmt.Fprintf(&b, "\n== %s\n%s", tables.names[i], table)
	}
	if len(owns.texts) > 0 {
		b.WriteString("\n== answers of its own\n")
	}
	for i, own := range owns.texts {
		fmt.Fprintf(&b, "%s\n%s", owns.names[i], own)
	}
	return b.String()
}

// groups are texts with the names of those who have them, in order.
type groups struct{ names, texts []string }

func (g *groups) add(name, text string) {
	if i := slices.Index(g.texts, text); i >= 0 {
		g.names[i] += ", " + name
		return
	}
	g.names, g.texts = append(g.names, name), append(g.texts, text)
}

func split(cells []row) (own, shared []row) {
	for _, c := range cells {
		if c.row == ownRow {
			own = append(own, c)
		} else {
			shared = append(shared, c)
		}
	}
	return own, shared
}

func body(cells []row) string {
	var rows groups
	for len(cells) > 0 {
		n := 1
		for n < len(cells) && cells[n].row == cells[0].row {
			n++
		}
		rows.add(cells[0].row, outcomes(cells[:n]))
		cells = cells[n:]
	}
	var b strings.Builder
	for i, text := range rows.texts {
		fmt.Fprintf(&b, "%s\n%s", rows.names[i], text)
	}
	return b.String()
}

// outcomes groups the columns of one row by what came of them.
func outcomes(cells []row) string {
	var columns groups
	for _, c := range cells {
		columns.add(c.column, c.outcome)
	}
	var b strings.Builder
	for i, what := range columns.texts {
		fmt.Fprintf(&b, "    %-18s %s\n", what, columns.names[i])
	}
	return b.String()
}
