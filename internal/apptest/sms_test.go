package apptest_test

import (
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/sms"
)

func notice(d client.Dossier, name string) client.Notice {
	for _, n := range d.Notices {
		if n.Notice == name {
			return n
		}
	}
	return client.Notice{}
}

// The provider took a message and the connection broke: nobody can tell.
func TestUnknownOutcomeOfAnSMS(t *testing.T) {
	t.Parallel()
	t.Run("at a provider that deduplicates it is repeated under the same id", func(t *testing.T) {
		t.Parallel()
		h := apptest.Start(t)
		if err := h.Mocks.SMS.Fault(chaos.Fault{Operation: sms.OpSend, Kind: chaos.Reset, Times: 2}); err != nil {
			t.Fatal(err)
		}
		taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
		h.Await(t, h.TEC, taken.ID, "the notice", func(d client.Dossier) bool { return notice(d, "app-submitted").State == "sent" })
		inbox := h.Mocks.SMS.Inbox()
		if len(inbox) != 1 || inbox[0].Times != 3 || inbox[0].Conflict {
			t.Errorf("the gateway holds %+v, want one message that came three times", inbox)
		}
	})
	t.Run("at another it is never repeated", func(t *testing.T) {
		t.Parallel()
		h := apptest.Start(t, apptest.Configure(func(c *config.Config) { c.SMS.Playmobile.Deduplicates = false }))
		if err := h.Mocks.SMS.Fault(chaos.Fault{Operation: sms.OpSend, Kind: chaos.Reset, Times: 1}); err != nil {
			t.Fatal(err)
		}
		taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
		list := failures(t, h, taken.ID, 1)
		if list[0].Code != "unknown_outcome" || list[0].Hint == "" {
			t.Errorf("the failure: %+v", list[0])
		}
		if n, err := h.Admin.Replay(t.Context(), client.FailureFilter{ID: list[0].ID}, "by mistake"); err != nil || n != 1 {
			t.Fatalf("replayed %d, %v", n, err)
		}
		if list = failures(t, h, taken.ID, 1); list[0].Generation != 1 {
			t.Errorf("replayed %d times, want once", list[0].Generation)
		}
		// The flow goes on without it.
		d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
		if got := notice(d, "app-submitted").State; got != "sending" {
			t.Errorf("the notice is %s, want sending: nobody can tell", got)
		}
		if inbox := h.Mocks.SMS.Inbox(); len(inbox) != 1 || inbox[0].Times != 1 {
			t.Errorf("the gateway holds %+v, want one message that came once", inbox)
		}
	})
	t.Run("what was surely not taken is sent again", func(t *testing.T) {
		t.Parallel()
		h := apptest.Start(t, apptest.Configure(func(c *config.Config) { c.SMS.Playmobile.Deduplicates = false }))
		if err := h.Mocks.SMS.Fault(chaos.Fault{Operation: sms.OpSend, Kind: chaos.Throttle, Times: 1}); err != nil {
			t.Fatal(err)
		}
		taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
		h.Await(t, h.TEC, taken.ID, "the notice", func(d client.Dossier) bool { return notice(d, "app-submitted").State == "sent" })
		if inbox := h.Mocks.SMS.Inbox(); len(inbox) != 1 || inbox[0].Times != 1 {
			t.Errorf("the gateway holds %+v", inbox)
		}
	})
}
