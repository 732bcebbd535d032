package sms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	mock "github.com/saylovhub/hub/mocks/sms"
)

func beside(t *testing.T, o mock.Options, dedup bool, password personal.Secret) (*mock.Server, *sms.Playmobile) {
	t.Helper()
	m, err := mock.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	client := calltest.Beside(t, m)
	cfg := sms.PlaymobileConfig{
		URL: m.URL(), Login: mock.Login, Password: password, Originator: mock.Originator, Deduplicates: dedup,
		Limits: call.Limits{Try: 300 * time.Millisecond},
	}
	p, err := sms.NewPlaymobile(cfg, sms.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

func TestMockTakesIt(t *testing.T) {
	t.Parallel()
	m, p := beside(t, mock.Options{}, true, mock.Password)
	if _, err := p.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	got := m.Inbox()
	if len(got) != 1 || got[0].Text != "Saylov o'tkaziladi" || got[0].Recipient != message.To || got[0].ID != message.ID || got[0].Priority != "normal" {
		t.Errorf("inbox %+v", got)
	}
	_, wrong := beside(t, mock.Options{}, true, "another")
	if _, err := wrong.Send(t.Context(), message); fault.KindOf(err) != fault.Misconfigured {
		t.Error("a wrong password is no misconfiguration")
	}
}

func TestFaultsOfTheMock(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		fault     chaos.Fault
		dedup     bool
		errorKey  string
		kind      fault.Kind
		uncertain bool
		received  int // times the message reached the inbox
	}{
		{"reset after it was taken", chaos.Fault{Kind: chaos.Reset}, false, "", fault.Unavailable, true, 1},
		{"the same where repeated ids are dropped", chaos.Fault{Kind: chaos.Reset, Times: 1}, true, "", "", false, 2},
		{"cut off after it was taken", chaos.Fault{Kind: chaos.Truncated}, false, "", fault.Unavailable, true, 1},
		{"hangs", chaos.Fault{Kind: chaos.Hang}, false, "", fault.Unavailable, true, 0},
		{"down", chaos.Fault{Kind: chaos.Down}, false, "", fault.Unavailable, true, 0},
		{"503", chaos.Fault{Kind: chaos.Status}, false, "", fault.Unavailable, true, 0},
		{"page", chaos.Fault{Kind: chaos.HTML}, false, "", fault.Unavailable, true, 0},
		{"throttled", chaos.Fault{Kind: chaos.Throttle}, false, "", fault.Throttled, false, 0},
		{"internal error", chaos.Fault{Kind: chaos.Status, Status: 400, Code: "100"}, false, "", fault.Unavailable, false, 0},
		{"account locked, other spelling", chaos.Fault{Kind: chaos.Status, Status: 400, Code: "102"}, false, "error_code", fault.Misconfigured, false, 0},
		{"no sender", chaos.Fault{Kind: chaos.Status, Status: 400, Code: "401"}, false, "error_code", fault.Misconfigured, false, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, p := beside(t, mock.Options{ErrorKey: c.errorKey}, c.dedup, mock.Password)
			c.fault.Operation = mock.OpSend
			if err := m.Fault(c.fault); err != nil {
				t.Fatal(err)
			}
			_, err := p.Send(t.Context(), message)
			if f := fault.Of(err); fault.KindOf(err) != c.kind || f != nil && f.Uncertain != c.uncertain {
				t.Errorf("got %+v, want %q uncertain %v", f, c.kind, c.uncertain)
			}
			received := 0
			for _, got := range m.Inbox() {
				received += got.Times
			}
			if received != c.received || len(m.Inbox()) > 1 {
				t.Errorf("received %d times in %d messages, want %d", received, len(m.Inbox()), c.received)
			}
		})
	}
}

// What the connector accepts, the gateway accepts: ids, numbers, long texts.
func TestMockTakesWhatWeMake(t *testing.T) {
	t.Parallel()
	m, p := beside(t, mock.Options{}, false, mock.Password)
	for i, text := range []string{"Сайлов ўтказилади", strings.Repeat("oʻ", 400), "№ 5 — «Saylov»"} {
		out := sms.Message{ID: sms.NewID(), To: message.To, Text: text, Priority: []string{"low", "high", "realtime"}[i]}
		if _, err := p.Send(t.Context(), out); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if n := len(m.Inbox()); n != 3 {
		t.Errorf("%d messages", n)
	}
}
