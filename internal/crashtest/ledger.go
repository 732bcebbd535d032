package crashtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/internal/client"
)

// Row is one line of the ledger: how many there must be and how many there are.
type Row struct {
	What    string
	Want    int
	Have    int
	Lost    int
	Doubled int
	Note    string
	failed  bool
}

// Ledger is the account of a play.
type Ledger struct {
	Edition string
	Title   string
	Rows    []Row
	Facts   []string // what happened: kills, repeats, calls
	Wrong   []string // each a sentence; empty: the proof holds
	// Reconciled is the hub's own ledger as it prints it.
	Reconciled string
}

func (l *Ledger) add(r Row) {
	r.failed = r.Want != r.Have || r.Lost != 0 || r.Doubled != 0
	if r.failed {
		l.Wrong = append(l.Wrong, fmt.Sprintf("%s: want %d, have %d, lost %d, doubled %d %s", r.What, r.Want, r.Have, r.Lost, r.Doubled, r.Note))
	}
	l.Rows = append(l.Rows, r)
}

func (l *Ledger) wrongf(format string, args ...any) {
	if len(l.Wrong) < 40 {
		l.Wrong = append(l.Wrong, fmt.Sprintf(format, args...))
	}
}

// Fact adds a sentence of what happened.
func (l *Ledger) Fact(format string, args ...any) {
	l.Facts = append(l.Facts, fmt.Sprintf(format, args...))
}

// Ledger draws up the account after Settle. All processes run and the mock
// systems still hold what they took.
func (f *Flow) Ledger(ctx context.Context, title string, listeners ...Listener) (*Ledger, error) {
	l := &Ledger{Edition: f.w.Edition.Name, Title: title}
	admin := f.w.Admin(f.w.Processes[0])
	dossiers, err := f.dossiers(ctx, admin, l)
	if err != nil {
		return l, err
	}
	if err := f.applications(ctx, admin, l); err != nil {
		return l, err
	}
	f.decisions(l, dossiers)
	if err := f.documents(ctx, admin, l, dossiers); err != nil {
		return l, err
	}
	numbers(l, dossiers)
	f.messages(l, dossiers)
	if err := f.leftovers(ctx, admin, l); err != nil {
		return l, err
	}
	if err := f.events(ctx, l, listeners); err != nil {
		return l, err
	}
	f.w.reconcile(ctx, l, f.Entries())
	for _, err := range f.Errs() {
		l.wrongf("%v", err)
	}
	for _, odd := range f.w.Odd() {
		l.wrongf("%s", odd)
	}
	f.facts(l)
	return l, nil
}

func (f *Flow) dossiers(ctx context.Context, admin *client.Client, l *Ledger) ([]client.Dossier, error) {
	var all []client.Dossier
	checks := Row{What: "checks ended"}
	for _, e := range f.Entries() {
		d, err := admin.Dossier(ctx, e.ID)
		if err != nil {
			return nil, fmt.Errorf("reading a dossier for the ledger: %w", err)
		}
		for _, s := range d.Subjects {
			seen := map[string]bool{}
			for _, c := range s.Checks {
				checks.Want++
				switch {
				case seen[c.Register]:
					checks.Doubled++
				case c.State == "answered", c.State == "skipped":
					checks.Have++
				default:
					checks.Lost++
				}
				seen[c.Register] = true
			}
		}
		all = append(all, d)
	}
	l.add(checks)
	return all, nil
}

// applications: what the hub holds is what the callers were told it holds.
func (f *Flow) applications(ctx context.Context, admin *client.Client, l *Ledger) error {
	held, numbers := map[string]string{}, map[string]int{}
	for cursor := ""; ; {
		page, next, err := admin.Applications(ctx, cursor, 100)
		if err != nil {
			return fmt.Errorf("listing applications for the ledger: %w", err)
		}
		for _, h := range page {
			held[h.ID] = h.State
			numbers[h.Number]++
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	accepted, final := Row{What: "applications accepted"}, Row{What: "applications final"}
	for _, e := range f.Entries() {
		accepted.Want++
		final.Want++
		state, there := held[e.ID]
		delete(held, e.ID)
		if !there {
			accepted.Lost++
			continue
		}
		accepted.Have++
		if state == "executed" {
			final.Have++
		} else {
			final.Lost++
		}
	}
	accepted.Doubled = len(held) // that nobody was told of: taken twice under one key
	l.add(accepted)
	l.add(final)
	unique := Row{What: "numbers of applications", Want: accepted.Have + len(held), Have: len(numbers)}
	unique.Doubled = unique.Want - unique.Have
	l.add(unique)
	return nil
}

func (f *Flow) decisions(l *Ledger, dossiers []client.Dossier) {
	r := Row{What: "decisions in force", Want: len(dossiers)}
	drafts := 0
	for i, e := range f.Entries() {
		signed := 0
		for _, d := range dossiers[i].Decisions {
			if d.State == "signed" {
				signed++
				if d.Number != e.Decision {
					l.wrongf("application %s: decision %s is in force, its commission signed %s last", e.Number, d.Number, e.Decision)
				}
			}
		}
		drafts += e.Drafts
		switch {
		case signed == 0:
			r.Lost++
		case signed > 1:
			r.Doubled += signed - 1
		}
		r.Have += min(signed, 1)
	}
	r.Note = fmt.Sprintf("of %d drafted", drafts)
	l.add(r)
}

// documents: a copy of each decision and one document for each person
// registered, each readable and the bytes that the dossier says.
func (f *Flow) documents(ctx context.Context, admin *client.Client, l *Ledger, dossiers []client.Dossier) error {
	issued, read := Row{What: "documents issued"}, Row{What: "documents read back"}
	for i, e := range f.Entries() {
		want := map[string]int{"": 1}
		for ref, outcome := range e.Outcomes {
			if outcome == string(catalogue.Register) {
				want[ref] = 1
			}
		}
		issued.Want += len(want)
		for _, doc := range dossiers[i].Documents {
			if doc.State == "annulled" {
				continue
			}
			if doc.State != "issued" {
				l.wrongf("application %s: document %s is %s", e.Number, doc.Number, doc.State)
				continue
			}
			issued.Have++
			if want[doc.Subject]--; want[doc.Subject] < 0 {
				issued.Doubled++
			}
			read.Want++
			pdf, err := admin.Document(ctx, doc.ID)
			if p, ok := errors.AsType[*client.Problem](err); ok && p.Status < 500 {
				read.Lost++
				continue
			}
			if err != nil {
				return fmt.Errorf("reading a document for the ledger: %w", err)
			}
			sum := sha256.Sum256(pdf)
			if !bytes.HasPrefix(pdf, []byte("%PDF-")) || hex.EncodeToString(sum[:]) != doc.SHA256 {
				l.wrongf("application %s: document %s is not the file that was issued", e.Number, doc.Number)
				continue
			}
			read.Have++
		}
		for _, n := range want {
			issued.Lost += max(0, n)
		}
	}
	l.add(issued)
	l.add(read)
	return nil
}

// numbers: each series runs from 1 on, each number once; a gap is explained by an
// annulled document, which keeps its number.
func numbers(l *Ledger, dossiers []client.Dossier) {
	series, annulled := map[string]map[int]int{}, map[string]int{}
	for _, d := range dossiers {
		for _, doc := range d.Documents {
			name := "numbers " + doc.Kind + " of " + d.Commission
			n, err := strconv.Atoi(doc.Number)
			if err != nil {
				l.wrongf("document number %q is none", doc.Number)
				continue
			}
			if series[name] == nil {
				series[name] = map[int]int{}
			}
			series[name][n]++
			if doc.State == "annulled" {
				annulled[name]++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(series)) {
		used := series[name]
		r := Row{What: name, Want: slices.Max(slices.Collect(maps.Keys(used))), Have: len(used)}
		for _, times := range used {
			r.Doubled += times - 1
		}
		r.Lost = r.Want - r.Have
		if annulled[name] > 0 {
			r.Note = fmt.Sprintf("%d annulled", annulled[name])
		}
		l.add(r)
	}
}

func (f *Flow) leftovers(ctx context.Context, admin *client.Client, l *Ledger) error {
	jobs, err := f.w.leftover(ctx)
	if err != nil {
		return err
	}
	r := Row{What: "jobs left"}
	for _, n := range jobs {
		r.Have += n
	}
	l.add(r)
	failures, err := admin.Failures(ctx, client.FailureFilter{})
	if err != nil {
		return fmt.Errorf("listing failures for the ledger: %w", err)
	}
	f.mu.Lock()
	note := fmt.Sprintf("replayed: %v", f.replayed)
	f.mu.Unlock()
	l.add(Row{What: "failures left", Have: len(failures), Note: note})
	return nil
}

func (f *Flow) facts(l *Ledger) {
	kills := 0
	for _, p := range f.w.Processes {
		kills += p.Kills()
	}
	l.Fact("%d processes, killed %d times", len(f.w.Processes), kills)
	a := &f.Answers
	l.Fact("%d requests were sent again: %d had got no answer, %d a 503; %d more although they were known to be taken", a.Repeats.Load(), a.Broken.Load(), a.Busy.Load(), f.Twice.Load())
	if n := a.Wrong.Load(); n > 0 {
		l.wrongf("%d requests were answered in a way no hub may: the last %s", n, a.Last())
	}
	calls := func(counts map[string]int) (n int) {
		for _, c := range counts {
			n += c
		}
		return n
	}
	l.Fact("calls: portal %d, EDS %d, SMS %d", calls(f.w.Systems.Portal.Counts()), calls(f.w.Systems.EDS.Counts()), calls(f.w.Systems.SMS.Counts()))
}
