package apptest_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
)

func draftOrder(h *apptest.Hub, c *apptest.Commission, d client.Dossier) client.DraftOrder {
	o := client.DraftOrder{DraftedBy: c.Secretary, Number: h.Number()}
	for _, s := range d.Subjects {
		p := client.DraftPart{Ref: s.Ref, Outcome: "register"}
		if s.Assessment.Verdict != "eligible" {
			p.Outcome, p.Reason = "refuse", "R01"
		}
		o.Subjects = append(o.Subjects, p)
	}
	return o
}

// What is drafted is what is signed: the secretary drafts, the deputy chair signs
// the very bytes, and the draft is gone.
func TestDraftedAndSigned(t *testing.T) {
	t.Parallel()
	h := hub(t)
	d := observersReady(t, h, h.Election(t), h.Plain(t), h.Story(t, "observer-minor"))
	if p := apptest.ProblemOf(t, func() error { _, err := h.TEC.DraftOf(t.Context(), d.ID); return err }()); p.Status != 404 {
		t.Errorf("before there is one: %v", p)
	}
	if p := apptest.ProblemOf(t, func() error {
		_, err := h.DEC.Draft(t.Context(), d.ID, "", draftOrder(h, h.DEC, d))
		return err
	}()); p.Status != 404 {
		t.Errorf("by another commission: %v", p)
	}
	first, err := h.TEC.Draft(t.Context(), d.ID, "", draftOrder(h, h.TEC, d))
	if err != nil {
		t.Fatal(err)
	}
	key := "draft-" + d.ID
	order := draftOrder(h, h.TEC, d)
	draft, err := h.TEC.Draft(t.Context(), d.ID, key, order)
	if err != nil || draft.ID == first.ID || !draft.Current {
		t.Fatalf("%+v, %v", draft, err)
	}
	if again, err := h.TEC.Draft(t.Context(), d.ID, key, order); err != nil || again.ID != draft.ID {
		t.Errorf("the same key drafts anew: %v", err)
	}
	var content struct {
		Subjects []struct {
			Revision int
			Outcome  string
		}
	}
	if err := json.Unmarshal(draft.Document, &content); err != nil || len(content.Subjects) != 2 || content.Subjects[0].Revision != d.Subjects[0].Assessment.Revision {
		t.Errorf("%s, %v", draft.Document, err)
	}
	if _, err := h.TEC.Decide(t.Context(), d.ID, "", draft.Document, h.Sign(t, "deputy-tec", draft.Document)); err != nil {
		t.Fatal(err)
	}
	end := h.Await(t, h.TEC, d.ID, "the end", apptest.Told)
	if !slices.ContainsFunc(end.Timeline, func(e client.Entry) bool {
		return e.Act == "decision_drafted" && e.Actor == "official:"+h.TEC.Secretary
	}) {
		t.Errorf("the timeline does not know of it: %+v", end.Timeline)
	}
	if p := apptest.ProblemOf(t, func() error { _, err := h.TEC.DraftOf(t.Context(), d.ID); return err }()); p.Status != 404 {
		t.Errorf("after the decision: %v", p)
	}
}

// A register that stays away is stood in for by a paper that the commission confirms.
func TestDraftOnAPaperForARegisterThatIsAway(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	app := h.Observers("kengash", h.Plain(t))
	apptest.Offer(app, 0, "capacity")
	taken := h.Submit(t, h.TEC, app, apptest.Residence)
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	h.Clock.Advance(6 * 24 * time.Hour)
	if _, err := h.Admin.Hold(t.Context(), true, "portal", "legal-capacity.check", "maintenance for a week"); err != nil {
		t.Fatal(err)
	}
	order := draftOrder(h, h.TEC, d)
	for range 2 { // however often
		if _, err := h.TEC.Draft(t.Context(), d.ID, "", order); apptest.ProblemOf(t, err).Code != "stale_findings" {
			t.Fatalf("got %v", err)
		}
	}
	if err := h.TEC.Confirm(t.Context(), d.ID, "1", "capacity", apptest.Residence.Name, h.TEC.Secretary); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Hour) // the registers had their time
	h.Await(t, h.TEC, d.ID, "an assessment on the paper", func(now client.Dossier) bool {
		a := apptest.RuleOf(now.Subjects[0], "ALL-CAP")
		return now.State == "ready" && a.Result == "pass" && a.Reason == "confirmed"
	})
	draft, err := h.TEC.Draft(t.Context(), d.ID, "", order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.TEC.Decide(t.Context(), d.ID, "", draft.Document, h.Sign(t, h.TEC.Chair, draft.Document)); err != nil {
		t.Fatal(err)
	}
	h.Await(t, h.TEC, d.ID, "the end", apptest.Told)
}

// Who decides on an application that has changed since is told so.
func TestDraftOfAnOldVersion(t *testing.T) {
	t.Parallel()
	h := hub(t)
	d := observersReady(t, h, h.Election(t), h.Plain(t))
	body := apptest.JSON(t, draftOrder(h, h.TEC, d))
	send := func(version string) apptest.Response {
		return h.Do(t, "POST", "/v1/applications/"+d.ID+"/draft", body, "Authorization", "Bearer "+h.TEC.Key, "Content-Type", "application/json", "If-Match", version)
	}
	good := send("*")
	var draft client.Draft
	if err := json.Unmarshal(good.Body, &draft); err != nil || good.Status != 200 || good.Header.Get("ETag") != `"`+strconv.Itoa(draft.Version)+`"` {
		t.Fatalf("%d %s, %v", good.Status, good.Body, err)
	}
	if p := send(`"1"`); p.Status != 409 || p.Problem(t).Code != "stale_version" {
		t.Errorf("an old one: %d %s", p.Status, p.Body)
	}
	signed := apptest.JSON(t, apptest.M{"document": draft.Document, "signature": h.Sign(t, h.TEC.Chair, draft.Document)})
	decide := func(version string) apptest.Response {
		return h.Do(t, "POST", "/v1/applications/"+d.ID+"/decision", signed, "Authorization", "Bearer "+h.TEC.Key, "Content-Type", "application/json", "If-Match", version)
	}
	if p := decide(`"1"`); p.Status != 409 || p.Problem(t).Code != "stale_version" {
		t.Errorf("a decision on an old one: %d %s", p.Status, p.Body)
	}
	if p := decide(good.Header.Get("ETag")); p.Status != 202 {
		t.Errorf("a decision on this one: %d %s", p.Status, p.Body)
	}
	h.Await(t, h.TEC, d.ID, "the end", apptest.Told)
}

// Findings that are too old to decide on are asked for anew by who wants to decide.
func TestDraftOnOldFindings(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	d := observersReady(t, h, "kengash", h.Plain(t))
	h.Clock.Advance(6 * 24 * time.Hour)
	order := draftOrder(h, h.TEC, d)
	_, err := h.TEC.Draft(t.Context(), d.ID, "", order)
	p := apptest.ProblemOf(t, err)
	if p.Status != 409 || p.Code != "stale_findings" || len(p.Errors) != 1 || p.Errors[0].Field != "/subjects/0" {
		t.Fatalf("got %v", p)
	}
	fresh := h.Await(t, h.TEC, d.ID, "fresh findings", func(now client.Dossier) bool {
		return apptest.Ready(now) && now.Subjects[0].Assessment.Revision > d.Subjects[0].Assessment.Revision
	})
	draft, err := h.TEC.Draft(t.Context(), d.ID, "", order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.TEC.Decide(t.Context(), d.ID, "", draft.Document, h.Sign(t, h.TEC.Chair, draft.Document)); err != nil {
		t.Fatal(err)
	}
	h.Await(t, h.TEC, fresh.ID, "the end", apptest.Told)
}
