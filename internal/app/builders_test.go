package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/templates"
)

// world is what issuing reads of one made-up decided application.
type world struct {
	issuing.Reader
	app       dossier.Application
	dec       dossier.Decision
	election  dossier.Election
	applicant dossier.Applicant
}

func (w world) Application(context.Context, string) (dossier.Application, error) { return w.app, nil }

func (w world) Decision(context.Context, string) (dossier.Decision, error) { return w.dec, nil }

func (w world) Election(context.Context, string) (dossier.Election, bool, error) {
	return w.election, true, nil
}

func (w world) Commission(_ context.Context, id string) (dossier.Commission, bool, error) {
	if id == "higher" {
		return dossier.Commission{ID: id, Title: "Oʻzbekiston Respublikasi Markaziy saylov komissiyasi"}, true, nil
	}
	return dossier.Commission{ID: id, Title: "Namuna tuman saylov komissiyasi", Parent: "higher"}, id == "own", nil
}

func (w world) Applicant(_ context.Context, id string) (dossier.Applicant, bool, error) {
	if id == "candidate-role" {
		return dossier.Applicant{ID: id, Title: "NOMZODOV NOMZOD"}, true, nil
	}
	return w.applicant, true, nil
}

func (w world) Organisation(_ context.Context, id string) (dossier.Organisation, bool, error) {
	return dossier.Organisation{ID: id, Title: "Oʻzbekiston Namuna partiyasi", Code: "OEP"}, true, nil
}

func (w world) Constituency(_ context.Context, id string) (dossier.Constituency, bool, error) {
	return dossier.Constituency{ID: id, Number: 7, Name: "Namuna", Council: "Xalq deputatlari Namuna tumani Kengashi"}, true, nil
}

func (w world) Precinct(_ context.Context, id string) (dossier.Precinct, bool, error) {
	return dossier.Precinct{ID: id, Number: 214}, true, nil
}

func (w world) Territory(_ context.Context, soato string) (dossier.Territory, bool, error) {
	return dossier.Territory{SOATO: soato, Name: map[string]string{"uz-Latn": "Shayxontohur tumani"}}, soato == "1726277", nil
}

func (w world) Role(_ context.Context, id string) (dossier.Role, bool, error) {
	return dossier.Role{ID: id, Position: 4}, true, nil
}

func (w world) Officials(context.Context, string) ([]dossier.Official, error) {
	return []dossier.Official{
		{ID: "chair", Post: dossier.Chair, Surname: "Raisov", Given: "Rais", PINFL: "1"},
		{ID: "secretary", Post: dossier.Secretary, Surname: "Kotibova", Given: "Kotiba", PINFL: "2"},
	}, nil
}

func (w world) People(_ context.Context, application, subject string) (map[string]register.PersonalData, error) {
	out := map[string]register.PersonalData{}
	for _, s := range append(slices.Clone(w.app.Subjects), dossier.Subject{ID: "held"}) {
		if s.Foreigner == nil && (subject == "" || subject == s.ID) {
			out[s.ID] = register.PersonalData{Surname: "SINOV", GivenName: "SINOVCHI", Patronymic: "SINOVICH"}
		}
	}
	return out, nil
}

func (w world) NewestFindings(context.Context, string) (map[register.ID]dossier.Finding, error) {
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 400)), nil); err != nil {
		return nil, err
	}
	facts, err := json.Marshal(register.PersonalData{Surname: "SINOV", GivenName: "SINOVCHI", Photo: &register.Photo{Type: "image/jpeg", Bytes: picture.Bytes()}})
	return map[register.ID]dossier.Finding{register.Personal: {Status: register.Found, Facts: facts}}, err
}

// shelf keeps the documents that a transaction reserves.
type shelf struct {
	issuing.Tx
	made []dossier.Document
}

func (s *shelf) DocumentByKey(context.Context, string) (string, bool, error) { return "", false, nil }

func (s *shelf) RoleNow(context.Context, string) (dossier.Role, bool, error) {
	return dossier.Role{}, false, nil
}

func (s *shelf) NextNumbers(context.Context, string, string, string, int) (int, error) {
	return 12, nil
}

func (s *shelf) AddDocument(_ context.Context, list ...dossier.Document) error {
	s.made = append(s.made, list...)
	return nil
}
func (s *shelf) AddActs(context.Context, ...dossier.DocumentAct) error { return nil }
func (s *shelf) Enqueue(context.Context, ...queue.New) error           { return nil }

type silent struct{ issuing.Notifier }

func (silent) Decided(context.Context, dossier.Application, dossier.Decision, []string) (queue.Effect, error) {
	return nil, nil
}

type stamp struct{}

func (stamp) Code(d dossier.Document, _ [32]byte, _ time.Time) string { return "CODE-" + d.Kind }

// decided makes an application of a type with a decision of every outcome.
func decided(t catalogue.Type, ballot string) world {
	day := civil.Date{Year: 2027, Month: time.October, Day: 24}
	w := world{
		election: dossier.Election{ID: "el", Kind: ballot, Line: "Xalq deputatlari tuman, shahar Kengashlari saylovlari", Day: day},
		app: dossier.Application{
			ID: "0197-app-of-a-type", Number: "2027-17", Type: t.ID, Election: "el", Ballot: ballot, Commission: "own", Applicant: "applicant",
			SubmittedAt: day.AddDays(-60).Start(), DecideBy: day.AddDays(-55), Attachments: []dossier.Attachment{{Name: "bayonnoma.pdf"}},
		},
		dec: dossier.Decision{
			ID: "dec", Application: "app", Number: "41", Date: day.AddDays(-50), DraftedBy: "secretary", At: day.AddDays(-50).Start(),
			Signer: &signature.Signer{PINFL: "1", Serial: "77AF03", SignedAt: day.AddDays(-50).Start()},
		},
		applicant: dossier.Applicant{ID: "applicant", Kind: t.Route.From[0], Title: "Oʻzbekiston Namuna mahallasi", Org: dossier.Organisation{Title: "Oʻzbekiston Namuna partiyasi", Parent: "party"}},
	}
	if from := t.Route.From[0]; from == "CAND" || from == "PROXY" {
		w.applicant.Title, w.applicant.Held = "NOMZODOV NOMZOD", dossier.Role{ID: "held", Ballot: ballot, Constituency: "k-7"}
		if from == "PROXY" {
			w.applicant.Held.Candidate = "candidate-role"
		}
	}
	outcomes := slices.Sorted(func(yield func(string) bool) {
		for o := range t.Outcomes {
			if !yield(string(o)) {
				return
			}
		}
	})
	for i, o := range outcomes {
		reason := ""
		if t.Outcomes[catalogue.Outcome(o)].Refuses {
			reason = "R09"
		}
		if t.Subjects.Max == 0 {
			continue
		}
		s := dossier.Subject{
			ID: fmt.Sprint("subject-", i), Application: w.app.ID, Ref: fmt.Sprint(i + 1), Role: t.Subjects.Role, Territory: "1726277", Body: "precinct-214", Post: "member",
		}
		if t.Subjects.Foreign {
			s.Foreigner = &dossier.Foreigner{Surname: "Demir", GivenName: "Burak", State: "TR", Passport: "U1"}
			s.Post = ""
		}
		if ballot != "LC-PR" && ballot != "PRES" && t.Subjects.Role == "candidate" {
			s.Constituency = "k-7"
		}
		w.app.Subjects = append(w.app.Subjects, s)
		w.dec.Outcomes = append(w.dec.Outcomes, dossier.Outcome{Subject: s.ID, Revision: 1, Outcome: catalogue.Outcome(o), Reason: reason})
	}
	return w
}

// Every document that any type of the catalogue names is built of a decision that
// brings it, and fits its template.
func TestEveryDocumentOfTheCatalogue(t *testing.T) {
	t.Parallel()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range types.Types() {
		kind, _ := types.Type(id)
		ballots := kind.Ballots
		if len(ballots) == 0 {
			ballots = []string{"DIST", "PRES"}
		}
		for _, ballot := range ballots {
			t.Run(id+" "+ballot, func(t *testing.T) {
				t.Parallel()
				build := builderOf(t, types, set, decided(kind, ballot))
				if kind.Decision.Document != "" {
					build("", kind.Decision.Document)
				}
				for o, f := range kind.Outcomes {
					if f.Document == "" {
						continue
					}
					if kind.Subjects.Max == 0 {
						w := decided(kind, ballot)
						w.dec.Whole = dossier.Outcome{Outcome: o}
						wholly := builderOf(t, types, set, w)
						wholly("", f.Document)
						wholly("", kind.Decision.Document)
						continue
					}
					w := decided(kind, ballot)
					i := slices.IndexFunc(w.dec.Outcomes, func(out dossier.Outcome) bool { return out.Outcome == o })
					build(w.dec.Outcomes[i].Subject, f.Document)
				}
			})
		}
	}
}

// builderOf returns what reserves a document of a world and holds it against its
// template.
func builderOf(t *testing.T, types *catalogue.Catalogue, set *templates.Set, w world) func(subject, template string) map[string]any {
	t.Helper()
	p := printer{set: set}
	is := &issuing.Issuing{
		Catalogue: types, Store: w, Renderer: p, Coder: stamp{}, Notifier: silent{}, AppealFor: 5,
		Now: func() time.Time { return w.dec.At },
	}
	return func(subject, template string) map[string]any {
		t.Helper()
		tx := &shelf{}
		effect, err := is.Reserve(t.Context(), queue.Job{Ref: is.Job(w.app, w.dec, subject, template, 1).Ref}, nil)
		if err == nil {
			err = effect(t.Context(), tx)
		}
		if err != nil {
			t.Fatalf("%s: %v", template, err)
		}
		doc := tx.made[0]
		if err := p.Check(template, "", doc.Data); err != nil {
			r, _ := errors.AsType[*dossier.Refusal](err)
			t.Fatalf("%s: %v %+v\n%s", template, err, r, doc.Data)
		}
		var m map[string]any
		if err := json.Unmarshal(doc.Data, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// What the documents say where that hangs on more than one record.
func TestWhatDocumentsSay(t *testing.T) {
	t.Parallel()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, kind, ballot, template string
		subject                      bool
		want                         []string
		never                        []string
	}{
		{"the President's is no council's seat", "candidate-register-president", "PRES", "candidate", true, []string{"Prezidentligiga nomzod"}, []string{`"constituency"`, `"list_position"`}},
		{"a place in the list is the role's", "partylist-register-lc", "LC-PR", "candidate", true, []string{`"list_position":4`, "Qonunchilik palatasi"}, nil},
		{"a constituency has its council", "candidate-register-district", "DIST", "candidate", true, []string{`"number":7`, "Namuna tumani Kengashi"}, []string{"list_position"}},
		{"a branch has its party's mark", "party-authrep-dec-register", "DIST", "representative", true, []string{`"party_code":"oep"`, `"photo"`}, nil},
		{"a territory has its title", "observer-party-register", "DIST", "observer-party", true, []string{"Shayxontohur tumani", `"valid_until":"2027-11-03"`}, nil},
		{"a state has its name", "observer-foreign-accredit", "DIST", "observer-foreign", true, []string{`"sender_en":"Türkiye"`, `"given":"Burak"`}, nil},
		{"a precinct is a commission", "pec-composition-recommend", "DIST", "member", true, []string{"214-son saylov uchastkasi", `"post":"Aʼzo"`}, nil},
		{"a proxy's has the candidate", "proxy-register-district", "DIST", "proxy", true, []string{`"candidate":{"given":"SINOVCHI"`}, []string{"Prezident"}},
		{"a refusal tells where to appeal", "complaint-commission", "DIST", "refusal", true, []string{"Markaziy saylov komissiyasi", `"until":"2027-09-09"`, "hujjatlar toʻliq emas"}, nil},
		{"a copy words other outcomes", "candidate-recall-district", "DIST", "decision", false, []string{`"result":"nomzod maqomidan mahrum etish"`, "2-tartib raqamida", `"outcome":"refused"`}, nil},
		{"a copy of two outcomes alone needs no other words", "candidate-register-district", "DIST", "decision", false, []string{"guvohnomasi berilsin", `"outcome":"registered"`}, []string{`"result"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kind, ok := types.Type(c.kind)
			if !ok {
				t.Skip("not in the catalogue")
			}
			w := decided(kind, c.ballot)
			subject := ""
			if c.subject {
				i := slices.IndexFunc(w.dec.Outcomes, func(o dossier.Outcome) bool { return kind.Outcomes[o.Outcome].Document == c.template })
				subject = w.dec.Outcomes[i].Subject
			}
			raw, err := json.Marshal(builderOf(t, types, set, w)(subject, c.template))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.want {
				if !strings.Contains(string(raw), s) {
					t.Errorf("want %s in %s", s, raw)
				}
			}
			for _, s := range c.never {
				if strings.Contains(string(raw), s) {
					t.Errorf("want no %s in %s", s, raw)
				}
			}
		})
	}
}
