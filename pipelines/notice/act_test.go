package notice

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// library is a directory of made-up records.
type library struct {
	*memory
	election  dossier.Election
	comm      dossier.Commission
	applicant dossier.Applicant
	seats     map[string]dossier.Constituency
	officials []dossier.Official
	held      []dossier.Role
	documents []dossier.Document
	decision  dossier.Decision
	app       dossier.Application
}

func (l *library) Election(context.Context, string) (dossier.Election, bool, error) {
	return l.election, true, nil
}

func (l *library) Commission(context.Context, string) (dossier.Commission, bool, error) {
	return l.comm, true, nil
}

func (l *library) Applicant(context.Context, string) (dossier.Applicant, bool, error) {
	return l.applicant, l.applicant.ID != "", nil
}

func (l *library) Constituency(_ context.Context, id string) (dossier.Constituency, bool, error) {
	c, ok := l.seats[id]
	return c, ok, nil
}

func (l *library) Officials(context.Context, string) ([]dossier.Official, error) {
	return slices.Clone(l.officials), nil
}

func (l *library) RolesHeld(context.Context, string, dossier.Subject) ([]dossier.Role, error) {
	return l.held, nil
}

func (l *library) Document(context.Context, string) (dossier.Document, error) {
	return l.documents[0], nil
}

func (l *library) Documents(context.Context, string) ([]dossier.Document, error) {
	return l.documents, nil
}

func (l *library) Decision(context.Context, string) (dossier.Decision, error) { return l.decision, nil }

func (l *library) PlaceName(_ context.Context, place, _ string) (string, error) {
	return "name of " + place, nil
}

func (l *library) NewestFindings(context.Context, string) (map[register.ID]dossier.Finding, error) {
	return map[register.ID]dossier.Finding{register.Personal: {
		Status: register.Found, Facts: []byte(`{"surname":"NAMUNAYEV","given_name":"SHAVKAT"}`),
	}}, nil
}

func (l *library) Application(context.Context, string) (dossier.Application, error) {
	return l.app, nil
}

// world is a library with one of everything, and notices over it.
func world(t fataler) (*library, *Notices) {
	t.Helper()
	m := newMemory()
	l := &library{
		memory: m,
		election: dossier.Election{
			ID: "e", Kind: "LC-SMD", Title: map[string]string{"uz-Latn": "Namuna saylovi", "ru": "Примерные выборы"}, Day: civil.Date{Year: 2027, Month: 1, Day: 31},
		},
		comm: dossier.Commission{ID: "c", Short: "1-komissiya"},
		applicant: dossier.Applicant{
			ID: "o", Kind: "PARTY", Title: "Namuna partiyasi", Phone: "998900000001", Org: dossier.Organisation{ID: "o", Title: "Namuna partiyasi", Code: "NP"},
		},
		seats: map[string]dossier.Constituency{"k": {ID: "k", Name: "7-okrug", CouncilSMS: "Namuna Kengashi"}},
		officials: []dossier.Official{
			{ID: "chair", Post: dossier.Chair, Phone: "998900000002"},
			{ID: "one", Post: dossier.Deputy, Phone: "998900000003"},
			{ID: "two", Post: dossier.Deputy, Phone: "998900000004"},
			{ID: "old", Post: dossier.Deputy, Phone: "998900000005", Until: civil.Date{Year: 2026, Month: 1, Day: 1}},
			{ID: "mute", Post: dossier.Secretary},
		},
		held:      []dossier.Role{{ID: "s0", Role: "candidate", Application: "a0"}},
		documents: []dossier.Document{{ID: "d0", Template: "mandate", Subject: "s0", Number: 41, State: dossier.Issued}},
		decision:  dossier.Decision{ID: "q", Number: "12-Q", Date: civil.Date{Year: 2026, Month: 12, Day: 1}},
	}
	n := setup(t, m, newGateway(m, "one", false))
	n.Store, n.Proxies, n.AppealFor = l, map[string]int{"LC": 10}, 5
	id := 0
	n.NewID = func() string { id++; return strings.Repeat("m", id) }
	return l, n
}

// told runs an effect and lists who got what: recipient, language and text.
func (l *library) tell2(t *testing.T, e queue.Effect, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	before := len(l.notices)
	if err := e(t.Context(), l.memory); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range l.notices {
		out = append(out, n.Recipient+" "+n.Language+": "+n.Text)
	}
	slices.Sort(out)
	if before > 0 && before == len(l.notices) {
		return nil
	}
	return out
}

func someApp() dossier.Application {
	return dossier.Application{
		ID: "a", Number: "1726-5", Type: "cand-lc-smd-register", Election: "e", Commission: "c", Applicant: "o", Language: "ru", State: dossier.DossierReady,
		DecideBy: civil.Date{Year: 2026, Month: 12, Day: 9}, Document: []byte(`{"signatures":{"valid":7,"faulty":2}}`),
	}
}

func someone() dossier.Subject {
	return dossier.Subject{ID: "s", Ref: "1", Role: "candidate", Constituency: "k", Phone: "998900000009", Position: 3, Post: dossier.Chair, Territory: "1726", Language: "en"}
}

// Every parameter that a trigger promises is there for a text that names it.
func TestParams(t *testing.T) {
	t.Parallel()
	given := map[string]string{"reason": "R01", "source": "personal-data", "rule": "age.25", "doc": "mandate", "newno": "042"}
	for on, names := range Params() {
		_, n := world(t)
		a, p := someApp(), someone()
		a.Type = n.Catalogue.Types()[0]
		s, err := n.story(a, &p)
		if err != nil {
			t.Fatal(err)
		}
		s.given, s.decision.ID, s.outcomes = given, "q", []catalogue.Outcome{"register"}
		if on == OnDay { // as a mailing words it
			p.ID, p.Application = "s0", "a0"
			s.given, s.decision.ID, s.day = nil, "", "campaigning-last-day"
			s.app = dossier.Application{Election: "e", Commission: "c", Applicant: "o"}
		}
		for _, name := range names {
			if v, known, err := s.param(t.Context(), name, "ru"); !known || err != nil || v == "" {
				t.Errorf("%s: {%s} is %q, %v, %v", on, name, v, known, err)
			}
		}
	}
}

// What single parameters say.
func TestParam(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, lang, want string
		with             func(l *library, s *story)
	}{
		{"person", "ru", "NAMUNAYEV SH.", nil},
		{"person", "ru", "Namuna partiyasi", func(_ *library, s *story) { s.subject = nil }},
		{"council", "ru", "Namuna Kengashi", nil},
		{"council", "ru", "Примерные выборы", func(_ *library, s *story) { s.subject.Constituency = "" }},
		{"okrug", "ru", "7-okrug", nil},
		{"max", "ru", "10", nil},
		{"max", "ru", "3", func(_ *library, s *story) { s.app.Ballot, s.n.Proxies = "DIST", map[string]int{"LC": 10, "DIST": 3} }},
		{"from", "ru", "27.12.2026", nil},
		{"to", "ru", "29.01.2027", nil},
		{"from", "ru", "20.01.2027", func(_ *library, s *story) { s.day = "early-voting-first-day" }},
		{"to", "ru", "28.01.2027", func(l *library, s *story) {
			s.day = "early-voting-first-day"
			l.election.Calendar = map[string]civil.Date{"early-voting-last-day": {Year: 2027, Month: 1, Day: 28}}
		}},
		{"due", "ru", "09.12.2026", nil},
		{"due", "ru", "-", func(_ *library, s *story) { s.app.DecideBy = civil.Date{} }},
		{"due", "ru", "03.12.2026 17:30", func(_ *library, s *story) {
			s.app.State, s.app.ReturnDue = dossier.Returned, time.Date(2026, 12, 3, 12, 30, 0, 0, time.UTC)
		}},
		{"no", "ru", "041", nil},
		{"no", "ru", "1726-5", func(l *library, _ *story) { l.held = nil }},
		{"no", "ru", "041", func(l *library, s *story) { l.held, s.subject.IssuedDocument = nil, "d0" }},
		{"post", "ru", "председатель", nil},
		{"post", "ru", "muharrir", func(_ *library, s *story) { s.subject.Post = "muharrir" }},
		{"role", "ru", "кандидат", nil},
		{"territory", "ru", "name of 1726", nil},
		{"party", "ru", "Namuna partiyasi", nil},
		{"party", "ru", "NP", func(l *library, _ *story) { l.applicant.Org.Title = strings.Repeat("Namuna ", 9) }},
		{"ok", "ru", "7", nil},
		{"bad", "ru", "2", nil},
		{"reason", "ru", "не соответствует возраст", func(_ *library, s *story) { s.given = map[string]string{"reason": "R01"} }},
		{"reason", "ru", "R04", func(_ *library, s *story) { s.given = map[string]string{"reason": "R04"} }},
		{"source", "en", "a state register", func(_ *library, s *story) { s.given = map[string]string{"source": "criminal-record"} }},
		{"election", "en", "Namuna saylovi", nil},
		{"comm", "en", "1-komissiya", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, n := world(t)
			a, p := someApp(), someone()
			a.Type = n.Catalogue.Types()[0]
			s, err := n.story(a, &p)
			if err != nil {
				t.Fatal(err)
			}
			if c.with != nil {
				c.with(l, s)
			}
			if got, _, err := s.param(t.Context(), c.name, c.lang); got != c.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// Whom a notice goes to, in which language, once.
func TestRecipients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, to string
		with     func(l *library, s *story)
		want     []string
		missed   []string
	}{
		{"the subject in its language", "subject", nil, []string{"subject en 998900000009"}, nil},
		{"a subject without a language", "subject", func(_ *library, s *story) { s.subject.Language = "" }, []string{"subject ru 998900000009"}, nil},
		{"Cyrillic Uzbek", "subject", func(_ *library, s *story) { s.subject.Language = "uz-Cyrl" }, []string{"subject uz-Latn 998900000009"}, nil},
		{"a subject without a phone", "subject", func(_ *library, s *story) { s.subject.Phone = "" }, nil, []string{"notice_skipped"}},
		{"nobody", "subject", func(_ *library, s *story) { s.subject = nil }, nil, nil},
		{"the applicant", "applicant", nil, []string{"applicant ru 998900000001"}, nil},
		{"both", "subject, applicant", nil, []string{"applicant ru 998900000001", "subject en 998900000009"}, nil},
		{"both of one phone", "subject, applicant", func(l *library, _ *story) { l.applicant.Phone = "998900000009" }, []string{"subject en 998900000009"}, nil},
		{"those in office", "chair deputies", nil, []string{"chair uz-Latn 998900000002", "deputies uz-Latn 998900000003", "deputies uz-Latn 998900000004"}, nil},
		{"an official without a phone", "secretary", nil, nil, []string{"notice_skipped"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, n := world(t)
			a, p := someApp(), someone()
			a.Type = n.Catalogue.Types()[0]
			s, err := n.story(a, &p)
			if err != nil {
				t.Fatal(err)
			}
			if c.with != nil {
				c.with(l, s)
			}
			to, err := n.recipients(t.Context(), s, c.to)
			if err != nil {
				t.Fatal(err)
			}
			var made []dossier.Notice
			for range 2 { // a second time makes nothing
				e, err := n.deliver(t.Context(), s, catalogue.Notice{ID: "x", To: c.to, Text: map[string]string{"uz-Latn": "t", "ru": "t", "en": "t"}}, to, "key", &made)
				if err != nil {
					t.Fatal(err)
				}
				for _, note := range made {
					if err := n.queue(t.Context(), l.memory, note, "o"); err != nil {
						t.Fatal(err)
					}
				}
				l.entries = nil
				for _, e := range e {
					l.entries = append(l.entries, e.Act)
				}
			}
			var got []string
			for _, note := range l.notices {
				got = append(got, note.Recipient+" "+note.Language+" "+string(note.Phone))
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("to: %s", diff)
			}
			if diff := cmp.Diff(c.missed, l.entries); diff != "" {
				t.Errorf("entries: %s", diff)
			}
		})
	}
}

// A text of the catalogue names only what its triggers have.
func TestCatalogueFitsParams(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(c); err != nil {
		t.Error(err)
	}
}

// Submissions are told of once, whatever calls it.
func TestActOnce(t *testing.T) {
	t.Parallel()
	l, n := world(t)
	a := someApp()
	a.Type = n.Catalogue.Types()[0]
	e, err := n.Announce(t.Context(), a, []string{"app-submitted"})
	if got := l.tell2(t, e, err); len(got) == 0 {
		t.Error("nobody was told")
	}
	e, err = n.Act(t.Context(), a, "submitted", nil, nil, "anything")
	if got := l.tell2(t, e, err); len(got) != 0 {
		t.Errorf("told again: %v", got)
	}
	if _, err := n.Act(t.Context(), a, "no such act", nil, nil, ""); err == nil {
		t.Error("an unknown act is taken")
	}
}
