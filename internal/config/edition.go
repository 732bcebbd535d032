package config

import (
	"net/url"
	"slices"
	"time"
)

// Store is the database.
type Store struct {
	URL         Secret `yaml:"url"`         // postgres://...; empty: SQLite in the data folder
	Connections int    `yaml:"connections"` // to PostgreSQL, of one process; 0: 24
}

// Transport carries hints between processes, and events to others.
type Transport struct {
	URL       Secret   `yaml:"url"`       // amqp:// or amqps://; empty: within the process
	Namespace string   `yaml:"namespace"` // queues and exchange begin with it
	Confirm   Duration `yaml:"confirm"`   // how long a broker may take to confirm an event
}

// Documents is the bucket of issued documents.
type Documents struct {
	URL       string   `yaml:"url"`        // s3://bucket?region=...; empty: the folder documents of the data folder
	AccessKey Secret   `yaml:"access_key"` // empty: as the environment says
	SecretKey Secret   `yaml:"secret_key"`
	CA        string   `yaml:"ca"`         // file (PEM) of a private authority; empty: the machine's
	AllowHTTP bool     `yaml:"allow_http"` // an S3 endpoint without TLS on another machine
	Timeout   Duration `yaml:"timeout"`    // of a call, all tries together
	Sweep     Sweep    `yaml:"sweep"`
	Emblem    string   `yaml:"emblem"` // file (SVG, PNG, JPEG) in place of the shipped drawing, which is marked as a sample
	Seals     Seals    `yaml:"seals"`
}

// Seals are the certificates that issued documents are sealed with. Without any,
// documents are issued unsealed.
type Seals struct {
	CA          string          `yaml:"ca"`          // file (PEM) of the authorities that seals are checked against; empty: seals prove themselves only
	Default     Seal            `yaml:"default"`     // of commissions that have none of their own
	Commissions map[string]Seal `yaml:"commissions"` // by id
}

// Seal is one certificate with its key.
type Seal struct {
	Certificate string `yaml:"certificate"` // file (PEM); the chain may follow
	Key         Secret `yaml:"key"`         // PEM
}

// Set tells whether there is one.
func (s Seal) Set() bool { return s.Certificate != "" }

func (s Seals) check(check func(ok bool, key, want string)) {
	one := func(key string, s Seal) {
		check(s.Set() == (s.Key.Secret != ""), key, "want certificate and key, or none of them")
	}
	one("documents.seals.default", s.Default)
	for id, seal := range s.Commissions {
		one("documents.seals.commissions."+id, seal)
		check(seal.Set(), "documents.seals.commissions."+id, "want certificate and key")
	}
}

// Sweep removes files that nothing refers to: left behind by a process that
// ended between writing a file and referring to it.
type Sweep struct {
	Every  Duration `yaml:"every"`
	Grace  Duration `yaml:"grace"`   // how old such a file must be
	Most   int      `yaml:"most"`    // more than so many are no leftovers: none is removed
	DryRun bool     `yaml:"dry_run"` // counts and names them, removes none
}

// Queue is how work is handed out.
type Queue struct {
	Lease Duration `yaml:"lease"` // of a job; a holder that does not say within it that it lives has lost it
}

// Shutdown is how a process ends.
type Shutdown struct {
	Delay Duration `yaml:"delay"` // between saying not ready and taking no more requests: a front's time to notice
	Drain Duration `yaml:"drain"` // for what is under way
}

// Distributed reports that other processes may work on the same database.
func (c Config) Distributed() bool { return c.Store.URL.Secret != "" }

// Edition is embedded or distributed.
func (c Config) Edition() string {
	if c.Distributed() {
		return "distributed"
	}
	return "embedded"
}

func (c Config) checkEdition(check func(ok bool, key, want string)) {
	check(isURL(string(c.Store.URL.Secret), "postgres", "postgresql"), "store.url", "want postgres://user:password@host:port/database")
	check(isURL(string(c.Transport.URL.Secret), "amqp", "amqps"), "transport.url", "want amqp://user:password@host:port/vhost")
	check(c.Transport.URL.Secret == "" || c.Distributed(), "store.url", "want a PostgreSQL address: a broker is of use to several processes, which SQLite does not serve")
	check(c.Store.Connections >= 0 && (c.Store.Connections == 0 || c.Store.Connections >= 4), "store.connections", "want at least 4, or 0")
	check(c.Transport.Namespace != "" && plain(c.Transport.Namespace), "transport.namespace", "want letters, digits, - or _")
	check(c.Transport.Confirm > 0, "transport.confirm", "want a duration above zero")
	check(isURL(c.Documents.URL, "s3"), "documents.url", "want s3://bucket?region=...")
	check((c.Documents.AccessKey.Secret == "") == (c.Documents.SecretKey.Secret == ""), "documents", "want access_key and secret_key, or none of them")
	c.Documents.Seals.check(check)
	check(c.Documents.Timeout > 0, "documents.timeout", "want a duration above zero")
	check(c.Documents.Sweep.Every >= Duration(time.Minute), "documents.sweep.every", "want a minute or more")
	check(c.Documents.Sweep.Grace >= Duration(time.Hour), "documents.sweep.grace", "want an hour or more: a file is written before anything refers to it")
	check(c.Documents.Sweep.Most > 0, "documents.sweep.most", "want a number above zero")
	check(c.Queue.Lease >= Duration(time.Second), "queue.lease", "want a second or more")
	check(c.Shutdown.Delay >= 0 && c.Shutdown.Drain > 0, "shutdown", "want a delay of zero or more, and a drain above zero")
}

// isURL takes the empty text too.
func isURL(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	return text == "" || err == nil && slices.Contains(schemes, u.Scheme) && u.Host != ""
}
