package call

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// NewClient returns a client fit for an outside system: TLS 1.2 or newer,
// connecting within 5 s, no proxy taken from the environment, no redirect
// followed, connections kept for reuse. roots is the authority to trust (an
// operator's own); nil means the machine's.
func NewClient(roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:           dialer.DialContext,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:   5 * time.Second,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          128,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       90 * time.Second,
			ExpectContinueTimeout: time.Second,
			// An answer's body is capped by Limits; its headers are here.
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: stay,
	}
}

// Deps are what a connector is given from outside. All may be zero.
type Deps struct {
	Client   *http.Client // nil: NewClient(nil), the same for all of its operations
	Observer Observer
	Now      func() time.Time // nil: time.Now
	// Quota makes the shared rate limit of an operation, whose limits are complete;
	// nil, or its nil result: each process keeps the rate by itself.
	Quota func(Operation) Quota
	// Changed is called when Rest, or a stop in State, may have changed; it must not
	// block nor ask the caller. Whoever sets it tells the alarms of a Watcher by
	// itself, once for all processes. Optional.
	Changed func()
}

// WithDefaults fills in what was left out, but for the observer.
func (d Deps) WithDefaults() Deps {
	if d.Client == nil {
		d.Client = NewClient(nil)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	return d
}

// Caller makes the caller of one of the connector's operations.
func (d Deps) Caller(op Operation) *Caller {
	c := New(op, d.Client, d.Observer, d.Now)
	c.changed = d.Changed
	if d.Quota != nil && c.op.Limits.RatePerSecond > 0 {
		c.quota = d.Quota(c.op)
	}
	return c
}

// stay keeps credentials from following a redirect to somewhere else.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
