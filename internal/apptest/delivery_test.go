package apptest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/sms"
)

const callbackSecret = "an-address-that-nobody-guesses"

// delivered is what an operator sees of a notice.
type delivered struct {
	State, Delivery, Text string
	Word                  string `json:"delivery_word"`
}

func noticeDetail(t *testing.T, h *apptest.Hub, id string) (d delivered) {
	t.Helper()
	r := h.Do(t, http.MethodGet, "/v1/notices/"+id, nil, "Authorization", "Bearer "+h.Admin.Key)
	if err := json.Unmarshal(r.Body, &d); err != nil || r.Status != http.StatusOK {
		t.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	return d
}

// What the gateway reports stands at the notice, however it reports it; its
// secret stands nowhere.
func TestDeliveryReports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		reports  sms.Reports
		delivery string
		timeline bool
	}{
		{"delivered", sms.Reports{Words: []string{"Transmitted", "DELIVERED"}}, "delivered", false},
		{"backwards, twice, in a list", sms.Reports{Words: []string{"transmitted", "delivered"}, OutOfOrder: true, Twice: true, Array: true, UTC: true}, "delivered", false},
		{"not delivered", sms.Reports{Words: []string{"new-word-of-theirs", "not-delivered"}}, "undelivered", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := apptest.Start(t, apptest.Configure(func(cfg *config.Config) {
				cfg.SMS.Playmobile.Callback = config.Callback{Secret: config.Secret{Secret: callbackSecret}, Allow: []string{"127.0.0.0/8"}}
			}))
			c.reports.URL = h.URL + "/v1/callbacks/sms/playmobile/" + callbackSecret
			if err := h.Mocks.SMS.SetReports(c.reports); err != nil {
				t.Fatal(err)
			}
			taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
			d := h.Await(t, h.TEC, taken.ID, "the notice", func(d client.Dossier) bool { return notice(d, "app-submitted").State == "sent" })
			id := notice(d, "app-submitted").ID
			var got delivered
			apptest.Poll(t, "the report", func(context.Context) (bool, any, error) {
				got = noticeDetail(t, h, id)
				return got.Delivery == c.delivery, got, nil
			})
			if got.State != "sent" || got.Word == "" || got.Text == "" {
				t.Errorf("the notice: %+v", got)
			}
			d = h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
			told := false
			for _, e := range d.Timeline {
				told = told || e.Act == "notice_undelivered"
			}
			if told != c.timeline {
				t.Errorf("in the timeline: %v, want %v", told, c.timeline)
			}
			if strings.Contains(h.Log.String(), callbackSecret) {
				t.Error("the log holds the secret of the address")
			}
		})
	}
}

func TestReportsOfStrangers(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Configure(func(cfg *config.Config) {
		cfg.SMS.Playmobile.Callback = config.Callback{Secret: config.Secret{Secret: callbackSecret}, Allow: []string{"192.0.2.0/24"}}
	}))
	for name, path := range map[string]string{
		"from elsewhere": "/v1/callbacks/sms/playmobile/" + callbackSecret + "/status", "without the secret": "/v1/callbacks/sms/playmobile/x", "of no gateway": "/v1/callbacks/sms/eskiz/" + callbackSecret,
	} {
		r := h.Do(t, http.MethodPost, path, []byte(`{"message-id":"x","status":"delivered"}`), "X-Forwarded-For", "192.0.2.1")
		if r.Status != http.StatusNotFound || r.Problem(t).Code != "no_such_address" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

// A notice of unknown outcome is a person's to settle; what was not sent is sent
// then, and its failure is no more.
func TestSettling(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) { c.SMS.Playmobile.Deduplicates = false }))
	if err := h.Mocks.SMS.Fault(chaos.Fault{Operation: sms.OpSend, Kind: chaos.Hang, Times: 1}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	failures(t, h, taken.ID, 1)
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	n := notice(d, "app-submitted")
	if n.State != "sending" {
		t.Fatalf("the notice is %s", n.State)
	}
	settle := func(outcome string) int {
		return h.Do(t, http.MethodPost, "/v1/notices/"+n.ID+"/settle", []byte(`{"outcome":"`+outcome+`","reason":"the gateway knows nothing of it"}`),
			"Authorization", "Bearer "+h.Admin.Key, "Content-Type", "application/json").Status
	}
	if got := settle("not_sent"); got != http.StatusNoContent {
		t.Fatalf("answered %d", got)
	}
	h.Await(t, h.TEC, taken.ID, "the notice", func(d client.Dossier) bool { return notice(d, "app-submitted").State == "sent" })
	if got := settle("not_sent"); got != http.StatusConflict {
		t.Errorf("the second time answered %d", got)
	}
	failures(t, h, taken.ID, 0)
	if inbox := h.Mocks.SMS.Inbox(); len(inbox) != 1 || inbox[0].Times != 1 || inbox[0].ID != n.MessageID {
		t.Errorf("the gateway holds %+v", inbox)
	}
}
