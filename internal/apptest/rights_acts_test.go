package apptest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/internal/client"
)

// ask posts to an application of a commission.
func (r *rights) ask(t *testing.T, c *Commission, path string, body M) Response {
	t.Helper()
	return r.h.Do(t, http.MethodPost, path, JSON(t, body), "Authorization", "Bearer "+c.Key, "Content-Type", "application/json")
}

// act is an official's act: it took effect, or was refused at the door.
func (r *rights) act(t *testing.T, who actor, path string, body M) string {
	t.Helper()
	s := r.target(t, who.level)
	body["official"] = who.official
	a := r.ask(t, s.commission, "/v1/applications/"+s.id+path, body)
	if a.Status >= http.StatusBadRequest {
		return refused(t, a)
	}
	return yes
}

func (r *rights) review(t *testing.T, who actor) string { return r.act(t, who, "/review", M{}) }

func (r *rights) returned(t *testing.T, who actor) string {
	return r.act(t, who, "/return", M{"reason": "R09"})
}

func (r *rights) amend(t *testing.T, who actor) string {
	return r.act(t, who, "/subjects/1/amendments", M{"column": "position", "value": "direktor", "reason": "buyruq"})
}

func (r *rights) confirm(t *testing.T, who actor) string {
	s := r.target(t, who.level)
	confirmed := func(d client.Dossier) int {
		return len(slices.DeleteFunc(slices.Clone(d.Timeline), func(e client.Entry) bool { return e.Act != "paper_confirmed" }))
	}
	before := r.h.Await(t, s.commission, s.id, "the dossier", Ready)
	got := r.act(t, who, "/confirmations", M{"subject": "1", "proves": "residence", "attachment": Residence.Name})
	if got == yes { // a proof brings the next revision; the first of a kind stands
		r.h.Await(t, s.commission, s.id, "the confirmation", func(d client.Dossier) bool {
			return Ready(d) && (confirmed(d) == confirmed(before) || d.Subjects[0].Assessment.Revision > before.Subjects[0].Assessment.Revision)
		})
	}
	return got
}

// drafted asks for a draft by an official.
func (r *rights) drafted(t *testing.T, s *sheetOf, official string) ([]byte, Response) {
	t.Helper()
	outcome := string(r.outcome(t, s.kind, false))
	a := r.ask(t, s.commission, "/v1/applications/"+s.id+"/draft", M{
		"drafted_by": official, "number": r.h.Number(), "subjects": []any{M{"ref": "1", "outcome": outcome}},
	})
	var draft struct{ Document []byte }
	if a.Status == http.StatusOK {
		if err := json.Unmarshal(a.Body, &draft); err != nil {
			t.Fatal(err)
		}
	}
	return draft.Document, a
}

func (r *rights) draft(t *testing.T, who actor) string {
	if _, a := r.drafted(t, r.target(t, who.level), who.official); a.Status != http.StatusOK {
		return refused(t, a)
	}
	return yes
}

func (r *rights) sign(t *testing.T, who actor) string {
	s := r.target(t, who.level)
	drafter := s.commission.Secretary
	document, a := r.drafted(t, s, drafter)
	if a.Status != http.StatusOK {
		t.Fatalf("the secretary's draft: %d %s", a.Status, a.Body)
	}
	return r.signed(t, s, document, who)
}

func (r *rights) signOwn(t *testing.T, who actor) string {
	s := r.target(t, who.level)
	document, a := r.drafted(t, s, who.official)
	if a.Status != http.StatusOK {
		return refused(t, a)
	}
	return r.signed(t, s, document, who)
}

// signed hands a decision in with somebody's signature and waits for its end.
func (r *rights) signed(t *testing.T, s *sheetOf, document []byte, who actor) string {
	t.Helper()
	before, err := s.commission.Dossier(t.Context(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.commission.Decide(t.Context(), s.id, "", document, r.h.Sign(t, string(who.person.PINFL), document)); err != nil {
		p := ProblemOf(t, err)
		t.Fatalf("refused at the door: %d %s", p.Status, p.Code)
	}
	d := r.h.Await(t, s.commission, s.id, "the decision", func(d client.Dossier) bool {
		return len(d.Decisions) > len(before.Decisions) && (d.State == "executed" || d.State == "ready")
	})
	last := d.Decisions[len(d.Decisions)-1]
	if last.State == "signed" && d.State == "executed" {
		return yes
	}
	return strings.TrimSpace(last.State + " " + last.Reason)
}

func (r *rights) withdraw(t *testing.T, who actor) string {
	if who.holder != nil && slices.ContainsFunc(who.rights, func(k string) bool { return slices.Contains(may[k], "withdraw") }) {
		return r.withdrawOwn(t, who)
	}
	s := r.target(t, who.level)
	document := JSON(t, M{"withdraw": s.id, "reason": "fikrimizdan qaytdik"})
	a := r.ask(t, s.commission, "/v1/applications/"+s.id+"/withdraw", M{"document": document, "signature": r.h.Sign(t, string(who.person.PINFL), document)})
	if a.Status >= http.StatusBadRequest {
		return refused(t, a)
	}
	return r.withdrawn(t, s)
}

// withdrawOwn takes a holder's own application back, signed with a code.
func (r *rights) withdrawOwn(t *testing.T, who actor) string {
	s, a := r.own(t, who)
	if a.Status >= http.StatusBadRequest {
		t.Fatalf("handing in: %d %s", a.Status, a.Body)
	}
	document := JSON(t, M{"withdraw": s.id, "reason": "fikrimdan qaytdim"})
	a = r.ask(t, s.commission, "/v1/applications/"+s.id+"/withdraw", M{"document": document, "code": r.code(t, s.sheet, document)})
	if a.Status >= http.StatusBadRequest {
		return refused(t, a)
	}
	return r.withdrawn(t, s)
}

// withdrawn waits for what became of a withdrawal.
func (r *rights) withdrawn(t *testing.T, s *sheetOf) string {
	t.Helper()
	n := 0
	d := r.h.Await(t, s.commission, s.id, "the withdrawal", func(d client.Dossier) bool {
		taken, refused := 0, 0
		for _, e := range d.Timeline {
			switch e.Act {
			case "withdrawal_submitted":
				taken++
			case "withdrawal_refused":
				refused++
			}
		}
		n = refused
		return d.State == "withdrawn" || taken == refused
	})
	if d.State == "withdrawn" {
		return yes
	}
	for _, e := range slices.Backward(d.Timeline) {
		if e.Act == "withdrawal_refused" {
			return "refused " + e.Detail
		}
	}
	t.Fatalf("no refusal among %d", n)
	return ""
}

// submit signs with an EDS: heads an application of their own organisation's, all
// others one in the party's name, holders one of their own.
func (r *rights) submit(t *testing.T, who actor) string {
	id := own["PARTY"]
	if who.kind != "" {
		id = own[who.kind]
	}
	if who.holder != nil {
		id = ownType(who)
	}
	kind, ok := r.types.Type(id)
	if !ok {
		t.Fatalf("no type %s", id)
	}
	var s *sheet
	if who.holder != nil {
		s = r.about(t, who, kind)
	} else {
		c, level, ballot := r.place(kind)
		if who.kind == "RHOK" {
			level, ballot, c = "TEC", "REG", r.Commissions["TEC"]
		}
		s = r.sheet(t, kind, c, level, ballot)
		if ballot != "" {
			s.content["ballot"] = ballot
		}
		if who.kind != "" {
			s.from, s.content["applicant"] = who.kind, r.Organisation(who.kind)
		}
		if s.kind.Form == "members" {
			for i := range s.people {
				member := Subject(s.content, i)
				member["post"], member["body"] = []string{"chair", "deputy", "secretary", "member"}[min(i, 3)], r.Commissions["DEC"].ID
			}
		}
	}
	document := JSON(t, s.content)
	return r.verified(t, s, r.handIn(t, s, M{"document": document, "signature": r.h.Sign(t, string(who.person.PINFL), document)}))
}

// handIn sends an application with its files.
func (r *rights) handIn(t *testing.T, s *sheet, body M) Response {
	t.Helper()
	if files := r.files(s); files != nil {
		body["attachments"] = files
	}
	return r.ask(t, s.commission, "/v1/applications", body)
}

// verified waits for the verdict on an application's signature.
func (r *rights) verified(t *testing.T, s *sheet, a Response) string {
	t.Helper()
	if a.Status >= http.StatusBadRequest {
		return refused(t, a)
	}
	var taken client.Accepted
	if err := json.Unmarshal(a.Body, &taken); err != nil {
		t.Fatal(err)
	}
	d := r.h.Await(t, s.commission, taken.ID, "the verdict on the signature", func(d client.Dossier) bool { return d.State != "submitted" })
	if d.State == "signature_refused" {
		return d.State + " " + d.Reason
	}
	return yes
}

// ownType is what a holder hands in on their own behalf.
func ownType(who actor) string {
	if who.holder != nil && strings.HasPrefix(who.name, "proxy") {
		return "proxy-resign-district"
	}
	return "candidate-withdraw-district"
}

// about fills an application in that a holder hands in about themselves.
func (r *rights) about(t *testing.T, who actor, kind catalogue.Type) *sheet {
	t.Helper()
	s := &sheet{kind: kind, commission: r.Commissions["DEC"], ballot: "DIST", applicant: who.holder, from: kind.Route.From[0], people: []*Holder{who.holder}}
	s.content = M{
		"type": kind.ID, "election": r.ID, "commission": s.commission.ID, "applicant": who.holder.Role, "language": "uz-Latn", "ballot": "DIST",
		"subjects": []any{r.subject(s, who.holder, 0)}, "note": r.h.Number(),
	}
	r.particulars(s)
	if kind.Subjects.Max > 0 {
		s.content["attachments"] = attachments()
	}
	return s
}

// own hands an application in that its holder signs with a code.
func (r *rights) own(t *testing.T, who actor) (*sheetOf, Response) {
	t.Helper()
	kind, _ := r.types.Type(ownType(who))
	s := &sheetOf{sheet: r.about(t, who, kind)}
	document := JSON(t, s.content)
	a := r.handIn(t, s.sheet, M{"document": document, "code": r.codeOf(t, who, s.sheet, document)})
	var taken client.Accepted
	if a.Status < http.StatusBadRequest {
		if err := json.Unmarshal(a.Body, &taken); err != nil {
			t.Fatal(err)
		}
	}
	s.id = taken.ID
	return s, a
}

// codeOf is the code that the actor's phone gets. Nobody without a role gets one:
// they guess.
func (r *rights) codeOf(t *testing.T, who actor, s *sheet, document []byte) M {
	t.Helper()
	if who.coded != nil {
		return r.code(t, &sheet{kind: s.kind, commission: s.commission, applicant: who.coded}, document)
	}
	if len(who.rights) > 0 && who.holder != nil {
		return r.code(t, s, document)
	}
	if phone := string(who.person.Phone); r.asked[phone] {
		r.h.Clock.Advance(61 * time.Second) // between two codes for one phone
	} else {
		r.asked[phone] = true
	}
	sum := sha256.Sum256(document)
	a := r.ask(t, s.commission, "/v1/login-codes", M{
		"phone": string(who.person.Phone), "language": "uz-Latn", "purpose": "sign", "content_sha256": hex.EncodeToString(sum[:]),
	})
	var out struct{ ID string }
	if err := json.Unmarshal(a.Body, &out); err != nil || a.Status != http.StatusAccepted {
		t.Fatalf("asking for a code: %d %s", a.Status, a.Body)
	}
	return M{"id": out.ID, "digits": "000000"}
}

// submitBySMS hands a candidate's application in with a code sent to the actor's
// own phone.
func (r *rights) submitBySMS(t *testing.T, who actor) string {
	if who.holder == nil {
		who.holder = r.candidate
	} else if len(who.rights) > 0 {
		s, a := r.own(t, who)
		return r.verified(t, s.sheet, a)
	}
	_, a := r.own(t, actor{name: "candidate", person: who.person, holder: who.holder, coded: who.coded})
	return refused(t, a)
}
