package notice

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// What an answer to asking brings, for one that was sent and for one of unknown
// outcome.
func TestAsk(t *testing.T) {
	t.Parallel()
	down := &fault.Fault{Kind: fault.Unavailable, Err: errors.New("down")}
	wrong := &fault.Fault{Kind: fault.Misconfigured, Err: errors.New("401")}
	for _, c := range []struct {
		name     string
		state    dossier.NoticeState
		said     dossier.Delivery
		err      error
		since    time.Duration
		after    dossier.NoticeState
		delivery dossier.Delivery
		kind     fault.Kind // empty: the asking ended
	}{
		{"delivered", "sent", dossier.Delivered, nil, time.Minute, "sent", dossier.Delivered, ""},
		{"undelivered", "sent", dossier.Undelivered, nil, time.Minute, "sent", dossier.Undelivered, ""},
		{"on its way", "sent", dossier.InFlight, nil, time.Minute, "sent", dossier.InFlight, fault.Pending},
		{"on its way for too long", "sent", dossier.InFlight, nil, askFor, "sent", dossier.Unknown, ""},
		{"not known", "sent", dossier.Absent, nil, time.Hour, "sent", dossier.Absent, fault.Pending},
		{"not known to the end", "sent", dossier.Absent, nil, askFor, "sent", dossier.Absent, ""},
		{"nothing of use", "sent", dossier.Unknown, nil, time.Hour, "sent", "", fault.Pending},
		{"no answer", "sent", "", down, time.Hour, "sent", "", fault.Pending},
		{"no answer to the end", "sent", "", down, askFor, "sent", dossier.Unknown, ""},
		{"the question is refused", "sent", "", rejected, time.Hour, "sent", "", fault.Pending},
		{"wrong credentials stop the stage", "sent", "", wrong, time.Hour, "sent", "", fault.Misconfigured},

		{"doubt: delivered", "sending", dossier.Delivered, nil, time.Minute, "sent", dossier.Delivered, ""},
		{"doubt: on its way", "sending", dossier.InFlight, nil, time.Minute, "sent", dossier.InFlight, fault.Pending},
		{"doubt: on its way, seen late", "sending", dossier.InFlight, nil, askDoubt, "sent", dossier.InFlight, fault.Pending},
		{"doubt: not known yet", "sending", dossier.Absent, nil, time.Minute, "sending", "", fault.Pending},
		{"doubt: not known", "sending", dossier.Absent, nil, askDoubt, "sending", "", fault.Rejected},
		{"doubt: no answer", "sending", "", down, askDoubt - 1, "sending", "", fault.Pending},
		{"doubt: no answer to the end", "sending", "", down, askDoubt, "sending", "", fault.Rejected},
		{"not asked: queued again", "queued", dossier.Delivered, nil, time.Minute, "queued", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			var q Query
			a := asked{newGateway(m, "one", false), func(got Query) (Report, error) {
				q = got
				return Report{ID: "m", State: c.said, Word: "w0rd"}, c.err
			}}
			n := setup(t, m, a)
			called := m.now
			m.add(t, n, dossier.Notice{State: c.state, Provider: "one", Ref: "r", CalledAt: called})
			note := m.notices["n"]
			m.jobs = nil
			if err := m.Enqueue(t.Context(), n.askJob(note, a, m.now)); err != nil {
				t.Fatal(err)
			}
			m.now = called.Add(c.since)
			err := m.run(t.Context(), n.Stages(nil), m.jobs[0])
			note = m.notices["n"]
			if fault.KindOf(err) != c.kind || note.State != c.after || note.Delivery != c.delivery {
				t.Errorf("got %v; %s, delivery %q", err, note.State, note.Delivery)
			}
			if c.kind == fault.Rejected && fault.Of(err).Code != "unknown_outcome" {
				t.Errorf("code %q", fault.Of(err).Code)
			}
			if c.state != "queued" && (q.ID != "m" || q.Ref != "r" || !q.SentAt.Equal(called)) {
				t.Errorf("asked %+v", q)
			}
			if note.Delivery.Taken() && (note.Word != "wrd" || !note.DeliveredAt.Equal(m.now)) {
				t.Errorf("word %q at %s", note.Word, note.DeliveredAt)
			}
		})
	}
}

// Reports in any order, twice, of strangers.
func TestReported(t *testing.T) {
	t.Parallel()
	type r = Report
	for _, c := range []struct {
		name     string
		state    dossier.NoticeState
		reports  []Report
		heard    []Heard
		delivery dossier.Delivery
		after    dossier.NoticeState
		entries  []string
		told     []event.Type
	}{
		{"in order", "sent", []r{{ID: "m", State: "in_flight"}, {ID: "m", State: "delivered"}}, []Heard{Moved, Moved}, "delivered", "sent", []string{"notice_delivered"}, []event.Type{event.NoticeDelivered}},
		{"out of order", "sent", []r{{ID: "m", State: "delivered"}, {ID: "m", State: "in_flight"}}, []Heard{Moved, Kept}, "delivered", "sent", []string{"notice_delivered"}, []event.Type{event.NoticeDelivered}},
		{"twice", "sent", []r{{ID: "m", State: "undelivered"}, {ID: "m", State: "undelivered"}}, []Heard{Moved, Kept}, "undelivered", "sent", []string{"notice_undelivered"}, []event.Type{event.NoticeUndelivered}},
		{"two finals", "sent", []r{{ID: "m", State: "delivered"}, {ID: "m", State: "undelivered"}}, []Heard{Moved, Kept}, "delivered", "sent", []string{"notice_delivered"}, []event.Type{event.NoticeDelivered}},
		{"an unknown word", "sent", []r{{ID: "m", State: "unknown", Word: "what"}}, []Heard{UnknownWord}, "", "sent", nil, nil},
		{"of a stranger", "sent", []r{{ID: "x", State: "delivered"}}, []Heard{UnknownMessage}, "", "sent", nil, nil},
		{"by its own number", "sent", []r{{Ref: "r", State: "delivered"}}, []Heard{Moved}, "delivered", "sent", []string{"notice_delivered"}, []event.Type{event.NoticeDelivered}},
		{"while it is being sent", "sending", []r{{ID: "m", State: "in_flight"}}, []Heard{Moved}, "in_flight", "sent", []string{"notice_sent"}, []event.Type{event.NoticeSent}},
		{"of one that expired in doubt", "expired", []r{{ID: "m", State: "delivered"}}, []Heard{Moved}, "delivered", "sent", []string{"notice_sent", "notice_delivered"}, []event.Type{event.NoticeSent, event.NoticeDelivered}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			n := setup(t, m, newGateway(m, "one", false))
			m.add(t, n, dossier.Notice{State: c.state, Provider: "one", Ref: "r", Application: "a", CalledAt: m.now})
			m.jobs[0].State = queue.Failed
			heard, err := n.Reported(t.Context(), m, "one", c.reports)
			if err != nil {
				t.Fatal(err)
			}
			note := m.notices["n"]
			if diff := cmp.Diff(c.heard, heard); diff != "" {
				t.Error(diff)
			}
			if note.Delivery != c.delivery || note.State != c.after || !cmp.Equal(m.entries, c.entries) {
				t.Errorf("delivery %q, state %s, entries %v", note.Delivery, note.State, m.entries)
			}
			if diff := cmp.Diff(c.told, m.told()); diff != "" {
				t.Error(diff)
			}
			if ended := m.jobs[0].State == queue.Done; ended != (c.state != "sent") {
				t.Errorf("its failure ended: %v", ended)
			}
			if got, err := n.Reported(t.Context(), m, "two", c.reports); err != nil || got[0] != UnknownMessage {
				t.Errorf("another provider's report was taken: %v, %v", got, err)
			}
		})
	}
}

func TestTimeOfAReport(t *testing.T) {
	t.Parallel()
	m := newMemory()
	n := setup(t, m, newGateway(m, "one", false))
	m.add(t, n, dossier.Notice{State: "sent", Provider: "one"})
	made := m.now
	m.now = m.now.Add(time.Hour)
	for name, c := range map[string]struct{ at, want time.Time }{
		"good": {made.Add(time.Minute), made.Add(time.Minute)}, "none": {time.Time{}, m.now}, "before it was made": {made.Add(-1), m.now}, "in the future": {m.now.Add(1), m.now},
	} {
		note := m.notices["n"]
		note.Delivery = ""
		m.notices["n"] = note
		if _, err := n.Reported(t.Context(), m, "one", []Report{{ID: "m", State: dossier.Delivered, At: c.at}}); err != nil || !m.notices["n"].DeliveredAt.Equal(c.want) {
			t.Errorf("%s: %s, want %s, %v", name, m.notices["n"].DeliveredAt, c.want, err)
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		state dossier.NoticeState
		job   queue.State
		sent  bool
		after dossier.NoticeState // empty: refused
	}{
		{"it was sent", "sending", queue.Failed, true, "sent"},
		{"it was not", "sending", queue.Failed, false, "queued"},
		{"nobody works on it", "sending", queue.Done, true, "sent"},
		{"the hub works on it", "sending", queue.Waiting, true, ""},
		{"its outcome is known", "sent", queue.Done, false, ""},
		{"it never went out", "failed", queue.Failed, false, ""},
		{"it is over", "expired", queue.Done, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			n := setup(t, m, newGateway(m, "one", false))
			m.add(t, n, dossier.Notice{State: c.state, Provider: "one", Application: "a", CalledAt: m.now, Refused: []string{"one"}})
			m.jobs[0].State = c.job
			err := n.Settle(t.Context(), m, "n", c.sent, "key:1")
			if c.after == "" {
				if r, ok := errors.AsType[*dossier.Refusal](err); !ok || r.Code != dossier.WrongState || m.notices["n"].State != c.state || len(m.jobs) != 1 {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || m.notices["n"].State != c.after || m.jobs[0].State != queue.Done || !cmp.Equal(m.entries, []string{"notice_settled"}) {
				t.Fatalf("%v: %s, job %s, %v", err, m.notices["n"].State, m.jobs[0].State, m.entries)
			}
			if c.sent {
				return
			}
			if len(m.jobs) != 2 || m.jobs[1].State != queue.Ready || m.jobs[1].Applicant != "party" && c.job == queue.Failed {
				t.Fatalf("jobs %+v", m.jobs)
			}
			if err := m.run(t.Context(), n.Stages(nil), m.jobs[1]); err != nil || m.notices["n"].State != dossier.NoticeSent {
				t.Errorf("%v: %s", err, m.notices["n"].State)
			}
		})
	}
}
