package notice

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

var (
	uncertain = &fault.Fault{Kind: fault.Unavailable, Uncertain: true, Err: errors.New("reset")}
	certain   = &fault.Fault{Kind: fault.Unavailable, Err: errors.New("refused")}
	rejected  = &fault.Fault{Kind: fault.Rejected, Err: errors.New("no such number")}
)

// One provider alone: when it is called, and what stands in the store then.
func TestSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		state        dossier.NoticeState
		deduplicates bool
		answer       error
		written      []dossier.NoticeState
		called       bool
		code         string // of the fault; empty: none; -: the provider's
	}{
		{"taken", dossier.NoticeQueued, false, nil, []dossier.NoticeState{"sending", "sent"}, true, ""},
		{"sent before", dossier.NoticeSent, false, nil, nil, false, ""},
		{"expired before", dossier.NoticeExpired, false, nil, nil, false, ""},
		{"surely not taken", dossier.NoticeQueued, false, certain, []dossier.NoticeState{"sending", "queued"}, true, "-"},
		{"rejected", dossier.NoticeQueued, false, rejected, []dossier.NoticeState{"sending", "queued", "failed"}, true, "-"},
		{"perhaps taken", dossier.NoticeQueued, false, uncertain, []dossier.NoticeState{"sending"}, true, "unknown_outcome"},
		{"an error that tells nothing", dossier.NoticeQueued, false, context.DeadlineExceeded, []dossier.NoticeState{"sending"}, true, "unknown_outcome"},
		{"perhaps taken, where it may be repeated", dossier.NoticeQueued, true, uncertain, []dossier.NoticeState{"sending"}, true, "-"},
		{"found in the middle", dossier.NoticeSending, false, nil, nil, false, "unknown_outcome"},
		{"found in the middle, where it may be repeated", dossier.NoticeSending, true, nil, []dossier.NoticeState{"sent"}, true, ""},
		{"found in the middle, then surely not taken", dossier.NoticeSending, true, certain, nil, true, "-"},
		{"found in the middle, then rejected", dossier.NoticeSending, true, rejected, nil, true, "unknown_outcome"},
		{"failed before, replayed", dossier.NoticeFailed, false, nil, []dossier.NoticeState{"sending", "sent"}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			g := newGateway(m, "one", c.deduplicates)
			g.send = func(Message) (string, error) { return "", c.answer }
			n := setup(t, m, g)
			m.add(t, n, dossier.Notice{State: c.state, Provider: "one"})
			err := m.run(t.Context(), n.Stages(nil), m.jobs[0])
			switch f := fault.Of(err); {
			case c.code == "" && err != nil:
				t.Errorf("got %v", err)
			case c.code == "-" && (err == nil || f.Code == "unknown_outcome"):
				t.Errorf("got %v, want the provider's fault", err)
			case c.code == "unknown_outcome" && (err == nil || f.Code != "unknown_outcome" || m.jobs[0].State != queue.Failed):
				t.Errorf("got %v, want what is never tried again by itself", err)
			}
			if diff := cmp.Diff(c.written, m.states); diff != "" {
				t.Errorf("written: %s", diff)
			}
			// The call is made only when a crash in it would be seen.
			if c.called != (len(g.calls) == 1) || (c.called && (g.calls[0].ID != "m" || g.whileIn[0] != dossier.NoticeSending)) {
				t.Errorf("calls: %v while %v", g.calls, g.whileIn)
			}
		})
	}
}

// Two providers: who gets what the first surely did not take.
func TestMovesOn(t *testing.T) {
	t.Parallel()
	kind := func(k fault.Kind) error { return &fault.Fault{Kind: k, Err: errors.New("made up")} }
	for _, c := range []struct {
		name   string
		answer error
		other  bool // is up
		stages []string
	}{
		{"unavailable", kind(fault.Unavailable), true, []string{"notice.one", "notice.two"}},
		{"throttled", kind(fault.Throttled), true, []string{"notice.one", "notice.two"}},
		{"misconfigured", kind(fault.Misconfigured), true, []string{"notice.one", "notice.two"}},
		{"unavailable, and so is the other", kind(fault.Unavailable), false, []string{"notice.one"}},
		{"rejected", kind(fault.Rejected), true, []string{"notice.one", "notice.two"}},
		{"rejected, and the other is down: it waits there", kind(fault.Rejected), false, []string{"notice.one", "notice.two"}},
		{"against the contract", kind(fault.Breach), true, []string{"notice.one"}},
		{"our own mistake", kind(fault.Defect), true, []string{"notice.one"}},
		{"perhaps taken", uncertain, true, []string{"notice.one"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			one, two := newGateway(m, "one", false), newGateway(m, "two", false)
			one.send = func(Message) (string, error) { return "", c.answer }
			n := setup(t, m, one, two)
			n.Ready = func(p string) bool { return p == "one" || c.other }
			m.add(t, n, dossier.Notice{})
			_ = m.run(t.Context(), n.Stages(nil), m.jobs[0])
			var stages []string
			for _, j := range m.jobs {
				stages = append(stages, j.Stage)
			}
			if diff := cmp.Diff(c.stages, stages); diff != "" {
				t.Fatalf("jobs: %s", diff)
			}
			if len(stages) == 1 {
				return
			}
			if j := m.jobs[1]; m.jobs[0].State != queue.Done || j.Applicant != "party" || m.notices["n"].State != dossier.NoticeQueued {
				t.Errorf("the first job is %s, the second %+v", m.jobs[0].State, j)
			}
			if err := m.run(t.Context(), n.Stages(nil), m.jobs[1]); err != nil || two.got["m"] != 1 || m.notices["n"].Provider != "two" || m.notices["n"].Ref != "r-m" {
				t.Errorf("%v; the second got %v; %+v", err, two.got, m.notices["n"])
			}
		})
	}
}

// When every provider refused a message it is a failure, and none sees it twice.
func TestAllRefuse(t *testing.T) {
	t.Parallel()
	m := newMemory()
	var providers []Provider
	var gateways []*gateway
	for _, name := range []string{"one", "two", "three"} {
		g := newGateway(m, name, false)
		g.send = func(Message) (string, error) { return "", rejected }
		gateways, providers = append(gateways, g), append(providers, g)
	}
	n := setup(t, m, providers...)
	m.add(t, n, dossier.Notice{Application: "a"})
	for len(m.open()) > 0 {
		_ = m.run(t.Context(), n.Stages(nil), m.open()[0])
	}
	for _, g := range gateways {
		if len(g.calls) != 1 {
			t.Errorf("%s was called %d times", g.name, len(g.calls))
		}
	}
	if last := m.jobs[len(m.jobs)-1]; last.State != queue.Failed || m.notices["n"].State != dossier.NoticeFailed || !cmp.Equal(m.entries, []string{"notice_failed"}) {
		t.Errorf("the last job is %s, the notice %s, entries %v", last.State, m.notices["n"].State, m.entries)
	}
}

// A notice begins with the first provider that is up, and leaves one that went
// down meanwhile without calling it.
func TestFollowsWhoIsUp(t *testing.T) {
	t.Parallel()
	m := newMemory()
	one, two := newGateway(m, "one", false), newGateway(m, "two", false)
	n := setup(t, m, one, two)
	up := map[string]bool{"two": true}
	n.Ready = func(p string) bool { return up[p] }
	m.add(t, n, dossier.Notice{})
	if m.jobs[0].Stage != "notice.two" {
		t.Fatalf("begins at %s", m.jobs[0].Stage)
	}
	up["one"], up["two"] = true, false
	gate := n.Stages(func(string, string) func() queue.Gate {
		return func() queue.Gate { return queue.Gate{Closed: true} }
	})[1].Gate
	if gate().Closed {
		t.Error("those who wait at a provider that is down stay there although another is up")
	}
	for range 2 {
		if err := m.run(t.Context(), n.Stages(nil), m.open()[0]); err != nil {
			t.Fatal(err)
		}
	}
	if len(two.calls) != 0 || one.got["m"] != 1 {
		t.Errorf("calls: %v, %v", one.calls, two.calls)
	}
	up["one"] = false
	if !gate().Closed {
		t.Error("a gate opens although nobody is up")
	}
}

// Without a word of its own a provider is as ready as its gate.
func TestReadyAsItsGate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		gate  func() queue.Gate
		first string
	}{
		{"none", nil, "one"},
		{"open", func() queue.Gate { return queue.Gate{} }, "one"},
		{"closed", func() queue.Gate { return queue.Gate{Closed: true} }, "two"},
		{"on trial", func() queue.Gate { return queue.Gate{Closed: true, Trial: true} }, "one"},
		{"stopped", func() queue.Gate { return queue.Gate{Closed: true, Stopped: true} }, "two"},
	} {
		m := newMemory()
		n := setup(t, m, newGateway(m, "one", false), newGateway(m, "two", false))
		n.Stages(func(provider, operation string) func() queue.Gate {
			if provider != "one" || operation != "send" {
				return nil
			}
			return c.gate
		})
		if got := n.first(dossier.Notice{}).Name(); got != c.first {
			t.Errorf("%s: begins at %s, want %s", c.name, got, c.first)
		}
	}
}

// A provider with wrong credentials is passed over for a while.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	m := newMemory()
	one, two := newGateway(m, "one", false), newGateway(m, "two", false)
	one.send = func(Message) (string, error) {
		return "", &fault.Fault{Kind: fault.Misconfigured, Err: errors.New("401")}
	}
	n := setup(t, m, one, two)
	m.add(t, n, dossier.Notice{})
	_ = m.run(t.Context(), n.Stages(nil), m.jobs[0])
	if got := n.first(dossier.Notice{}).Name(); got != "two" {
		t.Errorf("the next begins at %s", got)
	}
	m.now = m.now.Add(stoppedRest)
	if got := n.first(dossier.Notice{}).Name(); got != "one" {
		t.Errorf("a minute later the next begins at %s", got)
	}
}

// A code is sent while it is of use, is nowhere afterwards, and bothers nobody.
func TestSecret(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, answer error) (*memory, *Notices, *gateway) {
		m := newMemory()
		g := newGateway(m, "one", false)
		g.send = func(Message) (string, error) { return "", answer }
		n := setup(t, m, g)
		m.add(t, n, dossier.Notice{Secret: true, Priority: "realtime", Text: "code 123456", ExpiresAt: m.now.Add(5 * time.Minute)})
		return m, n, g
	}
	for _, c := range []struct {
		name   string
		answer error
		late   bool
		state  dossier.NoticeState
		wiped  bool
		job    queue.State
		calls  int
	}{
		{"sent", nil, false, dossier.NoticeSent, true, queue.Done, 1},
		{"too late", nil, true, dossier.NoticeExpired, true, queue.Done, 0},
		{"refused", rejected, false, dossier.NoticeFailed, true, queue.Failed, 1},
		{"perhaps taken", uncertain, false, dossier.NoticeSending, false, queue.Done, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, n, g := begin(t, c.answer)
			if j := m.jobs[0]; j.Priority != urgent || !j.ExpiresAt.IsZero() {
				t.Errorf("the job: %+v", j)
			}
			if c.late {
				m.now = m.now.Add(5 * time.Minute)
			}
			_ = m.run(t.Context(), n.Stages(nil), m.jobs[0])
			note := m.notices["n"]
			if note.State != c.state || (note.Text == "") != c.wiped || m.jobs[0].State != c.job || len(g.calls) != c.calls {
				t.Errorf("state %s, wiped %v, job %s, %d calls", note.State, note.Text == "", m.jobs[0].State, len(g.calls))
			}
			if len(g.calls) == 1 && (!g.calls[0].Secret || g.calls[0].Priority != "realtime" || g.calls[0].Text != "code 123456") {
				t.Errorf("called with %+v", g.calls[0])
			}
			if err := n.Expire(t.Context(), m, "n"); err != nil || m.notices["n"].Text != "" {
				t.Errorf("%v; not wiped in the end", err)
			}
		})
	}
	t.Run("replayed after it failed", func(t *testing.T) {
		t.Parallel()
		m, n, g := begin(t, rejected)
		_ = m.run(t.Context(), n.Stages(nil), m.jobs[0])
		m.jobs[0].State = queue.Ready
		if err := m.run(t.Context(), n.Stages(nil), m.jobs[0]); err != nil || len(g.calls) != 1 || m.notices["n"].State != dossier.NoticeExpired {
			t.Errorf("%v, %d calls, %s", err, len(g.calls), m.notices["n"].State)
		}
	})
}

// Whatever ends the job of a notice that was being sent, the time limit too: its
// outcome stays unknown.
func TestGaveUp(t *testing.T) {
	t.Parallel()
	for from, want := range map[dossier.NoticeState]dossier.NoticeState{
		dossier.NoticeSending: dossier.NoticeSending, dossier.NoticeQueued: dossier.NoticeFailed, dossier.NoticeSent: dossier.NoticeSent,
	} {
		m := newMemory()
		n := setup(t, m, newGateway(m, "one", false))
		m.add(t, n, dossier.Notice{State: from, Application: "a"})
		if err := n.GaveUp(queue.Job{Ref: "n"}, queue.Failure{Code: "time_limit", Kind: fault.Unavailable})(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if m.notices["n"].State != want || (len(m.entries) == 1) != (from != dossier.NoticeSent) {
			t.Errorf("%s became %s, want %s; entries %v", from, m.notices["n"].State, want, m.entries)
		}
		told := event.NotSent{Note: event.Note{Notice: "n"}, State: string(want), Cause: "unavailable"}
		told.Provider, told.Kind = m.notices["n"].Provider, m.notices["n"].Notice
		if from != dossier.NoticeSent && (len(m.events) != 1 || m.events[0].Fact != event.Fact(told) || m.events[0].Subject != "a") || from == dossier.NoticeSent && len(m.events) > 0 {
			t.Errorf("%s: told %+v, want %+v", from, m.events, told)
		}
	}
}

// Whatever made a notice late, nobody is woken up by it; a code is sent at once.
func TestQuietHoursHoldLater(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, notice string
		state        dossier.NoticeState
		calls        int
	}{
		{"a notice", "app-submitted", dossier.NoticeQueued, 0},
		{"a replayed one", "app-submitted", dossier.NoticeFailed, 0},
		{"a code", "auth-code", dossier.NoticeQueued, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			g := newGateway(m, "one", false)
			n := setup(t, m, g)
			n.Quiet = Quiet{From: 22, To: 8}
			m.add(t, n, dossier.Notice{Notice: c.notice, State: c.state})
			m.now = time.Date(2026, 11, 22, 23, 0, 0, 0, civil.Tashkent) // its turn came late
			if err := m.run(t.Context(), n.Stages(nil), m.jobs[0]); err != nil || len(g.calls) != c.calls {
				t.Fatalf("%d calls, %v", len(g.calls), err)
			}
			if c.calls > 0 {
				return
			}
			if len(m.jobs) != 2 || !m.jobs[1].DueAt.Equal(time.Date(2026, 11, 23, 8, 0, 0, 0, civil.Tashkent)) || m.notices["n"].State != dossier.NoticeQueued {
				t.Fatalf("jobs %d, the notice %s", len(m.jobs), m.notices["n"].State)
			}
			m.now = m.jobs[1].DueAt
			if err := m.run(t.Context(), n.Stages(nil), m.jobs[1]); err != nil || len(g.calls) != 1 {
				t.Errorf("in the morning: %d calls, %v", len(g.calls), err)
			}
		})
	}
}
