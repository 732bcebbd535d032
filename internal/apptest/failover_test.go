package apptest_test

import (
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/sms"
)

// gateways lets notices go over these gateways, none of which drops repeated ids.
func gateways(order ...string) apptest.Option {
	return apptest.Configure(func(c *config.Config) {
		c.SMS.Order, c.SMS.Playmobile.Deduplicates = order, false
	})
}

// What one gateway surely did not take, the other gets; what it may have taken,
// nobody else does.
func TestSecondGateway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fault  chaos.Fault
		first  int // messages at the first gateway
		second int
		state  string
	}{
		{"it refuses the text", chaos.Fault{Kind: chaos.Status, Status: 400, Code: "206"}, 0, 1, "sent"},
		{"the account is locked", chaos.Fault{Kind: chaos.Status, Status: 400, Code: "102"}, 0, 1, "sent"},
		{"it is overloaded", chaos.Fault{Kind: chaos.Throttle}, 0, 1, "sent"},
		{"its answer was lost", chaos.Fault{Kind: chaos.Reset}, 1, 0, "sending"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := apptest.Start(t, gateways("playmobile", "eskiz"))
			c.fault.Operation = sms.OpSend
			if err := h.Mocks.SMS.Fault(c.fault); err != nil {
				t.Fatal(err)
			}
			taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
			if c.state == "sending" {
				failures(t, h, taken.ID, 1)
			}
			d := h.Await(t, h.TEC, taken.ID, "the notice", func(d client.Dossier) bool { return notice(d, "app-submitted").State == c.state })
			n := notice(d, "app-submitted")
			first, second := h.Mocks.SMS.Inbox(), h.Mocks.Eskiz.Inbox()
			if len(first) != c.first || len(second) != c.second {
				t.Errorf("%d at the first gateway and %d at the second, want %d and %d", len(first), len(second), c.first, c.second)
			}
			for _, m := range append(first, second...) {
				if m.ID != n.MessageID {
					t.Errorf("sent as %s, want %s", m.ID, n.MessageID)
				}
			}
		})
	}
}

// A gateway that can be asked is asked when its answer was lost; the message is
// not sent again.
func TestAskedAfterALostAnswer(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, gateways("eskiz", "playmobile"))
	if err := h.Mocks.Eskiz.Fault(chaos.Fault{Operation: eskiz.OpSend, Kind: chaos.Reset, Times: 1}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	d := h.Await(t, h.TEC, taken.ID, "the notice", func(d client.Dossier) bool { return notice(d, "app-submitted").State == "sent" })
	if got := noticeDetail(t, h, notice(d, "app-submitted").ID); got.Delivery != "delivered" && got.Delivery != "in_flight" {
		t.Errorf("delivery %q", got.Delivery)
	}
	if first, second := h.Mocks.Eskiz.Inbox(), h.Mocks.SMS.Inbox(); len(first) != 1 || first[0].Times != 1 || len(second) != 0 {
		t.Errorf("at the first gateway %+v, at the second %+v", first, second)
	}
}
