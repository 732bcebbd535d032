package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier/report"
	"github.com/saylovhub/hub/pipelines/event"
)

// nearby lets a hub post to listeners of this machine.
func nearby() apptest.Option {
	return apptest.Configure(func(c *config.Config) {
		c.Webhooks.AllowHTTPHosts, c.Webhooks.AllowPrivate = []string{"127.0.0.1"}, []string{"127.0.0.1"}
	})
}

// callCatalogue reads every list of the catalogue and holds it against its files.
func callCatalogue(t *testing.T, h *apptest.Hub, election string) {
	t.Helper()
	want, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.Admin.ApplicationTypes(t.Context())
	byNumber := want.ByNumber()
	if err != nil || len(list) != len(byNumber) {
		t.Fatalf("%d types, want %d, %v", len(list), len(byNumber), err)
	}
	for i, one := range list {
		if kind := byNumber[i]; one.ID != kind.ID || one.Number != kind.Number || one.Address != "/v1/catalogue/types/"+kind.ID {
			t.Errorf("type %d is %s at %s, want %s", one.Number, one.ID, one.Address, kind.ID)
		}
	}
	const id = "candidate-register-district"
	got, err := h.Admin.ApplicationType(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := want.Type(id)
	if d := cmp.Diff(kind.Filled(), got.Type); d != "" {
		t.Errorf("type %s:\n%s", id, d)
	}
	var form struct{ Properties map[string]any }
	if err := json.Unmarshal(got.Schema, &form); err != nil || form.Properties["subjects"] == nil {
		t.Errorf("the form of %s: %.200s, %v", id, got.Schema, err)
	}
	notices, params, err := h.Admin.NoticeKinds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Notices(), notices, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("kinds of notices:\n%s", d)
	}
	if d := cmp.Diff(want.Params(), params); d != "" {
		t.Errorf("parameters:\n%s", d)
	}
	reasons, err := h.Admin.Reasons(t.Context())
	if err != nil || len(reasons) != len(want.Reasons()) {
		t.Errorf("%d reasons, %v", len(reasons), err)
	}
	for _, r := range reasons {
		if kept, ok := want.Reason(r.Code); !ok || r != kept {
			t.Errorf("reason %+v, want %+v", r, kept)
		}
	}
	for _, of := range []string{"", election} {
		days, err := h.Admin.Calendar(t.Context(), of)
		if err != nil || len(days) != len(want.Days()) {
			t.Fatalf("%d days, %v", len(days), err)
		}
		for _, d := range days {
			own := of != "" && slices.Contains([]string{"candidates-last-day", "observers-last-day", "results-last-day"}, d.ID)
			if d.Own != own || d.Date.IsZero() != (of == "") {
				t.Errorf("of %q: %s on %s, own %v", of, d.ID, d.Date, d.Own)
			}
			if of != "" && !own && d.Date != h.Day.AddDays(d.Offset) {
				t.Errorf("%s is on %s, want %d days from %s", d.ID, d.Date, d.Offset, h.Day)
			}
			if d.ID == "observers-last-day" && of != "" && d.Date != h.Day.AddDays(-10) {
				t.Errorf("the election's own %s is on %s", d.ID, d.Date)
			}
		}
	}
}

// callDirectory reads lists of the directory.
func callDirectory(t *testing.T, h *apptest.Hub, election string) {
	t.Helper()
	officials, err := h.Admin.Directory(t.Context(), "officials", map[string]string{"commission": h.DEC.ID})
	if err != nil {
		t.Fatal(err)
	}
	posts := map[string]string{}
	for _, o := range officials {
		posts[o["id"].(string)] = o["post"].(string)
		if o["commission"] != h.DEC.ID || o["pinfl"] != nil {
			t.Errorf("an official as it is listed: %v", o)
		}
	}
	if d := cmp.Diff(map[string]string{"dec-chair": "chair", h.DEC.Drafter: "deputy", h.DEC.Secretary: "secretary"}, posts); d != "" {
		t.Errorf("officials of the district:\n%s", d)
	}
	places, err := h.Admin.Directory(t.Context(), "constituencies", map[string]string{"election": election})
	if err != nil || len(places) != 2 || places[0]["id"] != election+"-7" || places[1]["id"] != election+"-8" {
		t.Errorf("constituencies of %s: %v, %v", election, places, err)
	}
}

// callBatch hands in four applications at once, the last one as the first, and
// returns the dossiers of the others.
func callBatch(t *testing.T, h *apptest.Hub, election string) []client.Dossier {
	t.Helper()
	var items []client.BatchItem
	for range 3 {
		doc := apptest.JSON(t, h.Observers(election, h.Plain(t)))
		items = append(items, client.BatchItem{Document: doc, Signature: h.Sign(t, "party-head", doc)})
	}
	items = append(items, items[0])
	answers, err := h.TEC.ApplyBatch(t.Context(), "one-batch", items...)
	if err != nil || len(answers) != len(items) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	again, err := h.TEC.ApplyBatch(t.Context(), "one-batch", items...)
	if d := cmp.Diff(answers, again); d != "" || err != nil {
		t.Errorf("the same batch again: %v\n%s", err, d)
	}
	var out []client.Dossier
	for i, a := range answers[:3] {
		if a.Accepted == nil || a.Problem != nil {
			t.Fatalf("application %d: %+v", i, a.Problem)
		}
		d := h.Await(t, h.TEC, a.Accepted.ID, "the dossier", apptest.Verdict("eligible"))
		if d.Number != a.Accepted.Number || d.Election != election {
			t.Errorf("application %d became %+v", i, d.Head)
		}
		out = append(out, d)
	}
	if p := answers[3].Problem; p == nil || p.Code != "same_content" || !strings.Contains(p.Detail, out[0].ID) {
		t.Errorf("the first once more: %+v", answers[3])
	}
	return out
}

// callDesk has the secretary review, amend, read and return an application.
func callDesk(t *testing.T, h *apptest.Hub, d client.Dossier) {
	t.Helper()
	reviewed, err := h.TEC.Review(t.Context(), d.ID, h.TEC.Secretary)
	if err != nil || reviewed.State != "ready" || reviewed.ReviewedAt == nil || reviewed.Version <= d.Version {
		t.Fatalf("reviewed: %+v, %v", reviewed, err)
	}
	amended, err := h.TEC.Amend(t.Context(), d.ID, "1", h.TEC.Secretary, "position", "direktor", "buyruq")
	if err != nil || amended.State != "ready" || amended.Version <= reviewed.Version {
		t.Fatalf("amended: %+v, %v", amended, err)
	}
	now, err := h.TEC.Dossier(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []client.Amendment{{Name: "position", Value: "direktor", Reason: "buyruq", Actor: "official:" + h.TEC.Secretary}}
	if diff := cmp.Diff(want, now.Subjects[0].Amendments, cmpopts.IgnoreFields(client.Amendment{}, "At")); diff != "" {
		t.Errorf("what was changed by hand:\n%s", diff)
	}
	if diff := cmp.Diff(d.Subjects[0].Columns, now.Subjects[0].Columns); diff != "" {
		t.Errorf("the registers' words did not stay:\n%s", diff)
	}
	callDossier(t, h, now)
	due := h.Clock.Today().AddDays(3)
	back, err := h.TEC.Return(t.Context(), d.ID, "back-"+d.ID, h.TEC.Secretary, "R09", due.String())
	if err != nil || back.State != "returned" || back.Reason != "R09" || back.ReturnDue == nil || !back.ReturnDue.Equal(due.AddDays(1).Start()) {
		t.Fatalf("returned: %+v, %v", back, err)
	}
}

// callDossier reads an application's dossier in words.
func callDossier(t *testing.T, h *apptest.Hub, d client.Dossier) {
	t.Helper()
	read := func(format, language string) []byte {
		t.Helper()
		got, err := h.TEC.DossierReport(t.Context(), d.ID, client.DossierForm{Format: format, Language: language})
		if err != nil {
			t.Fatalf("the dossier as %s: %v", format, err)
		}
		return got
	}
	var r report.Report
	if err := json.Unmarshal(read("", "ru"), &r); err != nil {
		t.Fatal(err)
	}
	if r.Language != "ru" || r.Application.ID != d.ID || r.Number != d.Number || r.Counts.Subjects != 1 || r.Counts.Eligible != 1 || r.Application.Version != d.Version {
		t.Errorf("the dossier: language %s, %+v, %+v", r.Language, r.Application, r.Counts)
	}
	if text := read("text", "en"); !bytes.Contains(text, []byte(d.Number)) {
		t.Errorf("the text does not name %s", d.Number)
	}
	if file := read("pdf", ""); !bytes.HasPrefix(file, []byte("%PDF-")) {
		t.Errorf("not a PDF: %.20q", file)
	}
}

// callWithdraw takes an application back.
func callWithdraw(t *testing.T, h *apptest.Hub, d client.Dossier) {
	t.Helper()
	doc := apptest.JSON(t, apptest.M{"withdraw": d.ID, "reason": "fikrimizdan qaytdik"})
	sig := h.Sign(t, "party-head", doc)
	taken, err := h.TEC.Withdraw(t.Context(), d.ID, "away-"+d.ID, doc, sig)
	if err != nil || taken.ID == "" || taken.State != "verifying" {
		t.Fatalf("withdrawn: %+v, %v", taken, err)
	}
	if again, err := h.TEC.Withdraw(t.Context(), d.ID, "away-"+d.ID, doc, sig); err != nil || again.ID != taken.ID {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	end := h.Await(t, h.TEC, d.ID, "the withdrawal", func(d client.Dossier) bool { return d.State == "withdrawn" })
	if !slices.ContainsFunc(end.Timeline, func(e client.Entry) bool { return e.Act == "withdrawn" && e.Actor == "applicant" }) {
		t.Errorf("the timeline does not tell who withdrew it: %+v", end.Timeline)
	}
}

// callDraft drafts a decision and has the chair sign what was drafted.
func callDraft(t *testing.T, h *apptest.Hub, d client.Dossier) {
	t.Helper()
	order := draftOrder(h, h.TEC, d)
	made, err := h.TEC.Draft(t.Context(), d.ID, "", order)
	if err != nil || made.Application != d.ID || made.DraftedBy != h.TEC.Secretary || !made.Current {
		t.Fatalf("drafted: %+v, %v", made, err)
	}
	got, err := h.TEC.DraftOf(t.Context(), d.ID)
	if diff := cmp.Diff(made, got); err != nil || diff != "" {
		t.Errorf("the draft as it is kept: %v\n%s", err, diff)
	}
	if _, err := h.TEC.Decide(t.Context(), d.ID, "", got.Document, h.Sign(t, h.TEC.Chair, got.Document)); err != nil {
		t.Fatal(err)
	}
	end := h.Await(t, h.TEC, d.ID, "documents and notices", apptest.Told)
	want := []client.Outcome{{Ref: "1", Revision: d.Subjects[0].Assessment.Revision, Outcome: "register"}}
	if len(end.Decisions) != 1 || end.Decisions[0].Number != order.Number || !cmp.Equal(want, end.Decisions[0].Subjects) {
		t.Errorf("decided: %+v", end.Decisions)
	}
}

// callWebhooks has the acts on two applications told to a listener: of the first at
// once, of the second after a pause and with a new secret.
func callWebhooks(t *testing.T, h *apptest.Hub, first, second func() (application string)) {
	t.Helper()
	l := &listener{got: map[string]string{}}
	s := httptest.NewServer(l)
	defer s.Close()
	kinds := []string{string(event.ApplicationReturned), string(event.ApplicationWithdrawn)}
	mine, err := h.Admin.AddWebhook(t.Context(), s.URL, kinds, h.TEC.ID)
	if err != nil || mine.Secret == "" || mine.State != "active" || mine.URL != s.URL || mine.Commission != h.TEC.ID || !slices.Equal(mine.Types, kinds) {
		t.Fatalf("made: %+v, %v", mine, err)
	}
	l.set(func() { l.secret, l.now = personal.Secret(mine.Secret), h.Clock.Now })
	// delivered waits for so many deliveries, the newest of an event.
	delivered := func(n int, kind, application string) {
		t.Helper()
		var e event.Stored
		apptest.Poll(t, "the event "+kind, func(ctx context.Context) (bool, any, error) {
			list, _, err := h.Store.Events(ctx, store.EventFilter{Application: application, Types: []string{kind}}, 0, 2)
			if len(list) == 1 {
				e = list[0]
			}
			return len(list) == 1, len(list), err
		})
		apptest.Poll(t, "the delivery of "+kind, func(ctx context.Context) (bool, any, error) {
			got, err := h.Admin.Deliveries(ctx, mine.ID, "delivered")
			return len(got) == n && got[0].Event == e.ID && got[0].Status == 200 && !got[0].DeliveredAt.IsZero(), got, err
		})
		l.set(func() {
			if l.got[e.ID] == "" || len(l.wrong) > 0 {
				t.Errorf("the listener got %v and wrong ones: %v", l.got, l.wrong)
			}
		})
	}
	delivered(1, kinds[0], first())
	seen, err := h.Admin.Webhook(t.Context(), mine.ID)
	if err != nil || seen.Delivered != 1 || seen.Failed != 0 || seen.Secret != "" || seen.Position <= mine.Position {
		t.Errorf("after a delivery: %+v, %v", seen, err)
	}
	if w, err := h.Admin.SteerWebhook(t.Context(), mine.ID, "pause"); err != nil || w.State != "paused" {
		t.Errorf("paused: %+v, %v", w, err)
	}
	rotated, err := h.Admin.SteerWebhook(t.Context(), mine.ID, "rotate")
	if err != nil || rotated.Secret == "" || rotated.Secret == mine.Secret {
		t.Errorf("rotated: the same secret or none, %v", err)
	}
	l.set(func() { l.secret = personal.Secret(rotated.Secret) })
	away := second()
	if list, err := h.Admin.Deliveries(t.Context(), mine.ID, ""); err != nil || len(list) != 1 {
		t.Errorf("while it is paused: %+v, %v", list, err)
	}
	if w, err := h.Admin.SteerWebhook(t.Context(), mine.ID, "resume"); err != nil || w.State != "active" {
		t.Errorf("resumed: %+v, %v", w, err)
	}
	delivered(2, kinds[1], away)
	listed := func() bool {
		list, err := h.Admin.Webhooks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(w client.Webhook) bool { return w.ID == mine.ID && w.Delivered == 2 && w.Secret == "" })
	}
	if !listed() {
		t.Error("the webhook is not listed with its deliveries")
	}
	if err := h.Admin.RemoveWebhook(t.Context(), mine.ID); err != nil || listed() {
		t.Errorf("removed, and still listed: %v", err)
	}
}

// callMailings sends one notice to the one observer of an election, and steers
// another that waits for the morning. It leaves the hub in the night.
func callMailings(t *testing.T, h *apptest.Hub, election string, observer personal.Phone) {
	t.Helper()
	order := client.NewMailing{Notice: "repeat-voting", Election: election, Roles: []string{"observer"}, Params: map[string]string{"date": "01.02.2027"}}
	received := func() (out []string) {
		for _, m := range h.Mocks.SMS.Inbox() {
			if m.Recipient == observer && strings.Contains(m.Text, order.Params["date"]) {
				out = append(out, m.Text)
			}
		}
		return out
	}
	day, err := h.Admin.Mail(t.Context(), order, "sent-by-day")
	if err != nil || day.ID == "" || day.Total != 1 || day.Notice != order.Notice || day.Election != election || !slices.Equal(day.Roles, order.Roles) {
		t.Fatalf("begun: %+v, %v", day, err)
	}
	apptest.Poll(t, "the mailing", func(ctx context.Context) (bool, any, error) {
		got, err := h.Admin.Mailing(ctx, day.ID)
		return got.ID == day.ID && got.State == "done" && got.Made == 1 && got.Sent == 1 && !got.EndedAt.IsZero(), got, err
	})
	if got := received(); len(got) != 1 {
		t.Errorf("the observer got %q", got)
	}
	h.Clock.Advance(h.Clock.Today().Start().Add(22*time.Hour + 30*time.Minute).Sub(h.Clock.Now()))
	night, err := h.Admin.Mail(t.Context(), order, "sent-by-night")
	if err != nil || night.State != "running" || night.ID == day.ID {
		t.Fatalf("begun in the night: %+v, %v", night, err)
	}
	for _, c := range []struct{ act, state string }{{"pause", "paused"}, {"resume", "running"}, {"cancel", "cancelled"}} {
		if m, err := h.Admin.SteerMailing(t.Context(), night.ID, c.act); err != nil || m.ID != night.ID || m.State != c.state || m.EndedAt.IsZero() != (c.act != "cancel") {
			t.Errorf("%s: %+v, %v", c.act, m, err)
		}
	}
	list, err := h.Admin.Mailings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	states := [][2]string{}
	for _, m := range list {
		if m.Election == election && m.Notice == order.Notice {
			states = append(states, [2]string{m.ID, m.State})
		}
	}
	if d := cmp.Diff([][2]string{{night.ID, "cancelled"}, {day.ID, "done"}}, states); d != "" {
		t.Errorf("mailings, newest first:\n%s", d)
	}
	if got := received(); len(got) != 1 {
		t.Errorf("after the cancelled one the observer got %q", got)
	}
}

// callTheRest calls what the walk of one candidate does not. It leaves the hub in
// the night.
func callTheRest(t *testing.T, h *apptest.Hub) {
	election := h.Election(t)
	callCatalogue(t, h, election)
	callDirectory(t, h, election)
	list := callBatch(t, h, election)
	callWebhooks(t, h,
		func() string { callDesk(t, h, list[0]); return list[0].ID },
		func() string { callWithdraw(t, h, list[1]); return list[1].ID })
	callDraft(t, h, list[2])
	full, err := h.Store.Application(t.Context(), list[2].ID)
	if err != nil {
		t.Fatal(err)
	}
	callMailings(t, h, election, full.Subjects[0].Phone)
}
