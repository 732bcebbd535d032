package eds_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/fault"
	mock "github.com/saylovhub/hub/mocks/eds"
)

func TestInfo(t *testing.T) {
	t.Parallel()
	i, err := client(t, calltest.With(200, `{"version":"2.1.1","trustedCertificates":[{},{}],"vpnKeyInfo":{"validTo":"2027-01-01 00:00:00"}}`)).Info(t.Context())
	if err != nil || i.Version != "2.1.1" || i.Trusted != 2 || i.KeyUntil.Year() != 2027 {
		t.Errorf("info %+v, %v", i, err)
	}
	if _, err := client(t, calltest.With(200, `{"trustedCertificates":[]}`)).Info(t.Context()); fault.KindOf(err) != fault.Breach {
		t.Errorf("no version: %v", err)
	}
}

// probe is the question about an operation.
func probe(t *testing.T, c *eds.Client, id string) func(context.Context) error {
	t.Helper()
	for _, p := range c.Probes() {
		if p.Operation == id {
			return p.Ask
		}
	}
	t.Fatalf("no probe of %s", id)
	return nil
}

func TestProbes(t *testing.T) {
	t.Parallel()
	pinged := func(at, until string) string {
		return fmt.Sprintf(`{"serverDateTime":%q,"vpnKeyInfo":{"validTo":%q}}`, at, until)
	}
	const now, later = "2026-11-22 12:00:00", "2027-11-22 12:00:00"
	for _, c := range []struct {
		name, id, body string
		kind           fault.Kind
		code           string
	}{
		{"in order", "ping", pinged(now, later), "", ""},
		{"a clock a little fast", "ping", pinged("2026-11-22 12:05:00", later), "", ""},
		{"a clock too fast", "ping", pinged("2026-11-22 12:05:01", later), fault.Misconfigured, "clock_differs"},
		{"a clock too slow", "ping", pinged("2026-11-22 11:54:59", later), fault.Misconfigured, "clock_differs"},
		{"a clock in another zone", "ping", pinged("2026-11-22 07:00:00", later), fault.Misconfigured, "clock_differs"},
		{"a key of two weeks", "ping", pinged(now, "2026-12-06 12:00:00"), "", ""},
		{"a key of less", "ping", pinged(now, "2026-12-06 11:59:59"), fault.Misconfigured, "key_expires"},
		{"a key that has run out", "ping", pinged(now, now), fault.Misconfigured, "key_expired"},
		{"no word of a key", "ping", `{"serverDateTime":"` + now + `"}`, "", ""},
		{"no clock", "ping", `{}`, fault.Breach, ""},
		{"info in order", "info", `{"version":"2","trustedCertificates":[{}],"vpnKeyInfo":{"validTo":"` + later + `"}}`, "", ""},
		{"nothing is trusted", "info", `{"version":"2"}`, fault.Misconfigured, "nothing_trusted"},
		{"info of an old key", "info", `{"version":"2","trustedCertificates":[{}],"vpnKeyInfo":{"validTo":"2026-11-23 12:00:00"}}`, fault.Misconfigured, "key_expires"},
		{"a challenge", "challenge", `{"status":1,"challenge":"c","ttl":120}`, "", ""},
		{"no challenge", "challenge", `{"status":1}`, fault.Breach, ""},
		{"a challenge for ever", "challenge", `{"status":1,"challenge":"c","ttl":99999999}`, fault.Breach, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cl := client(t, calltest.With(200, c.body))
				err := probe(t, cl, c.id)(t.Context())
				if fault.KindOf(err) != c.kind {
					t.Fatalf("got %v, want %q", err, c.kind)
				}
				f := fault.Of(err)
				if f != nil && (f.System != eds.System || f.Operation != c.id) || c.code != "" && (f.Code != c.code || f.Hint == "") {
					t.Errorf("got %+v", f)
				}
				// A warning stops nothing: the operation itself works.
				if c.kind == fault.Misconfigured && cl.Callers()[c.id].State().Stopped {
					t.Error("the warning stopped the operation")
				}
			})
		})
	}
}

// Probes ask what only reads, by GET.
func TestProbesOnlyRead(t *testing.T) {
	t.Parallel()
	var asked []string
	cl := client(t, func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		return calltest.With(400, "")(r)
	})
	for _, p := range cl.Probes() {
		_ = p.Ask(t.Context())
	}
	if got := fmt.Sprint(asked); got != "[GET /ping GET /info GET /frontend/challenge]" {
		t.Errorf("asked %s", got)
	}
}

func TestProbesOfTheMock(t *testing.T) {
	t.Parallel()
	_, c := beside(t, mock.Options{})
	for _, p := range c.Probes() {
		if err := p.Ask(t.Context()); err != nil {
			t.Errorf("%s: %v", p.Operation, err)
		}
	}
	_, elsewhere := beside(t, mock.Options{Zone: time.UTC})
	if err := probe(t, elsewhere, "ping")(t.Context()); fault.Of(err) == nil || fault.Of(err).Code != "clock_differs" {
		t.Errorf("a server of another zone: %v", err)
	}
}
