package reconcile_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// still is a source whose one moment a test holds.
type still struct {
	reconcile.Moment // nil: nothing else is asked of it

	held  chan struct{} // closed when the moment is entered
	leave chan struct{}
}

func (s *still) Ledger(ctx context.Context, _ func(context.Context, reconcile.Moment) error) error {
	close(s.held)
	select {
	case <-s.leave:
		return errors.New("the end")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestOneAtATime(t *testing.T) {
	t.Parallel()
	s := &still{held: make(chan struct{}), leave: make(chan struct{})}
	m := &reconcile.Maker{Source: s, Now: time.Now}
	ended := make(chan error)
	go func() {
		_, _, err := m.Make(t.Context(), false)
		ended <- err
	}()
	<-s.held
	if _, _, err := m.Make(t.Context(), false); !errors.Is(err, reconcile.ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	close(s.leave)
	if err := <-ended; err == nil || errors.Is(err, reconcile.ErrBusy) {
		t.Errorf("the first one: %v", err)
	}
	s.held, s.leave = make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _, err := m.Make(ctx, false)
		ended <- err
	}()
	<-s.held // it may begin again
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("one whose caller left: %v", err)
	}
}

func made(t *testing.T, states ...string) (*world, *reconcile.Ledger, reconcile.Signed) {
	t.Helper()
	w := newWorld(t, sqlite)
	w.together(func() {
		for _, s := range states {
			w.application(s)
		}
	})
	l, signed, err := w.maker().Make(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	return w, l, signed
}

// A change of any byte of a kept ledger is seen.
func TestTampering(t *testing.T) {
	t.Parallel()
	w, l, signed := made(t, "signature_refused") // little, for each byte is tried
	file := signed.Bytes()
	key := reconcile.KeyText(w.vault.PublicKey())
	got, _, err := reconcile.Check(file, key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got); diff != "" {
		t.Errorf("read back otherwise: %s", diff)
	}
	if _, _, err := reconcile.Check(file, ""); err != nil {
		t.Errorf("by the key it names: %v", err)
	}
	end := len(file) - 1 // the last line's end may be cut off
	for i := range file[:end] {
		changed := append([]byte(nil), file...)
		if changed[i] = ' '; file[i] == ' ' {
			changed[i] = '\n'
		}
		if _, _, err := reconcile.Check(changed, key); err == nil {
			t.Fatalf("byte %d, %q made %q, was not seen: ...%s...", i, file[i], changed[i], file[max(0, i-30):min(end, i+30)])
		}
	}
	for name, changed := range map[string][]byte{
		"cut off":   file[:len(file)/2],
		"longer":    append(append([]byte(nil), file...), "{}"...),
		"empty":     nil,
		"not JSON":  []byte("ledger"),
		"no ledger": []byte("{}"),
	} {
		if _, _, err := reconcile.Check(changed, ""); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := reconcile.Check(file, base64.StdEncoding.EncodeToString(other)); !errors.Is(err, reconcile.ErrNotGenuine) {
		t.Errorf("of another key: %v", err)
	}
}

// Nobody else's signature with the same key is one of a ledger, nor the other way
// round.
func TestSignatureIsOfALedgerOnly(t *testing.T) {
	t.Parallel()
	w, _, signed := made(t)
	for name, over := range map[string][]byte{"the bare bytes": signed.Ledger, "a code": append([]byte{1}, signed.Ledger...)} {
		forged := signed
		forged.Signature = w.vault.Sign(over)
		if _, _, err := reconcile.Check(forged.Bytes(), ""); !errors.Is(err, reconcile.ErrNotGenuine) {
			t.Errorf("a signature over %s was taken: %v", name, err)
		}
	}
	codes := issuing.Codes{PublicKey: w.vault.PublicKey()}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(slices.Concat([]byte("saylovhub ledger 1\n"), signed.Ledger, signed.Signature))
	if _, err := codes.Read(text); !errors.Is(err, issuing.ErrBadCode) {
		t.Errorf("a ledger was taken for a document's code: %v", err)
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	_, l, _ := made(t, states...)
	first, _, _ := strings.Cut(l.Accepted.List[0], " ")
	last, _, _ := strings.Cut(l.Accepted.List[len(l.Accepted.List)-1], " ")
	ids := reconcile.Lines(first + "\r\n\n  " + last + "\nnobody\nnobody\n")
	if len(ids) != 4 {
		t.Fatalf("read %q", ids)
	}
	missing, err := l.Missing(ids)
	if err != nil || len(missing) != 1 || missing[0] != "nobody" {
		t.Errorf("missing %q, %v", missing, err)
	}
	l.Accepted.List = nil
	if _, err := l.Missing(ids); err == nil {
		t.Error("a ledger without its list was asked about ids")
	}
}

var update = flag.Bool("update", false, "write testdata anew")

func when(minute int) *time.Time {
	t := time.Date(2026, 5, 4, 9, minute, 0, 0, time.UTC)
	return &t
}

func TestTable(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("ab", 32)
	base := reconcile.Ledger{
		Hub: reconcile.Hub{Version: "1.4", Edition: "distributed", Database: "0a1b-2c3d-4e5f-6071"}, At: *when(30),
		Files: reconcile.Files{Checked: true, Present: 120}, Stream: reconcile.Stream{Events: 900, Stamped: 900, Published: 900},
		Audit: reconcile.Audit{Lines: 2101, Head: sum, Holds: true}, Accepted: reconcile.Accepted{Count: 100, SHA256: sum},
	}
	whole := base
	whole.Verdict = reconcile.Whole
	whole.Sections = []reconcile.Section{{Name: "applications", Total: 100, Ended: 100}, {Name: "sms", Total: 340, Ended: 340}, {Name: "audit", Total: 2101, Ended: 2101}}
	work := base
	work.Verdict = reconcile.AtWork
	work.Sections = []reconcile.Section{{Name: "applications", Total: 100, Ended: 90, Work: 3, People: 6, Operator: 1}, {Name: "jobs", Total: 5, Work: 4, Operator: 1}}
	work.Waiting = []reconcile.Waiting{{Commission: "1726", Applications: 5, Since: when(1)}, {Commission: "1726269", Applications: 1, Since: when(2)}}
	work.Exceptions = []reconcile.Exceptions{{
		Code: "failures", Stands: reconcile.Operator, What: "failures of check.education.diploma: rejected (portal)", Total: 1,
		Hint:  "import the commission's officials, then replay; then: hub failures replay --stage check.education.diploma --kind rejected --reason TEXT. Who: the commission: correct the data",
		Items: []reconcile.Item{{ID: "812", Application: "0197-a", Detail: "no_official", Since: when(3)}},
	}}
	work.Stages = []reconcile.Stage{
		{Stage: "check.education.diploma", Known: true, Ready: 1, Waiting: 2, Failed: 1, Oldest: when(0), NextDue: when(31), Why: []reconcile.Cause{{Kind: "unavailable", System: "portal", N: 2}}},
		{Stage: "checks.deadline", Known: true, Waiting: 6, Oldest: when(0), NextDue: when(59)},
		{Stage: "issuing.render", Known: true, Leased: 1, RunOut: 1, Oldest: when(20)},
	}
	lost := base
	lost.Verdict, lost.Files = reconcile.Lost, reconcile.Files{}
	lost.Sections = []reconcile.Section{{Name: "applications", Total: 100, Ended: 99, Lost: 1}, {Name: "numbers", Total: 40, Ended: 28, Lost: 12}}
	var gaps []reconcile.Item
	for n := range strings.FieldsSeq("7 8 9 10 11 12 13 14 15 16 17 18") {
		gaps = append(gaps, reconcile.Item{ID: "D4 of 1726 el № " + n})
	}
	lost.Exceptions = []reconcile.Exceptions{
		{Code: "applications_lost_submitted", Stands: reconcile.Unclaimed, What: "the application is submitted, and no job and no failure goes on with it", Hint: "tell the developers", Total: 1, Items: []reconcile.Item{{ID: "0197-b", Application: "0197-b", Since: when(9)}}},
		{Code: "number_missing", Stands: reconcile.Unclaimed, What: "a number was given and nothing has it", Hint: "find the rows in a backup", Total: 12, Items: gaps},
	}
	for name, l := range map[string]reconcile.Ledger{"whole": whole, "at_work": work, "lost": lost} {
		var b strings.Builder
		reconcile.Table(&b, &l, reconcile.Signed{Key: make([]byte, 32)})
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
