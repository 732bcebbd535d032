package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	mock "github.com/saylovhub/hub/mocks/portal"
)

var people = population.New(1, civil.Date{Year: 2029, Month: 10, Day: 28}, 200)

// beside starts the mock portal and a connector for it.
func beside(t *testing.T, o mock.Options, limits call.Limits) (*mock.Server, *portal.Portal) {
	t.Helper()
	o.Population = people
	m, err := mock.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	client := calltest.Beside(t, m)
	cfg := portal.Config{
		TokenURL: m.URL(), GatewayURL: m.URL(), RegionID: 26, OrganisationID: mock.Organisation,
		Credentials: map[string]portal.Credentials{portal.MainSet: {
			ConsumerKey: mock.ConsumerKey, ConsumerSecret: mock.ConsumerSecret, Username: mock.Username, Password: mock.Password,
		}},
		Operations: map[string]portal.OperationConfig{},
	}
	for _, key := range keys {
		cfg.Operations[key] = portal.OperationConfig{Limits: limits}
	}
	p, err := portal.New(cfg, portal.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

// asked is a question about a person of the population, with the identity that
// the personal data register gives.
func asked(t *testing.T, p *portal.Portal, who *population.Person) register.Question {
	t.Helper()
	q := register.Question{
		Transaction: "77", Official: people.ByStory("secretary-dec").PINFL, Purpose: "saylov",
		PINFL: who.PINFL, Document: who.Document, BirthDate: who.BirthDate,
		Employer: employer,
	}
	reply, err := operation(t, p, "personal-data.docrest").Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if reply.Answer.Status == register.Found {
		q.Identity = reply.Answer.Facts.(*register.PersonalData)
	}
	return q
}

// whole asks a register with all its operations, waiting out "pending".
func whole(t *testing.T, r register.Register, q register.Question) (*register.Answer, error) {
	t.Helper()
	for _, o := range r.Operations {
		for polls := 0; ; polls++ {
			reply, err := o.Ask(t.Context(), q)
			if fault.KindOf(err) == fault.Pending && polls < 5 {
				continue
			}
			if err != nil || reply.Answer != nil {
				return reply.Answer, err
			}
			q.Token = reply.Continue
			break
		}
	}
	t.Fatalf("%s: no answer after the last operation", r.ID)
	return nil, nil
}

// Every register answers about people with a known fate.
func TestStories(t *testing.T) {
	t.Parallel()
	_, p := beside(t, mock.Options{}, call.Limits{})
	cases := []struct {
		story string
		id    register.ID
		want  register.Status
		judge func(facts any) bool
	}{
		{"observer-2", register.Personal, register.Found, func(f any) bool {
			d := f.(*register.PersonalData)
			return strings.Contains(d.Surname, "‘") && d.Citizen && d.Alive && d.SurnameCyr != ""
		}},
		{"foreign", register.Personal, register.Found, func(f any) bool { return !f.(*register.PersonalData).Citizen }},
		{"dead", register.Personal, register.Found, func(f any) bool { return !f.(*register.PersonalData).Alive }},
		{"changed-passport", register.Personal, register.Found, func(f any) bool { return len(f.(*register.PersonalData).PINFLs) == 2 }},
		{"candidate-clean", register.Address, register.Found, func(f any) bool {
			a := f.(*register.RegisteredAddress)
			return a.DistrictID != 0 && a.Region != "" && !a.Since.IsZero()
		}},
		{"restricted", register.Address, register.Restricted, nil},
		{"candidate-clean", register.Employment, register.Found, func(f any) bool { return f.(*register.WorkHistory).Jobs[0].End.IsZero() }},
		{"observer-1", register.Employment, register.Absent, nil},
		{"candidate-clean", register.Education, register.Found, func(f any) bool { return f.(*register.EducationRecord).Diplomas[0].Number != "" }},
		{"no-diploma", register.Education, register.Absent, nil},
		{"candidate-clean", register.Criminal, register.Found, func(f any) bool { return len(f.(*register.CriminalRecord).Convictions) == 0 }},
		{"candidate-convicted", register.Criminal, register.Found, func(f any) bool {
			c := f.(*register.CriminalRecord).Convictions
			return len(c) == 1 && c[0].Gravity == register.Serious && c[0].Expunged.IsZero()
		}},
		{"candidate-expunged", register.Criminal, register.Found, func(f any) bool { return !f.(*register.CriminalRecord).Convictions[0].Expunged.IsZero() }},
		{"in-custody", register.Criminal, register.Found, func(f any) bool { return f.(*register.CriminalRecord).Convictions[0].InCustody }},
		{"disabled", register.Disability, register.Found, func(f any) bool {
			d := f.(*register.DisabilityRecord)
			return d.Group == 2 && d.Lifetime
		}},
		{"candidate-clean", register.Disability, register.Absent, nil},
		{"incapable", register.Capacity, register.Found, func(f any) bool { return f.(*register.CapacityRecord).Capacity == "NONE" }},
		{"limited", register.Capacity, register.Found, func(f any) bool { return f.(*register.CapacityRecord).Capacity == "LIMITED" }},
		{"birth-certificate", register.Personal, register.Found, func(f any) bool {
			d := f.(*register.PersonalData)
			return d.Document == "" && strings.HasPrefix(string(d.BirthCertificate), "I-XA")
		}},
		{"birth-certificate", register.Disability, register.Found, func(f any) bool { return f.(*register.DisabilityRecord).Group == 3 }},
		{"two-jobs", register.Employment, register.Found, func(f any) bool { return len(f.(*register.WorkHistory).Jobs) == 2 }},
		{"two-jobs", register.WorksAt, register.Found, func(f any) bool { return f.(*register.EmployedAt).Employed }},
		{"candidate-judge", register.WorksAt, register.Found, func(f any) bool { return !f.(*register.EmployedAt).Employed }},
		{"soviet-diploma", register.Education, register.Absent, nil},
		{"school-only", register.School, register.Found, func(f any) bool { return f.(*register.SchoolCertificate).Year > 2000 }},
		{"school-only", register.Lyceum, register.Absent, nil},
		{"observer-1", register.School, register.Absent, nil},
		{"lyceum", register.Lyceum, register.Found, func(f any) bool { return f.(*register.LyceumCertificate).Year > 2000 }},
		{"long-name", register.Criminal, register.Found, nil},
		{"apostrophes", register.Criminal, register.Found, nil},
		{"expunged-lesser", register.Criminal, register.Found, func(f any) bool { return f.(*register.CriminalRecord).Convictions[0].Gravity == register.LessSerious }},
		{"observer-1", register.Capacity, register.Found, func(f any) bool { return f.(*register.CapacityRecord).Capacity == "FULL" }},
	}
	registers := map[register.ID]register.Register{}
	for _, r := range p.Registers() {
		registers[r.ID] = r
	}
	if len(registers) != 10 {
		t.Fatalf("%d registers", len(registers))
	}
	for _, c := range cases {
		t.Run(string(c.id)+"/"+c.story, func(t *testing.T) {
			a, err := whole(t, registers[c.id], asked(t, p, people.ByStory(c.story)))
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != c.want || c.judge != nil && !c.judge(a.Facts) {
				t.Errorf("got %s, %T", a.Status, a.Facts)
			}
		})
	}
}

// The forms that differ from installation to installation.
func TestFormsOfTheMock(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]mock.Options{
		"numbers, capital key": {ResultForm: mock.ResultInt, DataKey: "Data", NoCyrillic: true, DiplomaAbsent: mock.Absent404},
		"texts":                {ResultForm: mock.ResultString, DiplomaAbsent: mock.Absent204, PendingPolls: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := beside(t, o, call.Limits{})
			q := asked(t, p, people.ByStory("no-diploma"))
			for _, r := range p.Registers() {
				if _, err := whole(t, r, q); err != nil {
					t.Errorf("%s: %v", r.ID, err)
				}
			}
			unknown := q
			unknown.PINFL, unknown.Document, unknown.BirthDate = "31210632040244", "", civil.Date{}
			if reply, err := operation(t, p, "personal-data.docrest").Ask(t.Context(), unknown); err != nil || reply.Answer.Status != register.Absent {
				t.Errorf("nobody: %+v, %v", reply.Answer, err)
			}
		})
	}
}

// An ordinary population through personal data: everybody is found.
func TestOrdinaryPeople(t *testing.T) {
	t.Parallel()
	_, p := beside(t, mock.Options{}, call.Limits{RatePerSecond: -1})
	for who := range people.All() {
		q := register.Question{Transaction: "1", Official: people.At(0).PINFL, PINFL: who.PINFL, BirthDate: who.BirthDate}
		reply, err := operation(t, p, "personal-data.docrest").Ask(t.Context(), q)
		if err != nil || reply.Answer.Status != register.Found {
			t.Fatalf("person %d: %+v, %v", who.Index, reply.Answer, err)
		}
	}
}

func TestFaultsOfTheMock(t *testing.T) {
	t.Parallel()
	const key = "registered-address.pin"
	cases := []struct {
		name  string
		fault chaos.Fault
		kind  fault.Kind
		code  string
		tries int
	}{
		{"down", chaos.Fault{Kind: chaos.Down}, fault.Unavailable, "", 2},
		{"down once", chaos.Fault{Kind: chaos.Down, Times: 1}, "", "", 2},
		{"503", chaos.Fault{Kind: chaos.Status}, fault.Unavailable, "101503", 2},
		{"XML", chaos.Fault{Kind: chaos.Status, Status: 500, Form: "xml"}, fault.Unavailable, "101503", 2},
		{"no subscription", chaos.Fault{Kind: chaos.Status, Status: 403, Form: "fault"}, fault.Misconfigured, "900908", 1},
		{"no such resource", chaos.Fault{Kind: chaos.Status, Status: 404}, fault.Misconfigured, "404", 1},
		{"blocked", chaos.Fault{Kind: chaos.Throttle, Code: "900805"}, fault.Misconfigured, "900805", 1},
		{"throttled", chaos.Fault{Kind: chaos.Throttle, RetryAfter: time.Minute}, fault.Throttled, "900804", 1},
		{"closed by the operator", chaos.Fault{Kind: chaos.Status, Code: "700700", RetryAfter: time.Minute}, fault.Unavailable, "700700", 1},
		{"hangs", chaos.Fault{Kind: chaos.Hang}, fault.Unavailable, "timeout", 2},
		{"reset", chaos.Fault{Kind: chaos.Reset}, fault.Unavailable, "", 2},
		{"malformed", chaos.Fault{Kind: chaos.Malformed}, fault.Unavailable, "not_json", 2},
		{"truncated", chaos.Fault{Kind: chaos.Truncated}, fault.Unavailable, "cut_off", 2},
		{"page", chaos.Fault{Kind: chaos.HTML}, fault.Unavailable, "not_json", 2},
		{"empty", chaos.Fault{Kind: chaos.Empty}, fault.Unavailable, "empty_answer", 2},
		{"drips", chaos.Fault{Kind: chaos.SlowDrip, Delay: time.Millisecond}, "", "", 1},
		{"late", chaos.Fault{Kind: chaos.Latency, Delay: time.Millisecond}, "", "", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, p := beside(t, mock.Options{}, call.Limits{Try: 300 * time.Millisecond})
			q := asked(t, p, people.ByStory("candidate-clean"))
			c.fault.Operation = key
			if err := m.Fault(c.fault); err != nil {
				t.Fatal(err)
			}
			reply, err := operation(t, p, key).Ask(t.Context(), q)
			if got := fault.KindOf(err); got != c.kind {
				t.Fatalf("got %v, want %q", err, c.kind)
			}
			if f := fault.Of(err); f != nil && c.code != "" && f.Code != c.code {
				t.Errorf("code %q, want %q", f.Code, c.code)
			}
			if f := fault.Of(err); f != nil && c.fault.RetryAfter > 0 && f.Wait != c.fault.RetryAfter {
				t.Errorf("wait %v", f.Wait)
			}
			if err == nil && reply.Answer.Status != register.Found {
				t.Errorf("got %+v", reply.Answer)
			}
			if n := m.Count(key); n != c.tries {
				t.Errorf("%d tries, want %d", n, c.tries)
			}
		})
	}
}

// Tokens that the server forgot, and credentials that it never knew.
func TestTokensOfTheMock(t *testing.T) {
	t.Parallel()
	m, p := beside(t, mock.Options{}, call.Limits{})
	q := asked(t, p, people.ByStory("candidate-clean"))
	m.ExpireTokens()
	if _, err := operation(t, p, "registered-address.pin").Ask(t.Context(), q); err != nil {
		t.Errorf("after the token was forgotten: %v", err)
	}
	if n := m.Count(mock.OpToken); n != 2 {
		t.Errorf("%d tokens", n)
	}
	_, wrong := beside(t, mock.Options{Credentials: mock.Credentials{Password: "another"}}, call.Limits{})
	if _, err := operation(t, wrong, "registered-address.pin").Ask(t.Context(), q); fault.KindOf(err) != fault.Misconfigured {
		t.Errorf("wrong password: %v", err)
	}
}

// The mock's journal shows who asked: the official, never the subject.
func TestAuditFields(t *testing.T) {
	t.Parallel()
	m, p := beside(t, mock.Options{PendingPolls: -1}, call.Limits{})
	who := people.ByStory("disabled")
	q := asked(t, p, who)
	for _, r := range p.Registers() {
		if _, err := whole(t, r, q); err != nil {
			t.Fatalf("%s: %v", r.ID, err)
		}
	}
	for _, key := range []string{"personal-data.docrest", "disability.passport", "legal-capacity.check"} {
		for _, c := range m.Calls(key) {
			if c.Sender != q.Official || c.Transaction != "77" || c.Subject != who.PINFL {
				t.Errorf("%s: sender %s, transaction %q", key, c.Sender, c.Transaction)
			}
		}
	}
	if got := m.Calls("employment.history"); len(got) != 1 || got[0].Subject != personal.PINFL(who.PINFL) {
		t.Errorf("employment: %d calls", len(got))
	}
}

// Services under several credential sets: each asks with its own token, and one
// that a set has no subscription to is misconfigured.
func TestSetsOfTheMock(t *testing.T) {
	t.Parallel()
	m, err := mock.Start(t.Context(), mock.Options{
		Population:  people,
		Credentials: mock.Credentials{Operations: []string{mock.OpAddress}},
		Sets:        map[string]mock.Credentials{"edu": {Operations: []string{mock.OpEducation, mock.OpSchool}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := calltest.Beside(t, m)
	set := func(suffix string) portal.Credentials {
		return portal.Credentials{
			ConsumerKey: personal.Secret(mock.ConsumerKey + suffix), ConsumerSecret: personal.Secret(mock.ConsumerSecret + suffix),
			Username: mock.Username + suffix, Password: personal.Secret(mock.Password + suffix),
		}
	}
	p, err := portal.New(portal.Config{
		TokenURL: m.URL(), GatewayURL: m.URL(), Credentials: map[string]portal.Credentials{portal.MainSet: set(""), "edu": set("-edu")},
		Operations: map[string]portal.OperationConfig{diplomas: {Credentials: "edu"}, "lyceum-certificate.pinfl": {Credentials: "edu"}},
	}, portal.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	q := register.Question{Transaction: "5", Official: people.At(1).PINFL, Purpose: "saylov", PINFL: people.At(0).PINFL}
	for key, code := range map[string]string{
		diplomas: "", "registered-address.pin": "", "lyceum-certificate.pinfl": "900908", "school-certificate.pinfl": "900908",
	} {
		_, err := operation(t, p, key).Ask(t.Context(), q)
		if f := fault.Of(err); (f == nil) != (code == "") || f != nil && (f.Code != code || f.Kind != fault.Misconfigured) {
			t.Errorf("%s: %v, want %q", key, err, code)
		}
	}
	if n := m.Count(mock.OpToken); n != 2 {
		t.Errorf("%d tokens", n)
	}
}
