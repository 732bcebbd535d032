package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What an edition needs is told by its key, and no address with a password is
// repeated.
func TestEditions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, edition string
		want                []string // keys that are at fault
	}{
		{"nothing said", "", "embedded", nil},
		{"a database", "store: {url: \"postgres://hub:made-up-secret@db/hub\"}", "distributed", nil},
		{
			"all of it", `{store: {url: "postgresql://hub@db/hub", connections: 4}, transport: {url: "amqps://hub:made-up-secret@mq/hub", namespace: hub-2},
  documents: {url: "s3://hub?region=x", access_key: a, secret_key: b}}`, "distributed", nil,
		},
		{"a broker alone", "transport: {url: \"amqp://hub:made-up-secret@mq/\"}", "embedded", []string{"store.url"}},
		{"another database", "store: {url: \"mysql://hub:made-up-secret@db/hub\"}", "distributed", []string{"store.url"}},
		{"another broker", "{store: {url: \"postgres://db/hub\"}, transport: {url: \"kafka://hub:made-up-secret@mq/\"}}", "distributed", []string{"transport.url"}},
		{"no address at all", "store: {url: \"postgres://\"}", "distributed", []string{"store.url"}},
		{"too few connections", "store: {connections: 1}", "embedded", []string{"store.connections"}},
		{"a namespace with a star", "transport: {namespace: \"hub.*\"}", "embedded", []string{"transport.namespace"}},
		{"half of a key", "documents: {access_key: a}", "embedded", []string{"documents"}},
		{"seals", `documents: {seals: {ca: a, default: {certificate: a, key: made-up-secret}, commissions: {"1726": {certificate: a, key: made-up-secret}}}}`, "embedded", nil},
		{
			"half of a seal", `documents: {seals: {default: {certificate: a}, commissions: {"1726": {key: made-up-secret}, "1735": {}}}}`, "embedded",
			[]string{"documents.seals.commissions.1726", "documents.seals.commissions.1735", "documents.seals.default"},
		},
		{"a bucket of another kind", "documents: {url: \"gs://hub\"}", "embedded", []string{"documents.url"}},
		{
			"times that cannot be", "{queue: {lease: 10ms}, shutdown: {drain: 0s}, transport: {confirm: 0s}, documents: {timeout: 0s, sweep: {every: 1s, grace: 1m, most: 0}}}",
			"embedded",
			[]string{"documents.sweep.every", "documents.sweep.grace", "documents.sweep.most", "documents.timeout", "queue.lease", "shutdown", "transport.confirm"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg, err := decode(t, working+c.text)
			if strings.HasPrefix(c.text, "{") {
				cfg, err = decode(t, c.text)
				cfg.Portal.TokenURL, cfg.Portal.GatewayURL, cfg.EDS.URL, cfg.SMS.Playmobile.URL = "https://a.example", "https://a.example", "https://a.example", "https://a.example"
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.Edition(); got != c.edition {
				t.Errorf("edition %s, want %s", got, c.edition)
			}
			var keys []string
			if err := cfg.Validate(); err != nil {
				if strings.Contains(err.Error(), "made-up-secret") {
					t.Errorf("the error tells a password: %v", err)
				}
				for line := range strings.Lines(err.Error()) {
					key, _, _ := strings.Cut(line, ": ")
					keys = append(keys, key)
				}
			}
			if diff := cmp.Diff(c.want, keys); diff != "" {
				t.Error(diff)
			}
			if out, err := cfg.Print(); err != nil || strings.Contains(string(out), "made-up-secret") {
				t.Errorf("printed with a password, %v", err)
			}
		})
	}
}
