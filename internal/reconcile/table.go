package reconcile

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// shown bounds how many ids of one kind of trouble the table prints.
const shown = 10

// Table prints a ledger for people: first what it comes to, then the sums, then
// what is to be done, worst first.
func Table(w io.Writer, l *Ledger, s Signed) {
	fmt.Fprintf(w, "Ledger of %s (Tashkent), hub %s, %s edition, database %s\n\n", clock(&l.At), l.Hub.Version, l.Hub.Edition, l.Hub.Database)
	fmt.Fprintf(w, "%s\n\n", sentence(l))
	const line = "%-14s%9s%9s%11s%12s%10s%6s"
	row := func(name string, columns ...any) {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf(line, append([]any{name}, columns...)...), " "))
	}
	row("", "ALL", "ENDED", "UNDER WAY", "COMMISSION", "OPERATOR", "LOST")
	for _, s := range l.Sections {
		row(s.Name, strconv.Itoa(s.Total), count(s.Ended), count(s.Work), count(s.People), count(s.Operator), count(s.Lost))
	}
	troubles(w, l, Unclaimed, "LOST")
	troubles(w, l, Operator, "WAITS FOR AN OPERATOR")
	underWay(w, l)
	if len(l.Waiting) > 0 {
		fmt.Fprintln(w, "\nDOSSIERS THAT A COMMISSION DECIDES ON")
		rows := [][]string{{"  COMMISSION", "DOSSIERS", "OLDEST SINCE"}}
		for _, c := range l.Waiting {
			rows = append(rows, []string{"  " + c.Commission, strconv.Itoa(c.Applications), clock(c.Since)})
		}
		columns(w, rows)
	}
	files := "files were not checked"
	if l.Files.Checked {
		files = fmt.Sprintf("%d files present, %d missing, %d that no document refers to", l.Files.Present, l.Files.Missing, l.Files.Others)
	}
	fmt.Fprintf(w, "\ndocuments     %s\n", files)
	fmt.Fprintf(w, "events        %d, stamped up to %d, published up to %d\n", l.Stream.Events, l.Stream.Stamped, l.Stream.Published)
	fmt.Fprintf(w, "audit log     %d lines, head %s\n", l.Audit.Lines, l.Audit.Head)
	fmt.Fprintf(w, "applications  %d, SHA-256 %s\n", l.Accepted.Count, l.Accepted.SHA256)
	fmt.Fprintf(w, "signed by     %s\n", KeyText(s.Key))
}

// count leaves nothing where there is nothing.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// sentence is the verdict in words.
func sentence(l *Ledger) string {
	var work, waiting, returned, lost int
	for _, s := range l.Sections {
		lost += s.Lost
		if s.Name != "jobs" { // what they are about is counted
			work += s.Work
		}
		if s.Name != string(Applications) { // persons wait with theirs
			continue
		}
		waiting += s.People
		for _, c := range s.Counts {
			if c.What == people[Applications][string(dossier.Returned)] && c.Stands == People {
				returned, waiting = returned+c.N, waiting-c.N
			}
		}
	}
	failed := l.Section("jobs").Operator
	switch l.Verdict {
	case Whole:
		return "WHOLE: everything has ended, nothing is lost."
	case Lost:
		return fmt.Sprintf("LOST: %d %s that nobody goes on with and nothing explains. See below what to do.", lost, thing(lost))
	case AtWork:
	}
	var parts []string
	if work > 0 {
		parts = append(parts, fmt.Sprintf("%d %s under way", work, thing(work)))
	}
	if waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d %s for a commission's decision", waiting, plural(waiting, "dossier waits", "dossiers wait")))
	}
	if returned > 0 {
		parts = append(parts, fmt.Sprintf("%d %s to be corrected", returned, plural(returned, "returned application is", "returned applications are")))
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d %s for an operator", failed, plural(failed, "failure waits", "failures wait")))
	}
	if len(parts) == 0 {
		parts = []string{"jobs are under way"}
	}
	return "AT WORK: nothing is lost; " + strings.Join(parts, ", ") + "."
}

func thing(n int) string { return plural(n, "thing", "things") }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// troubles prints what stands badly, with what to do.
func troubles(w io.Writer, l *Ledger, stands Stands, title string) {
	first := true
	for _, e := range l.Exceptions {
		if e.Stands != stands {
			continue
		}
		if first {
			fmt.Fprintf(w, "\n%s\n", title)
			first = false
		}
		fmt.Fprintf(w, "  %d × %s [%s]\n    do: %s\n", e.Total, e.What, e.Code, e.Hint)
		var rows [][]string
		for i, it := range e.Items {
			if i == shown {
				break
			}
			row := []string{"    " + it.ID}
			if it.Application != "" && it.Application != it.ID {
				row = append(row, "application "+it.Application)
			}
			for _, more := range []string{it.Detail, clock(it.Since)} {
				if more != "" {
					row = append(row, more)
				}
			}
			rows = append(rows, row)
		}
		columns(w, rows)
		if rest := e.Total - len(rows); rest > 0 && len(rows) > 0 {
			fmt.Fprintf(w, "    and %d more: the JSON names the first %d\n", rest, Listed)
		}
	}
}

// underWay prints the open work by stage.
func underWay(w io.Writer, l *Ledger) {
	rows := [][]string{{"  STAGE", "READY", "WAITING", "AT WORK", "FAILED", "OLDEST", "NEXT TRY", "WHY IT WAITS"}}
	for _, s := range l.Stages {
		if timer(s.Stage) && s.Known && s.Failed == 0 {
			continue
		}
		var why []string
		for _, c := range s.Why {
			why = append(why, strings.TrimSpace(fmt.Sprintf("%d × %s %s", c.N, c.Kind, c.System)))
		}
		if s.RunOut > 0 {
			why = append(why, fmt.Sprintf("%d held by a process that is gone: taken back while a hub runs", s.RunOut))
		}
		rows = append(rows, []string{
			"  " + s.Stage, strconv.Itoa(s.Ready), strconv.Itoa(s.Waiting), strconv.Itoa(s.Leased), strconv.Itoa(s.Failed),
			clock(s.Oldest), clock(s.NextDue), strings.Join(why, ", "),
		})
	}
	if len(rows) > 1 {
		fmt.Fprintln(w, "\nOPEN WORK")
		columns(w, rows)
	}
}

func columns(w io.Writer, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	_ = t.Flush()
}

func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(civil.Tashkent).Format(time.DateTime)
}
