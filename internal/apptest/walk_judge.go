package apptest

import (
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// judge waits for the dossier and confirms the papers that are asked for.
func (w *Walk) judge(t testing.TB, s *sheet, id string) client.Dossier {
	t.Helper()
	d := w.h.Await(t, s.commission, id, "the dossier of "+s.kind.ID, Ready)
	confirmed := false
	for _, sub := range d.Subjects {
		if sub.Assessment == nil || sub.Assessment.Verdict == string(eligibility.NotEligible) {
			t.Fatalf("%s: subject %s: %+v", s.kind.ID, sub.Ref, sub.Assessment)
		}
		confirmed = w.confirm(t, s, id, sub.Ref, sub.Assessment) || confirmed
	}
	if d.Whole != nil {
		confirmed = w.confirm(t, s, id, "", d.Whole) || confirmed
	}
	eligible := func(d client.Dossier) bool {
		return Ready(d) && (d.Whole == nil || d.Whole.Verdict != string(eligibility.IsUndetermined)) && !slices.ContainsFunc(d.Subjects, func(x client.Subject) bool {
			return x.Assessment == nil || x.Assessment.Verdict != string(eligibility.Eligible)
		})
	}
	if confirmed {
		d = w.h.Await(t, s.commission, id, "the confirmations of "+s.kind.ID, eligible)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, sub := range d.Subjects {
		for _, r := range sub.Assessment.Rules {
			w.Answered[r.Rule] = true
		}
	}
	return d
}

// accepts is what each rule takes as proof, over subjects and over wholes.
var accepts = func() map[string][]string {
	out := map[string][]string{}
	for _, r := range eligibility.Rules() {
		out[r.ID] = r.Accepts
	}
	for _, r := range eligibility.WholeRules() {
		out[r.ID] = r.Accepts
	}
	return out
}()

// confirm has the secretary confirm the papers that what is undetermined asks for.
func (w *Walk) confirm(t testing.TB, s *sheet, id, ref string, a *client.Assessment) bool {
	t.Helper()
	kinds := map[string]bool{}
	for _, r := range a.Rules {
		if r.Result != string(eligibility.Undetermined) {
			continue
		}
		for _, proof := range accepts[r.Rule] {
			if what, ok := strings.CutPrefix(proof, "confirmation:"); ok {
				kinds[what] = true
			}
		}
	}
	for what := range kinds {
		if err := s.commission.Confirm(t.Context(), id, ref, what, Residence.Name, s.commission.Secretary); err != nil {
			t.Fatalf("%s: confirming %s of %q: %v", s.kind.ID, what, ref, err)
		}
	}
	return len(kinds) > 0
}
