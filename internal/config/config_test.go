package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/config"
)

// working is what a file must say besides the defaults.
const working = `
portal: {token_url: "https://portal.example/token", gateway_url: "https://portal.example"}
eds: {url: "http://eds.example:8080"}
sms: {playmobile: {url: "https://sms.example"}}
`

func decode(t *testing.T, text string) (config.Config, error) {
	t.Helper()
	c := config.Default()
	return c, config.Decode([]byte(text), &c)
}

func load(t *testing.T, text string) (config.Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(file)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key", "listne: x", "listne"},
		{"an unknown key further in", "portal: {tokn_url: x}", "tokn_url"},
		{"an unknown key of a stage", "stages: {x: {wokers: 1}}", "wokers"},
		{"a number that is none", "notices: {quiet_from: late}", "line 1"},
		{"a duration that is none", "checks: {deadline: soon}", "30s"},
		{"not YAML", "a: [", "yaml"},
		{"a secret of no form", "portal: {password: [a]}", "{file: PATH}"},
		{"a secret of two forms", "portal: {password: {file: a, env: b}}", "{file: PATH}"},
		{"a secret of no file", "portal: {password: {file: /nowhere/at/all}}", "/nowhere/at/all"},
		{"a secret of nothing in the environment", "portal: {password: {env: HUB_TEST_IS_NOT_SET}}", "HUB_TEST_IS_NOT_SET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := decode(t, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestDecodeOverDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       func(*config.Config)
	}{
		{"nothing", "", func(*config.Config) {}},
		{"a comment", "# nothing yet\n", func(*config.Config) {}},
		{"one key", "listen: 0.0.0.0:80", func(c *config.Config) { c.Listen = "0.0.0.0:80" }},
		{"one key of a group", "notices: {appeal_days: 3}", func(c *config.Config) { c.Notices.AppealDays = 3 }},
		{"one entry of a map", "notices: {proxies: {DIST: 4}}", func(c *config.Config) { c.Notices.Proxies["DIST"] = 4 }},
		{"one field of a stage that has a default", "stages: {check.criminal-record.check: {workers: 2}}", func(c *config.Config) {
			c.Stages["check.criminal-record.check"] = config.Over{Workers: 2, Retry: config.Policy{Limit: config.Duration(24 * time.Hour)}}
		}},
		{"the default of a stage", "stages: {check.criminal-record.check: {retry: {limit: 1h}}}", func(c *config.Config) {
			c.Stages["check.criminal-record.check"] = config.Over{Retry: config.Policy{Limit: config.Duration(time.Hour)}}
		}},
		{"another stage", "stages: {intake.verify: {workers: 9}}", func(c *config.Config) { c.Stages["intake.verify"] = config.Over{Workers: 9} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(t, c.text)
			if err != nil {
				t.Fatal(err)
			}
			want := config.Default()
			c.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidateNamesEverythingAtOnce(t *testing.T) {
	t.Parallel()
	c, err := decode(t, `
listen: nowhere
data_dir: ""
public_url: ftp://x
portal: {token_url: portal.example, probe: {pinfl: "32103889999015"}}
trusted_proxies: [here]
log: {level: loud, format: xml}
checks: {deadline: 0s}
autofill: {deadline: -1s}
chrome: {workers: -1}
limits: {bulkhead: -1}
exchanges: {keep: -1s}
eds: {zone: Tashkent}
oneid: {url: sso.example, limits: {breaker: {ratio: 2}}, headers: [{name: X}]}
sms: {order: [eskiz, eskiz, pigeon], eskiz: {callback: {secret: short, allow: [everywhere]}, operations: {send: {limits: {try: -1s}}}}}
retry: {base: -1s}
notices: {quiet_from: 24, quiet_to: -1, appeal_days: -1}
stages: {intake.verify: {workers: -2}, notice.x: {retry: {attempts: -1}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for line := range strings.Lines(c.Validate().Error()) {
		key, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !strings.HasPrefix(want, "want ") {
			t.Errorf("%s does not say what was expected", line)
		}
		keys = append(keys, key)
	}
	want := []string{
		"autofill.deadline", "checks.deadline", "chrome", "data_dir", "eds.url", "eds.zone", "exchanges", "limits", "listen", "log.format", "log.level", "notices.appeal_days",
		"notices.quiet_from", "notices.quiet_to", "oneid.headers", "oneid.limits", "oneid.url", "portal.gateway_url", "portal.probe", "portal.token_url", "public_url", "retry",
		"sms.eskiz.callback.allow", "sms.eskiz.callback.secret", "sms.eskiz.operations.send.limits", "sms.eskiz.url", "sms.order", "stages.intake.verify", "stages.notice.x", "trusted_proxies",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
	good, err := decode(t, working)
	if err != nil || good.Validate() != nil {
		t.Errorf("a working one: %v, %v", err, good.Validate())
	}
}

func TestEnvironment(t *testing.T) {
	for name, v := range map[string]string{
		"HUB_LISTEN": "127.0.0.1:1", "HUB_PORTAL_PASSWORD": "from-the-environment", "HUB_CHECKS_DEADLINE": "90s",
		"HUB_NOTICES_QUIET_FROM": "21", "HUB_SMS_PLAYMOBILE_DEDUPLICATES": "true", "HUB_MOCKS_SEED": "5", "HUB_LIMITS_BULKHEAD": "3",
	} {
		t.Setenv(name, v)
	}
	c, err := load(t, working+"listen: 127.0.0.1:2\n")
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Listen, string(c.Portal.Password.Secret), time.Duration(c.Checks.Deadline), c.Notices.QuietFrom, c.SMS.Playmobile.Deduplicates, c.Mocks.Seed, c.Limits.Bulkhead, c.EDS.URL}
	want := []any{"127.0.0.1:1", "from-the-environment", 90 * time.Second, 21, true, uint64(5), 3, "http://eds.example:8080"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []struct{ name, value, want string }{
		{"HUB_NOTICES_QUIET_FROM", "late", "HUB_NOTICES_QUIET_FROM"},
		{"HUB_CHECKS_DEADLINE", "soon", "HUB_CHECKS_DEADLINE"},
		{"HUB_SMS_PLAYMOBILE_DEDUPLICATES", "perhaps", "HUB_SMS_PLAYMOBILE_DEDUPLICATES"},
		{"HUB_STAGES", "x", "in the file"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Setenv(bad.name, bad.value)
			if _, err := load(t, working); err == nil || !strings.Contains(err.Error(), bad.want) || strings.Contains(err.Error(), bad.value+" ") {
				t.Errorf("got %v, want %q in it", err, bad.want)
			}
		})
	}
}

func TestSecretsAreReadAndNeverPrinted(t *testing.T) {
	const plain, filed, named = "secret-in-the-text", "secret-of-a-file", "secret-of-the-environment"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(filed+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_SECRET_OF_THE_HUB", named)
	c, err := load(t, `portal: {consumer_secret: `+plain+`, password: {file: `+file+`}, consumer_key: {env: TEST_SECRET_OF_THE_HUB}}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{string(c.Portal.ConsumerSecret.Secret), string(c.Portal.Password.Secret), string(c.Portal.ConsumerKey.Secret)}; !cmp.Equal(got, []string{plain, filed, named}) {
		t.Errorf("read as %v", got)
	}
	printed, err := c.Print()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{plain, filed, named} {
		if strings.Contains(string(printed), s) {
			t.Errorf("printed: %s", s)
		}
	}
	// What is printed can be read again, placeholders and all.
	again, err := decode(t, string(printed))
	if err != nil || again.Checks.Deadline != c.Checks.Deadline || string(again.Portal.Password.Secret) == filed {
		t.Errorf("read again: %v", err)
	}
	// A fault beside a secret does not tell it.
	if _, err := load(t, "portal: {password: "+plain+", tokn: x}"); err == nil || strings.Contains(err.Error(), plain) {
		t.Errorf("got %v", err)
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	t.Parallel()
	if _, err := config.Load("/nowhere/hub.yaml"); err == nil || !strings.Contains(err.Error(), "/nowhere/hub.yaml") {
		t.Errorf("got %v", err)
	}
	if _, err := load(t, "listne: x"); err == nil || !strings.Contains(err.Error(), "hub.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestPolicyOf(t *testing.T) {
	t.Parallel()
	c, err := decode(t, `
retry: {base: 200ms, limit: 1m}
stages: {check.x: {workers: 3, retry: {limit: 3s}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	other, own, criminal := c.PolicyOf("check.y"), c.PolicyOf("check.x"), c.PolicyOf("check.criminal-record.check")
	if other.Limit != time.Minute || own.Limit != 3*time.Second || criminal.Limit != 24*time.Hour {
		t.Errorf("limits %s, %s, %s", other.Limit, own.Limit, criminal.Limit)
	}
	if own.Base != 200*time.Millisecond || own.Attempts != other.Attempts || own.Attempts == 0 {
		t.Errorf("a stage's own: %+v", own)
	}
	if c.WorkersOf("check.x", 8) != 3 || c.WorkersOf("check.y", 8) != 8 {
		t.Error("workers")
	}
}

// The demo's configuration is the sample there is; its own package embeds it.
func TestDemoConfigurationLoads(t *testing.T) {
	t.Parallel()
	c, err := config.Load(filepath.Join("..", "demo", "scenario", "hub.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c.Portal.TokenURL, c.Portal.GatewayURL, c.EDS.URL, c.SMS.Playmobile.URL = "http://x", "http://x", "http://x", "http://x"
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}
