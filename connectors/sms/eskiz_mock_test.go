package sms_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/mocktest"
)

// cabinets is a mock of Eskiz and the connector in front of it, on one clock.
func cabinets(t *testing.T, o eskiz.Options, change ...func(*sms.EskizConfig)) (*eskiz.Server, *sms.Eskiz, *mocktest.Clock) {
	t.Helper()
	clock := mocktest.NewClock(time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent))
	o.Now = clock.Now
	m, err := eskiz.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	client := calltest.Beside(t, m)
	cfg := sms.EskizConfig{URL: m.URL(), Email: eskiz.Email, Password: eskiz.Password, From: eskiz.From, Limits: map[string]call.Limits{sms.EskizSend: {Try: 300 * time.Millisecond}}}
	for _, f := range change {
		f(&cfg)
	}
	e, err := sms.NewEskiz(cfg, sms.Deps{Client: client, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return m, e, clock
}

func TestEskizMockTakesIt(t *testing.T) {
	t.Parallel()
	for _, form := range []string{eskiz.FormHTTP, eskiz.FormBody} {
		m, e, clock := cabinets(t, eskiz.Options{ErrorForm: form, Reports: inbox.Reports{Delay: time.Minute}})
		ref, err := e.Send(t.Context(), message)
		if err != nil {
			t.Fatal(err)
		}
		if box := m.Inbox(); len(box) != 1 || box[0].Text != "Saylov o'tkaziladi" || box[0].ID != message.ID || box[0].Ref != ref || box[0].Originator != "4546" {
			t.Errorf("inbox %+v", box)
		}
		for i, want := range []sms.State{sms.InFlight, sms.Delivered} {
			clock.Add(time.Duration(i) * time.Minute)
			for _, q := range []sms.Query{{ID: message.ID, Ref: ref}, {ID: message.ID, SentAt: sentAt}} {
				if r, err := e.Ask(t.Context(), q); err != nil || r.State != want || r.Ref != ref || r.Parts != 1 || i == 1 && !r.At.Equal(sentAt.Add(time.Minute)) {
					t.Errorf("%+v: %+v %v, want %s", q, r, err, want)
				}
			}
		}
		if r, err := e.Ask(t.Context(), sms.Query{ID: "x", Ref: eskizRef}); form == eskiz.FormHTTP && (err != nil || r.State != sms.Absent) {
			t.Errorf("of another: %+v %v", r, err)
		}
		m.ExpireTokens()
		if _, err := e.Send(t.Context(), message); err != nil || m.Count(eskiz.OpLogin) != 2 || len(m.Inbox()) != 2 {
			t.Errorf("%v, %d logins, %d messages", err, m.Count(eskiz.OpLogin), len(m.Inbox()))
		}
		if sum, err := e.Balance(t.Context()); err != nil || sum != 1_000_000-2*50 {
			t.Errorf("balance %d %v", sum, err)
		}
		for _, p := range e.Probes() {
			if err := p.Ask(t.Context()); err != nil {
				t.Errorf("%s: %v", p.Operation, err)
			}
		}
	}
}

// The answer is lost: nothing is sent again, and the list tells what became of
// it, though not at once.
func TestEskizLostAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  chaos.Kind
		taken int
		want  sms.State
	}{
		"after it was taken": {chaos.Reset, 1, sms.Delivered}, "cut off": {chaos.Truncated, 1, sms.Delivered}, "before": {chaos.Down, 0, sms.Absent}, "hangs": {chaos.Hang, 0, sms.Absent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, e, clock := cabinets(t, eskiz.Options{ListLag: time.Minute})
			if err := m.Fault(chaos.Fault{Operation: eskiz.OpSend, Kind: c.kind, Times: 1}); err != nil {
				t.Fatal(err)
			}
			_, err := e.Send(t.Context(), message)
			if f := fault.Of(err); f == nil || !f.Uncertain || f.Kind != fault.Unavailable || m.Count(eskiz.OpSend) != 1 || len(m.Inbox()) != c.taken {
				t.Fatalf("%+v, %d calls, %d messages", f, m.Count(eskiz.OpSend), len(m.Inbox()))
			}
			q := sms.Query{ID: message.ID, To: message.To, SentAt: clock.Now()}
			if r, err := e.Ask(t.Context(), q); err != nil || r.State != sms.Absent {
				t.Errorf("at once: %+v %v", r, err)
			}
			clock.Add(2 * time.Minute)
			if r, err := e.Ask(t.Context(), q); err != nil || r.State != c.want {
				t.Errorf("later: %+v %v, want %s", r, err, c.want)
			}
		})
	}
}

func TestEskizMockRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o      eskiz.Options
		change func(*sms.EskizConfig)
		kind   fault.Kind
	}{
		"test account":   {eskiz.Options{TestAccount: true}, nil, fault.Rejected},
		"no template":    {eskiz.Options{Templates: []string{"Salom"}}, nil, fault.Rejected},
		"number":         {eskiz.Options{Numbers: inbox.Numbers{Refused: map[personal.Phone]string{message.To: ""}}}, nil, fault.Rejected},
		"no money":       {eskiz.Options{Balance: 1}, nil, fault.Misconfigured},
		"sender":         {eskiz.Options{}, func(c *sms.EskizConfig) { c.From = "Boshqa" }, fault.Misconfigured},
		"wrong password": {eskiz.Options{}, func(c *sms.EskizConfig) { c.Password = "another" }, fault.Misconfigured},
	} {
		for _, form := range []string{eskiz.FormHTTP, eskiz.FormBody} {
			c.o.ErrorForm = form
			change := c.change
			if change == nil {
				change = func(*sms.EskizConfig) {}
			}
			m, e, _ := cabinets(t, c.o, change)
			_, err := e.Send(t.Context(), message)
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Uncertain || len(m.Inbox()) != 0 {
				t.Errorf("%s %q: %+v", name, form, f)
			}
		}
	}
}

// What each mock posts, the readers of reports understand.
func TestReportsOfTheMocks(t *testing.T) {
	t.Parallel()
	got := make(chan []byte, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- b
	}))
	t.Cleanup(hook.Close)
	_, e, _ := cabinets(t, eskiz.Options{Reports: inbox.Reports{Words: []string{"ACCEPTED", "DELIVRD"}}}, func(c *sms.EskizConfig) {
		c.CallbackURL = personal.Secret(hook.URL + "/cb")
	})
	ref, err := e.Send(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []sms.State{sms.InFlight, sms.Delivered} {
		r, err := sms.ReadEskizReports(<-got)
		if err != nil || len(r) != 1 || r[0].State != want || r[0].MessageID != message.ID || r[0].Ref != ref || r[0].Parts != 1 || !r[0].At.Equal(sentAt) {
			t.Errorf("%+v %v, want %s", r, err, want)
		}
	}
}
