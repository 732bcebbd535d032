package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

// courts runs a test of decisions on both databases.
func courts(t *testing.T, kind string, test func(t *testing.T, c *court)) {
	t.Helper()
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		test(t, newCourt(t, where, dossier.Election{ID: "el", Kind: kind, Line: "Namuna saylovi", Day: civil.Of(time.Now()).AddDays(30)}))
	})
}

func (c *court) executed(a *dossier.Application, o catalogue.Outcome) dossier.Decision {
	c.t.Helper()
	d := c.decide(a, o)
	if d.State != dossier.DecisionSigned {
		c.t.Fatalf("%s of %s: %s %q", o, a.Type, d.State, d.Reason)
	}
	return d
}

// roles lists an election's roles: kind, subject's place in the list, and whether
// it stands.
func (c *court) roles(query string, args ...any) string {
	c.t.Helper()
	return c.count(`SELECT coalesce(string_agg(x, ' '), '') FROM (SELECT role || CASE WHEN ended_at=0 THEN '' ELSE '-ended' END AS x FROM role WHERE `+query+` ORDER BY role, ended_at) r`, args...)
}

func (c *court) is() *issuing.Issuing { return c.Papers.(*issuing.Issuing) }

// reserve reserves a subject's document, and makes it too if it is asked for.
func (c *court) reserve(a *dossier.Application, d dossier.Decision, i int, made bool) dossier.Document {
	c.t.Helper()
	j := c.is().Job(*a, d, a.Subjects[i].ID, "observer-party", 1)
	effect, err := c.is().Reserve(c.t.Context(), queue.Job{Ref: j.Ref, Key: j.Key}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	do(c.t, c.list[0], func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
	docs, err := c.list[0].DocumentsOf(c.t.Context(), a.ID, a.Subjects[i].ID)
	if err != nil || len(docs) == 0 {
		c.t.Fatal(docs, err)
	}
	doc := docs[len(docs)-1]
	if !made {
		return doc
	}
	if effect, err = c.is().Render(c.t.Context(), queue.Job{Ref: doc.ID}, nil); err != nil {
		c.t.Fatal(err)
	}
	do(c.t, c.list[0], func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
	return doc
}

func (c *court) document(id string) dossier.Document {
	c.t.Helper()
	d, err := c.list[0].Document(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// A role that ends takes its documents along: what is issued is revoked with the
// decision as the ground, what was on its way is given up, what was to come never
// comes.
func TestEndOfRoles(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		c.is().Bucket = &shelf{files: map[string][]byte{}}
		a := c.submit("observer-party-register", "DIST", "party-1", dossier.Subject{Role: "observer"}, dossier.Subject{Role: "observer"}, dossier.Subject{Role: "observer"})
		taken := c.executed(a, catalogue.Register)
		issued, reserved := c.reserve(a, taken, 0, true), c.reserve(a, taken, 1, false)
		for i, want := range []string{"revoked", "annulled", ""} {
			end := c.submit("observer-party-terminate", "DIST", "party-1", dossier.Subject{Role: "observer", PINFL: a.Subjects[i].PINFL})
			d := c.executed(end, "terminate")
			if got := c.roles(`id=?`, a.Subjects[i].ID); got != "observer-ended" {
				t.Errorf("role %d: %s", i, got)
			}
			docs, err := c.list[0].DocumentsOf(t.Context(), a.ID, a.Subjects[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				if len(docs) > 0 {
					t.Errorf("documents %v", docs)
				}
				continue
			}
			acts, err := c.list[0].Acts(t.Context(), docs[0].ID)
			if err != nil || string(docs[0].State) != want || !strings.Contains(acts[len(acts)-1].Reason, "decision "+d.Number) || acts[len(acts)-1].Actor != "commission:TEC-0001" {
				t.Errorf("document %d is %s by %+v, %v", i, docs[0].State, acts, err)
			}
		}
		if c.document(issued.ID).State != dossier.Revoked || c.document(reserved.ID).State != dossier.Annulled {
			t.Error("not those")
		}
		// The third one's document was not even reserved: it never is.
		j := c.is().Job(*a, taken, a.Subjects[2].ID, "observer-party", 1)
		effect, err := c.is().Reserve(t.Context(), queue.Job{Ref: j.Ref, Key: j.Key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		do(t, c.list[0], func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
		if n := c.count(`SELECT count(*) FROM document WHERE application_id=?`, a.ID); n != "2" {
			t.Errorf("%s documents", n)
		}
		if open := c.count(`SELECT documents_open FROM decision WHERE id=?`, taken.ID); open != "1" { // the copy
			t.Errorf("%s documents are waited for", open)
		}
		again := c.submit("observer-party-terminate", "DIST", "party-1", dossier.Subject{Role: "observer", PINFL: a.Subjects[0].PINFL})
		if d := c.decide(again, "terminate"); d.State != dossier.DecisionConflict || !strings.Contains(d.Reason, "no such role") {
			t.Errorf("ended twice: %s %q", d.State, d.Reason)
		}
	})
}

// A document that changes between the reading and the transaction is no failure:
// the decision is read again.
func TestEndOfRolesReadAgain(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		c.is().Bucket = &shelf{files: map[string][]byte{}}
		a := c.submit("observer-party-register", "DIST", "party-1", dossier.Subject{Role: "observer"})
		taken := c.executed(a, catalogue.Register)
		end := c.submit("observer-party-terminate", "DIST", "party-1", dossier.Subject{Role: "observer", PINFL: a.Subjects[0].PINFL})
		d, effect := c.sign(end, "terminate")
		doc := c.reserve(a, taken, 0, true)
		err := write(t.Context(), c.list[0], effect)
		if f, ok := errors.AsType[*fault.Fault](err); !ok || f.Kind != fault.Throttled {
			t.Fatalf("got %v", err)
		}
		if c.read(d).State != dossier.DecisionVerifying || c.document(doc.ID).State != dossier.Issued || c.roles(`id=?`, a.Subjects[0].ID) != "observer" {
			t.Error("something of it was written")
		}
		if effect, err = c.Verify(t.Context(), queue.Job{Ref: d.ID}, nil); err == nil {
			err = write(t.Context(), c.list[0], effect)
		}
		if err != nil || c.read(d).State != dossier.DecisionSigned || c.document(doc.ID).State != dossier.Revoked {
			t.Errorf("again: %v", err)
		}
	})
}

// A candidate's end is that of the proxies, and of proxies on their way.
func TestEndOfACandidate(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		role := c.candidate("candidate-register-district", "DIST")
		first := c.submit("proxy-register-district", "DIST", role, proxies(2)...)
		c.executed(first, catalogue.Register)
		late := c.submit("proxy-register-district", "DIST", role, proxies(1)...)
		who, ok, err := c.list[0].Applicant(t.Context(), role)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		recall := c.submit("candidate-recall-district", "DIST", "party-1", dossier.Subject{Role: "candidate", PINFL: who.Person})
		lateDec, lateEffect := c.sign(late, catalogue.Register)
		c.executed(recall, "deprive")
		if got := c.roles(`1=1`); got != "candidate-ended proxy-ended proxy-ended" {
			t.Errorf("roles %s", got)
		}
		do(t, c.list[0], func(ctx context.Context, tx *store.Tx) error { return lateEffect(ctx, tx) })
		if d := c.read(lateDec); d.State != dossier.DecisionConflict || !strings.Contains(d.Reason, "does not hold the role any more") {
			t.Errorf("proxies of nobody: %s %q", d.State, d.Reason)
		}
	})
}

// A party's list: one goes and the others move up; the next one becomes a deputy;
// then all of it is withdrawn.
func TestLists(t *testing.T) {
	courts(t, "LC-PR", func(t *testing.T, c *court) {
		people := make([]dossier.Subject, 75)
		for i := range people {
			people[i] = dossier.Subject{Role: "candidate", Position: i + 1}
		}
		a := c.submit("partylist-register-lc", "LC-PR", "party-1", people...)
		c.executed(a, catalogue.Register)
		place := func(i int) string { return c.count(`SELECT position FROM role WHERE id=?`, a.Subjects[i].ID) }
		c.executed(c.submit("partylist-amend", "LC-PR", "party-1", dossier.Subject{Role: "candidate", PINFL: a.Subjects[2].PINFL}), "exclude")
		if place(1) != "2" || place(3) != "3" || place(74) != "74" {
			t.Errorf("places %s %s %s", place(1), place(3), place(74))
		}
		vacancy := c.submit("partylist-vacancy-fill", "LC-PR", "party-1", dossier.Subject{Role: "candidate", PINFL: a.Subjects[0].PINFL})
		c.executed(vacancy, catalogue.Register)
		if got := c.roles(`id IN (?,?)`, a.Subjects[0].ID, vacancy.Subjects[0].ID); got != "candidate-ended deputy" {
			t.Errorf("the next one: %s", got)
		}
		if got := c.count(`SELECT position || organisation FROM role WHERE id=?`, vacancy.Subjects[0].ID); got != "1party-1" {
			t.Errorf("the deputy's place: %s", got)
		}
		withdrawn := c.submit("partylist-withdraw", "LC-PR", "party-1")
		c.executed(withdrawn, "cancel")
		if n := c.count(`SELECT count(*) FROM role WHERE role='candidate' AND ended_at=0`); n != "0" {
			t.Errorf("%s candidates are left", n)
		}
	})
}

// Who leaves a commission makes room for who comes; below its least size nobody
// leaves.
func TestChangeOfMembers(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		members := make([]dossier.Subject, 9)
		for i := range members {
			members[i] = dossier.Subject{Role: "member", Body: "TEC-0001"}
		}
		a := c.submit("tec-composition-recommend", "DIST", "party-1", members...)
		c.executed(a, "approve")
		leaving := func(i int) dossier.Subject {
			return dossier.Subject{Role: "member", Body: "TEC-0001", Part: dossier.Leaving, PINFL: a.Subjects[i].PINFL}
		}
		change := c.submit("tec-member-change", "DIST", "party-1", leaving(0), dossier.Subject{Role: "member", Body: "TEC-0001"})
		d := c.executed(change, "approve")
		if n := c.count(`SELECT count(*) FROM role WHERE role='member' AND ended_at=0`); n != "9" || c.roles(`id=?`, a.Subjects[0].ID) != "member-ended" {
			t.Errorf("%s members", n)
		}
		if n := c.count(`SELECT documents_open FROM decision WHERE id=?`, d.ID); n != "2" { // the copy, and one who came
			t.Errorf("%s documents", n)
		}
		alone := c.submit("tec-member-change", "DIST", "party-1", leaving(1))
		if d := c.decide(alone, "approve"); d.State != dossier.DecisionConflict || !strings.Contains(d.Reason, "COM-SIZE") {
			t.Errorf("eight members: %s %q", d.State, d.Reason)
		}
	})
}

// A duplicate takes the old document's place when it is made.
func TestDuplicateByDecision(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		c.is().Bucket = &shelf{files: map[string][]byte{}}
		a := c.submit("observer-party-register", "DIST", "party-1", dossier.Subject{Role: "observer"})
		old := c.reserve(a, c.executed(a, catalogue.Register), 0, true)
		dup := c.submit("document-duplicate", "DIST", "party-1", dossier.Subject{Role: "holder", PINFL: a.Subjects[0].PINFL, IssuedDocument: old.ID})
		c.executed(dup, "reissue")
		docs, err := c.list[0].DocumentsOf(t.Context(), a.ID, a.Subjects[0].ID)
		if err != nil || len(docs) != 2 || docs[1].State != dossier.Reserved || docs[1].Replaces != old.ID || docs[1].Number == old.Number {
			t.Fatalf("%+v, %v", docs, err)
		}
		if got := c.count(`SELECT state FROM job WHERE key=?`, "issuing.render:"+docs[1].ID); got != "ready" {
			t.Errorf("its job is %s", got)
		}
		late := c.submit("document-duplicate", "DIST", "party-1", dossier.Subject{Role: "holder", PINFL: a.Subjects[0].PINFL, IssuedDocument: old.ID})
		d, effect := c.sign(late, "reissue") // both want to take its place
		if err := write(t.Context(), c.list[0], effect); fault.KindOf(err) != fault.Throttled {
			t.Errorf("while another one is on its way: %v", err)
		}
		if effect, err = c.is().Render(t.Context(), queue.Job{Ref: docs[1].ID}, nil); err == nil {
			err = write(t.Context(), c.list[0], effect)
		}
		if err != nil || c.document(old.ID).State != dossier.Replaced {
			t.Fatal(err)
		}
		if effect, err = c.Verify(t.Context(), queue.Job{Ref: d.ID}, nil); err == nil {
			err = write(t.Context(), c.list[0], effect)
		}
		if got := c.read(d); err != nil || got.State != dossier.DecisionConflict {
			t.Errorf("of what is replaced: %s %q, %v", got.State, got.Reason, err)
		}
	})
}

// What brings no document is executed with the decision.
func TestDecisionWithoutDocuments(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		a := c.submit("results-dec-to-tec", "DIST", "party-1")
		c.executed(a, "accept")
		got, err := c.list[0].Application(t.Context(), a.ID)
		if err != nil || got.State != dossier.Executed {
			t.Errorf("it is %s, %v", got.State, err)
		}
		events := c.count(`SELECT string_agg(type, ' ') FROM (SELECT type FROM event WHERE subject=? ORDER BY id) e`, a.ID)
		if diff := cmp.Diff("decision.signed application.executed", events); diff != "" {
			t.Error(diff)
		}
	})
}

// A party is admitted once, whoever else its application names.
func TestAdmission(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		c.form = `"registered":"2001-01-01",`
		two := c.submit("party-admission-district", "DIST", "party-1", dossier.Subject{Role: "head"}, dossier.Subject{Role: "head"})
		c.executed(two, "admit")
		if got := c.count(`SELECT string_agg(detail, ' ') FROM timeline WHERE application_id=? AND act='admitted'`, two.ID); got != "DIST" {
			t.Errorf("admitted to %q", got)
		}
		c.form = ""
		a := c.submit("party-admission-district", "DIST", "party-1", dossier.Subject{Role: "head"})
		d := c.decide(a, "admit")
		// Nothing says when the party was registered: the rule does not let it pass.
		if d.State != dossier.DecisionConflict || !strings.Contains(d.Reason, "ADM-REG") {
			t.Errorf("%s %q", d.State, d.Reason)
		}
	})
}

// A draft is kept until another takes its place or the decision is in force.
func TestDrafts(t *testing.T) {
	courts(t, "DIST", func(t *testing.T, c *court) {
		a := c.submit("observer-party-register", "DIST", "party-1", dossier.Subject{Role: "observer"})
		s := c.list[0]
		var last dossier.Draft
		for i := range 2 {
			last = dossier.Draft{ID: id(), Application: a.ID, DraftedBy: "secretary", Version: i + 1, Document: fmt.Appendf(nil, `{"n":%d}`, i), At: time.UnixMilli(1_700_000_000_000).UTC()}
			do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.SaveDraft(ctx, last) })
		}
		got, ok, err := s.Draft(t.Context(), a.ID)
		if diff := cmp.Diff(last, got); diff != "" || !ok || err != nil {
			t.Error(diff, ok, err)
		}
		c.executed(a, catalogue.Register)
		if _, ok, err := s.Draft(t.Context(), a.ID); ok || err != nil {
			t.Errorf("after the decision: %t %v", ok, err)
		}
	})
}
