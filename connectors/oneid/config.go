package oneid

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/personal"
)

// System is the connector's id in faults, gates and metrics.
const System = "oneid"

// Operation ids.
const (
	OpExchange = "exchange" // a code for a token
	OpIdentify = "identify" // a token for a profile
	OpLogout   = "logout"
)

// clientTimeout of one try, as working clients have it.
const clientTimeout = 10 * time.Second

// Config is what an installation says of its registration with OneID.
type Config struct {
	URL          string // the one address, https://sso.egov.uz/sso/oauth/Authorization.do
	AllowHTTP    bool   // lets URL and RedirectURL be plain http elsewhere than on this machine: for mocks only
	ClientID     string
	ClientSecret personal.Secret
	Scope        string // as issued; the client id when empty
	RedirectURL  string // registered with OneID, which refuses localhost
	// AuthMethods limits the sign-in page to these methods; empty: all of them.
	AuthMethods []string
	// Headers are sent with every call of ours (not the browser's), e.g. an
	// agency proxy's own Authorization.
	Headers []call.Header
	Limits  map[string]call.Limits // by operation id; fields that are zero keep the default
}

// Validate returns every mistake at once, each naming its key.
func (c Config) Validate() error {
	var all []error
	add := func(key, format string, args ...any) {
		all = append(all, fmt.Errorf("oneid.%s: "+format, append([]any{key}, args...)...))
	}
	if err := call.CheckAddress(c.URL, c.AllowHTTP); err != nil {
		add("url", "%w", err)
	}
	if err := call.CheckAddress(c.RedirectURL, c.AllowHTTP); err != nil {
		add("redirect_url", "%w", err)
	}
	if c.ClientID == "" {
		add("client_id", "the issued client id must be given")
	}
	if c.ClientSecret == "" {
		add("client_secret", "the issued secret must be given")
	}
	for i, m := range c.AuthMethods {
		if known := Method(m); !slices.Contains(Methods(), known) {
			add(fmt.Sprintf("auth_methods[%d]", i), "must be one of %v", Methods())
		}
	}
	if err := call.CheckHeaders(System, c.Headers); err != nil {
		all = append(all, err)
	}
	for id := range c.Limits {
		if _, ok := repeatable[id]; !ok {
			add("limits."+id, "no such operation")
		}
	}
	return errors.Join(all...)
}

// limits lays what is configured over the defaults.
func (c Config) limits(id string) call.Limits {
	l, d := c.Limits[id], defaultLimits(id)
	if l.Try == 0 {
		l.Try = d.Try
	}
	if l.RatePerSecond == 0 {
		l.RatePerSecond = d.RatePerSecond
		if l.Burst == 0 {
			l.Burst = d.Burst
		}
	}
	return l
}
