package apptest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/population"
)

// Holder is somebody whom a decision gave a role in a nation.
type Holder struct {
	Role       string // id
	Document   string // id of the certificate or mandate
	Person     *population.Person
	Foreigner  M
	Ballot     string
	Commission *Commission
	Applicant  string // who put them forward: an organisation's kind, or a candidate's role
}

// Walk takes applications of any type through a nation, from submission to
// documents and notices.
type Walk struct {
	*Nation
	h     *Hub
	types *catalogue.Catalogue

	mu       sync.Mutex
	holders  map[string][]*Holder // by the type that made them
	known    map[string]*Holder   // by role, whatever became of it
	coded    map[personal.Phone]bool
	single   map[string]*grant // types that may be granted once in a nation
	next     map[string]int    // constituencies by ballot
	strange  int
	Answered map[string]bool // rules that answered
	Told     map[string]bool // notices that were made
	Reasons  map[string]bool // reasons of refusals
}

// Walk makes a walk through a nation of its own.
func (h *Hub) Walk(t testing.TB) *Walk {
	t.Helper()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &Walk{
		Nation: h.Nation(t), h: h, types: types, holders: map[string][]*Holder{}, known: map[string]*Holder{}, coded: map[personal.Phone]bool{}, single: map[string]*grant{}, next: map[string]int{},
		Answered: map[string]bool{}, Told: map[string]bool{}, Reasons: map[string]bool{},
	}
}

// takes is which type gives a role, by role, kind of vote and level.
func (w *Walk) takes(role, ballot, level string) string {
	switch role {
	case "candidate":
		return map[string]string{
			"PRES": "candidate-register-president", "LC-SMD": "candidate-register-lc-single", "LC-PR": "partylist-register-lc",
			"JK": "candidate-register-jk", "REG": "candidate-register-regional", "DIST": "candidate-register-district",
		}[ballot]
	case "proxy":
		return map[string]string{
			"PRES": "proxy-register-president", "LC-SMD": "proxy-register-lc-single", "LC-PR": "proxy-register-lc-list",
			"JK": "proxy-register-jk", "REG": "proxy-register-regional", "DIST": "proxy-register-district",
		}[ballot]
	case "representative":
		return map[string]string{"CEC": "party-authrep-cec-register", "TEC": "party-authrep-tec-register"}[level]
	}
	return ""
}

// before is the type that makes whom a type is about, where role and ballot do not
// tell.
var before = map[string]string{
	"observer-party-terminate": "observer-party-register", "observer-mahalla-terminate": "observer-mahalla-register",
	"observer-foreign-terminate": "observer-foreign-accredit", "media-national-terminate": "media-national-accredit",
	"media-foreign-terminate": "media-foreign-accredit", "tec-member-change": "tec-composition-recommend",
	"dec-member-change": "dec-composition-recommend", "pec-member-change": "pec-composition-recommend",
	"document-duplicate": "party-authrep-tec-register", "partylist-vacancy-fill": "partylist-register-lc",
	"proxy-resign-lc": "proxy-register-lc-single",
}

// source is the type that makes whom a type is about; empty: new people.
func (w *Walk) source(t catalogue.Type, ballot, level string) string {
	if b, ok := before[t.ID]; ok {
		return b
	}
	if t.Form != "role-end" || t.Subjects.Max == 0 {
		return ""
	}
	return w.takes(t.Subjects.Role, ballot, level)
}

// holder returns somebody whom a type gave a role and whom nobody else got.
func (w *Walk) holder(t testing.TB, id string) *Holder {
	t.Helper()
	for range 20 { // others may be quicker
		w.mu.Lock()
		list := w.holders[id]
		if len(list) > 0 {
			w.holders[id] = list[1:]
			w.mu.Unlock()
			return list[0]
		}
		w.mu.Unlock()
		w.Grant(t, id)
	}
	t.Fatalf("nobody is left of %s", id)
	return nil
}

// level chooses the commission a type goes to, and ballot the kind of vote.
func (w *Walk) place(t catalogue.Type) (c *Commission, level, ballot string) {
	level = t.Route.To[0]
	if len(t.Ballots) > 0 {
		ballot = t.Ballots[0]
	}
	if ballot == "JK" && slices.Contains(t.Route.To, "KKCEC") {
		level = "KKCEC"
	}
	return w.Commissions[level], level, ballot
}

// grant is an application that is taken through once, whoever needs it first.
type grant struct {
	once sync.Once
	d    client.Dossier
}

// Grant takes one application of a type through, granting all of it. A party's list
// and the members of a commission are there once.
func (w *Walk) Grant(t testing.TB, id string) client.Dossier {
	t.Helper()
	kind, _ := w.types.Type(id)
	if kind.Form != "party-list" && kind.Form != "members" {
		return w.take(t, id, "")
	}
	w.mu.Lock()
	g, ok := w.single[id]
	if !ok {
		g = new(grant)
		w.single[id] = g
	}
	w.mu.Unlock()
	g.once.Do(func() { g.d = w.take(t, id, "") })
	if g.d.ID == "" {
		t.Fatalf("%s was not granted", id)
	}
	return g.d
}

// Refuse takes one application of a type through, refusing all of it.
func (w *Walk) Refuse(t testing.TB, id, reason string) client.Dossier { return w.take(t, id, reason) }

func (w *Walk) take(t testing.TB, id, reason string) client.Dossier {
	t.Helper()
	kind, ok := w.types.Type(id)
	if !ok {
		t.Fatalf("no type %q", id)
	}
	c, level, ballot := w.place(kind)
	s := w.sheet(t, kind, c, level, ballot)
	taken := w.hand(t, s)
	d := w.judge(t, s, taken.ID)
	d = w.decide(t, s, d, reason)
	w.remember(t, s, d, reason)
	return d
}

// sheet is an application that is being filled in.
type sheet struct {
	kind       catalogue.Type
	commission *Commission
	ballot     string
	applicant  *Holder // nil: an organisation
	from       string  // kind of organisation
	people     []*Holder
	content    M
}

// hand signs and hands in.
func (w *Walk) hand(t testing.TB, s *sheet) client.Accepted {
	t.Helper()
	document := JSON(t, s.content)
	body := M{"document": document}
	if files := w.files(s); files != nil {
		body["attachments"] = files
	}
	switch {
	case s.applicant == nil:
		body["signature"] = w.h.Sign(t, w.Signer(s.from), document)
	case s.kind.Signing == catalogue.SMS || s.kind.HolderSigning == catalogue.SMS:
		body["code"] = w.code(t, s, document)
	default:
		body["signature"] = w.h.Sign(t, string(s.applicant.Person.PINFL), document)
	}
	r := w.h.Do(t, http.MethodPost, "/v1/applications", JSON(t, body), "Authorization", "Bearer "+s.commission.Key, "Content-Type", "application/json")
	var a client.Accepted
	if err := json.Unmarshal(r.Body, &a); err != nil || r.Status != http.StatusAccepted {
		t.Fatalf("%s: handing in: %d %s", s.kind.ID, r.Status, r.Body)
	}
	return a
}

func (w *Walk) files(s *sheet) []any {
	if s.content["attachments"] == nil {
		return nil
	}
	return []any{M{"name": Residence.Name, "content": base64.StdEncoding.EncodeToString(Residence.Content)}}
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code has the applicant sign by SMS.
func (w *Walk) code(t testing.TB, s *sheet, document []byte) M {
	t.Helper()
	phone := s.applicant.Person.Phone
	w.mu.Lock()
	if w.coded[phone] { // between two codes for one phone
		w.h.Clock.Advance(61 * time.Second)
	}
	w.coded[phone] = true
	w.mu.Unlock()
	codes := func() (out []string) {
		for _, m := range w.h.Mocks.SMS.Inbox() {
			if m.Recipient == phone && m.Priority == "realtime" {
				out = append(out, sixDigits.FindString(m.Text))
			}
		}
		return out
	}
	had := len(codes())
	sum := sha256.Sum256(document)
	r := w.h.Do(t, http.MethodPost, "/v1/login-codes", JSON(t, M{"phone": string(phone), "language": "uz-Latn", "purpose": "sign", "content_sha256": hex.EncodeToString(sum[:])}),
		"Authorization", "Bearer "+s.commission.Key, "Content-Type", "application/json")
	var out struct{ ID string }
	if err := json.Unmarshal(r.Body, &out); err != nil || r.Status != http.StatusAccepted {
		t.Fatalf("%s: asking for a code: %d %s", s.kind.ID, r.Status, r.Body)
	}
	Poll(t, "the code of "+s.kind.ID, func(context.Context) (bool, any, error) { return len(codes()) > had, had, nil })
	all := codes()
	return M{"id": out.ID, "digits": all[len(all)-1]}
}

// decide drafts a decision, has the chair sign it and waits for its end. An empty
// reason grants everything.
func (w *Walk) decide(t testing.TB, s *sheet, d client.Dossier, reason string) client.Dossier {
	t.Helper()
	outcome := w.outcome(t, s.kind, reason != "")
	one := M{"outcome": string(outcome)}
	if reason != "" {
		one["reason"] = reason
	}
	order := M{"drafted_by": s.commission.Drafter, "number": w.h.Number()}
	var subjects []any
	for _, sub := range d.Subjects {
		o := M{"ref": sub.Ref, "outcome": string(outcome)}
		if reason != "" {
			o["reason"] = reason
		}
		subjects = append(subjects, o)
	}
	if len(subjects) > 0 {
		order["subjects"] = subjects
	} else {
		order["whole"] = one
	}
	r := w.h.Do(t, http.MethodPost, "/v1/applications/"+d.ID+"/draft", JSON(t, order), "Authorization", "Bearer "+s.commission.Key, "Content-Type", "application/json")
	var draft struct{ Document []byte }
	if err := json.Unmarshal(r.Body, &draft); err != nil || r.Status != http.StatusOK {
		for _, sub := range d.Subjects {
			if sub.Assessment.Verdict != "eligible" {
				t.Logf("subject %s: %+v", sub.Ref, sub.Assessment)
			}
		}
		t.Fatalf("%s: drafting: %d %s", s.kind.ID, r.Status, r.Body)
	}
	if _, err := s.commission.Decide(t.Context(), d.ID, "", draft.Document, w.h.Sign(t, s.commission.Chair, draft.Document)); err != nil {
		t.Fatalf("%s: deciding: %v", s.kind.ID, err)
	}
	return w.h.Await(t, s.commission, d.ID, "documents and notices of "+s.kind.ID, func(d client.Dossier) bool {
		return d.State == "executed" && !slices.ContainsFunc(d.Notices, func(n client.Notice) bool { return n.State != "sent" })
	})
}

func (w *Walk) outcome(t testing.TB, kind catalogue.Type, refuses bool) catalogue.Outcome {
	t.Helper()
	for o, f := range kind.Outcomes {
		if f.Refuses == refuses {
			return o
		}
	}
	t.Fatalf("%s has no such outcome", kind.ID)
	return ""
}

// remember keeps who holds what by now.
func (w *Walk) remember(t testing.TB, s *sheet, d client.Dossier, reason string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if reason != "" {
		w.Reasons[reason] = true
	}
	for _, n := range d.Notices {
		w.Told[n.Notice] = true
	}
	switch s.kind.Outcomes[w.outcome(t, s.kind, reason != "")].Effect {
	case catalogue.Take:
	case catalogue.EndList:
		w.holders[w.takes("candidate", s.ballot, "")] = nil
		return
	default:
		return
	}
	for i, p := range s.people {
		ref := fmt.Sprint(i + 1)
		role := w.h.Query(t, `SELECT r.id FROM role r JOIN subject s ON s.id=r.id WHERE s.application_id=? AND s.ref=?`, d.ID, ref)
		if len(role) != 1 {
			t.Fatalf("%s: subject %s holds %d roles", s.kind.ID, ref, len(role))
		}
		p.Role, p.Ballot, p.Commission, p.Applicant = role[0], s.ballot, s.commission, s.from
		if s.applicant != nil {
			p.Applicant = s.applicant.Role
		}
		for _, doc := range d.Documents {
			if doc.Subject == ref {
				p.Document = doc.ID
			}
		}
		w.holders[s.kind.ID], w.known[p.Role] = append(w.holders[s.kind.ID], p), p
	}
}
