package intake

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// places is a directory of a few records; whatever else is asked fails the test.
type places struct {
	Reader
	commissions    map[string]dossier.Commission
	constituencies map[string]dossier.Constituency
	precincts      map[string]dossier.Precinct
}

func (p places) Commission(_ context.Context, id string) (dossier.Commission, bool, error) {
	c, ok := p.commissions[id]
	return c, ok, nil
}

func (p places) Constituency(_ context.Context, id string) (dossier.Constituency, bool, error) {
	c, ok := p.constituencies[id]
	return c, ok, nil
}

func (p places) Precinct(_ context.Context, id string) (dossier.Precinct, bool, error) {
	c, ok := p.precincts[id]
	return c, ok, nil
}

var ladder = places{
	commissions: map[string]dossier.Commission{
		"cec": {ID: "cec", Level: "CEC"}, "tec": {ID: "tec", Level: "TEC", Parent: "cec"}, "tec2": {ID: "tec2", Level: "TEC", Parent: "cec"},
		"dec": {ID: "dec", Level: "DEC", Parent: "tec"},
	},
	constituencies: map[string]dossier.Constituency{
		"reg-1": {ID: "reg-1", Election: "e", Commission: "tec", Ballot: "REG"}, "dist-1": {ID: "dist-1", Election: "e", Commission: "dec", Ballot: "DIST"},
		"old-1": {ID: "old-1", Election: "before", Commission: "dec", Ballot: "DIST"},
	},
	precincts: map[string]dossier.Precinct{"p": {ID: "p", Commission: "dec"}, "q": {ID: "q", Election: "before", Commission: "dec"}},
}

// codeOf is the code of a refusal; empty: there is none.
func codeOf(t *testing.T, err error) dossier.Code {
	t.Helper()
	r, ok := errors.AsType[*dossier.Refusal](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	if !ok {
		return ""
	}
	return r.Code
}

func TestBallot(t *testing.T) {
	t.Parallel()
	take := map[catalogue.Outcome]catalogue.Follows{catalogue.Register: {Effect: catalogue.Take}}
	general := dossier.Election{ID: "e", Kind: "LC-SMD", Ballots: []string{"LC-SMD", "LC-PR", "REG", "DIST"}}
	local := dossier.Election{ID: "e", Kind: "DIST"}
	held := func(ballot string) dossier.Applicant {
		return dossier.Applicant{Held: dossier.Role{ID: "r", Ballot: ballot}}
	}
	in := &Intake{Store: ladder}
	for _, c := range []struct {
		name string
		el   dossier.Election
		t    catalogue.Type
		form dossier.Form
		who  dossier.Applicant
		want string
		code dossier.Code
	}{
		{"the only one held", local, catalogue.Type{}, dossier.Form{}, dossier.Applicant{}, "DIST", ""},
		{"the only one of the type", general, catalogue.Type{Ballots: []string{"REG"}}, dossier.Form{}, dossier.Applicant{}, "REG", ""},
		{"one that is not held", local, catalogue.Type{Ballots: []string{"PRES"}}, dossier.Form{}, dossier.Applicant{}, "", dossier.BadForm},
		{"said", general, catalogue.Type{Ballots: []string{"LC-SMD", "LC-PR"}, Outcomes: take}, dossier.Form{Ballot: "LC-PR"}, dossier.Applicant{}, "LC-PR", ""},
		{"said, of another type", general, catalogue.Type{Ballots: []string{"LC-SMD"}}, dossier.Form{Ballot: "REG"}, dossier.Applicant{}, "", dossier.BadForm},
		{"by the constituency", general, catalogue.Type{Ballots: []string{"REG", "DIST"}, Outcomes: take}, dossier.Form{Subjects: []dossier.FormSubject{{Constituency: "reg-1"}}}, dossier.Applicant{}, "REG", ""},
		{"not said", general, catalogue.Type{Ballots: []string{"LC-SMD", "LC-PR"}, Outcomes: take}, dossier.Form{}, dossier.Applicant{}, "", dossier.BadForm},
		{"all of them, where nobody takes a role", general, catalogue.Type{Ballots: []string{"LC-SMD", "LC-PR"}}, dossier.Form{}, dossier.Applicant{}, "", ""},
		{"every one", general, catalogue.Type{Outcomes: take}, dossier.Form{}, dossier.Applicant{}, "", ""},
		{"the holder's", general, catalogue.Type{Ballots: []string{"LC-SMD", "REG"}}, dossier.Form{}, held("REG"), "REG", ""},
		{"the holder's, of another type", general, catalogue.Type{Ballots: []string{"LC-SMD"}}, dossier.Form{}, held("REG"), "", dossier.NotEntitled},
		{"another than the holder's", general, catalogue.Type{Ballots: []string{"LC-SMD", "REG"}}, dossier.Form{Ballot: "LC-SMD"}, held("REG"), "", dossier.BadForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := in.ballot(t.Context(), c.form, c.t, parties{election: c.el, applicant: c.who})
			if code := codeOf(t, err); got != c.want || code != c.code {
				t.Errorf("%q, %q; want %q, %q", got, code, c.want, c.code)
			}
		})
	}
}

func TestHolder(t *testing.T) {
	t.Parallel()
	in := &Intake{Store: ladder}
	second := dossier.Election{ID: "e2", First: "e"}
	for _, c := range []struct {
		name string
		role dossier.Role
		to   string
		code dossier.Code
	}{
		{"nobody's role", dossier.Role{}, "dec", ""},
		{"in the first round", dossier.Role{ID: "r", Election: "e", Commission: "dec"}, "dec", ""},
		{"one level up", dossier.Role{ID: "r", Election: "e", Commission: "dec"}, "tec", ""},
		{"another of the level", dossier.Role{ID: "r", Election: "e", Commission: "tec"}, "tec2", dossier.RouteNotAllowed},
		{"in another election", dossier.Role{ID: "r", Election: "before", Commission: "dec"}, "dec", dossier.NotEntitled},
		{"ended", dossier.Role{ID: "r", Election: "e", Commission: "dec", EndedAt: time.Unix(1, 0)}, "dec", dossier.NotEntitled},
	} {
		err := in.holder(t.Context(), parties{election: second, commission: ladder.commissions[c.to], applicant: dossier.Applicant{Held: c.role}})
		if code := codeOf(t, err); code != c.code {
			t.Errorf("%s: %q, want %q", c.name, code, c.code)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, to, ballot string
		s                dossier.FormSubject
		fault            string
	}{
		{"a constituency of the commission", "dec", "DIST", dossier.FormSubject{Constituency: "dist-1"}, ""},
		{"a constituency further down", "tec", "", dossier.FormSubject{Constituency: "dist-1"}, ""},
		{"a constituency of another vote", "tec", "DIST", dossier.FormSubject{Constituency: "reg-1"}, "/s/constituency"},
		{"a constituency further up", "dec", "REG", dossier.FormSubject{Constituency: "reg-1"}, "/s/constituency"},
		{"a constituency of before", "dec", "DIST", dossier.FormSubject{Constituency: "old-1"}, "/s/constituency"},
		{"a precinct", "dec", "", dossier.FormSubject{Precinct: "p"}, ""},
		{"a precinct of before", "dec", "", dossier.FormSubject{Precinct: "q"}, "/s/precinct"},
		{"a precinct of elsewhere", "tec2", "", dossier.FormSubject{Precinct: "p"}, "/s/precinct"},
		{"a commission below", "tec", "", dossier.FormSubject{Body: "dec"}, ""},
		{"the commission itself", "tec", "", dossier.FormSubject{Body: "tec"}, "/s/body"},
		{"a commission of elsewhere", "tec2", "", dossier.FormSubject{Body: "dec"}, "/s/body"},
		{"a territory in words", "tec", "", dossier.FormSubject{Territory: "Mirzo Ulugʻbek tumani"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{in: &Intake{Store: ladder}, parties: parties{election: dossier.Election{ID: "e", Kind: "DIST"}, commission: ladder.commissions[c.to], ballot: c.ballot}, seen: looked{}}
			if err := d.places(t.Context(), "/s", c.s); err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(d.problems) > 0 {
				got = d.problems[0].Field
			}
			if got != c.fault || len(d.problems) > 1 {
				t.Errorf("%+v, want %q", d.problems, c.fault)
			}
		})
	}
}

func TestComplaint(t *testing.T) {
	t.Parallel()
	today := civil.Date{Year: 2026, Month: 11, Day: 22}
	for _, c := range []struct {
		name, about string
		day         civil.Date // of the decision
		election    civil.Date
		code        dossier.Code
		problems    int
		by          civil.Date
	}{
		{"in time", "dec", today.AddDays(-5), today.AddDays(60), "", 0, today.AddDays(3)},
		{"about a precinct", "p", today, today.AddDays(60), dossier.RouteNotAllowed, 0, civil.Date{}},
		{"too late", "dec", today.AddDays(-6), today.AddDays(60), dossier.Late, 0, civil.Date{}},
		{"about a day to come", "dec", today.AddDays(1), today.AddDays(60), "", 1, today.AddDays(3)},
		{"about the commission itself", "tec", today, today.AddDays(60), dossier.RouteNotAllowed, 0, civil.Date{}},
		{"about nobody", "nobody", today, today.AddDays(60), "", 1, today.AddDays(3)},
		{"six days before the election", "dec", today, today.AddDays(6), "", 0, today.AddDays(3)},
		{"five days before the election", "dec", today, today.AddDays(5), "", 0, today},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{
				in: &Intake{Store: ladder}, parties: parties{election: dossier.Election{ID: "e", Day: c.election}, commission: ladder.commissions["tec"]},
				kind: catalogue.Type{Term: 3}, form: dossier.Form{Complaint: &dossier.Complaint{Commission: c.about, Date: c.day}}, now: today.Start(), seen: looked{},
			}
			code := codeOf(t, d.complaint(t.Context()))
			if code != c.code || len(d.problems) != c.problems {
				t.Errorf("%q, %+v; want %q", code, d.problems, c.code)
			}
			if by := d.decideBy(); code == "" && by != c.by {
				t.Errorf("by %s, want %s", by, c.by)
			}
		})
	}
}
