package notice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// crowd is a library with an audience.
type crowd struct {
	*library
	people []Addressee
}

func (c *crowd) CountAudience(context.Context, string, Audience) (int, error) {
	persons := map[string]bool{}
	for _, p := range c.people {
		persons[p.Person] = true
	}
	return len(persons), nil
}

// AudienceAfter takes the number of those looked at for a cursor.
func (c *crowd) AudienceAfter(_ context.Context, _ string, _ Audience, cursor string, limit int) ([]Addressee, string, error) {
	from := 0
	if cursor != "" {
		if _, err := fmt.Sscan(cursor, &from); err != nil {
			return nil, "", err
		}
	}
	to := min(from+limit, len(c.people))
	if to == len(c.people) {
		return c.people[from:], "", nil
	}
	return c.people[from:to], fmt.Sprint(to), nil
}

// people makes n holders of a role, the last of whom is the first again.
func people(n int) []Addressee {
	var out []Addressee
	for i := range n {
		p := Addressee{Person: fmt.Sprint(i), As: "observer", Language: "uz-Latn", Phone: personal.Phone(fmt.Sprintf("9989%08d", i))}
		p.Subject = dossier.Subject{ID: "s" + p.Person, Role: "observer", Phone: p.Phone}
		out = append(out, p)
	}
	out[n-1].Person = "0"
	return out
}

func crowded(t fataler, n int) (*crowd, *Notices) {
	l, notices := world(t)
	c := &crowd{l, people(n)}
	notices.Store = c
	return c, notices
}

func (c *crowd) begin(t *testing.T, n *Notices, rate int) {
	t.Helper()
	m, err := n.Prepare(t.Context(), Mailing{Election: "e", Notice: "candidate-proxies-open", Audience: Audience{Roles: []string{"observer"}}, PerSecond: rate})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := n.Begin(t.Context(), c.memory, m); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, err := n.Begin(t.Context(), c.memory, m); err != nil || ok {
		t.Fatalf("begun twice: %v", err)
	}
}

// walk works on jobs of mailings, as they come due, until none is left.
func (c *crowd) walk(t *testing.T, n *Notices) {
	t.Helper()
	for range 1000 {
		i := -1
		for k, j := range c.jobs {
			if j.Stage == StageMailing && j.State == "ready" {
				i = k
				break
			}
		}
		if i < 0 {
			return
		}
		if c.jobs[i].DueAt.After(c.now) {
			c.now = c.jobs[i].DueAt
		}
		if err := c.run(t.Context(), n.Stages(nil), c.jobs[i]); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("a mailing without an end")
}

// Everybody gets one, at the rate and not faster, whoever has two roles too.
func TestMailing(t *testing.T) {
	t.Parallel()
	c, n := crowded(t, 100)
	c.people[7].Phone = ""
	c.begin(t, n, 4)
	began := c.now
	c.walk(t, n)
	m := c.mailing
	if m.State != MailingDone || m.Total != 99 || m.Made != 98 || len(c.notices) != 98 {
		t.Fatalf("state %s, total %d, made %d, notices %d", m.State, m.Total, m.Made, len(c.notices))
	}
	perSecond, last := map[int64]int{}, began
	for _, j := range c.jobs {
		if j.Stage != StageMailing {
			perSecond[j.DueAt.Unix()]++
			if j.Priority != bulk {
				t.Fatalf("a job of priority %d", j.Priority)
			}
			if j.DueAt.After(last) {
				last = j.DueAt
			}
		}
	}
	for at, n := range perSecond {
		if n > 4 {
			t.Errorf("%d in the second %d", n, at)
		}
	}
	if got := last.Sub(began); got < 23*time.Second || got > 26*time.Second {
		t.Errorf("98 at 4 a second take %s", got)
	}
}

// A hub that ends in the middle goes on where it was: nobody gets two, and nobody
// is left out.
func TestMailingKilled(t *testing.T) {
	t.Parallel()
	c, n := crowded(t, 60)
	c.begin(t, n, 1)
	stages := n.Stages(nil)
	for range 3 {
		open := c.open()
		j := open[len(open)-1]
		for _, o := range open {
			if o.Stage == StageMailing {
				j = o
			}
		}
		c.now = c.now.Add(10 * time.Second)
		again := *j
		if err := c.run(t.Context(), stages, j); err != nil {
			t.Fatal(err)
		}
		// Its end was lost: it is done once more.
		if err := c.run(t.Context(), stages, &again); err != nil {
			t.Fatal(err)
		}
	}
	if c.mailing.Made != 30 {
		t.Fatalf("made %d after three chunks", c.mailing.Made)
	}
	c.walk(t, n)
	if len(c.notices) != 59 || c.mailing.Made != 59 {
		t.Errorf("%d notices, made %d", len(c.notices), c.mailing.Made)
	}
}

// A mailing that meets the night goes on in the morning.
func TestMailingSleeps(t *testing.T) {
	t.Parallel()
	c, n := crowded(t, 30)
	n.Quiet = Quiet{From: 22, To: 8}
	c.now = time.Date(2026, 12, 1, 21, 59, 55, 0, civil.Tashkent)
	c.begin(t, n, 1)
	c.walk(t, n)
	morning := time.Date(2026, 12, 2, 8, 0, 0, 0, civil.Tashkent)
	for _, j := range c.jobs {
		if j.Stage != StageMailing && n.Quiet.next(j.DueAt) != j.DueAt {
			t.Errorf("one goes out at %s", j.DueAt.In(civil.Tashkent))
		}
	}
	if c.mailing.State != MailingDone || c.now.Before(morning) {
		t.Errorf("%s at %s", c.mailing.State, c.now)
	}
}

// What is paused waits, goes on once, and what is cancelled does not go.
func TestSteer(t *testing.T) {
	t.Parallel()
	c, n := crowded(t, 40)
	c.begin(t, n, 1)
	stages := n.Stages(nil)
	steer := func(to MailingState) error {
		_, err := n.Steer(t.Context(), c.memory, "m", to)
		return err
	}
	if err := c.run(t.Context(), stages, c.jobs[0]); err != nil {
		t.Fatal(err)
	}
	if err := steer(MailingPaused); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(time.Minute)
	for _, j := range c.open() {
		if err := c.run(t.Context(), stages, j); err != nil {
			t.Fatal(err)
		}
	}
	if c.mailing.Made != 10 || n.Providers[0].(*gateway).got["m"] != 0 || len(n.Providers[0].(*gateway).calls) != 0 {
		t.Fatalf("paused: made %d, calls %d", c.mailing.Made, len(n.Providers[0].(*gateway).calls))
	}
	if err := steer(MailingRunning); err != nil {
		t.Fatal(err)
	}
	for _, j := range c.open() {
		if err := c.run(t.Context(), stages, j); err != nil {
			t.Fatal(err)
		}
	}
	if c.mailing.Made != 20 || len(n.Providers[0].(*gateway).calls) != 10 {
		t.Fatalf("resumed: made %d, calls %d", c.mailing.Made, len(n.Providers[0].(*gateway).calls))
	}
	if err := steer(MailingCancelled); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(time.Hour)
	for _, j := range c.open() {
		if err := c.run(t.Context(), stages, j); err != nil {
			t.Fatal(err)
		}
	}
	if c.mailing.Made != 20 || len(n.Providers[0].(*gateway).calls) != 10 {
		t.Errorf("cancelled: made %d, calls %d", c.mailing.Made, len(n.Providers[0].(*gateway).calls))
	}
	var refusal *dossier.Refusal
	if err := steer(MailingRunning); !errors.As(err, &refusal) || refusal.Code != dossier.WrongState {
		t.Errorf("resumed after its end: %v", err)
	}
}

// What may be sent to many, and to whom.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		m     Mailing
		field string // of the refusal; empty: none
	}{
		{"good", Mailing{Notice: "candidate-proxies-open", Audience: Audience{Roles: []string{"candidate", "party", "chair"}}}, ""},
		{"a code", Mailing{Notice: "auth-code", Audience: Audience{Roles: []string{"candidate"}}}, "/notice"},
		{"unknown", Mailing{Notice: "x", Audience: Audience{Roles: []string{"candidate"}}}, "/notice"},
		{"to nobody", Mailing{Notice: "candidate-proxies-open"}, "/roles"},
		{"to strangers", Mailing{Notice: "candidate-proxies-open", Audience: Audience{Roles: []string{"candidate", "everybody"}}}, "/roles/1"},
		{"a parameter is missing", Mailing{Notice: "decision-copy", Audience: Audience{Roles: []string{"candidate"}}}, "/params/decno"},
		{"it is given", Mailing{Notice: "decision-copy", Audience: Audience{Roles: []string{"candidate"}}, Params: map[string]string{"decno": "1"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, n := crowded(t, 2)
			err := n.Judge(t.Context(), c.m)
			got := ""
			if r, ok := errors.AsType[*dossier.Refusal](err); ok {
				got = r.Problems[0].Field
			}
			if got != c.field || (err == nil) != (c.field == "") {
				t.Errorf("got %v, want a refusal about %q", err, c.field)
			}
		})
	}
}

// Jobs of the calendar: at which hour, once, moved with their day, not afterwards.
func TestCalendar(t *testing.T) {
	t.Parallel()
	l, n := world(t)
	c := &crowd{l, people(3)}
	n.Store = c
	jobs := func() map[string]string {
		out := map[string]string{}
		for _, j := range l.jobs {
			if j.Stage == StageCalendar {
				out[strings.TrimPrefix(j.Ref, "day e ")] = j.DueAt.In(civil.Tashkent).Format("2006-01-02 15:04")
			}
		}
		return out
	}
	for range 2 {
		if err := n.Schedule(t.Context(), l.memory, l.election); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"election-day 2027-01-30": "2027-01-30 07:00", "election-day 2027-01-31": "2027-01-31 07:00", "campaign-end 2027-01-29": "2027-01-29 09:00",
	}
	got := jobs()
	for ref, at := range want {
		if got[ref] != at {
			t.Errorf("%s at %q, want %s; all: %v", ref, got[ref], at, got)
		}
	}
	// The day is moved: the old job does nothing, the new one begins the mailing.
	l.election.Calendar = map[string]civil.Date{"campaigning-last-day": {Year: 2027, Month: 1, Day: 28}}
	if err := n.Schedule(t.Context(), l.memory, l.election); err != nil {
		t.Fatal(err)
	}
	run := func(ref string, at time.Time) {
		t.Helper()
		for _, j := range l.jobs {
			if j.Ref == "day e "+ref {
				l.now = at
				if err := l.run(t.Context(), n.Stages(nil), j); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatalf("no job %q in %v", ref, jobs())
	}
	run("campaign-end 2027-01-29", time.Date(2027, 1, 29, 9, 0, 0, 0, civil.Tashkent))
	if l.mailing.ID != "" {
		t.Fatal("the old day brought a mailing")
	}
	run("campaign-end 2027-01-28", time.Date(2027, 1, 28, 23, 0, 0, 0, civil.Tashkent))
	if l.mailing.Notice != "campaign-end" || l.mailing.State != MailingRunning || l.mailing.Total != 2 {
		t.Fatalf("the mailing: %+v", l.mailing)
	}
	l.mailing = Mailing{}
	run("election-day 2027-01-31", time.Date(2027, 2, 1, 0, 0, 0, 0, civil.Tashkent))
	if l.mailing.ID != "" {
		t.Error("the day after brought a mailing")
	}
}

// Deadlines are told of a day before, once, while they stand.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 12, 10, 0, 0, 0, 0, civil.Tashkent)
	for _, c := range []struct {
		name, act string
		state     dossier.State
		at        time.Time
		told      bool
		waits     time.Time
	}{
		{"a day before", "due_soon", dossier.DossierReady, due.Add(-nearing), true, time.Time{}},
		{"sooner", "due_soon", dossier.DossierReady, due.Add(-nearing - time.Hour), false, due.Add(-nearing)},
		{"too late", "due_soon", dossier.DossierReady, due, false, time.Time{}},
		{"decided", "due_soon", dossier.Executed, due.Add(-nearing), false, time.Time{}},
		{"withdrawn", "due_soon", dossier.Withdrawn, due.Add(-nearing), false, time.Time{}},
		{"returned meanwhile", "due_soon", dossier.Returned, due.Add(-nearing), false, time.Time{}},
		{"to be corrected", "fix_soon", dossier.Returned, due.Add(-nearing), true, time.Time{}},
		{"corrected", "fix_soon", dossier.Superseded, due.Add(-nearing), false, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, n := world(t)
			l.app = someApp()
			l.app.Type = n.Catalogue.Types()[0]
			l.app.State, l.app.ReturnDue, l.app.DecideBy = c.state, due, civil.Date{Year: 2026, Month: 12, Day: 9}
			l.now = c.at
			if err := l.Enqueue(t.Context(), deadlineJob("a", c.act, "look", l.now)); err != nil {
				t.Fatal(err)
			}
			if err := l.run(t.Context(), n.Stages(nil), l.jobs[0]); err != nil {
				t.Fatal(err)
			}
			if told := len(l.notices) > 0; told != c.told {
				t.Errorf("told: %v", told)
			}
			var waits time.Time
			if len(l.jobs) > 1 && l.jobs[1].Stage == StageCalendar {
				waits = l.jobs[1].DueAt
			}
			if !cmp.Equal(waits.UTC(), c.waits.UTC()) {
				t.Errorf("waits until %s, want %s", waits, c.waits)
			}
		})
	}
}
