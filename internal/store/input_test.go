package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// What a person holds counts by the slots of the kind of vote: a candidate for the
// district council may be one for the chamber, and nobody else.
func TestRolesOfOthers(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		first := add(t, a.s, application("TEC-0001", 1))
		who := first.Subjects[0]
		hold := func(role, ballot string) {
			d := add(t, a.s, application("TEC-0001", 1))
			d.Subjects[0].PINFL = who.PINFL
			do(t, a.s, func(ctx context.Context, tx *store.Tx) error {
				return tx.TakeRole(ctx, dossier.Role{
					ID: d.Subjects[0].ID, Election: "local-2026", Role: role, Slot: a.Catalogue.Slot(role, ballot), Ballot: ballot, Application: d.ID, TakenAt: a.Now(),
				}, d.Subjects[0])
			})
		}
		result := func() eligibility.Result {
			d := a.begin(a.another(first))
			a.work()
			list, err := a.s.LatestAssessments(t.Context(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list[d.Subjects[0].ID].Answers {
				if r.Rule == "CND-ONE" {
					return r.Result
				}
			}
			return "not judged"
		}
		var got []eligibility.Result
		got = append(got, result())
		hold("candidate", "LC-SMD")
		got = append(got, result())
		hold("observer", "")
		got = append(got, result())
		if d := cmp.Diff([]eligibility.Result{eligibility.Pass, eligibility.Pass, eligibility.Fail}, got); d != "" {
			t.Error(d)
		}
	})
}

func TestInput(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := add(t, a.s, a.of("document-duplicate", 1))
		given := paper(1)
		given.Application, given.Subject = d.ID, d.Subjects[0].ID
		do(t, a.s, func(ctx context.Context, tx *store.Tx) error { return tx.AddDocument(ctx, given) })
		next := a.of("document-duplicate", 1)
		next.Subjects[0].PINFL, next.Subjects[0].IssuedDocument = d.Subjects[0].PINFL, given.ID
		add(t, a.s, next)
		k, err := a.s.AssessInput(t.Context(), next.Subjects[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		in := k.Input
		if in.ElectionDay != (civil.Date{Year: 2026, Month: 10, Day: 25}) || in.Ballot != "DIST" || in.SubmittedOn != (civil.Date{Year: 2026, Month: 5, Day: 4}) ||
			in.Applicant.ID != "party-1" || in.Applicant.TIN != "300000001" || in.Subject.ID != next.Subjects[0].ID {
			t.Errorf("%+v", in)
		}
		if len(in.Documents) != 1 || in.Documents[0].ID != given.ID {
			t.Errorf("documents %v", in.Documents)
		}
		stranger := a.of("document-duplicate", 1)
		stranger.Subjects[0].IssuedDocument = given.ID
		add(t, a.s, stranger)
		if k, err = a.s.AssessInput(t.Context(), stranger.Subjects[0].ID); err != nil || len(k.Input.Documents) != 0 {
			t.Errorf("another person's documents %v (%v)", k.Input.Documents, err)
		}
	})
}
