package eds

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
)

// System is the connector's id in faults, gates and metrics.
const System = "eds"

// Config is what an installation says of its server. It runs inside our own
// perimeter and knows no credentials: plain http is usual.
type Config struct {
	URL  string // http://host:port
	Host string // the public site's name, to which the server's key is bound; required
	// ClockSkew is how far the signer's own clock may be from ours when a
	// signature carries no timestamp; 5 minutes when zero.
	ClockSkew time.Duration
	// StatusAge is how old the certificate status told by the server may be;
	// 24 hours when zero. A server that tells no such time is believed.
	StatusAge time.Duration
	// Zone of the times that the server prints without one; Asia/Tashkent when nil.
	Zone   *time.Location
	Limits map[string]call.Limits // by operation id; all optional
}

// Deps are what the client is given from outside. All may be zero.
type Deps = call.Deps

// Validate returns every mistake at once, each naming its key.
func (c Config) Validate() error {
	var all []error
	if err := call.CheckAddress(c.URL, true); err != nil {
		all = append(all, fmt.Errorf("eds.url: %w", err))
	}
	if c.Host == "" {
		all = append(all, errors.New("eds.host: the public site's name must be given"))
	}
	for id := range c.Limits {
		if _, ok := operations[id]; !ok {
			all = append(all, fmt.Errorf("eds.limits.%s: no such operation", id))
		}
	}
	if c.ClockSkew < 0 || c.StatusAge < 0 {
		all = append(all, errors.New("eds.clock_skew, eds.status_age: must not be negative"))
	}
	return errors.Join(all...)
}

func (c Config) withDefaults() Config {
	if c.ClockSkew == 0 {
		c.ClockSkew = 5 * time.Minute
	}
	if c.StatusAge == 0 {
		c.StatusAge = 24 * time.Hour
	}
	if c.Zone == nil {
		c.Zone = civil.Tashkent
	}
	return c
}

type realIPKey struct{}

// WithRealIP names the address of the citizen on whose behalf the server is
// called. What is not an address is left out, as the server wants.
func WithRealIP(ctx context.Context, address string) context.Context {
	if _, err := netip.ParseAddr(address); err != nil {
		return ctx
	}
	return context.WithValue(ctx, realIPKey{}, address)
}
