package apptest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/population"
)

// Happenings brings every notice that no submission and no decision brings: of what
// else happens to an application, of deadlines and days of the calendar, and those
// that an official has sent. The clock ends behind the election's last day.
func (w *Walk) Happenings(t *testing.T) {
	t.Helper()
	w.acts(t)
	w.byHand(t)
	w.days(t)
	for _, id := range w.h.Query(t, `SELECT DISTINCT notice FROM notice WHERE state='sent'`) {
		w.Told[id] = true
	}
}

// acts have applications of observers returned, reviewed, withdrawn and waited for.
func (w *Walk) acts(t *testing.T) {
	t.Helper()
	const id = "observer-party-register"
	kind, _ := w.types.Type(id)
	hand := func(person ...*population.Person) (*sheet, string) {
		c, level, ballot := w.place(kind)
		s := w.sheet(t, kind, c, level, ballot)
		for i, p := range person {
			s.content["subjects"].([]any)[i] = w.subject(s, &Holder{Person: p}, i)
		}
		return s, w.hand(t, s).ID
	}
	post := func(s *sheet, id, act string, body M) {
		r := w.h.Do(t, http.MethodPost, "/v1/applications/"+id+"/"+act, JSON(t, body), "Authorization", "Bearer "+s.commission.Key, "Content-Type", "application/json")
		if r.Status >= http.StatusBadRequest {
			t.Fatalf("%s: %d %s", act, r.Status, r.Body)
		}
	}
	s, back := hand()
	c := s.commission
	w.h.Await(t, c, back, "the dossier", Ready)
	post(s, back, "return", M{"official": c.Secretary, "reason": "R09"})
	s, gone := hand()
	w.h.Await(t, c, gone, "the dossier", Ready)
	post(s, gone, "review", M{"official": c.Secretary})
	document := JSON(t, M{"withdraw": gone, "reason": "fikrimizdan qaytdik"})
	post(s, gone, "withdraw", M{"document": document, "signature": w.h.Sign(t, w.Signer(s.from), document)})
	w.h.Await(t, c, gone, "the withdrawal", func(d client.Dossier) bool { return d.State == "withdrawn" })
	const held = "personal-data.docrest"
	if _, err := w.h.Admin.Hold(t.Context(), true, "portal", held, "maintenance"); err != nil {
		t.Fatal(err)
	}
	_, waits := hand()
	w.h.Await(t, c, waits, "the verdict on the signature", func(d client.Dossier) bool { return d.State == "checking" })
	w.on(t, w.h.Clock.Now().Add(time.Hour))
	w.told(t, c, waits, "app-check-pending")
	if _, err := w.h.Admin.Hold(t.Context(), false, "portal", held, "over"); err != nil {
		t.Fatal(err)
	}
	d := w.h.Await(t, c, waits, "the dossier", Ready)
	_, young := hand(w.h.Story(t, "observer-minor"))
	w.told(t, c, young, "app-check-failed")
	w.told(t, c, back, "app-returned")
	w.told(t, c, gone, "app-in-review")
	w.told(t, c, gone, "app-withdrawn")

	r := w.h.Await(t, c, back, "the returned one", func(d client.Dossier) bool { return d.State == "returned" && d.ReturnDue != nil })
	decideBy, err := civil.Parse(d.DecideBy)
	if err != nil {
		t.Fatal(err)
	}
	type ending struct {
		id, notice string
		due        time.Time
	}
	late := []ending{{back, "app-fix-soon", *r.ReturnDue}, {waits, "app-due-soon", decideBy.AddDays(1).Start()}}
	slices.SortFunc(late, func(a, b ending) int { return a.due.Compare(b.due) })
	for _, l := range late {
		w.on(t, l.due.Add(-13*time.Hour)) // the morning before
		w.told(t, c, l.id, l.notice)
	}
}

// byHand has an official send what goes out by hand only, to those of every role.
func (w *Walk) byHand(t *testing.T) {
	t.Helper()
	for _, id := range w.types.NoticeIDs() {
		if kind, _ := w.types.Notice(id); kind.Day == "" && len(kind.Roles) > 0 {
			w.mail(t, kind)
		}
	}
}

func (w *Walk) mail(t *testing.T, kind catalogue.Notice) {
	t.Helper()
	params := map[string]string{}
	for _, text := range kind.Text {
		for _, name := range catalogue.ParamsOf(text) {
			params[name] = "5"
		}
	}
	m, err := w.h.Admin.Mail(t.Context(), client.NewMailing{Notice: kind.ID, Election: w.ID, Roles: kind.Roles, Params: params, PerSecond: 200}, kind.ID)
	if err != nil {
		t.Fatalf("mailing %s: %v", kind.ID, err)
	}
	w.mailed(t, m.ID)
}

// days lets the days of the calendar come on which notices go out, one by one.
func (w *Walk) days(t *testing.T) {
	t.Helper()
	type sending struct {
		notice string
		day    civil.Date
	}
	var all []sending
	calendar, err := w.h.Admin.Calendar(t.Context(), w.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range w.types.NoticeIDs() {
		kind, _ := w.types.Notice(id)
		if kind.Day == "" {
			continue
		}
		i := slices.IndexFunc(calendar, func(d client.CalendarDay) bool { return d.ID == kind.Day })
		if i < 0 {
			t.Fatalf("no day %s in the calendar", kind.Day)
		}
		day := calendar[i].Date.AddDays(kind.Shift)
		if day.Compare(w.h.Clock.Today()) <= 0 { // so that every window is open: an official makes up for it
			w.mail(t, kind)
			continue
		}
		all = append(all, sending{id, day})
	}
	slices.SortFunc(all, func(a, b sending) int { return a.day.Compare(b.day) })
	for _, s := range all {
		w.on(t, s.day.Start().Add(10*time.Hour))
		var of []string
		Poll(t, fmt.Sprintf("%s on %s", s.notice, s.day), func(context.Context) (bool, any, error) {
			of = w.h.Query(t, `SELECT id FROM mailing WHERE key=?`, "calendar:"+w.ID+":"+s.notice+":"+s.day.String()) //nolint:contextcheck // the test's own
			return len(of) == 1, of, nil
		})
		w.mailed(t, of[0])
	}
}

// mailed waits until everybody of a mailing's audience got it.
func (w *Walk) mailed(t *testing.T, id string) {
	t.Helper()
	Poll(t, "a mailing", func(ctx context.Context) (bool, any, error) {
		m, err := w.h.Admin.Mailing(ctx, id)
		return m.State == "done" && m.Made > 0 && m.Sent == m.Made, m, err
	})
}

// told waits until an application's notice was sent.
func (w *Walk) told(t *testing.T, c *Commission, id, notice string) {
	t.Helper()
	w.h.Await(t, c, id, notice, func(d client.Dossier) bool {
		return slices.ContainsFunc(d.Notices, func(n client.Notice) bool { return n.Notice == notice && n.State == "sent" })
	})
}

// on moves the clock on, once no message is under way: an answer that comes hours
// after its question is none.
func (w *Walk) on(t *testing.T, to time.Time) {
	t.Helper()
	Poll(t, "no message to be under way", func(context.Context) (bool, any, error) {
		due := w.h.Query(t, `SELECT count(*) FROM notice WHERE state='sending'`)[0] //nolint:contextcheck // the test's own
		return due == "0", due, nil
	})
	w.h.Clock.Advance(to.Sub(w.h.Clock.Now()))
}
