package apptest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/mocks/population"
)

// papers are all that a paper may prove, each offered on the same attachment.
var papers = []string{
	"age", "appointment", "capacity", "clergy", "criminal-record", "education", "experience", "kin", "language", "membership", "post", "residence", "terms", "work",
}

// offered are the papers of one subject.
func offered() []any {
	var out []any
	for _, p := range papers {
		out = append(out, M{"proves": p, "attachment": Residence.Name})
	}
	return out
}

// sheet fills an application of a type in, with people whom nothing bars.
func (w *Walk) sheet(t testing.TB, kind catalogue.Type, c *Commission, level, ballot string) *sheet {
	t.Helper()
	s := &sheet{kind: kind, commission: c, ballot: ballot, from: kind.Route.From[0]}
	if level == "KKCEC" && slices.Contains(kind.Route.From, "KKCM") {
		s.from = "KKCM"
	}
	source := w.source(kind, ballot, level)
	switch s.from {
	case "CAND":
		s.applicant = w.applicant(t, kind, source, ballot, level)
	case "PROXY":
		s.applicant = w.holder(t, source)
	}
	s.content = M{"type": kind.ID, "election": w.ID, "commission": c.ID, "applicant": w.Organisation(s.from), "language": "uz-Latn"}
	if s.applicant != nil {
		s.content["applicant"] = s.applicant.Role
	}
	if ballot != "" {
		s.content["ballot"] = ballot
	}
	w.particulars(s)
	if kind.Subjects.Max == 0 {
		w.vary(s)
		return s
	}
	s.content["attachments"] = attachments()
	var subjects []any
	for i := range w.size(kind) {
		p := w.person(t, s, source, i)
		s.people = append(s.people, p)
		subjects = append(subjects, w.subject(s, p, i))
	}
	if kind.Leaving != nil {
		p := w.holder(t, source)
		leaving := w.subject(s, p, len(subjects))
		leaving["part"] = "leaving"
		delete(leaving, "post")
		subjects = append(subjects, leaving)
	}
	s.content["subjects"] = subjects
	return s
}

// applicant is the candidate who applies: the one it is about, the one whose proxy
// it is about, or any other.
func (w *Walk) applicant(t testing.TB, kind catalogue.Type, source, ballot, level string) *Holder {
	t.Helper()
	if kind.Subjects.Applicant {
		return w.holder(t, source)
	}
	if kind.Subjects.Role == "proxy" && source != "" { // whose proxy is to end
		p := w.holder(t, source)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.holders[source] = append([]*Holder{p}, w.holders[source]...)
		if h, ok := w.known[p.Applicant]; ok {
			return h
		}
		t.Fatalf("%s: the candidate of the proxy is not known any more", kind.ID)
	}
	return w.holder(t, w.takes("candidate", ballot, level))
}

// size is how many people a type's application names here.
func (w *Walk) size(kind catalogue.Type) int {
	switch kind.Form {
	case "party-list":
		return 80 // so that some may leave it
	case "members":
		return max(kind.Subjects.Min, 7) | 1
	}
	return max(kind.Subjects.Min, 1)
}

// person is whom the i-th subject is.
func (w *Walk) person(t testing.TB, s *sheet, source string, i int) *Holder {
	t.Helper()
	switch {
	case s.kind.Subjects.Applicant || s.kind.ID == "complaint-commission" && s.applicant != nil:
		return s.applicant
	case source != "" && s.kind.Leaving == nil:
		return w.holder(t, source)
	case s.kind.Subjects.Foreign:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.strange++
		return &Holder{Foreigner: M{
			"surname": "Testov" + string(rune('a'+w.strange%26)), "given_name": "Sample", "passport": fmt.Sprintf("XA%07d", w.strange), "state": "TR",
			"organisation": "Sample Election Watch", "post": "observer", "arrives": w.h.Day.AddDays(-5).String(), "leaves": w.h.Day.AddDays(5).String(),
		}}
	}
	for {
		p := w.h.Plain(t)
		woman := p.Sex == population.Female
		if s.kind.Form == "party-list" && woman != (i%5 < 2) { // two of five
			continue
		}
		if s.kind.ID == "media-national-accredit" && p.Employer().TIN != w.Head("MEDIA").Certificate.TIN {
			continue
		}
		if s.ballot == "PRES" && p.BirthDate.AgeOn(w.h.Day) < 35 {
			continue
		}
		return &Holder{Person: p}
	}
}

// subject is the i-th subject as the type's form wants it.
func (w *Walk) subject(s *sheet, p *Holder, i int) M {
	m := M{"ref": fmt.Sprint(i + 1)}
	if p.Foreigner != nil {
		m["foreigner"] = p.Foreigner
	} else {
		m["pinfl"], m["phone"] = string(p.Person.PINFL), string(p.Person.Phone)
		m["papers"] = offered()
	}
	stated := M{"not_in_service": true, "not_clergy": true, "leaves_post": true, "not_party_member": true, "not_kin": true}
	switch s.kind.Form {
	case "candidate":
		m["statements"], m["party"] = stated, w.Organisation("PARTY")
		if s.ballot != "PRES" {
			w.mu.Lock()
			w.next[s.ballot]++
			m["constituency"] = w.Constituency(s.ballot, w.next[s.ballot])
			w.mu.Unlock()
		}
	case "party-list":
		m["statements"], m["party"], m["position"] = stated, w.Organisation("PARTY"), i+1
	case "vacancy":
		m["statements"] = stated
	case "observers":
		m["territory"] = "Mirzo Ulugʻbek tumani"
	case "foreigners":
		m["territory"] = "Toshkent shahri"
	case "journalists":
		m["post"] = "muxbir"
	case "representative":
		delete(m, "statements")
	case "members", "member-change":
		m["statements"], m["post"] = stated, []string{"chair", "deputy", "secretary", "member"}[min(i, 3)]
		level, _, _ := strings.Cut(s.kind.ID, "-")
		switch {
		case s.kind.ID == "pec-abroad-composition":
			m["precinct"] = w.Precinct(2)
		case level == "pec":
			m["precinct"] = w.Precinct(1)
		default:
			m["body"] = w.ID + "-" + level
		}
	case "duplicate":
		m["document"] = p.Document
	}
	if s.kind.Form == "role-end" && p.Foreigner != nil {
		m["foreigner"] = M{"passport": p.Foreigner["passport"], "state": p.Foreigner["state"]}
	}
	return m
}

// vary makes an application that names nobody another one than those before.
func (w *Walk) vary(s *sheet) {
	n := w.h.Number()
	switch s.kind.Form {
	case "signature-sheets":
		s.content["signatures"].(M)["sheets"] = json.Number("1" + fmt.Sprintf("%03s", n))
	case "results":
		s.content["protocol"] = "made-up-" + n
	case "territories":
		s.content["proposals"].([]any)[0].(M)["name"] = "Qorasuv " + n
	default:
		s.content["note"] = "Ariza " + n
	}
}

// particulars are what a form wants besides its subjects.
func (w *Walk) particulars(s *sheet) {
	sheets := func() M {
		territories := M{}
		for _, r := range []string{"1703", "1706", "1708", "1710", "1712", "1714", "1718", "1722", "1724", "1726", "1727", "1730", "1733", "1735"} {
			territories[r] = 3000
		}
		return M{"voters": 4_000_000, "sheets": 1000, "checked": 400, "faulty": 10, "valid": 42_000, "territories": territories}
	}
	switch s.kind.Form {
	case "admission":
		s.content["registered"] = w.h.Day.AddYears(-20).String()
		s.content["signatures"] = sheets()
	case "signature-sheets": // the commission has yet to check them
		unchecked := sheets()
		delete(unchecked, "checked")
		delete(unchecked, "faulty")
		s.content["signatures"], s.content["attachments"] = unchecked, attachments()
	case "foreigners", "journalists":
		s.content["organisation"] = "Sample Election Watch"
	case "members", "member-change":
		s.content["statements"] = M{"not_over_half": true}
	case "territories":
		s.content["proposals"] = []any{M{"number": 1, "name": "Qorasuv", "territory": "1726269", "voters": 2000, "address": "Sinov koʻchasi, 1-uy"}}
	case "results":
		s.content["protocol"] = "made-up-protocol"
	case "complaint":
		s.content["complaint"] = M{
			"commission": w.Commissions["DEC"].ID, "decision": "12", "date": w.h.Clock.Today().String(), "text": "Qaror asossiz qabul qilingan.",
		}
	case "duplicate":
		s.content["note"] = "Guvohnoma yoʻqolgan."
	}
}
