package portal_test

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// Which of the two services the disability register's one operation asks.
func TestDocumentPicksTheService(t *testing.T) {
	t.Parallel()
	known := func(document, certificate personal.Document) *register.PersonalData {
		return &register.PersonalData{PINFL: subject, PINFLs: []personal.PINFL{subject}, Document: document, BirthCertificate: certificate}
	}
	cases := []struct {
		name string
		q    register.Question
		want string // the document sent, after the last word of the path
		kind fault.Kind
	}{
		{"a passport", register.Question{Document: passport}, "passport XA0000001", ""},
		{"both: the passport", register.Question{Document: passport, BirthCertificate: certificate}, "passport XA0000001", ""},
		{"a certificate", register.Question{BirthCertificate: certificate}, "birthdoc I-XX-0000001", ""},
		{"already with two dashes", register.Question{BirthCertificate: "II-XX-0000001"}, "birthdoc II-XX-0000001", ""},
		{"with spaces, small", register.Question{BirthCertificate: "i-xx 0000001"}, "birthdoc I-XX-0000001", ""},
		{"a certificate where a document stands", register.Question{Document: certificate}, "birthdoc I-XX-0000001", ""},
		{"the register knows a passport", register.Question{BirthCertificate: certificate, Identity: known(passport, "")}, "passport XA0000001", ""},
		{"the register knows only a certificate", register.Question{Document: passport, Identity: known("", certificate)}, "birthdoc I-XX-0000001", ""},
		{"an identity as it was kept before", register.Question{Identity: known(certificate, "")}, "birthdoc I-XX-0000001", ""},
		{"no document", register.Question{}, "", fault.Rejected},
		{"a certificate of no form", register.Question{BirthCertificate: "XX0000001"}, "", fault.Rejected},
		{"a short certificate", register.Question{BirthCertificate: "I-XX000001"}, "", fault.Rejected},
		{"letters for digits", register.Question{BirthCertificate: "I-XX00000O1"}, "", fault.Rejected},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := answers(200, good[birthDoc])
			c.q.Transaction, c.q.Official, c.q.PINFL, c.q.Purpose = "101", official, subject, "saylov"
			_, err := find(open(t, g, portal.Deps{}), "disability.passport").Ask(t.Context(), c.q)
			if fault.KindOf(err) != c.kind {
				t.Fatalf("got %v, want %q", err, c.kind)
			}
			got := ""
			if len(g.asked) > 0 {
				path := g.asked[0].URL.Path
				got = path[strings.LastIndexByte(path, '/')+1:] + " "
				for d := range strings.SplitSeq(g.bodies[0], `"`) {
					if strings.HasSuffix(d, "0000001") {
						got += d
					}
				}
			}
			if got != c.want {
				t.Errorf("asked %q, want %q", got, c.want)
			}
		})
	}
}

// The certificate is asked about with the best birth date that is known.
func TestBirthDateOfTheCertificate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		q    register.Question
		want string
	}{
		"the PINFL's":    {register.Question{PINFL: subject}, "1993-05-15"},
		"the question's": {register.Question{PINFL: subject, BirthDate: civil.Date{Year: 1993, Month: 5, Day: 16}}, "1993-05-16"},
		"the register's": {register.Question{PINFL: subject, BirthDate: civil.Date{Year: 1993, Month: 5, Day: 16}, Identity: &register.PersonalData{
			BirthCertificate: certificate, BirthDate: civil.Date{Year: 1993, Month: 5, Day: 17},
		}}, "1993-05-17"},
		"none": {register.Question{PINFL: "93113939980027"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := answers(200, strings.ReplaceAll(good[birthDoc], string(subject), string(c.q.PINFL)))
			c.q.Transaction, c.q.Official, c.q.BirthCertificate, c.q.Purpose = "101", official, certificate, "saylov"
			_, err := find(open(t, g, portal.Deps{}), "disability.passport").Ask(t.Context(), c.q)
			if c.want == "" {
				if fault.KindOf(err) != fault.Rejected || len(g.asked) > 0 {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || !strings.Contains(g.bodies[0], `"birth_date":"`+c.want+`"`) {
				t.Errorf("asked %s, %v", g.bodies, err)
			}
		})
	}
}

// The two services have paths, credentials and limits of their own, and their
// faults say which of them it was.
func TestServicesOfDisabilityStandApart(t *testing.T) {
	t.Parallel()
	g := answers(400, "")
	p := open(t, g, portal.Deps{}, func(c *portal.Config) {
		c.Credentials["minzdrav"] = portal.Credentials{ConsumerKey: "k", ConsumerSecret: "s", Username: "u", Password: "p"}
		c.Operations = map[string]portal.OperationConfig{birthDoc: {Path: "/ihma/birthdoc/v1", Credentials: "minzdrav", Limits: call.Limits{Bulkhead: 1}}}
	})
	op := find(p, "disability.passport")
	for key, q := range map[string]register.Question{"disability.passport": question(), birthDoc: unpassported(question())} {
		_, err := op.Ask(t.Context(), q)
		if f := fault.Of(err); f == nil || f.Kind != fault.Rejected || f.Operation != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	paths := g.asked[0].URL.Path + " " + g.asked[1].URL.Path
	if g.tokens != 2 || !strings.Contains(paths, "/ihma/birthdoc/v1") || !strings.Contains(paths, "/minzdrav/vtek/v4/passport") {
		t.Errorf("%d tokens, paths %s", g.tokens, paths)
	}
	if op.ID != "passport" || p.TokenOperation(birthDoc) != "token.minzdrav" || p.Callers()[birthDoc] == p.Callers()["disability.passport"] {
		t.Errorf("operation %s, token %s", op.ID, p.TokenOperation(birthDoc))
	}
}

// What the personal data register says of somebody's papers.
func TestPapers(t *testing.T) {
	t.Parallel()
	swapped := func(pairs ...string) string {
		return strings.NewReplacer(pairs...).Replace(good["personal-data.docrest"])
	}
	for name, c := range map[string]struct {
		body                  string
		document, certificate personal.Document
	}{
		"ID card, certificate first in the list":  {swapped(), passport, ""},
		"present document is a certificate":       {swapped(`"current_document":"XA0000001"`, `"current_document":"I-XX0000001"`), "", certificate},
		"no present document, both kinds listed":  {swapped(`"current_document":"XA0000001"`, `"current_document":""`), "", ""},
		"no present document, a certificate only": {swapped(`"current_document":"XA0000001"`, `"current_document":null`, `,{"document":"XA0000001","type":"IDMS_RECV_MVD_IDCARD_CITIZEN","status":2}`, ``), "", certificate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := operation(t, open(t, answers(200, c.body), portal.Deps{}), "personal-data.docrest").Ask(t.Context(), question())
			if err != nil {
				t.Fatal(err)
			}
			d := reply.Answer.Facts.(*register.PersonalData)
			if d.Document != c.document || d.BirthCertificate != c.certificate {
				t.Errorf("document %q, certificate %q", string(d.Document), string(d.BirthCertificate))
			}
		})
	}
}
