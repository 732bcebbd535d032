package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// of is an application of a type about some people.
func (a *asking) of(kind string, subjects int, change ...func(*dossier.Application)) *dossier.Application {
	a.t.Helper()
	t, ok := a.Catalogue.Type(kind)
	if !ok {
		a.t.Fatal("no type", kind)
	}
	d := application("TEC-0001", subjects)
	d.Type, d.Document = kind, []byte(fmt.Sprintf(`{"type":%q,"election":"local-2026"}`, kind))
	for i := range d.Subjects {
		d.Subjects[i].Role = t.Subjects.Role
	}
	for _, f := range change {
		f(d)
	}
	return d
}

func (a *asking) whole(application string) eligibility.Assessment {
	a.t.Helper()
	w, _, err := a.s.LatestWhole(a.t.Context(), application)
	if err != nil {
		a.t.Fatal(err)
	}
	return w
}

func (a *asking) timeline(application string) (acts string) {
	a.t.Helper()
	list, err := a.s.Timeline(a.t.Context(), application)
	if err != nil {
		a.t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Act)
	}
	return strings.Join(out, " ")
}

// The whole is assessed once its subjects are, and that ends the checks; a later
// revision of a subject makes the next one of the whole.
func TestWholeFollowsItsSubjects(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := a.begin(a.of("proxy-register-district", 3))
		a.work()
		w := a.whole(d.ID)
		if a.state(d.ID) != dossier.DossierReady || w.Revision != 1 || len(w.Answers) != 1 || w.Answers[0].Rule != "PRX-MAX" || w.FindingsVersion == 0 {
			t.Fatalf("%s, %+v", a.state(d.ID), w)
		}
		if got := a.timeline(d.ID); got != "assessed assessed assessed whole_assessed dossier_ready" {
			t.Errorf("timeline %s", got)
		}
		if q := a.last[register.Personal]; !q.Photo {
			t.Error("the document shows a photo, and none was asked for")
		}
		a.again(d.Subjects[1].ID, register.Capacity)
		a.work()
		if w := a.whole(d.ID); w.Revision != 2 || a.state(d.ID) != dossier.DossierReady {
			t.Errorf("%s, %+v", a.state(d.ID), w)
		}
		a.sound()
	})
}

func TestWholeSeesWhoIsNamed(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := a.begin(a.of("dec-member-change", 3, func(d *dossier.Application) { d.Subjects[1].Part = dossier.Leaving }))
		a.answers[register.Capacity] = func(q register.Question) (*register.Answer, error) {
			return &register.Answer{Status: register.Found, Facts: &register.CapacityRecord{Capacity: "NONE"}}, nil
		}
		a.work()
		k, err := a.s.WholeInput(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		var members []string
		for _, m := range k.Whole.Members {
			if m.Personal == nil || m.Personal.PINFL != m.Subject.PINFL || m.Verdict != eligibility.NotEligible {
				t.Errorf("member %s: %v", m.Subject.Ref, m.Verdict)
			}
			members = append(members, m.Subject.Ref)
		}
		if strings.Join(members, " ") != "s0 s2" || len(k.Whole.Leaving) != 1 || k.Whole.Leaving[0].Ref != "s1" || k.Whole.Applicant.ID != "party-1" {
			t.Errorf("members %v, %+v", members, k.Whole.Leaving)
		}
		// Who leaves is judged by rules of their own, over what these need.
		all, err := a.s.LatestAssessments(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := all[d.Subjects[1].ID].Answers; len(got) != 1 || got[0].Rule != "HLD-ROLE" {
			t.Errorf("%+v", got)
		}
		if got := a.findings(d.Subjects[1].ID); len(got) != 1 {
			t.Errorf("%d findings about who leaves", len(got))
		}
		if a.state(d.ID) != dossier.DossierReady {
			t.Error(a.state(d.ID))
		}
	})
}

// What names nobody is assessed as a whole at once, or is ready at once.
func TestWholeWithoutSubjects(t *testing.T) {
	for kind, revision := range map[string]int{"party-signature-sheets-submit": 1, "partylist-withdraw": 0} {
		t.Run(kind, func(t *testing.T) {
			askings(t, func(t *testing.T, a *asking) {
				d := a.begin(a.of(kind, 0))
				a.work()
				if w := a.whole(d.ID); a.state(d.ID) != dossier.DossierReady || w.Revision != revision {
					t.Errorf("%s, revision %d", a.state(d.ID), w.Revision)
				}
			})
		})
	}
}

// Whether somebody works for who applies is asked with that one's TIN.
func TestAskedWhereSomebodyWorks(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		a.answers[register.WorksAt] = func(q register.Question) (*register.Answer, error) {
			return &register.Answer{Status: register.Found, Facts: &register.EmployedAt{TIN: q.Employer, Employed: true}}, nil
		}
		first := a.begin(a.of("media-national-accredit", 1))
		a.work()
		if got := a.last[register.WorksAt].Employer; got != "300000001" {
			t.Errorf("asked with %q", got)
		}
		do(t, a.s, func(ctx context.Context, tx *store.Tx) error {
			return tx.ImportDirectory(ctx, dossier.Directory{Organisations: []dossier.Organisation{{ID: "outlet-2", Role: "MEDIA", TIN: "300000002"}}})
		})
		for applicant, asked := range map[string][]string{"party-1": {"personal-data"}, "outlet-2": {"employed-at", "personal-data"}} {
			a.asked = nil
			next := a.of("media-national-accredit", 1, func(d *dossier.Application) { d.Applicant, d.Subjects[0].PINFL = applicant, first.Subjects[0].PINFL })
			a.begin(next)
			a.work()
			slices.Sort(a.asked)
			if strings.Join(a.asked, " ") != strings.Join(asked, " ") { // the personal data have no photo to show
				t.Errorf("%s: asked %v", applicant, a.asked)
			}
		}
	})
}

// A picture is kept where a document shows it, and nowhere else.
func TestPhotoReused(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		a.answers[register.Personal] = func(q register.Question) (*register.Answer, error) {
			p := person(q)
			if q.Photo {
				p.Photo = &register.Photo{Type: "image/jpeg", Bytes: []byte("x")}
			}
			return &register.Answer{Status: register.Found, Facts: p}, nil
		}
		first := a.begin(a.of("media-national-accredit", 1))
		a.work()
		*a.clock = a.clock.Add(time.Hour)
		a.asked = nil
		next := a.begin(a.of("media-national-accredit", 1, func(d *dossier.Application) { d.Subjects[0].PINFL = first.Subjects[0].PINFL }))
		a.work()
		if slices.Contains(a.asked, "personal-data") || !strings.Contains(string(a.findings(next.Subjects[0].ID)[register.Personal].Facts), "photo") {
			t.Errorf("asked %v", a.asked)
		}
	})
}

func TestWholesAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		list := handles(t, where)
		d := application("TEC-0001", 1)
		add(t, list[0], d)
		const n = 12
		got := make([]int, n)
		atOnce(t, list, n, func(ctx context.Context, i int, tx *store.Tx) (err error) {
			got[i], err = tx.AddWhole(ctx, d.ID, i/2, eligibility.Eligible, nil) // each version twice
			return err
		})
		slices.Sort(got)
		if fmt.Sprint(got) != "[0 0 0 0 0 0 1 2 3 4 5 6]" {
			t.Errorf("revisions %v", got)
		}
		if w, ok, err := list[0].LatestWhole(t.Context(), d.ID); err != nil || !ok || w.Revision != 6 || w.Verdict != eligibility.Eligible {
			t.Errorf("%+v, %v, %v", w, ok, err)
		}
		if _, ok, err := list[0].LatestWhole(t.Context(), id()); ok || err != nil {
			t.Errorf("an application that is none was assessed (%v)", err)
		}
	})
}

// A job of a version that is not the last one does nothing: the last one's does.
func TestWholeOfTheLastVersionOnly(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := a.begin(a.of("proxy-register-district", 3))
		a.work()
		a.stall = "checks.whole"
		for _, s := range d.Subjects {
			a.again(s.ID, register.Capacity)
		}
		a.work()
		if w := a.whole(d.ID); w.Revision != 1 {
			t.Fatalf("revision %d", w.Revision)
		}
		a.stall = ""
		a.work()
		jobs, err := a.s.Rows(t.Context(), `SELECT state FROM job WHERE stage='checks.whole' AND state='done'`)
		if w := a.whole(d.ID); w.Revision != 2 || len(jobs) != 4 || err != nil {
			t.Errorf("revision %d after %d jobs (%v)", w.Revision, len(jobs), err)
		}
	})
}
