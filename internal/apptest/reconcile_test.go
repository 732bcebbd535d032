package apptest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
)

// account makes a ledger and reads it as an auditor would.
func account(t *testing.T, h *apptest.Hub, c *client.Client) *reconcile.Ledger {
	t.Helper()
	file, err := c.Reconcile(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	l, signed, err := reconcile.Check(file, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.Sections {
		if s.Ended+s.Work+s.People+s.Operator+s.Lost != s.Total {
			t.Errorf("%+v does not sum up", s)
		}
	}
	for _, secret := range h.Secrets() {
		if strings.Contains(string(signed.Ledger), secret) {
			t.Error("the ledger holds a secret")
		}
	}
	return l
}

// lost is what a ledger finds lost.
func lost(l *reconcile.Ledger) []reconcile.Exceptions {
	var out []reconcile.Exceptions
	for _, x := range l.Exceptions {
		if x.Stands == reconcile.Unclaimed {
			out = append(out, x)
		}
	}
	return out
}

// A hub whose work is done is whole, and while it works nothing is lost.
func TestLedgerOfAHealthyHub(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	el := h.Election(t)
	candidate, observer := h.Plain(t), h.Plain(t)
	taken := h.Submit(t, h.DEC, h.Candidate(el, candidate), apptest.Residence)
	if l := account(t, h, h.Admin); l.Verdict == reconcile.Lost {
		t.Errorf("just taken: %+v", lost(l))
	}
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
	if l := account(t, h, h.Admin); l.Verdict != reconcile.AtWork || len(l.Waiting) != 1 || l.Waiting[0].Commission != h.DEC.ID || l.Waiting[0].Since == nil || l.Section("applications").People != 1 {
		t.Errorf("a dossier that waits: %s %+v %+v", l.Verdict, l.Waiting, lost(l))
	}
	h.Execute(t, h.DEC, h.Confirm(t, h.DEC, taken.ID))
	d := observersReady(t, h, el, observer)
	h.Execute(t, h.TEC, d)
	var l *reconcile.Ledger
	apptest.Poll(t, "the ledger to be whole", func(context.Context) (bool, any, error) {
		l = account(t, h, h.Admin)
		if l.Verdict == reconcile.Lost {
			t.Fatalf("%+v", lost(l))
		}
		return l.Verdict == reconcile.Whole, l.Sections, nil
	})
	for name, want := range map[string]int{"applications": 2, "people": 2, "checks": 7 + 3, "decisions": 2, "documents": 4} {
		if s := l.Section(name); s.Total != want || s.Ended != want {
			t.Errorf("%+v, want %d ended", s, want)
		}
	}
	if l.Section("sms").Ended == 0 || !l.Files.Checked || l.Files.Present != 4 || l.Files.Others != 0 || !l.Audit.Holds || l.Audit.Lines == 0 || l.Stream.Events == 0 {
		t.Errorf("%+v %+v %+v %+v", l.Section("sms"), l.Files, l.Audit, l.Stream)
	}
	text, err := l.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*population.Person{candidate, observer} {
		for _, datum := range []string{string(p.PINFL), string(p.Phone), string(p.Document)} {
			if strings.Contains(string(text), datum) {
				t.Error("the ledger holds what is a person's")
			}
		}
	}
	if missing, err := l.Missing([]string{taken.ID, d.ID, "00000000-0000-0000-0000-000000000000"}); err != nil || len(missing) != 1 {
		t.Errorf("missing %v, %v", missing, err)
	}
}

// A register that refuses leaves a failure, which the ledger names with what to do.
func TestLedgerNamesFailures(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpAddress, Kind: chaos.Status, Status: 400}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.TEC, h.Observers(h.Election(t), h.Plain(t)))
	failures(t, h, taken.ID, 1)
	l := account(t, h, h.Admin)
	found := false
	for _, x := range l.Exceptions {
		if x.Code == "failures" && x.Stands == reconcile.Operator && len(x.Items) == 1 && x.Items[0].Application == taken.ID {
			found = strings.Contains(x.Hint, "hub failures replay --stage check.registered-address.")
		}
	}
	if l.Verdict != reconcile.AtWork || !found || l.Section("jobs").Operator != 1 {
		t.Errorf("%s %+v", l.Verdict, l.Exceptions)
	}
}

// Who may make a ledger, and that it is on record.
func TestLedgerIsForAuditors(t *testing.T) {
	t.Parallel()
	h := hub(t)
	auditor, err := h.Admin.CreateKey(t.Context(), "auditor", "", "reconcile:read")
	if err != nil {
		t.Fatal(err)
	}
	file, err := h.Client(auditor).Reconcile(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	l, signed, err := reconcile.Check(file, "")
	if err != nil || l.Accepted.List != nil {
		t.Errorf("%v, %d applications listed", err, len(l.Accepted.List))
	}
	sum := sha256.Sum256(signed.Ledger)
	lines, err := h.Store.AuditBy(t.Context(), "reconcile.made")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, line := range lines {
		found = found || line.Detail["sha256"] == hex.EncodeToString(sum[:]) && line.Detail["verdict"] == string(l.Verdict) && line.Actor != "key:admin"
	}
	if !found {
		t.Errorf("not on record: %+v", lines)
	}
	bound, err := h.Admin.CreateKey(t.Context(), "bound", h.TEC.ID, "reconcile:read")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*client.Client{"a bound key": h.Client(bound), "a key without the scope": h.TEC.Client} {
		if _, err := c.Reconcile(t.Context(), false); apptest.ProblemOf(t, err).Status != http.StatusForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := h.Do(t, http.MethodGet, "/v1/reconcile?ids=perhaps", nil, "Authorization", "Bearer "+h.Admin.Key); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}
