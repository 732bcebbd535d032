package apptest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
)

// M is a JSON object that a test may bend.
type M = map[string]any

// Residence is the paper that candidates of this package attach.
var Residence = client.File{Name: "residence.pdf", Content: []byte("%PDF-1.7 a made-up certificate of residence")}

// Story returns the person of a story.
func (h *Hub) Story(t testing.TB, name string) *population.Person {
	t.Helper()
	p := h.Mocks.Population.ByStory(name)
	if p == nil {
		t.Fatalf("no story %q", name)
	}
	return p
}

// Plain returns a person whom nothing bars from anything and whom no other
// caller got.
func (h *Hub) Plain(t testing.TB) *population.Person {
	t.Helper()
	for {
		p := h.Mocks.Population.At(int(h.person.Add(1)) - 1)
		if p == nil {
			t.Fatal("no plain people are left: start the mocks with more")
		}
		age := p.BirthDate.AgeOn(h.Day)
		if p.Story == "" && age >= 25 && age < 65 && p.CitizenshipID == population.Uzbekistan && p.Alive && !p.AddressRestricted &&
			p.Capacity == "FULL" && len(p.Convictions) == 0 && p.Employer().Kind != population.Military &&
			p.Employer().Kind != population.Court && p.Employer().Kind != population.Executive {
			return p
		}
	}
}

// Election makes an election of its own with constituencies ID-7 and ID-8 of
// the district commission: roles and numbers in it are nobody else's.
func (h *Hub) Election(t testing.TB) string {
	t.Helper()
	id := fmt.Sprintf("el%d", h.election.Add(1))
	day := func(n int) string { return h.Day.AddDays(n).String() }
	constituency := func(n int) M {
		return M{
			"id": fmt.Sprintf("%s-%d", id, n), "election": id, "commission": h.DEC.ID, "number": n, "name": "Qorasuv",
			"council": "Xalq deputatlari Mirzo Ulugʻbek tuman Kengashi", "council_short": "xalq deputatlari Mirzo Ulug'bek tuman Kengashi",
		}
	}
	raw, err := json.Marshal(M{
		"elections": []M{{
			"id": id, "kind": "DIST", "title": M{"uz-Latn": "Kengashlar saylovi"}, "line": "xalq deputatlari tuman Kengashi saylovi", "day": day(0),
			"calendar": M{"candidates-last-day": day(-42), "observers-last-day": day(-10), "results-last-day": day(10)},
		}},
		"constituencies": []M{constituency(7), constituency(8)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Admin.ImportDirectory(t.Context(), raw); err != nil {
		t.Fatalf("importing an election: %v", err)
	}
	return id
}

// Observers is an application for observers, by PINFL, refs from 1 on.
func (h *Hub) Observers(election string, people ...*population.Person) M {
	var subjects []any
	for i, p := range people {
		subjects = append(subjects, M{"ref": fmt.Sprint(i + 1), "pinfl": string(p.PINFL), "phone": string(p.Phone), "territory": "Mirzo Ulugʻbek tumani"})
	}
	return M{
		"type": "observer-party-register", "election": election, "commission": h.TEC.ID, "applicant": "party", "language": "uz-Latn", "subjects": subjects,
	}
}

// Candidate is an application for one candidate with a residence paper; send it
// with Residence.
func (h *Hub) Candidate(election string, p *population.Person) M {
	a := M{
		"type": "candidate-register-district", "election": election, "commission": h.DEC.ID, "applicant": "party", "language": "uz-Latn",
		"subjects": []any{M{
			"ref": "1", "pinfl": string(p.PINFL), "phone": string(p.Phone), "constituency": election + "-7",
			"statements": M{"not_in_service": true, "not_clergy": true},
		}},
	}
	Offer(a, 0, "residence")
	return a
}

// Offer has an application's i-th subject prove something by a paper; send it with
// Residence.
func Offer(a M, i int, proves string) {
	Subject(a, i)["papers"] = []any{M{"proves": proves, "attachment": Residence.Name}}
	a["attachments"] = attachments()
}

// attachments are the one file of these applications, as the signed content names it.
func attachments() []any {
	sum := sha256.Sum256(Residence.Content)
	return []any{M{"name": Residence.Name, "media_type": "application/pdf", "sha256": hex.EncodeToString(sum[:])}}
}

// Subject returns the i-th subject of an application, to be bent.
func Subject(a M, i int) M { return a["subjects"].([]any)[i].(M) }

// JSON is the bytes that are signed.
func JSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Sign signs bytes as a story.
func (h *Hub) Sign(t testing.TB, story string, document []byte) []byte {
	t.Helper()
	return h.SignOrder(t, eds.Order{As: story, Document: document})
}

// SignOrder signs in any way the mock can.
func (h *Hub) SignOrder(t testing.TB, o eds.Order) []byte {
	t.Helper()
	sig, err := h.Mocks.EDS.SignOrder(o)
	if err != nil {
		t.Fatalf("signing: %v", err)
	}
	return sig
}

// Submit hands an application in, signed by the party's head.
func (h *Hub) Submit(t testing.TB, c *Commission, application M, files ...client.File) client.Accepted {
	t.Helper()
	doc := JSON(t, application)
	a, err := c.Apply(t.Context(), "", doc, h.Sign(t, "party-head", doc), files...)
	if err != nil {
		t.Fatalf("submitting: %v", err)
	}
	return a
}

// patience is how long a condition is waited for.
const patience = 2 * time.Minute

// Poll asks until the condition holds; last says what stood in the way.
func Poll(t testing.TB, what string, holds func(ctx context.Context) (ok bool, last any, err error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last any
	for {
		ok, got, err := holds(ctx)
		if err != nil && ctx.Err() == nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if ok {
			return
		}
		if got != nil {
			last = got
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited for %s in vain; last: %+v", what, last)
		case <-tick.C:
		}
	}
}

// Await polls an application until the condition holds.
func (h *Hub) Await(t testing.TB, c *Commission, id, what string, holds func(client.Dossier) bool) client.Dossier {
	t.Helper()
	var d client.Dossier
	Poll(t, what, func(ctx context.Context) (bool, any, error) {
		got, err := c.Dossier(ctx, id)
		if err != nil {
			return false, nil, err
		}
		d = got
		return holds(d), d, nil
	})
	return d
}

// Ready holds when the commission may decide and no check is open.
func Ready(d client.Dossier) bool {
	for _, s := range d.Subjects {
		for _, c := range s.Checks {
			if c.State == "open" || c.State == "held" {
				return false
			}
		}
	}
	return d.State == "ready"
}

// Verdict holds when it is ready and the first subject's verdict is this one.
func Verdict(v string) func(client.Dossier) bool {
	return func(d client.Dossier) bool {
		return Ready(d) && d.Subjects[0].Assessment != nil && d.Subjects[0].Assessment.Verdict == v
	}
}

// Told holds when it is executed and the provider took every notice.
func Told(d client.Dossier) bool {
	for _, n := range d.Notices {
		if n.State != "sent" {
			return false
		}
	}
	return d.State == "executed" && len(d.Notices) > 0
}

// Confirm has the secretary confirm the residence paper of subject 1 and waits
// for an assessment that stands on it.
func (h *Hub) Confirm(t testing.TB, c *Commission, id string) client.Dossier {
	t.Helper()
	if err := c.Confirm(t.Context(), id, "1", "residence", Residence.Name, c.Secretary); err != nil {
		t.Fatalf("confirming: %v", err)
	}
	return h.Await(t, c, id, "the revision with the confirmation", func(d client.Dossier) bool {
		return Ready(d) && RuleOf(d.Subjects[0], "LOC-RES").Result == "pass"
	})
}

// RuleOf returns one rule's answer in a subject's latest assessment.
func RuleOf(s client.Subject, rule string) client.Rule {
	if s.Assessment != nil {
		for _, r := range s.Assessment.Rules {
			if r.Rule == rule {
				return r
			}
		}
	}
	return client.Rule{}
}

// StatusOf returns a register's answer about a subject: found, absent,
// restricted, or empty.
func StatusOf(s client.Subject, id register.ID) string {
	for _, c := range s.Checks {
		if c.Register == string(id) {
			return c.Status
		}
	}
	return ""
}

// Number is a decision number that no other caller got.
func (h *Hub) Number() string { return fmt.Sprint(h.number.Add(1)) }

// Decision is a decision on a dossier: register who is eligible, refuse the
// others with R01.
func (h *Hub) Decision(c *Commission, d client.Dossier) M {
	var subjects []any
	for _, s := range d.Subjects {
		o := M{"ref": s.Ref, "revision": s.Assessment.Revision, "outcome": "register"}
		if s.Assessment.Verdict != "eligible" {
			o["outcome"], o["reason"] = "refuse", "R01"
		}
		subjects = append(subjects, o)
	}
	return M{"application": d.ID, "number": h.Number(), "date": h.Clock.Today().String(), "drafted_by": c.Drafter, "subjects": subjects}
}

// Decide hands a decision in, signed as a story.
func (h *Hub) Decide(t testing.TB, c *Commission, as string, decision M) error {
	t.Helper()
	doc := JSON(t, decision)
	_, err := c.Decide(t.Context(), decision["application"].(string), "", doc, h.Sign(t, as, doc))
	return err
}

// Execute decides on a ready dossier with the chair's signature and waits until
// all is issued and told.
func (h *Hub) Execute(t testing.TB, c *Commission, d client.Dossier) client.Dossier {
	t.Helper()
	if err := h.Decide(t, c, c.Chair, h.Decision(c, d)); err != nil {
		t.Fatalf("deciding: %v", err)
	}
	return h.Await(t, c, d.ID, "documents and notices", Told)
}

// Response is an answer as it came.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Problem reads the answer as a problem document.
func (r Response) Problem(t testing.TB) client.Problem {
	t.Helper()
	var p client.Problem
	if err := json.Unmarshal(r.Body, &p); err != nil || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("want a problem document, got %d %s: %.200s", r.Status, r.Header.Get("Content-Type"), r.Body)
	}
	return p
}

// Do sends a request as it is. Headers come in pairs; one that is empty is left
// out, Authorization included.
func (h *Hub) Do(t testing.TB, method, path string, body []byte, headers ...string) Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := h.HTTP.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Response{resp.StatusCode, resp.Header, raw}
}

// ProblemOf returns the problem document behind an error of a client.
func ProblemOf(t testing.TB, err error) *client.Problem {
	t.Helper()
	p, ok := errors.AsType[*client.Problem](err)
	if !ok {
		t.Fatalf("want a problem document, got %v", err)
	}
	return p
}
