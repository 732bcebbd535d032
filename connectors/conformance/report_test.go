package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/personal"
	mockeskiz "github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/inbox"
	mocksms "github.com/saylovhub/hub/mocks/sms"
)

// listener takes delivery reports, as the hub does: it checks each against the
// contract, reads it with the connector and answers 200.
func listener(t *testing.T, system string, read func([]byte) ([]sms.Report, error)) (address string, reports <-chan sms.Report) {
	t.Helper()
	contract, err := external.Load(system)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan sms.Report, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for _, d := range contract.CheckCallback("report", r, body, http.StatusOK, nil, nil) {
			t.Error(d)
		}
		list, err := read(body)
		if err != nil || len(list) != 1 {
			t.Errorf("%d reports, %v", len(list), err)
		}
		for _, one := range list {
			told <- one
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, told
}

var words = map[string][]string{
	"playmobile": {"transmitted", "accepted", "sent", "enroute", "delivered", "Not-Delivered", "undeliverable", "failed", "rejected", "deleted", "expired", "unheard-of"},
	"eskiz":      {"NEW", "STORED", "ACCEPTED", "ENROUTE", "PARTDELIVERED", "DELIVERED", "DELIVRD", "REJECTED", "REJECTD", "UNDELIV", "UNDELIVERABLE", "EXPIRED", "DELETED", "UNKNOWN"},
}

// Delivery reports come the other way: the mock posts, the contract checks, the
// connector reads, in every form and word.
func TestReports(t *testing.T) {
	t.Parallel()
	type sender interface {
		Send(ctx context.Context, m sms.Message) (ref string, err error)
	}
	cases := map[string]struct {
		system string
		read   func([]byte) ([]sms.Report, error)
		start  func(t *testing.T, address string) sender
	}{
		"eskiz": {"eskiz", sms.ReadEskizReports, func(t *testing.T, address string) sender {
			m := eskizMock(t, mockeskiz.Options{Reports: inbox.Reports{Words: words["eskiz"]}})
			return eskizBeside(t, m, closing(t), eskizAccount{callback: personal.Secret(address)})
		}},
	}
	for _, array := range []bool{false, true} {
		for _, utc := range []bool{false, true} {
			how := mocksms.Reports{Array: array, UTC: utc, Words: words["playmobile"]}
			cases[fmt.Sprintf("playmobile, array %v, UTC %v", array, utc)] = struct {
				system string
				read   func([]byte) ([]sms.Report, error)
				start  func(t *testing.T, address string) sender
			}{"playmobile", sms.ReadPlaymobileReports, func(t *testing.T, address string) sender {
				how.URL = address
				return playmobileBeside(t, playmobileMock(t, mocksms.Options{Reports: how}), closing(t), mocksms.Password, 0)
			}}
		}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, reports := listener(t, c.system, c.read)
			out := sms.Message{ID: sms.NewID(), To: people.At(0).Phone, Text: "Saylov"}
			if _, err := c.start(t, address).Send(t.Context(), out); err != nil {
				t.Fatal(err)
			}
			for range words[c.system] {
				select {
				case r := <-reports:
					if r.MessageID != out.ID || r.State == "" || r.At.IsZero() {
						t.Errorf("read %+v", r)
					}
				case <-t.Context().Done():
					t.Fatal("too few reports")
				}
			}
		})
	}
}

// closing is a client whose connections end with the test.
func closing(t *testing.T) *http.Client {
	client := call.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	return client
}
