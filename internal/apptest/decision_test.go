package apptest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

func observersReady(t *testing.T, h *apptest.Hub, el string, people ...*population.Person) client.Dossier {
	t.Helper()
	taken := h.Submit(t, h.TEC, h.Observers(el, people...))
	return h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
}

func outcome(decision apptest.M, i int) apptest.M { return decision["subjects"].([]any)[i].(apptest.M) }

func TestDecisionsRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	d := observersReady(t, h, el, h.Plain(t), h.Story(t, "observer-minor"))
	used := observersReady(t, h, el, h.Plain(t))
	number := h.Decision(h.TEC, used)
	if err := h.Decide(t, h.TEC, h.TEC.Chair, number); err != nil {
		t.Fatal(err)
	}
	h.Await(t, h.TEC, used.ID, "the decision that took its number", apptest.Told)

	cases := []struct {
		name        string
		bend        func(m apptest.M)
		status      int
		code, field string
	}{
		{"drafted by a stranger", func(m apptest.M) { m["drafted_by"] = "somebody" }, 403, "not_entitled", "/drafted_by"},
		{"drafted by the chair", func(m apptest.M) { m["drafted_by"] = "tec-chair" }, 403, "not_entitled", "/drafted_by"},
		{"drafted in another commission", func(m apptest.M) { m["drafted_by"] = h.DEC.Drafter }, 403, "not_entitled", "/drafted_by"},
		{"on a revision of the past", func(m apptest.M) { outcome(m, 0)["revision"] = 7 }, 409, "stale_revision", "/subjects/0/revision"},
		{"registering who is not eligible", func(m apptest.M) { outcome(m, 1)["outcome"] = "register" }, 409, "not_eligible", "/subjects/1/outcome"},
		{"a subject is left out", func(m apptest.M) { m["subjects"] = m["subjects"].([]any)[:1] }, 422, "form", "/subjects"},
		{"a subject stands twice", func(m apptest.M) { outcome(m, 1)["ref"] = "1" }, 422, "form", "/subjects/1/ref"},
		{"a subject nobody named", func(m apptest.M) { outcome(m, 1)["ref"] = "9" }, 422, "form", "/subjects/1/ref"},
		{"a reason nobody knows", func(m apptest.M) { outcome(m, 1)["reason"] = "R77" }, 422, "form", "/subjects/1/reason"},
		{"a refusal without a reason", func(m apptest.M) { delete(outcome(m, 1), "reason") }, 422, "form", "/subjects/1/reason"},
		{"an unknown outcome", func(m apptest.M) { outcome(m, 1)["outcome"] = "postpone" }, 422, "form", "/subjects/1/outcome"},
		{"dated yesterday", func(m apptest.M) { m["date"] = h.Clock.Today().AddDays(-1).String() }, 422, "form", "/date"},
		{"dated on a day that does not exist", func(m apptest.M) { m["date"] = "2026-02-30" }, 422, "form", "/date"},
		{"about another application", func(m apptest.M) { m["application"] = used.ID }, 422, "form", "/application"},
		{"with a number used that day", func(m apptest.M) { m["number"] = number["number"] }, 409, "taken", "/number"},
		{"with an unknown field", func(m apptest.M) { m["note"] = "x" }, 422, "form", "/note"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := h.Decision(h.TEC, d)
			c.bend(m)
			doc := apptest.JSON(t, m)
			_, err := h.TEC.Decide(t.Context(), d.ID, "", doc, h.Sign(t, h.TEC.Chair, doc))
			p := apptest.ProblemOf(t, err)
			if p.Status != c.status || p.Code != c.code || len(p.Errors) == 0 || p.Errors[0].Field != c.field {
				t.Errorf("got %d %v, want %d %s at %s", p.Status, p, c.status, c.code, c.field)
			}
		})
	}
	t.Run("not signed", func(t *testing.T) {
		_, err := h.TEC.Decide(t.Context(), d.ID, "", apptest.JSON(t, h.Decision(h.TEC, d)), nil)
		if p := apptest.ProblemOf(t, err); p.Code != "signature_form" {
			t.Errorf("got %v", p)
		}
	})
	t.Run("signed over other bytes", func(t *testing.T) {
		m := h.Decision(h.TEC, d)
		doc := apptest.JSON(t, m)
		_, err := h.TEC.Decide(t.Context(), d.ID, "", doc, h.Sign(t, h.TEC.Chair, append([]byte(" "), doc...)))
		if p := apptest.ProblemOf(t, err); p.Code != "content_differs" {
			t.Errorf("got %v", p)
		}
	})
	t.Run("by another commission", func(t *testing.T) {
		doc := apptest.JSON(t, h.Decision(h.DEC, d))
		_, err := h.DEC.Decide(t.Context(), d.ID, "", doc, h.Sign(t, h.DEC.Chair, doc))
		if p := apptest.ProblemOf(t, err); p.Status != 404 {
			t.Errorf("got %v", p)
		}
	})
	t.Run("on one that is decided", func(t *testing.T) {
		m := h.Decision(h.TEC, used)
		if p := apptest.ProblemOf(t, h.Decide(t, h.TEC, h.TEC.Chair, m)); p.Status != 409 || p.Code != "wrong_state" {
			t.Errorf("got %v", p)
		}
	})
	after := h.Await(t, h.TEC, d.ID, "the dossier as it was", apptest.Ready)
	if len(after.Decisions) != 0 || after.State != "ready" {
		t.Errorf("something is left of them: %+v", after.Decisions)
	}
	if got := h.Execute(t, h.TEC, after); len(got.Documents) != 2 {
		t.Errorf("%d documents, want a mandate and the decision", len(got.Documents))
	}
}

func TestDecisionsWhoseSignatureDoesNotCount(t *testing.T) {
	t.Parallel()
	h := hub(t)
	d := observersReady(t, h, h.Election(t), h.Plain(t))
	number := h.Number()
	for i, c := range []struct {
		name, as, drafter, reason string
		flaw                      eds.Flaw
		at                        time.Time
	}{
		{"of a stranger", "stranger", h.TEC.Drafter, "wrong_person", eds.Sound, time.Time{}},
		{"of the secretary", "secretary-tec", h.TEC.Drafter, "wrong_person", eds.Sound, time.Time{}},
		{"of another commission's chair", "chair-dec", h.TEC.Drafter, "wrong_person", eds.Sound, time.Time{}},
		{"of the drafter", "deputy-tec", h.TEC.Drafter, "wrong_person", eds.Sound, time.Time{}},
		{"of the day before", "chair-tec", h.TEC.Drafter, "outside_act_window", eds.Sound, h.Clock.Today().Start().Add(-time.Second)},
		{"tampered with", "chair-tec", h.TEC.Drafter, "signature_invalid", eds.Tampered, time.Time{}},
	} {
		m := h.Decision(h.TEC, d)
		m["drafted_by"], m["number"] = c.drafter, number // a number that did not count is free again
		doc := apptest.JSON(t, m)
		_, err := h.TEC.Decide(t.Context(), d.ID, "", doc, h.SignOrder(t, eds.Order{As: c.as, Document: doc, Flaw: c.flaw, At: c.at}))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := h.Await(t, h.TEC, d.ID, c.name, func(d client.Dossier) bool { return d.State == "ready" && len(d.Decisions) == i+1 })
		if dec := got.Decisions[i]; dec.State != "signature_refused" || dec.Reason != c.reason {
			t.Errorf("%s: decision %+v", c.name, dec)
		}
		if last := got.Timeline[len(got.Timeline)-1]; last.Act != "decision_signature_refused" || last.Detail != c.reason {
			t.Errorf("%s: the timeline ends with %+v", c.name, last)
		}
		if len(got.Documents) != 0 {
			t.Errorf("%s: documents %v", c.name, got.Documents)
		}
	}
	// The deputy chair may sign what the secretary drafted.
	m := h.Decision(h.TEC, d)
	m["drafted_by"], m["number"] = h.TEC.Secretary, number
	if err := h.Decide(t, h.TEC, "deputy-tec", m); err != nil {
		t.Fatal(err)
	}
	h.Await(t, h.TEC, d.ID, "documents and notices", apptest.Told)
	// Every verdict is kept, whichever way it went.
	kept := h.Query(t, `SELECT act || ' ' || CASE WHEN trusted THEN 1 ELSE 0 END || ' ' || reason FROM signature_evidence WHERE application=? ORDER BY id`, d.ID)
	want := []string{
		"application 1 ", "decision 0 wrong_person", "decision 0 wrong_person", "decision 0 wrong_person", "decision 0 wrong_person",
		"decision 0 outside_act_window", "decision 0 signature_invalid", "decision 1 ",
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("verdicts kept (-want +got)\n%s", diff)
	}
}

func TestConfirmations(t *testing.T) {
	t.Parallel()
	h := hub(t)
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), h.Plain(t)), apptest.Residence)
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	for _, c := range []struct {
		name                          string
		by                            *apptest.Commission
		subject, attachment, official string
		status                        int
		field                         string
	}{
		{"by nobody known", h.DEC, "1", apptest.Residence.Name, "somebody", 403, "/official"},
		{"by another commission's secretary", h.DEC, "1", apptest.Residence.Name, h.TEC.Secretary, 403, "/official"},
		{"of a paper that is not offered", h.DEC, "1", "other.pdf", h.DEC.Secretary, 422, "/attachment"},
		{"of nobody", h.DEC, "2", apptest.Residence.Name, h.DEC.Secretary, 422, "/subject"},
		{"with another commission's key", h.TEC, "1", apptest.Residence.Name, h.TEC.Secretary, 404, ""},
	} {
		err := c.by.Confirm(t.Context(), taken.ID, c.subject, "residence", c.attachment, c.official)
		p := apptest.ProblemOf(t, err)
		if p.Status != c.status || (c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field)) {
			t.Errorf("%s: got %v, want %d at %q", c.name, p, c.status, c.field)
		}
	}
	d := h.Confirm(t, h.DEC, taken.ID)
	// The second time changes nothing: the first word stands.
	if err := h.DEC.Confirm(t.Context(), taken.ID, "1", "residence", apptest.Residence.Name, h.DEC.Secretary); err != nil {
		t.Errorf("again: %v", err)
	}
	d = h.Execute(t, h.DEC, d)
	if d.Subjects[0].Assessment.Revision != 2 {
		t.Errorf("revision %d, want 2", d.Subjects[0].Assessment.Revision)
	}
	err := h.DEC.Confirm(t.Context(), taken.ID, "1", "residence", apptest.Residence.Name, h.DEC.Secretary)
	if p := apptest.ProblemOf(t, err); p.Code != "wrong_state" {
		t.Errorf("after the end: %v", p)
	}
	content := h.Do(t, "GET", "/v1/applications/"+taken.ID+"/attachments/"+apptest.Residence.Name, nil, "Authorization", "Bearer "+h.DEC.Key)
	if string(content.Body) != string(apptest.Residence.Content) || !strings.Contains(content.Header.Get("Content-Disposition"), apptest.Residence.Name) {
		t.Errorf("the paper reads back as %d bytes, %s", len(content.Body), content.Header)
	}
}

func TestOnePersonOneRole(t *testing.T) {
	t.Parallel()
	h := hub(t)
	t.Run("known to the second's assessment", func(t *testing.T) {
		t.Parallel()
		el, p := h.Election(t), h.Plain(t)
		h.Execute(t, h.TEC, observersReady(t, h, el, p))
		taken := h.Submit(t, h.DEC, h.Candidate(el, p), apptest.Residence)
		d := h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Verdict("not_eligible"))
		if got := apptest.RuleOf(d.Subjects[0], "CND-ONE"); got.Result != "fail" || got.Reason != "has_role" {
			t.Errorf("one role: %+v", got)
		}
	})
	t.Run("decided at once", func(t *testing.T) {
		t.Parallel()
		el, p := h.Election(t), h.Plain(t)
		var dossiers []client.Dossier
		for _, language := range []string{"uz-Latn", "ru"} { // the same content would be the same application
			app := h.Observers(el, p)
			app["language"] = language
			taken := h.Submit(t, h.TEC, app)
			dossiers = append(dossiers, h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready))
		}
		var wg sync.WaitGroup
		for _, d := range dossiers {
			m := h.Decision(h.TEC, d)
			doc := apptest.JSON(t, m)
			sig := h.Sign(t, h.TEC.Chair, doc)
			wg.Go(func() {
				if _, err := h.TEC.Decide(t.Context(), d.ID, "", doc, sig); err != nil {
					t.Errorf("deciding: %v", err)
				}
			})
		}
		wg.Wait()
		var ends []string
		for _, d := range dossiers {
			end := h.Await(t, h.TEC, d.ID, "both ends", func(d client.Dossier) bool {
				return apptest.Told(d) || (d.State == "ready" && len(d.Decisions) == 1 && d.Subjects[0].Assessment.Verdict == "not_eligible")
			})
			ends = append(ends, end.State+" "+end.Decisions[0].State)
			if end.State != "ready" {
				continue
			}
			if got := apptest.RuleOf(end.Subjects[0], "OBS-NOROLE"); got.Reason != "has_role" || end.Subjects[0].Assessment.Revision != 2 {
				t.Errorf("the next revision does not say why: %+v", end.Subjects[0].Assessment)
			}
			if len(end.Documents) != 0 {
				t.Errorf("documents of a decision without effect: %+v", end.Documents)
			}
		}
		slices.Sort(ends)
		if !slices.Equal(ends, []string{"executed signed", "ready conflict"}) {
			t.Errorf("ends: %v", ends)
		}
		if n := h.Query(t, `SELECT count(*) FROM role WHERE election=? AND ended_at=0`, el)[0]; n != "1" {
			t.Errorf("%s roles, want one", n)
		}
	})
	t.Run("twice in one application, by number and by passport", func(t *testing.T) {
		t.Parallel()
		el, p := h.Election(t), h.Plain(t)
		app := h.Observers(el, p, p)
		two := apptest.Subject(app, 1)
		delete(two, "pinfl")
		two["passport"], two["birth_date"] = string(p.Document), p.BirthDate.String()
		taken := h.Submit(t, h.TEC, app)
		d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
		m := h.Decision(h.TEC, d)
		if got := apptest.ProblemOf(t, h.Decide(t, h.TEC, h.TEC.Chair, m)); got.Code != "not_eligible" || got.Errors[0].Field != "/subjects/1/outcome" {
			t.Errorf("got %v", got)
		}
		outcome(m, 1)["outcome"], outcome(m, 1)["reason"] = "refuse", "R07"
		if err := h.Decide(t, h.TEC, h.TEC.Chair, m); err != nil {
			t.Fatal(err)
		}
		if d = h.Await(t, h.TEC, d.ID, "the end", apptest.Told); len(d.Documents) != 2 {
			t.Errorf("%d documents, want one mandate and the decision", len(d.Documents))
		}
	})
}

// While the EDS is down a decision waits, and goes through after it is back.
func TestDecisionOutlivesAnOutageOfTheEDS(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	d := observersReady(t, h, "kengash", h.Plain(t))
	if err := h.Mocks.EDS.Fault(chaos.Fault{Operation: eds.OpVerifyAttached, Kind: chaos.Down}); err != nil {
		t.Fatal(err)
	}
	before := h.Mocks.EDS.Count(eds.OpVerifyAttached)
	if err := h.Decide(t, h.TEC, h.TEC.Chair, h.Decision(h.TEC, d)); err != nil {
		t.Fatalf("want it taken: %v", err)
	}
	if err := h.Mocks.EDS.WaitCount(t.Context(), eds.OpVerifyAttached, before+2); err != nil {
		t.Fatal(err)
	}
	apptest.Poll(t, "a job that waits", func(context.Context) (bool, any, error) {
		got := h.Query(t, `SELECT state FROM job WHERE stage='decision.verify' AND application=? AND attempt > 0`, d.ID)
		return len(got) == 1 && got[0] == "waiting", got, nil
	})
	if got, err := h.TEC.Dossier(t.Context(), d.ID); err != nil || got.State != "deciding" || got.Decisions[0].State != "verifying" {
		t.Errorf("meanwhile: %v %s", err, got.State)
	}
	h.Mocks.EDS.Heal(eds.OpVerifyAttached)
	h.Await(t, h.TEC, d.ID, "the end", apptest.Told)
}

// What comes to light between the hand-in and the signature's verification
// keeps a decision from taking effect.
func TestDecisionYieldsToANewerAssessment(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	d := observersReady(t, h, "kengash", h.Plain(t))
	if err := h.Mocks.EDS.Fault(chaos.Fault{Operation: eds.OpVerifyAttached, Kind: chaos.Down}); err != nil {
		t.Fatal(err)
	}
	if err := h.Decide(t, h.TEC, h.TEC.Chair, h.Decision(h.TEC, d)); err != nil {
		t.Fatalf("want it taken: %v", err)
	}
	subject := h.Query(t, `SELECT id FROM subject WHERE application_id=?`, d.ID)[0]
	err := h.Store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.AddAssessment(ctx, eligibility.Assessment{Subject: subject, FindingsVersion: 99, Verdict: eligibility.NotEligible, Answers: []eligibility.Answer{
			{Rule: "OBS-NOROLE", Article: "33", Result: eligibility.Fail, Reason: "has_role", Params: map[string]string{"role": "candidate"}},
		}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Mocks.EDS.Heal(eds.OpVerifyAttached)
	end := h.Await(t, h.TEC, d.ID, "the application back at the commission", func(d client.Dossier) bool { return d.State == "ready" })
	if got := end.Decisions[0]; got.State != "conflict" || !strings.Contains(got.Reason, "not_eligible") || len(end.Documents) > 0 {
		t.Errorf("the decision: %+v with %d documents", got, len(end.Documents))
	}
}
