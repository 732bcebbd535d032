package crashtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// String is the ledger as a table.
func (l *Ledger) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %s edition\n\n", l.Title, l.Edition)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tWANT\tHAVE\tLOST\tDOUBLED\t")
	for _, r := range l.Rows {
		mark := ""
		if r.failed {
			mark = "WRONG "
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s%s\n", r.What, r.Want, r.Have, r.Lost, r.Doubled, mark, r.Note)
	}
	_ = t.Flush() // into memory
	b.WriteString("\n")
	for _, f := range l.Facts {
		b.WriteString(f + "\n")
	}
	if l.Reconciled != "" {
		b.WriteString("\n" + l.Reconciled + "\n")
	}
	for _, w := range l.Wrong {
		b.WriteString("WRONG: " + w + "\n")
	}
	return b.String()
}

// Line sums the ledger up.
func (l *Ledger) Line() string {
	var parts []string
	for _, r := range l.Rows {
		switch r.What {
		case "applications final", "checks ended", "documents issued", "SMS by id at the gateway", "jobs left":
			parts = append(parts, fmt.Sprintf("%s %d/%d", r.What, r.Have, r.Want))
		}
	}
	verdict := "nothing lost, nothing twice"
	if len(l.Wrong) > 0 {
		verdict = fmt.Sprintf("%d things WRONG", len(l.Wrong))
	}
	return fmt.Sprintf("ledger: %s, %s: %s: %s", l.Title, l.Edition, verdict, strings.Join(parts, ", "))
}

// Print writes the table to out/NAME.txt of the project and the summary to the
// standard output.
func (l *Ledger) Print(name string) error {
	dir, err := outFolder()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(l.String()), 0o644); err != nil { //nolint:gosec // for people to look into
		return fmt.Errorf("writing the ledger: %w", err)
	}
	fmt.Println(l.Line())
	return nil
}

// outFolder is the folder out beside go.mod.
func outFolder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod above the working folder")
		}
		dir = up
	}
	dir = filepath.Join(dir, "out")
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for people to look into
		return "", fmt.Errorf("making the folder for results: %w", err)
	}
	return dir, nil
}
