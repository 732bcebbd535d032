package apptest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
)

// A second round goes on with the first one's roles: who observed goes on observing
// and is told of it, and nobody gets a second role by applying in it.
func TestSecondRound(t *testing.T) {
	t.Parallel()
	h := hub(t)
	first := h.Election(t)
	old, fresh := h.Plain(t), h.Plain(t)
	taken := h.Submit(t, h.TEC, h.Observers(first, old))
	h.Execute(t, h.TEC, h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready))

	second := first + "-2"
	vote(t, h, apptest.M{"id": second, "kind": "DIST", "round": 2, "first": first})
	again := h.Submit(t, h.TEC, h.Observers(second, old, fresh))
	d := h.Await(t, h.TEC, again.ID, "the dossier of the second round", apptest.Ready)
	if got := apptest.RuleOf(d.Subjects[0], "OBS-NOROLE"); d.Subjects[0].Assessment.Verdict != "not_eligible" || got.Result != "fail" {
		t.Errorf("who observes already: %+v", d.Subjects[0].Assessment)
	}
	if v := d.Subjects[1].Assessment.Verdict; v != "eligible" {
		t.Errorf("who is new: %s", v)
	}
	d = h.Execute(t, h.TEC, d)
	if n := len(slices.DeleteFunc(slices.Clone(d.Documents), func(x client.Document) bool { return x.Template != "observer-party" })); n != 1 {
		t.Errorf("%d mandates, want one", n)
	}
	m, err := h.Admin.Mail(t.Context(), client.NewMailing{
		Notice: "repeat-voting", Election: second, Roles: []string{"observer"}, Params: map[string]string{"date": "01.02.2027"},
	}, "mailing-"+second)
	if err != nil {
		t.Fatal(err)
	}
	apptest.Poll(t, "the mailing", func(ctx context.Context) (bool, any, error) {
		got, err := h.Admin.Mailing(ctx, m.ID)
		return got.State == "done" && got.Sent == 2, got, err
	})
	told := map[string]int{}
	for _, msg := range h.Mocks.SMS.Inbox() {
		if strings.Contains(msg.Text, "01.02.2027") {
			told[string(msg.Recipient)]++
		}
	}
	if told[string(old.Phone)] != 1 || told[string(fresh.Phone)] != 1 {
		t.Errorf("told of the second vote: %d and %d times", told[string(old.Phone)], told[string(fresh.Phone)])
	}
}

// In a referendum people observe, and nobody stands.
func TestReferendum(t *testing.T) {
	t.Parallel()
	h := hub(t)
	id := h.Election(t) + "-ref"
	vote(t, h, apptest.M{"id": id, "kind": "REF"})
	taken := h.Submit(t, h.TEC, h.Observers(id, h.Plain(t)))
	d := h.Execute(t, h.TEC, h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready))
	if len(d.Documents) != 2 {
		t.Errorf("%d documents, want a mandate and the decision", len(d.Documents))
	}
	candidate := apptest.JSON(t, h.Candidate(id, h.Plain(t)))
	_, err := h.DEC.Apply(t.Context(), "", candidate, h.Sign(t, "party-head", candidate), apptest.Residence)
	if p := apptest.ProblemOf(t, err); p.Status != 422 {
		t.Errorf("a candidate in a referendum: %v", p)
	}
}

// vote imports an election that is held on the demo's day.
func vote(t *testing.T, h *apptest.Hub, e apptest.M) {
	t.Helper()
	e["title"], e["line"], e["day"] = apptest.M{"uz-Latn": "Takroriy saylov"}, "takroriy saylov", h.Day.String()
	e["calendar"] = apptest.M{"observers-last-day": h.Day.AddDays(-10).String(), "results-last-day": h.Day.AddDays(10).String()}
	if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, apptest.M{"elections": []apptest.M{e}})); err != nil {
		t.Fatal(err)
	}
}
