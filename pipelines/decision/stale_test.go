package decision

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// Findings too old are asked for again in the same call, those of who is refused
// and of registers that the type does not ask are not looked at.
func TestStaleFindings(t *testing.T) {
	t.Parallel()
	var log []string
	old := dossier.Finding{At: today.AddDays(-40).Start()}
	d := newDesk("observer-party-register", "DIST", dossier.Subject{Role: "observer"}, dossier.Subject{Role: "observer"}, dossier.Subject{Role: "observer"})
	d.asked["s0"][register.Criminal] = old // not asked for this type
	d.asked["s1"][register.Capacity] = dossier.Finding{At: today.AddDays(-6).Start()}
	d.asked["s2"] = map[register.ID]dossier.Finding{register.Personal: old}
	o := d.order("register")
	o.Subjects[2] = Part{Ref: "3", Outcome: "refuse", Reason: "R09"}
	_, _, err := deciding(t, d, &log).Draft(t.Context(), o)
	stale, ok := errors.AsType[*Stale](err)
	if !ok || stale.Refusal.Code != dossier.StaleFindings || len(stale.Refusal.Problems) != 1 || stale.Refusal.Problems[0].Field != "/subjects/1" ||
		!strings.Contains(stale.Refusal.Detail, "2: legal-capacity") {
		t.Fatalf("got %v", err)
	}
	if len(log) > 0 {
		t.Error("asked before it is written")
	}
	if err := stale.Again(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2 observer-party-register [legal-capacity]"}, log); diff != "" {
		t.Error(diff)
	}
	paper := d.latest["s1"]
	paper.Answers = []eligibility.Answer{{Result: eligibility.Pass, Proofs: []string{"personal-data:1", "confirmation:capacity:4"}}}
	d.latest["s1"] = paper
	if _, _, err := deciding(t, d, &log).Draft(t.Context(), o); err != nil {
		t.Errorf("on a confirmed paper: %v", err)
	}
}

// Who leaves is judged by what is asked of those who leave.
func TestStaleOfWhoLeaves(t *testing.T) {
	t.Parallel()
	var log []string
	d := newDesk("tec-member-change", "DIST", dossier.Subject{Role: "member", Body: "TEC", Part: dossier.Leaving}, dossier.Subject{Role: "member", Body: "TEC"})
	d.held["s0"] = []dossier.Role{{ID: "r", Role: "member", Body: "TEC", Organisation: "party"}}
	d.standing.Bodies = map[string]eligibility.Body{"TEC": {Members: 9, From: map[string]int{"party": 9}}}
	d.asked["s0"][register.Criminal] = dossier.Finding{At: today.AddDays(-40).Start()}
	if _, _, err := deciding(t, d, &log).Draft(t.Context(), d.order("approve")); err != nil {
		t.Fatal(err)
	}
	d.asked["s1"][register.Criminal] = dossier.Finding{At: today.AddDays(-40).Start()}
	if _, _, err := deciding(t, d, &log).Draft(t.Context(), d.order("approve")); err == nil {
		t.Error("who comes with an old criminal record is taken")
	}
}

// What stands without a role that has ended.
func TestWithout(t *testing.T) {
	t.Parallel()
	full := func() eligibility.Standing {
		return eligibility.Standing{
			Proxies: 2, Candidates: 3, Women: 2, Constituencies: map[string]int{"k": 1}, Bodies: map[string]eligibility.Body{"b": {Members: 9, From: map[string]int{"o": 4}}},
		}
	}
	for _, c := range []struct {
		name string
		role dossier.Role
		want func(s *eligibility.Standing)
	}{
		{"a proxy", dossier.Role{Role: "proxy"}, func(s *eligibility.Standing) { s.Proxies = 1 }},
		{"a man who stands", dossier.Role{Role: "candidate", Constituency: "k"}, func(s *eligibility.Standing) { s.Candidates, s.Constituencies["k"] = 2, 0 }},
		{"a woman in a list", dossier.Role{Role: "candidate", Female: true}, func(s *eligibility.Standing) { s.Candidates, s.Women = 2, 1 }},
		{"a member", dossier.Role{Role: "member", Body: "b", Organisation: "o"}, func(s *eligibility.Standing) {
			s.Bodies["b"] = eligibility.Body{Members: 8, From: map[string]int{"o": 3}}
		}},
		{"a member of another body", dossier.Role{Role: "member", Body: "x", Organisation: "o"}, func(*eligibility.Standing) {}},
		{"an observer", dossier.Role{Role: "observer"}, func(*eligibility.Standing) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before, want := full(), full()
			c.want(&want)
			if diff := cmp.Diff(want, without(before, c.role)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(full(), before); diff != "" {
				t.Errorf("what was read is changed: %s", diff)
			}
		})
	}
}
