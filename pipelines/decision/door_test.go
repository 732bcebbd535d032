package decision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/queue"
)

var today = civil.Date{Year: 2027, Month: time.September, Day: 1}

// desk is a dossier that a commission decides on. Everybody of it is eligible, is
// a woman and was asked about today, but for what a test bends.
type desk struct {
	Reader
	app       dossier.Application
	officials []dossier.Official
	latest    map[string]eligibility.Assessment
	whole     eligibility.Assessment
	held      map[string][]dossier.Role
	asked     map[string]map[register.ID]dossier.Finding
	document  dossier.Document
	from      dossier.Application // of the document
	standing  eligibility.Standing
}

func newDesk(kind, ballot string, subjects ...dossier.Subject) *desk {
	d := &desk{
		app: dossier.Application{
			ID: "0197d0a0-0000-7000-8000-000000000001", Type: kind, Election: "el", Ballot: ballot, Commission: "TEC", Applicant: "party",
			State: dossier.DossierReady, Version: 4, Document: []byte(`{}`),
		},
		officials: []dossier.Official{
			{ID: "chair", Post: dossier.Chair, PINFL: "1"},
			{ID: "deputy", Post: dossier.Deputy, PINFL: "2"},
			{ID: "secretary", Post: dossier.Secretary, PINFL: "3"},
			{ID: "former", Post: dossier.Secretary, PINFL: "4", Until: today.AddDays(-1)},
			{ID: "next", Post: dossier.Deputy, PINFL: "5", From: today.AddDays(1)},
		},
		latest: map[string]eligibility.Assessment{}, held: map[string][]dossier.Role{}, asked: map[string]map[register.ID]dossier.Finding{},
		whole: eligibility.Assessment{Revision: 3, Verdict: eligibility.Eligible},
	}
	for i, s := range subjects {
		s.ID, s.Ref = fmt.Sprint("s", i), fmt.Sprint(i+1)
		if s.PINFL == "" && s.Foreigner == nil {
			s.PINFL = personal.PINFL(fmt.Sprint("person-", i))
		}
		d.app.Subjects = append(d.app.Subjects, s)
		d.latest[s.ID] = eligibility.Assessment{Revision: 2, Verdict: eligibility.Eligible, Answers: []eligibility.Answer{
			{Result: eligibility.Pass, Proofs: []string{"personal-data:1", "legal-capacity:2"}}, {Result: eligibility.Pass, Proofs: []string{"criminal-record:3"}},
		}}
		d.asked[s.ID] = map[register.ID]dossier.Finding{register.Personal: {At: today.Start()}, register.Capacity: {At: today.Start()}}
	}
	return d
}

func (d *desk) Application(_ context.Context, id string) (dossier.Application, error) {
	if id == d.from.ID && id != "" {
		return d.from, nil
	}
	return d.app, nil
}

func (d *desk) Election(context.Context, string) (dossier.Election, bool, error) {
	return dossier.Election{ID: "el", Kind: d.app.Ballot, Day: today.AddDays(50)}, true, nil
}

func (d *desk) Applicant(context.Context, string) (dossier.Applicant, bool, error) {
	return dossier.Applicant{ID: "party", Kind: "PARTY"}, true, nil
}

func (d *desk) Officials(context.Context, string) ([]dossier.Official, error) {
	return d.officials, nil
}

func (d *desk) LatestAssessments(context.Context, string) (map[string]eligibility.Assessment, error) {
	return d.latest, nil
}

func (d *desk) LatestWhole(context.Context, string) (eligibility.Assessment, bool, error) {
	return d.whole, true, nil
}

func (d *desk) People(context.Context, string, string) (map[string]register.PersonalData, error) {
	return nil, nil
}

func (d *desk) FindingTimes(context.Context, string) (map[string]map[register.ID]dossier.Finding, error) {
	return d.asked, nil
}

func (d *desk) RolesHeld(_ context.Context, _ string, s dossier.Subject) ([]dossier.Role, error) {
	return d.held[s.ID], nil
}

func (d *desk) Document(context.Context, string) (dossier.Document, error) { return d.document, nil }

func (d *desk) WholeInput(context.Context, string) (checks.KnownWhole, error) {
	k := checks.KnownWhole{Whole: eligibility.Whole{ElectionDay: today.AddDays(50), Ballot: d.app.Ballot, Applicant: dossier.Applicant{ID: "party"}, Standing: d.standing}}
	k.Whole.Form.Type = d.app.Type
	for _, s := range d.app.Subjects {
		if s.Part == dossier.Leaving {
			k.Whole.Leaving = append(k.Whole.Leaving, s)
			continue
		}
		k.Whole.Members = append(k.Whole.Members, eligibility.Member{Subject: s, Personal: &register.PersonalData{Sex: "female"}, Verdict: d.latest[s.ID].Verdict})
	}
	return k, nil
}

type fakeAsker struct{ asked *[]string }

func (f fakeAsker) AskAgain(_ context.Context, s checks.Subject, ids []register.ID) (queue.Effect, error) {
	return func(context.Context, queue.Tx) error {
		*f.asked = append(*f.asked, fmt.Sprint(s.Ref, " ", s.Type, " ", ids))
		return nil
	}, nil
}

type fakeAnnouncer struct{ acts *[]string }

func (f fakeAnnouncer) Act(_ context.Context, _ dossier.Application, act string, params map[string]string, _ *dossier.Subject, key string) (queue.Effect, error) {
	return func(context.Context, queue.Tx) error {
		*f.acts = append(*f.acts, act+" "+params["decno"]+" "+params["date"])
		return nil
	}, nil
}

func deciding(t *testing.T, d *desk, log *[]string) *Decisions {
	t.Helper()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	form, err := schema.Compile("decision.schema.json", contracts.DecisionForm)
	if err != nil {
		t.Fatal(err)
	}
	return &Decisions{
		Catalogue: types, Form: form, Store: d, Asker: fakeAsker{log}, Announcer: fakeAnnouncer{log}, Notifier: fakeNotifier{log}, Papers: fakePapers{log},
		Now: func() time.Time { return today.Start().Add(10 * time.Hour) },
	}
}

// order decides the same about everybody.
func (d *desk) order(o catalogue.Outcome) Order {
	out := Order{Application: d.app.ID, DraftedBy: "secretary", Number: "12"}
	for _, s := range d.app.Subjects {
		out.Subjects = append(out.Subjects, Part{Ref: s.Ref, Outcome: o})
	}
	if len(d.app.Subjects) == 0 {
		out.Whole = &Part{Outcome: o}
	}
	return out
}

func candidates(n int) []dossier.Subject {
	out := make([]dossier.Subject, n)
	for i := range out {
		out[i] = dossier.Subject{Role: "candidate", Position: i + 1}
	}
	return out
}

func TestRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	observer := dossier.Subject{Role: "observer"}
	for _, c := range []struct {
		name  string
		desk  *desk
		as    catalogue.Outcome
		bend  func(d *desk, o *Order)
		code  dossier.Code
		field string
		says  string
	}{
		{"nothing is wrong", newDesk("observer-party-register", "DIST", observer, observer), "register", nil, "", "", ""},
		{"drafted by one whose term is over", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.DraftedBy = "former" }, dossier.NotEntitled, "/drafted_by", ""},
		{"drafted by one whose term begins tomorrow", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.DraftedBy = "next" }, dossier.NotEntitled, "/drafted_by", ""},
		{"drafted by the chair", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.DraftedBy = "chair" }, dossier.NotEntitled, "/drafted_by", ""},
		{"an old version", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Version = 3 }, dossier.StaleVersion, "", "version 4"},
		{"this version", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Version = 4 }, "", "", ""},
		{"not ready", newDesk("observer-party-register", "DIST", observer), "register", func(d *desk, _ *Order) { d.app.State = dossier.Returned }, dossier.WrongState, "", ""},
		{"of another commission", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Commission = "DEC" }, dossier.NotFound, "", ""},
		{"tomorrow", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Date = today.AddDays(1) }, dossier.BadForm, "/date", ""},
		{"a number that is none", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Number = "twelve" }, dossier.BadForm, "/number", ""},
		{"an outcome of another type", newDesk("observer-party-register", "DIST", observer), "accredit", nil, dossier.BadForm, "/subjects/0/outcome", "refuse, register"},
		{"a refusal without a reason", newDesk("observer-party-register", "DIST", observer), "refuse", nil, dossier.BadForm, "/subjects/0/reason", ""},
		{"a refusal for a reason of nobody", newDesk("observer-party-register", "DIST", observer), "refuse", func(_ *desk, o *Order) { o.Subjects[0].Reason = "R99" }, dossier.BadForm, "/subjects/0/reason", ""},
		{"a refusal", newDesk("observer-party-register", "DIST", observer), "refuse", func(_ *desk, o *Order) { o.Subjects[0].Reason = "R09" }, "", "", ""},
		{"a reason for what refuses nobody", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Subjects[0].Reason = "R09" }, dossier.BadForm, "/subjects/0/reason", ""},
		{"not known to be eligible", newDesk("observer-party-register", "DIST", observer), "register", func(d *desk, _ *Order) {
			d.latest["s0"] = eligibility.Assessment{Revision: 2, Verdict: eligibility.IsUndetermined}
		}, dossier.NotEligible, "/subjects/0/outcome", "undetermined"},
		{"one person twice", newDesk("observer-party-register", "DIST", dossier.Subject{Role: "observer", PINFL: "x"}, dossier.Subject{Role: "observer", PINFL: "x"}), "register", nil, dossier.NotEligible, "/subjects/1/outcome", "subject 1"},
		{"one foreigner twice", newDesk("observer-foreign-accredit", "DIST", dossier.Subject{Role: "observer", Foreigner: &dossier.Foreigner{State: "TR", Passport: "U1"}}, dossier.Subject{Role: "observer", Foreigner: &dossier.Foreigner{State: "TR", Passport: "U1"}}), "accredit", nil, dossier.NotEligible, "/subjects/1/outcome", ""},
		{"two foreigners of one number", newDesk("observer-foreign-accredit", "DIST", dossier.Subject{Role: "observer", Foreigner: &dossier.Foreigner{State: "TR", Passport: "U1"}}, dossier.Subject{Role: "observer", Foreigner: &dossier.Foreigner{State: "DE", Passport: "U1"}}), "accredit", nil, "", "", ""},
		{"a whole of what is decided by persons", newDesk("observer-party-register", "DIST", observer), "register", func(_ *desk, o *Order) { o.Whole = &Part{Outcome: "register"} }, dossier.BadForm, "/whole", ""},

		{"a list", newDesk("partylist-register-lc", "LC-PR", candidates(75)...), "register", nil, "", "", ""},
		{"a list as a whole", newDesk("partylist-register-lc", "LC-PR", candidates(75)...), "register", func(_ *desk, o *Order) { o.Whole = &Part{Outcome: "register"} }, "", "", ""},
		{"a list that shrinks below its least", newDesk("partylist-register-lc", "LC-PR", candidates(75)...), "register", func(_ *desk, o *Order) { o.Subjects[9] = Part{Ref: "10", Outcome: "refuse", Reason: "R01"} }, dossier.NotEligible, "/subjects", "LST-SIZE"},
		{"a list that is refused as a whole, and nobody of it", newDesk("partylist-register-lc", "LC-PR", candidates(75)...), "register", func(_ *desk, o *Order) { o.Whole = &Part{Outcome: "refuse", Reason: "R10"} }, dossier.BadForm, "/subjects/0/outcome", "the whole is refused"},
		{"a list whose whole is not eligible", newDesk("partylist-register-lc", "LC-PR", candidates(75)...), "register", func(d *desk, o *Order) {
			d.whole.Verdict = eligibility.NotEligible
			o.Whole = &Part{Outcome: "register"}
		}, dossier.NotEligible, "/whole/outcome", ""},
		{"everybody of a list is refused", newDesk("partylist-register-lc", "LC-PR", candidates(75)...), "refuse", func(_ *desk, o *Order) {
			for i := range o.Subjects {
				o.Subjects[i].Reason = "R01"
			}
		}, "", "", ""},
		{"a constituency that is taken", newDesk("candidate-register-lc-single", "LC-SMD", dossier.Subject{Role: "candidate", Constituency: "k"}), "register", func(d *desk, _ *Order) {
			d.standing = eligibility.Standing{Candidates: 1, Women: 1, Constituencies: map[string]int{"k": 1}}
		}, dossier.NotEligible, "/subjects", "LST-SMD"},

		{"what names nobody", newDesk("constituency-lc-propose", "LC-SMD"), "approve", nil, "", "", ""},
		{"what names nobody, undecided", newDesk("constituency-lc-propose", "LC-SMD"), "approve", func(_ *desk, o *Order) { o.Whole = nil }, dossier.BadForm, "/whole", ""},
		{"what names nobody, returned for nothing", newDesk("constituency-lc-propose", "LC-SMD"), "return", nil, dossier.BadForm, "/whole/reason", ""},

		{"who holds no such role", newDesk("observer-party-terminate", "DIST", observer), "terminate", nil, dossier.NotEligible, "/subjects/0/outcome", "holds no such role"},
		{"another party's", newDesk("observer-party-terminate", "DIST", observer), "terminate", func(d *desk, _ *Order) {
			d.held["s0"] = []dossier.Role{{ID: "r", Role: "observer", Organisation: "other"}}
		}, dossier.NotEligible, "/subjects/0/outcome", ""},
		{"its own", newDesk("observer-party-terminate", "DIST", observer), "terminate", func(d *desk, _ *Order) {
			d.held["s0"] = []dossier.Role{{ID: "r", Role: "observer", Organisation: "party"}}
		}, "", "", ""},

		{"a document that does not stand", newDesk("document-duplicate", "DIST", dossier.Subject{Role: "holder"}), "reissue", func(d *desk, _ *Order) { d.document = dossier.Document{State: dossier.Revoked} }, dossier.NotEligible, "/subjects/0/outcome", "revoked"},
		{"a document of another", newDesk("document-duplicate", "DIST", dossier.Subject{Role: "holder"}), "reissue", func(d *desk, _ *Order) {
			d.document = dossier.Document{State: dossier.Issued, Election: "el", Commission: "TEC", Application: "from", Subject: "x"}
			d.from = dossier.Application{ID: "from", Subjects: []dossier.Subject{{ID: "x", PINFL: "somebody"}}}
		}, dossier.NotEligible, "/subjects/0/outcome", "to this person"},
		{"a document of one's own", newDesk("document-duplicate", "DIST", dossier.Subject{Role: "holder"}), "reissue", func(d *desk, _ *Order) {
			d.document = dossier.Document{State: dossier.Issued, Election: "el", Commission: "TEC", Application: "from", Subject: "x"}
			d.from = dossier.Application{ID: "from", Subjects: []dossier.Subject{{ID: "x", PINFL: "person-0"}}}
		}, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log []string
			o := c.desk.order(c.as)
			if c.bend != nil {
				c.bend(c.desk, &o)
			}
			_, _, err := deciding(t, c.desk, &log).Draft(t.Context(), o)
			r, refused := errors.AsType[*dossier.Refusal](err)
			switch {
			case c.code == "" && err != nil:
				t.Fatal(err, r)
			case c.code == "":
				return
			case !refused || r.Code != c.code || !strings.Contains(fmt.Sprint(r.Detail, r.Problems), c.says):
				t.Fatalf("got %v, want %s saying %q", err, c.code, c.says)
			case c.field != "" && (len(r.Problems) == 0 || r.Problems[0].Field != c.field):
				t.Errorf("at %+v, want %s", r.Problems, c.field)
			}
		})
	}
}

// drafting writes a draft into memory.
type drafting struct {
	DraftTx
	state dossier.State
	saved dossier.Draft
	lines []string
}

func (d *drafting) StateOf(context.Context, string) (dossier.State, error) { return d.state, nil }
func (d *drafting) SaveDraft(_ context.Context, draft dossier.Draft) error {
	d.saved = draft
	return nil
}

func (d *drafting) AddEntry(_ context.Context, _ string, e dossier.Entry) error {
	d.lines = append(d.lines, e.Actor+" "+e.Act+" "+e.Detail)
	return nil
}

// A draft is the very decision that Accept takes: on the latest revisions, of today.
func TestDraft(t *testing.T) {
	t.Parallel()
	var log []string
	d := newDesk("partylist-register-lc", "LC-PR", candidates(76)...)
	o := d.order("register")
	o.Subjects[75] = Part{Ref: "76", Outcome: "refuse", Reason: "R01"}
	o.Whole = &Part{Outcome: "register"}
	draft, write, err := deciding(t, d, &log).Draft(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var content Content
	if err := json.Unmarshal(draft.Document, &content); err != nil {
		t.Fatal(err)
	}
	if content.Date != today || content.Application != d.app.ID || content.DraftedBy != "secretary" || content.Number != "12" || len(content.Subjects) != 76 ||
		content.Subjects[0] != (Part{Ref: "1", Revision: 2, Outcome: "register"}) || content.Subjects[75].Reason != "R01" ||
		*content.Whole != (Part{Revision: 3, Outcome: "register"}) {
		t.Errorf("%s", draft.Document)
	}
	tx := &drafting{state: dossier.DossierReady}
	if err := write(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*draft, tx.saved); diff != "" || draft.Version != 4 {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"official:secretary decision_drafted 12"}, tx.lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"draft 12 01.09.2027"}, log); diff != "" {
		t.Error(diff)
	}
	late := &drafting{state: dossier.Withdrawn}
	if err := write(t.Context(), late); err == nil || late.saved.ID != "" {
		t.Errorf("on one that is withdrawn by now: %v", err)
	}
}
