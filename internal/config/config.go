// Package config is everything an installation may say: defaults, then a YAML
// file, then the environment, then flags. Unknown keys are errors, Validate
// names every fault at once, secrets print as a placeholder and may lie in
// files or the environment of their own.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/contracts/personal"
)

// Config is the whole configuration.
type Config struct {
	Listen         string    `yaml:"listen"`                    // address of the API
	DataDir        string    `yaml:"data_dir"`                  // keys; of the embedded edition database and documents too
	PublicURL      string    `yaml:"public_url"`                // of the API as the public reaches it, printed in QR codes; empty: the address listened on
	TrustedProxies []string  `yaml:"trusted_proxies,omitempty"` // of ours, whose X-Forwarded-For is believed
	Store          Store     `yaml:"store"`
	Transport      Transport `yaml:"transport"`
	Documents      Documents `yaml:"documents"`
	Queue          Queue     `yaml:"queue"`
	Shutdown       Shutdown  `yaml:"shutdown"`
	Log            Log       `yaml:"log"`
	Chrome         Chrome    `yaml:"chrome"`
	Portal         Portal    `yaml:"portal"`
	EDS            EDS       `yaml:"eds"`
	OneID          OneID     `yaml:"oneid"`
	SMS            SMS       `yaml:"sms"`
	Exchanges      Exchanges `yaml:"exchanges"`
	Checks         struct {
		Deadline Duration `yaml:"deadline"` // after it a subject is assessed as it stands
	} `yaml:"checks"`
	Autofill struct {
		Deadline Duration `yaml:"deadline"` // of an answer, whatever the registers do
		Receipt  Duration `yaml:"receipt"`  // how long an answer's receipt may be cited
	} `yaml:"autofill"`
	Notices  Notices         `yaml:"notices"`
	Webhooks Webhooks        `yaml:"webhooks,omitempty"`
	Retry    Policy          `yaml:"retry"`  // of all stages
	Stages   map[string]Over `yaml:"stages"` // overrides, by stage
	Limits   Limits          `yaml:"limits"` // of every operation of an outside system
	Mocks    Mocks           `yaml:"mocks"`  // used by --mocks only
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text or json
}

// Chrome is the browser that prints documents.
type Chrome struct {
	Binary  string   `yaml:"binary"`         // empty: looked for in PATH
	UID     int      `yaml:"uid"`            // of the browser when the hub is root; 0: 65534
	GID     int      `yaml:"gid"`            // likewise
	Workers int      `yaml:"workers"`        // browsers, a print at a time each; 0: one a core
	Timeout Duration `yaml:"timeout"`        // of one try of a print
	Queue   int      `yaml:"queue"`          // prints that may wait for a browser; more are sent away. 0: 256
	Warm    []string `yaml:"warm,omitempty"` // documents whose pages are opened at the start, so that the first one is as fast as the next

	PageMemoryMB int `yaml:"page_memory_mb"` // of one page, above which its browser is replaced; 0: 400
}

// Notices says when notices go out and what they tell.
type Notices struct {
	QuietFrom  int            `yaml:"quiet_from"` // hour in Tashkent; equal to quiet_to: no quiet hours
	QuietTo    int            `yaml:"quiet_to"`
	AppealDays int            `yaml:"appeal_days"`
	Proxies    map[string]int `yaml:"proxies"` // a candidate may have, by kind of election (Code 43)
}

// Webhooks says whom events may be posted to beside public addresses over https.
type Webhooks struct {
	AllowHTTPHosts []string `yaml:"allow_http_hosts,omitempty"` // names to which plain http is allowed
	AllowPrivate   []string `yaml:"allow_private,omitempty"`    // networks that are not public, as 10.1.0.0/16
}

// Over overrides one stage.
type Over struct {
	Workers int    `yaml:"workers"`
	Retry   Policy `yaml:"retry"`
}

// Mocks are the addresses of the mock systems and their seed.
type Mocks struct {
	Portal string `yaml:"portal"`
	EDS    string `yaml:"eds"`
	SMS    string `yaml:"sms"` // Playmobile
	OneID  string `yaml:"oneid"`
	Eskiz  string `yaml:"eskiz"`
	Seed   uint64 `yaml:"seed"`
}

// Default is what holds without a file.
func Default() Config {
	var c Config
	c.Listen, c.DataDir = "127.0.0.1:8080", "var/hub"
	c.Transport = Transport{Namespace: "hub", Confirm: Duration(5 * time.Second)}
	c.Documents.Timeout = Duration(30 * time.Second)
	c.Documents.Sweep = Sweep{Every: Duration(time.Hour), Grace: day, Most: 1000}
	c.Queue.Lease = Duration(30 * time.Second)
	c.Shutdown.Drain = Duration(20 * time.Second)
	c.Log = Log{Level: "info", Format: "text"}
	c.Chrome.Timeout = Duration(15 * time.Second)
	c.Checks.Deadline = Duration(15 * time.Minute)
	c.Autofill.Deadline, c.Autofill.Receipt = Duration(5*time.Second), Duration(day)
	c.Notices = Notices{QuietFrom: 22, QuietTo: 8, AppealDays: 5, Proxies: map[string]int{"PRES": 15, "LC": 10, "JK": 5, "REG": 5, "DIST": 3}}
	c.SMS.Order, c.SMS.Playmobile.Originator = []string{"playmobile"}, "3700"
	c.Exchanges = Exchanges{Keep: 30 * day, Bodies: 3 * day}
	// The criminal record may take a day; the time limit runs on while it works.
	// A receiver of events may be away over a night.
	c.Stages = map[string]Over{
		"check.criminal-record.check": {Retry: Policy{Limit: Duration(24 * time.Hour)}},
		"webhook.deliver":             {Retry: Policy{Limit: Duration(24 * time.Hour), Attempts: 30}},
	}
	c.Mocks = Mocks{Portal: "127.0.0.1:18081", EDS: "127.0.0.1:18082", SMS: "127.0.0.1:18083", OneID: "127.0.0.1:18084", Eskiz: "127.0.0.1:18085", Seed: 1}
	return c
}

// Load reads defaults, then a file (none when the name is empty), then the
// environment.
func Load(file string) (Config, error) { return LoadOver(Default(), file) }

// LoadOver is Load with other defaults.
func LoadOver(c Config, file string) (Config, error) {
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("reading the configuration: %w", err)
		}
		if err := Decode(raw, &c); err != nil {
			return c, fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := fromEnvironment(&c, os.LookupEnv); err != nil {
		return c, err
	}
	return c, nil
}

// Decode reads YAML over what c holds; unknown keys are errors. A text without
// any key changes nothing.
func Decode(raw []byte, c *Config) error {
	before := c.Stages
	c.Stages = nil
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	err := d.Decode(c)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	// An entry of a map replaces the whole: what it leaves out of a stage stands
	// as it stood.
	for name, old := range before {
		if c.Stages == nil {
			c.Stages = map[string]Over{}
		}
		now := c.Stages[name]
		set(&old.Workers, now.Workers)
		old.Retry = now.Retry.over(old.Retry)
		c.Stages[name] = old
	}
	return nil
}

// Print renders the configuration with secrets as placeholders.
func (c Config) Print() ([]byte, error) { return yaml.Marshal(c) }

// Duration reads and prints as 1h30m.
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("want a duration such as 30s or 15m")
	}
	*d = Duration(v)
	return nil
}

// MarshalText prints a Go duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalYAML reads the three forms.
func (s *Secret) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Secret = personal.Secret(n.Value)
		return nil
	}
	var from struct{ File, Env string }
	if err := n.Decode(&from); err != nil || (from.File == "") == (from.Env == "") {
		return fmt.Errorf("line %d: want a text, {file: PATH} or {env: NAME}", n.Line)
	}
	if from.Env != "" {
		v, ok := os.LookupEnv(from.Env)
		if !ok {
			return fmt.Errorf("line %d: the environment has no %s", n.Line, from.Env)
		}
		s.Secret = personal.Secret(v)
		return nil
	}
	raw, err := os.ReadFile(from.File)
	if err != nil {
		return fmt.Errorf("line %d: reading a secret: %w", n.Line, err)
	}
	s.Secret = personal.Secret(bytes.TrimSpace(raw))
	return nil
}
