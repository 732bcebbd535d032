package notice

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// memory is a store of notices and of their jobs, one transaction at a time.
type memory struct {
	Reader
	now     time.Time
	notices map[string]dossier.Notice
	jobs    []*queue.Job
	entries []string
	events  []event.Event
	states  []dossier.NoticeState // as they were written
	mailing Mailing               // the one there is
}

func newMemory() *memory {
	return &memory{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), notices: map[string]dossier.Notice{}}
}

func (m *memory) clock() time.Time { return m.now }

func (m *memory) Notice(_ context.Context, id string) (dossier.Notice, error) {
	n, ok := m.notices[id]
	if !ok {
		return n, dossier.Refusef(dossier.NotFound, "no such notice")
	}
	return n, nil
}

func (m *memory) NoticeOf(_ context.Context, provider, id, ref string) (dossier.Notice, bool, error) {
	for _, n := range m.notices {
		if n.Provider == provider && (n.MessageID == id || ref != "" && n.Ref == ref) {
			return n, true, nil
		}
	}
	return dossier.Notice{}, false, nil
}

func (m *memory) AddNotice(_ context.Context, n dossier.Notice) (bool, error) {
	for _, o := range m.notices {
		if o.Key == n.Key {
			return false, nil
		}
	}
	m.notices[n.ID] = n
	return true, nil
}

func (m *memory) SaveNotice(_ context.Context, n dossier.Notice) error {
	if n.State != m.notices[n.ID].State {
		m.states = append(m.states, n.State)
	}
	m.notices[n.ID] = n
	return nil
}

func (m *memory) Enqueue(_ context.Context, jobs ...queue.New) error {
	for _, j := range jobs {
		if slices.ContainsFunc(m.jobs, func(o *queue.Job) bool { return o.Key == j.Key }) {
			continue
		}
		m.jobs = append(m.jobs, &queue.Job{
			ID: int64(len(m.jobs) + 1), Application: j.Application, Applicant: j.Applicant, Stage: j.Stage, Ref: j.Ref, Key: j.Key,
			Priority: j.Priority, DueAt: j.DueAt, State: queue.Ready,
		})
	}
	return nil
}

func (m *memory) AddMailing(_ context.Context, g Mailing) (bool, error) {
	if m.mailing.Key == g.Key {
		return false, nil
	}
	m.mailing = g
	return true, nil
}

func (m *memory) MailingNow(context.Context, string) (Mailing, error) { return m.mailing, nil }

func (m *memory) Mailing(context.Context, string) (Mailing, error) { return m.mailing, nil }

func (m *memory) MailingState(context.Context, string) (MailingState, error) {
	return m.mailing.State, nil
}

func (m *memory) SaveMailing(_ context.Context, g Mailing) error { m.mailing = g; return nil }

func (m *memory) ExpireQueued(_ context.Context, mailing string) error {
	for id, n := range m.notices {
		if n.Mailing == mailing && n.State == dossier.NoticeQueued {
			n.State = dossier.NoticeExpired
			m.notices[id] = n
		}
	}
	return nil
}

func (m *memory) JobsAbout(_ context.Context, application, ref string) ([]queue.Job, error) {
	var out []queue.Job
	for _, j := range m.jobs {
		if j.Application == application && j.Ref == ref && j.State != queue.Done {
			out = append(out, *j)
		}
	}
	return out, nil
}

func (m *memory) EndFailure(_ context.Context, id int64) error {
	if j := m.jobs[id-1]; j.State == queue.Failed {
		j.State = queue.Done
	}
	return nil
}

func (m *memory) AddEvent(_ context.Context, events ...event.Event) error {
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) AddEntry(_ context.Context, _ string, e dossier.Entry) error {
	m.entries = append(m.entries, e.Act)
	return nil
}

// told lists the types of the events so far.
func (m *memory) told() []event.Type {
	var out []event.Type
	for _, e := range m.events {
		out = append(out, e.Fact.Type())
	}
	return out
}

// open lists the jobs that go on by themselves.
func (m *memory) open() []*queue.Job {
	return slices.DeleteFunc(slices.Clone(m.jobs), func(j *queue.Job) bool { return j.State != queue.Ready })
}

// crash is what a gateway panics with when the hub ends in the middle of a call.
type crash struct{}

// run works on a job as the queue does: what is kept stays, an effect is written
// with the job's end, and a crash leaves the job to be done again.
func (m *memory) run(ctx context.Context, stages []queue.Stage, j *queue.Job) (err error) {
	i := slices.IndexFunc(stages, func(s queue.Stage) bool { return s.Name == j.Stage })
	if i < 0 {
		return errors.New("no stage " + j.Stage)
	}
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(crash); !ok {
				panic(p)
			}
		}
	}()
	j.State = queue.Leased
	defer func() {
		if j.State == queue.Leased {
			j.State = queue.Ready
		}
	}()
	effect, err := stages[i].Handle(ctx, *j, func(ctx context.Context, e queue.Effect) error { return e(ctx, m) })
	switch {
	case err == nil:
		j.State = queue.Done
		if effect != nil {
			return effect(ctx, m)
		}
	case fault.RuleOf(fault.KindOf(err)).Retry == fault.RetryNever:
		j.State = queue.Failed
		return errors.Join(err, stages[i].GiveUp(*j, queue.FailureOf(err, m.now))(ctx, m))
	}
	return err
}

// gateway counts the SMS that people got of it.
type gateway struct {
	name    string
	dedup   bool
	got     map[string]int // by message id
	calls   []Message
	send    func(Message) (ref string, err error)
	whileIn []dossier.NoticeState
	m       *memory
}

func (g *gateway) Name() string       { return g.name }
func (g *gateway) Deduplicates() bool { return g.dedup }
func (g *gateway) Send(_ context.Context, msg Message) (string, error) {
	g.calls = append(g.calls, msg)
	for _, n := range g.m.notices {
		g.whileIn = append(g.whileIn, n.State)
	}
	return g.send(msg)
}

// take delivers a message once more, unless its id is known and dropped.
func (g *gateway) take(id string) {
	if g.dedup && g.got[id] > 0 {
		return
	}
	g.got[id]++
}

// asked is a gateway that can be asked.
type asked struct {
	*gateway
	ask func(Query) (Report, error)
}

func (a asked) Ask(_ context.Context, q Query) (Report, error) { return a.ask(q) }

func newGateway(m *memory, name string, dedup bool) *gateway {
	g := &gateway{name: name, dedup: dedup, got: map[string]int{}, m: m}
	g.send = func(msg Message) (string, error) { g.take(msg.ID); return "r-" + msg.ID, nil }
	return g
}

// fataler is a test or a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// setup makes notices over a memory and gateways.
func setup(t fataler, m *memory, providers ...Provider) *Notices {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := &Notices{
		Catalogue: c, Store: m, Providers: providers, Now: m.clock, NewID: func() string { return "m" },
		Text: func(s string) (string, int) { return s, 1 }, Limit: time.Hour,
	}
	return n
}

func (m *memory) add(t testing.TB, n *Notices, note dossier.Notice) {
	t.Helper()
	note.ID, note.Key, note.MessageID, note.At = "n", "k", "m", m.now
	if note.Text == "" {
		note.Text = "text"
	}
	if note.State == "" {
		note.State = dossier.NoticeQueued
	}
	if err := n.queue(t.Context(), m, note, "party"); err != nil {
		t.Fatal(err)
	}
}
