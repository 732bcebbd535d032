package portal_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// What goes over the wire, field by field.
func TestRequests(t *testing.T) {
	t.Parallel()
	want := map[string]struct{ path, body string }{
		"personal-data.docrest":    {"/gcp/docrest/v1", `{"transaction_id":101,"is_consent":"Y","sender_pinfl":"32103889999014","langId":3,"document":"XA0000001","pinpp":"41505939980027","is_photo":"N","Sender":"M"}`},
		"registered-address.pin":   {"/mvd/services/address/info/pin/v1", `{"pinpp":"41505939980027"}`},
		"employment.history":       {"/labour/service/citizenhistory/v1", `{"pin":"41505939980027","request_id":"101"}`},
		"education.diploma":        {"/minvuz/services/diploma/v2", `{"pinfl":"41505939980027"}`},
		"criminal-record.search":   {"/convictions/search/v2", `{"pinfl":"41505939980027","passport":"XA0000001","firstname":"GULNORA","lastname":"NAMUNAYEVA","middlename":"SINOV QIZI","birth_year":1993,"region_id":26,"organization_id":"099901","comments":"saylov","consent":"Y","is_allowed_abroad":"N"}`},
		"criminal-record.check":    {"/conviction/check/v2", `{"id_query":1000001}`},
		"disability.passport":      {"/minzdrav/vtek/v4/passport", `{"transaction_id":"101","pin":"32103889999014","purpose":"saylov","consent":"true","pinfl":"41505939980027","passport":"XA0000001"}`},
		birthDoc:                   {"/minzdrav/vtek/v4/birthdoc", `{"transaction_id":"101","pin":"32103889999014","purpose":"saylov","consent":"true","birth_document":"I-XX-0000001","birth_date":"1993-05-15"}`},
		"employed-at.status":       {"/labour/service/citizen/status/v1", `{"pin":"41505939980027","company_tin":"300000001"}`},
		"school-certificate.pinfl": {"/xtv/e-shahodatnoma/pinfl/v1", `{"pinfl":"41505939980027","transaction_id":"101","sender_pinfl":"32103889999014","purpose":"saylov","consent":"yes"}`},
		"lyceum-certificate.pinfl": {"/minvuz/lyceumgraduate/v1", `{"pinfl":"41505939980027"}`},
		"legal-capacity.check":     {"/sud/services/legal-capacity/v1", `{"transaction_id":101,"sender_pinfl":"32103889999014","purpose":"saylov","consent":"Y","pinfl":"41505939980027"}`},
	}
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			g := answers(200, good[key])
			if _, err := operation(t, open(t, g, portal.Deps{}), key).Ask(t.Context(), question()); err != nil {
				t.Fatal(err)
			}
			r := g.asked[0]
			if r.Method != http.MethodPost || r.URL.String() != "https://gateway.example:8243"+want[key].path {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			if a, c := r.Header.Get("Authorization"), r.Header.Get("Content-Type"); a != "Bearer tok-1" || c != "application/json" {
				t.Errorf("headers %q %q", a, c)
			}
			var got, wanted any
			if json.Unmarshal([]byte(g.bodies[0]), &got) != nil || json.Unmarshal([]byte(want[key].body), &wanted) != nil {
				t.Fatal("not JSON")
			}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLookUpModes(t *testing.T) {
	t.Parallel()
	born := civil.Date{Year: 1993, Month: 5, Day: 15}
	cases := []struct {
		name string
		q    register.Question
		want string // fields of the request, in this order: pinpp document birth_date Sender
		kind fault.Kind
	}{
		{"PINFL alone: its own birth date", register.Question{PINFL: subject}, "41505939980027 - 1993-05-15 P", ""},
		{"PINFL and document", register.Question{PINFL: subject, Document: passport, BirthDate: born}, "41505939980027 XA0000001 - M", ""},
		{"document and birth date", register.Question{Document: passport, BirthDate: born}, "- XA0000001 1993-05-15 M", ""},
		{"document alone", register.Question{Document: passport}, "", fault.Rejected},
		{"PINFL that carries no date", register.Question{PINFL: "93113939980027"}, "", fault.Rejected},
		{"document of somebody born another day", register.Question{Document: passport, BirthDate: civil.Date{Year: 1993, Month: 5, Day: 16}}, "- XA0000001 1993-05-16 M", fault.Breach},
		{"birth certificate and birth date", register.Question{BirthCertificate: certificate, BirthDate: born}, "- I-XX0000001 1993-05-15 M", ""},
		{"another certificate", register.Question{BirthCertificate: "I-XX0000009", BirthDate: born}, "- I-XX0000009 1993-05-15 M", fault.Breach},
		{"another document", register.Question{Document: "XA0000009", BirthDate: born}, "- XA0000009 1993-05-15 M", fault.Breach},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := answers(200, good["personal-data.docrest"])
			c.q.Transaction, c.q.Official = "101", official
			_, err := operation(t, open(t, g, portal.Deps{}), "personal-data.docrest").Ask(t.Context(), c.q)
			if fault.KindOf(err) != c.kind {
				t.Fatalf("got %v, want %q", err, c.kind)
			}
			got := ""
			if len(g.bodies) > 0 {
				var b map[string]any
				if err := json.Unmarshal([]byte(g.bodies[0]), &b); err != nil {
					t.Fatal(err)
				}
				for _, k := range []string{"pinpp", "document", "birth_date", "Sender"} {
					v, ok := b[k].(string)
					if !ok {
						v = "-"
					}
					got += " " + v
				}
			}
			if strings.TrimSpace(got) != c.want {
				t.Errorf("asked %q, want %q", got, c.want)
			}
		})
	}
}

func TestIncompleteQuestions(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, key string
		change    func(*register.Question)
		kind      fault.Kind
	}{
		{"no official", "personal-data.docrest", func(q *register.Question) { q.Official = "" }, fault.Defect},
		{"no transaction", "legal-capacity.check", func(q *register.Question) { q.Transaction = "" }, fault.Defect},
		{"transaction too long", "personal-data.docrest", func(q *register.Question) { q.Transaction = "1234567890123456" }, fault.Defect},
		{"no PINFL", "education.diploma", func(q *register.Question) { q.PINFL = "" }, fault.Rejected},
		{"no identity", "criminal-record.search", func(q *register.Question) { q.Identity = nil }, fault.Rejected},
		{"no token", "criminal-record.check", func(q *register.Question) { q.Token = "" }, fault.Defect},
		{"no TIN", "employed-at.status", func(q *register.Question) { q.Employer = "" }, fault.Rejected},
		{"a TIN of letters", "employed-at.status", func(q *register.Question) { q.Employer = "30000000x" }, fault.Rejected},
		{"nobody in particular", "employed-at.status", func(q *register.Question) { q.PINFL = "" }, fault.Rejected},
		{"school without an official", "school-certificate.pinfl", func(q *register.Question) { q.Official = "" }, fault.Defect},
		{"no document", "disability.passport", func(q *register.Question) { q.Document, q.Identity = "", nil }, fault.Rejected},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, q := answers(200, good[c.key]), question()
			c.change(&q)
			_, err := operation(t, open(t, g, portal.Deps{}), c.key).Ask(t.Context(), q)
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Operation != c.key {
				t.Errorf("got %v, want %s", err, c.kind)
			}
			if len(g.asked) != 0 {
				t.Error("the gateway was asked nevertheless")
			}
		})
	}
}

// The document that the personal data register named goes before the one typed.
func TestDocumentOfTheRegister(t *testing.T) {
	t.Parallel()
	g, q := answers(200, good["disability.passport"]), question()
	q.Document = "XA0000009"
	if _, err := operation(t, open(t, g, portal.Deps{}), "disability.passport").Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(g.bodies[0], `"passport":"XA0000001"`) {
		t.Error("the typed document was sent")
	}
}

// A register may answer under another PINFL of the same person, but the identity
// given must be the asked person's own.
func TestOtherNumbersOfOnePerson(t *testing.T) {
	t.Parallel()
	const former = personal.PINFL("41505939980010")
	for name, c := range map[string]struct {
		identity []personal.PINFL
		kind     fault.Kind
	}{
		"both numbers":           {[]personal.PINFL{former, subject}, ""},
		"only the asked one":     {[]personal.PINFL{former}, fault.Breach},
		"identity of a stranger": {[]personal.PINFL{subject}, fault.Breach},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := question()
			q.PINFL, q.Identity.PINFLs = former, c.identity
			_, err := operation(t, open(t, answers(200, good["legal-capacity.check"]), portal.Deps{}), "legal-capacity.check").Ask(t.Context(), q)
			if fault.KindOf(err) != c.kind {
				t.Errorf("got %v, want %q", err, c.kind)
			}
		})
	}
}

func TestDescriptors(t *testing.T) {
	t.Parallel()
	type row struct {
		absence  register.Absence
		identity bool
	}
	want := map[register.ID]row{
		register.Personal: {register.AbsenceUnknown, false}, register.Address: {register.AbsenceUnknown, false},
		register.Employment: {register.AbsenceUnknown, false}, register.Education: {register.AbsenceUnknown, false},
		register.Criminal: {register.AbsenceUnknown, true}, register.Disability: {register.AbsenceFact, true},
		register.Capacity: {register.AbsenceUnknown, false}, register.WorksAt: {register.AbsenceUnknown, false},
		register.School: {register.AbsenceUnknown, false}, register.Lyceum: {register.AbsenceUnknown, false},
	}
	for _, r := range open(t, answers(200, ""), portal.Deps{}).Registers() {
		if got := (row{r.Absence, r.NeedsIdentity}); got != want[r.ID] || r.Title == "" || r.System != portal.System {
			t.Errorf("%s: %+v", r.ID, r)
		}
		delete(want, r.ID)
	}
	if len(want) > 0 {
		t.Errorf("missing %v", want)
	}
	p := open(t, answers(200, ""), portal.Deps{}, func(c *portal.Config) { c.CapacityAbsence = register.AbsenceFact })
	if r := p.Registers()[6]; r.ID != register.Capacity || r.Absence != register.AbsenceFact {
		t.Errorf("configured absence: %+v", r)
	}
}

// Only what does no harm is repeated: a search opens a request at the register.
func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, want := answers(503, ""), 2
				if key == "criminal-record.search" {
					want = 1
				}
				_, err := operation(t, open(t, g, portal.Deps{}), key).Ask(t.Context(), question())
				if len(g.asked) != want || !fault.Of(err).Uncertain {
					t.Errorf("%d tries, want %d; %v", len(g.asked), want, err)
				}
			})
		})
	}
}

// The gateway tells a throttled caller when to come again.
func TestNextAccessTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for at, want := range map[string]time.Duration{
		"2026-Nov-22 09:01:30+0000 UTC": 90 * time.Second, "2026-Nov-22 08:00:00+0000 UTC": 0,
		"2026-Nov-23 09:00:00+0000 UTC": call.LongestWait, "2026-11-22T14:01:00+05:00": time.Minute, "soon": 0,
	} {
		g := answers(429, `{"code":"900804","message":"m","description":"d","nextAccessTime":"`+at+`"}`)
		_, err := operation(t, open(t, g, portal.Deps{Now: func() time.Time { return now }}), "education.diploma").Ask(t.Context(), question())
		if f := fault.Of(err); f == nil || f.Kind != fault.Throttled || f.Wait != want {
			t.Errorf("%s: %+v, want %v", at, f, want)
		}
	}
}

// Where the wire wants a purpose, nobody is asked about without one.
func TestNoPurposeNoQuestion(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"disability.passport", "legal-capacity.check", "school-certificate.pinfl"} {
		g := answers(200, good[key])
		q := question()
		q.Purpose = " "
		if _, err := operation(t, open(t, g, portal.Deps{}), key).Ask(t.Context(), q); fault.KindOf(err) != fault.Defect || len(g.asked) != 0 {
			t.Errorf("%s: %v after %d calls", key, err, len(g.asked))
		}
	}
}
