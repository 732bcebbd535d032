package app

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/config"
)

type nobody struct{}

func (nobody) Observe(context.Context, call.Exchange) {}

// outsideConfig is a configuration whose systems are all at one address.
func outsideConfig(address string) config.Config {
	c := config.Default()
	c.Portal.TokenURL, c.Portal.GatewayURL = address, address
	c.Portal.ConsumerKey.Secret, c.Portal.ConsumerSecret.Secret, c.Portal.Username, c.Portal.Password.Secret = "k", "s", "u", "p"
	c.EDS.URL, c.EDS.Host = address, "e-saylov.example"
	c.OneID.URL, c.OneID.ClientID, c.OneID.ClientSecret.Secret, c.OneID.RedirectURL = address, "c", "s", "https://e-saylov.example/oneid"
	c.SMS.Playmobile.URL, c.SMS.Playmobile.Login, c.SMS.Playmobile.Password.Secret = address, "l", "p"
	c.SMS.Eskiz.URL, c.SMS.Eskiz.Email, c.SMS.Eskiz.Password.Secret, c.SMS.Eskiz.From = address, "e", "p", "4546"
	c.SMS.Order = []string{"playmobile", "eskiz"}
	return c
}

// A system with a certificate of a private authority is believed when that
// authority is configured for it, and by no other system.
func TestPrivateAuthority(t *testing.T) {
	t.Parallel()
	var header atomic.Value
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header.Store(r.Header.Get("X-Agency"))
		_, _ = w.Write([]byte(`{"access_token":"t","expires_in":3600,"status":1}`))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := outsideConfig(server.URL)
	cfg.EDS.CA = file
	cfg.EDS.Headers = []config.Header{{Name: "X-Agency", Value: config.Secret{Secret: "commission"}}}
	out, err := connect(cfg, nobody{}, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]*fault.Fault{}
	for _, p := range out.probes() {
		asked[p.System+" "+p.Operation] = fault.Of(p.Ask(t.Context()))
	}
	if f := asked["portal token.main"]; f == nil || f.Code != "tls" {
		t.Errorf("the portal without the authority: %v", f)
	}
	if f := asked["eds ping"]; f == nil || f.Code == "tls" || f.Kind != fault.Breach {
		t.Errorf("the EDS with it: %v", f) // it was reached: its answer is no ping
	}
	if header.Load() != "commission" {
		t.Errorf("header %q", header.Load())
	}
}

func TestConnectRefuses(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		change     func(*config.Config)
	}{
		{"an authority that is not there", "portal: reading ca", func(c *config.Config) { c.Portal.CA = "/nowhere/ca.pem" }},
		{"an authority that is none", "eds: ca: ", func(c *config.Config) { c.EDS.CA = empty }},
		{"an operation that is none", "operations.pigeon: no such operation; have", func(c *config.Config) {
			c.SMS.Playmobile.Operations = map[string]config.Operation{"pigeon": {}}
		}},
		{"a set that is not there", "no set of that name", func(c *config.Config) {
			c.Portal.Operations = map[string]config.Operation{"education.diploma": {Credentials: "mvd"}}
		}},
		{"a header that would be another", "one line", func(c *config.Config) {
			c.OneID.Headers = []config.Header{{Name: "X", Value: config.Secret{Secret: "a\r\nHost: b"}}}
		}},
		{"plain http elsewhere", "https", func(c *config.Config) { c.SMS.Eskiz.URL = "http://notify.example" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := outsideConfig("https://outside.example")
			c.change(&cfg)
			if _, err := connect(cfg, nobody{}, time.Now, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

// Limits come from all operations, the system and the operation itself, the
// nearest winning field by field.
func TestLimitsOfAnOperation(t *testing.T) {
	t.Parallel()
	cfg := outsideConfig("https://outside.example")
	cfg.Limits = config.Limits{Total: 1, Try: 2, Bulkhead: 3}
	cfg.Portal.Limits = config.Limits{Try: 20, Rate: 5}
	cfg.Portal.Operations = map[string]config.Operation{"education.diploma": {Limits: config.Limits{Rate: 7, Breaker: config.Breaker{Minimum: 9}}}}
	got := limitsOf(cfg.LimitsOf(cfg.Portal.Outside, "education.diploma"))
	if got.Total != 1 || got.Try != 20 || got.Bulkhead != 3 || got.RatePerSecond != 7 || got.Breaker.Minimum != 9 {
		t.Errorf("%+v", got)
	}
	if other := limitsOf(cfg.LimitsOf(cfg.Portal.Outside, "employment.history")); other.RatePerSecond != 5 || other.Breaker.Minimum != 0 {
		t.Errorf("%+v", other)
	}
}

// What a connector alone can tell is told with the rest, each by its key.
func TestCheckNamesEveryConnectorsFaults(t *testing.T) {
	t.Parallel()
	cfg := outsideConfig("https://outside.example")
	if err := Check(cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Portal.Password.Secret, cfg.EDS.Host, cfg.OneID.ClientSecret.Secret, cfg.SMS.Playmobile.Login, cfg.SMS.Eskiz.From = "", "", "", "", ""
	err := Check(cfg)
	if err == nil {
		t.Fatal("taken for good")
	}
	for _, key := range []string{"portal.credentials.main", "eds.host", "oneid.client_secret", "playmobile.login", "eskiz.from"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("nothing about %s in %v", key, err)
		}
	}
}
