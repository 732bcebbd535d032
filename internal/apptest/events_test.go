package apptest_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/pipelines/event"
)

// told returns an application's events, each checked against its schema, once
// there is one of the last type.
func told(t *testing.T, c *client.Client, application, last string, times int) []client.Event {
	t.Helper()
	var list []client.Event
	apptest.Poll(t, last, func(ctx context.Context) (bool, any, error) {
		list = nil
		_, err := c.Events(ctx, client.EventFilter{Application: application}, func(e client.Event) error {
			list = append(list, e)
			return nil
		})
		n := 0
		for _, e := range list {
			if e.Type == last {
				n++
			}
		}
		return n >= times, types(list), err
	})
	position := int64(0)
	for i, e := range list {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := event.Check(raw); err != nil {
			t.Errorf("%v: %s", err, raw)
		}
		if e.Subject != application || e.Sequence != int64(i+1) || e.Position <= position {
			t.Errorf("event %d is number %d of %s at %d, after %d", i, e.Sequence, e.Subject, e.Position, position)
		}
		position = e.Position
	}
	return list
}

func types(list []client.Event) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Type)
	}
	return out
}

// states are those that an application's events say, one after the other.
func states(t *testing.T, list []client.Event) []string {
	t.Helper()
	var out []string
	for _, e := range list {
		var d struct{ State string }
		if err := json.Unmarshal(e.Data, &d); err != nil {
			t.Fatal(err)
		}
		if d.State != "" && e.Type != "notice.failed" {
			out = append(out, d.State)
		}
	}
	return slices.Compact(out)
}

// An application on its whole way, through a failure and its replay, is told in
// the order in which it went.
func TestEventsOfAnApplication(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, impatient("check.personal-data.docrest"))
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpPersonal, Kind: chaos.Status, Status: 503}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	failures(t, h, taken.ID, 1)
	h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	h.Mocks.Portal.Heal(portal.OpPersonal)
	if n, err := h.Admin.Replay(t.Context(), client.FailureFilter{Application: taken.ID}, "the register is back"); err != nil || n != 1 {
		t.Fatalf("replayed %d, %v", n, err)
	}
	d := h.Execute(t, h.TEC, h.Await(t, h.TEC, taken.ID, "the answers", apptest.Verdict("eligible")))
	list := told(t, h.Admin, taken.ID, "notice.sent", len(d.Notices))

	if diff := cmp.Diff([]string{"submitted", "checking", "ready", "deciding", "executing", "executed"}, states(t, list)); diff != "" {
		t.Error(diff)
	}
	count := map[string]int{}
	for _, e := range list {
		count[e.Type]++
		if e.Commission != h.TEC.ID {
			t.Errorf("%s is of the commission %q", e.Type, e.Commission)
		}
	}
	if diff := cmp.Diff(map[string]int{
		"application.submitted": 1, "application.verified": 1, "application.assessed": 2, "application.executed": 1, "decision.submitted": 1, "decision.signed": 1,
		"document.issued": len(d.Documents), "notice.sent": len(d.Notices), "failure.raised": 1, "failure.replayed": 1,
	}, count); diff != "" {
		t.Errorf("%s\n%v", diff, types(list))
	}
	var verdicts []string
	for _, e := range list {
		var f event.Assessed
		if err := json.Unmarshal(e.Data, &f); err == nil && e.Type == "application.assessed" {
			verdicts = append(verdicts, f.Verdict)
		}
	}
	if diff := cmp.Diff([]string{"undetermined", "eligible"}, verdicts); diff != "" {
		t.Error(diff)
	}
}

// What a bad signature ends is told too, and each commission is told of its own.
func TestEventsOfARefusal(t *testing.T) {
	t.Parallel()
	h := hub(t)
	doc := apptest.JSON(t, h.Observers(h.Election(t), h.Plain(t)))
	taken, err := h.TEC.Apply(t.Context(), "", doc, h.Sign(t, "stranger", doc))
	if err != nil {
		t.Fatal(err)
	}
	list := told(t, h.Admin, taken.ID, "application.signature_refused", 1)
	if diff := cmp.Diff([]string{"application.submitted", "application.signature_refused"}, types(list)); diff != "" {
		t.Error(diff)
	}
	for commission, want := range map[string]int{h.TEC.ID: 2, h.DEC.ID: 0} {
		key, err := h.Admin.CreateKey(t.Context(), "events "+commission, commission, "events:read")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if _, err := h.Client(key).Events(t.Context(), client.EventFilter{Application: taken.ID}, func(client.Event) error { n++; return nil }); err != nil || n != want {
			t.Errorf("%s is told of %d, want %d: %v", commission, n, want, err)
		}
	}
	if _, err := h.TEC.Events(t.Context(), client.EventFilter{}, func(client.Event) error { return nil }); apptest.ProblemOf(t, err).Code != "scope" {
		t.Errorf("without the scope: %v", err)
	}
}
