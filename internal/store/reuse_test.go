package store_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/receipt"
)

// another is an application about the person of a first one.
func (a *asking) another(first *dossier.Application, change ...func(*dossier.Application)) *dossier.Application {
	d := a.candidate()
	d.Subjects[0].PINFL = first.Subjects[0].PINFL
	for _, f := range change {
		f(d)
	}
	return d
}

var allRegisters = []string{"criminal-record", "disability", "education", "employment", "legal-capacity", "personal-data", "registered-address"}

func TestReused(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		const day = 24 * time.Hour
		first := a.begin(a.candidate())
		a.work()
		old := a.findings(first.Subjects[0].ID)
		for _, c := range []struct {
			name  string
			after time.Duration // since the one before
			next  *dossier.Application
			asked []string
		}{
			{"an hour later", time.Hour, a.another(first), nil},
			{"in another election", 0, a.another(first, func(d *dossier.Application) { d.Election = "other-2026" }), allRegisters},
			{
				"for another purpose", 0,
				a.another(first, func(d *dossier.Application) { d.Type, d.Subjects[0].Role = "observer-party-register", "observer" }),
				[]string{"legal-capacity", "personal-data", "registered-address"},
			},
			{"about another person", 0, a.candidate(), allRegisters},
			{"when some are too old", 6 * day, a.another(first), []string{"criminal-record", "legal-capacity"}},
			{
				"by passport: who it is must be asked", 0,
				a.another(first, func(d *dossier.Application) { d.Subjects[0].PINFL = "" }),
				[]string{"personal-data"},
			},
		} {
			*a.clock = a.clock.Add(c.after)
			a.asked = nil
			a.answers[register.Personal] = nil
			if c.next.Subjects[0].PINFL == "" {
				a.answers[register.Personal] = func(q register.Question) (*register.Answer, error) {
					q.PINFL = first.Subjects[0].PINFL
					return &register.Answer{Status: register.Found, Facts: person(q)}, nil
				}
			}
			a.begin(c.next)
			a.work()
			slices.Sort(a.asked)
			if d := cmp.Diff(c.asked, a.asked); d != "" {
				t.Errorf("%s: %s", c.name, d)
			}
			now := a.findings(c.next.Subjects[0].ID)
			want := 7
			if c.next.Type != first.Type {
				want = 3
			}
			if a.state(c.next.ID) != dossier.DossierReady || len(now) != want {
				t.Errorf("%s: %s, %d findings", c.name, a.state(c.next.ID), len(now))
			}
			for id, f := range now {
				if reused := !slices.Contains(c.asked, string(id)); reused != (f.Source != "") {
					t.Errorf("%s: %s is from %q", c.name, id, f.Source)
				}
			}
		}
		second := a.findings(old[register.Address].Subject)
		if second[register.Address].ID != old[register.Address].ID {
			t.Error("the first one's findings changed")
		}
		a.sound()
	})
}

func TestReusedIsACopy(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		first := a.begin(a.candidate())
		a.work()
		old := a.findings(first.Subjects[0].ID)[register.Criminal]
		*a.clock = a.clock.Add(time.Hour)
		second := a.begin(a.another(first))
		a.work()
		f := a.findings(second.Subjects[0].ID)[register.Criminal]
		if f.ID == old.ID || f.Check == old.Check || f.Source != old.ID || !f.At.Equal(old.At) || f.Transaction != old.Transaction ||
			string(f.Facts) != string(old.Facts) || cmp.Diff(f.Columns, old.Columns) != "" {
			t.Errorf("%v of %v", f, old)
		}
		// A copy is copied with its own time: it does not stay fresh for ever.
		*a.clock = a.clock.Add(5*24*time.Hour - time.Hour)
		third := a.begin(a.another(first))
		a.work()
		if got := a.findings(third.Subjects[0].ID)[register.Criminal]; !got.At.Equal(old.At) {
			t.Errorf("answered at %s", got.At)
		}
		lines, err := a.s.Rows(t.Context(), `SELECT action FROM audit WHERE action='register.reused'`)
		if err != nil || len(lines) != 14 {
			t.Errorf("%d lines, %v", len(lines), err)
		}
	})
}

func TestNotReused(t *testing.T) {
	for name, c := range map[string]struct {
		register register.ID
		status   register.Status
		asked    []string
	}{
		"locked by the owner":  {register.Education, register.Restricted, []string{"education"}},
		"no entry, which is":   {register.Education, register.Absent, nil},
		"nobody of the number": {register.Personal, register.Absent, allRegisters},
	} {
		t.Run(name, func(t *testing.T) {
			askings(t, func(t *testing.T, a *asking) {
				a.answers[c.register] = func(register.Question) (*register.Answer, error) { return &register.Answer{Status: c.status}, nil }
				first := a.begin(a.candidate())
				a.work()
				a.asked, a.answers[c.register] = nil, nil
				a.begin(a.another(first))
				a.work()
				slices.Sort(a.asked)
				if d := cmp.Diff(c.asked, a.asked); d != "" {
					t.Error(d)
				}
				a.sound()
			})
		})
	}
}

// maker is the hub's own.
func (a *asking) maker() *receipt.Maker {
	a.t.Helper()
	v, err := keys()
	if err != nil {
		a.t.Fatal(err)
	}
	place := func(id string) vault.Place { return vault.Place{Table: "receipt", Column: "body", Row: id} }
	return &receipt.Maker{
		Key: v.Sign, Public: v.PublicKey(), Index: v.Index, Now: a.Now, Life: 24 * time.Hour,
		Seal:   func(b []byte, id string) ([]byte, error) { return v.Seal(b, place(id)) },
		Unseal: func(b []byte, id string) ([]byte, error) { return v.Unseal(b, place(id)) },
	}
}

func TestReceiptCited(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		m := a.maker()
		a.Receipts = m
		who := a.candidate().Subjects[0].PINFL
		facts, err := json.Marshal(person(register.Question{PINFL: who}))
		if err != nil {
			t.Fatal(err)
		}
		at := a.Now()
		token, _, err := m.Sign(receipt.Receipt{
			ID: id(), Type: "candidate-register-district", Key: "key-1", Commission: "TEC-0001", PINFL: who,
			Answers: []receipt.Answer{
				{Register: register.Personal, Status: "found", Transaction: "7", At: at, Facts: facts},
				{Register: register.Criminal, Status: "found", Transaction: "8", At: at, Facts: []byte(`{"convictions":[]}`)},
				{Register: register.Disability, Status: "absent", Transaction: "9", At: at},
				{Register: register.Education, Status: "restricted", Transaction: "10", At: at},
				{Register: register.Employment, Status: "unavailable", Transaction: "11", At: at},
				{Register: register.School, Status: "found", Transaction: "12", At: at, Facts: []byte(`{}`)}, // none of the type's
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		cite := func(d *dossier.Application) { d.Subjects[0].PINFL, d.Subjects[0].Receipt = who, token }
		d := a.another(a.candidate(), cite)
		d.Election = "other-2026"
		*a.clock = a.clock.Add(time.Hour)
		a.begin(d)
		a.work()
		slices.Sort(a.asked)
		if diff := cmp.Diff([]string{"education", "employment", "legal-capacity", "registered-address"}, a.asked); diff != "" {
			t.Error(diff)
		}
		now := a.findings(d.Subjects[0].ID)
		if f := now[register.Criminal]; len(now) != 7 || f.Source[:8] != "receipt:" || !f.At.Equal(at) || f.Transaction != "8" {
			t.Errorf("%v", now)
		}
		if a.state(d.ID) != dossier.DossierReady {
			t.Error(a.state(d.ID))
		}
		// It does not stand for another purpose, for another person, nor for ever.
		for name, change := range map[string]func(*dossier.Application){
			"purpose": func(d *dossier.Application) { d.Type, d.Subjects[0].Role = "observer-party-register", "observer" },
			"person":  func(d *dossier.Application) { d.Subjects[0].PINFL = pinfl() },
			"forgery": func(d *dossier.Application) { d.Subjects[0].Receipt = token + "x" },
		} {
			next := a.another(a.candidate(), cite, change)
			next.Election = "third-2026"
			a.asked = nil
			a.begin(next)
			a.work()
			if !slices.Contains(a.asked, "personal-data") {
				t.Errorf("another %s: asked %v", name, a.asked)
			}
		}
		*a.clock = a.clock.Add(40 * 24 * time.Hour)
		a.asked = nil
		a.begin(a.another(a.candidate(), cite))
		a.work()
		if len(a.asked) != 7 {
			t.Errorf("after 40 days: asked %v", a.asked)
		}
		a.sound()
	})
}

func TestForeignersAreNotAskedAbout(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := application("TEC-0001", 2)
		for i := range d.Subjects {
			d.Subjects[i].PINFL, d.Subjects[i].Document = "", ""
			d.Subjects[i].Foreigner = &dossier.Foreigner{Surname: "SMITH", Passport: "P1", State: "GB"}
		}
		a.begin(d)
		a.work()
		if len(a.asked) != 0 || a.state(d.ID) != dossier.DossierReady || a.revision(d.ID, d.Subjects[1].ID) != 1 {
			t.Errorf("asked %v, %s", a.asked, a.state(d.ID))
		}
		a.sound()
	})
}
