package portal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// System is the connector's id in faults, gates and metrics.
const System = "portal"

// MainSet names the credential set used where an operation names no other.
const MainSet = "main"

// Config is what an installation must or may say. Addresses and credentials
// are issued by the operator of the portal.
type Config struct {
	TokenURL   string // of the token server, https://host:port; /oauth2/token is added
	GatewayURL string // of the gateway, https://host:port; the services' paths are added
	AllowHTTP  bool   // lets both be plain http elsewhere than on this machine: for mocks only
	// TokenHeader carries the bearer token to the gateway; Authorization when
	// empty. An agency's own proxy may want another (Client-Auth).
	TokenHeader string
	// Headers are sent with every call to the gateway, e.g. a proxy's own
	// Authorization.
	Headers     []Header
	Credentials map[string]Credentials     // by set; MainSet is a must
	Operations  map[string]OperationConfig // by key, e.g. "personal-data.docrest"; all optional
	LangID      int                        // language of reference texts: 1, 2 or 3; 3 (Uzbek, Latin) when zero
	RegionID    int                        // of the commission, for the criminal record
	// OrganisationID is the code issued to the commission, for the criminal record.
	OrganisationID string
	// CapacityAbsence says what no entry in the legal capacity register means;
	// AbsenceUnknown until the operator of the register confirms otherwise.
	CapacityAbsence register.Absence
}

// Header is one header of every call.
type Header = call.Header

// Credentials are one set, as issued: an OAuth2 client and its user.
type Credentials struct {
	ConsumerKey    personal.Secret
	ConsumerSecret personal.Secret
	Username       string
	Password       personal.Secret
}

// OperationConfig overrides an operation's defaults.
type OperationConfig struct {
	Path        string // when the operator granted another version
	Credentials string // set; MainSet when empty
	Limits      call.Limits
}

// Validate returns every mistake at once, each naming its key.
func (c Config) Validate() error {
	var all []error
	add := func(key, format string, args ...any) {
		all = append(all, fmt.Errorf("portal.%s: "+format, append([]any{key}, args...)...))
	}
	for key, address := range map[string]string{"token_url": c.TokenURL, "gateway_url": c.GatewayURL} {
		if err := call.CheckAddress(address, c.AllowHTTP); err != nil {
			add(key, "%w", err)
		}
	}
	if _, ok := c.Credentials[MainSet]; !ok {
		add("credentials", "the set %q is missing", MainSet)
	}
	for name, set := range c.Credentials {
		if set.ConsumerKey == "" || set.ConsumerSecret == "" || set.Username == "" || set.Password == "" {
			add("credentials."+name, "consumer key, consumer secret, user name and password must all be given")
		}
	}
	for key, op := range c.Operations {
		set, token := strings.CutPrefix(key, tokenPrefix)
		if _, known := c.Credentials[set]; token && known {
			if op.Path != "" || op.Credentials != "" {
				add("operations."+key, "a token has limits only")
			}
			continue
		}
		if !slices.ContainsFunc(operations, func(o operation) bool { return o.key == key }) {
			add("operations."+key, "no such operation")
		}
		if op.Path != "" && !strings.HasPrefix(op.Path, "/") {
			add("operations."+key+".path", "must begin with a slash")
		}
		if op.Credentials != "" {
			if _, ok := c.Credentials[op.Credentials]; !ok {
				add("operations."+key+".credentials", "no set of that name")
			}
		}
	}
	if err := call.CheckHeaders(System, c.Headers, c.tokenHeader()); err != nil {
		all = append(all, err)
	}
	if c.LangID < 0 || c.LangID > 3 {
		add("lang_id", "must be 1, 2 or 3")
	}
	switch c.CapacityAbsence {
	case "", register.AbsenceFact, register.AbsenceUnknown:
	default:
		add("capacity_absence", "must be %s or %s", register.AbsenceFact, register.AbsenceUnknown)
	}
	return errors.Join(all...)
}

func (c Config) tokenHeader() string {
	if c.TokenHeader == "" {
		return "Authorization"
	}
	return c.TokenHeader
}
