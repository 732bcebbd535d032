package config

import (
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Outside is what the connector of every outside system may be told.
type Outside struct {
	Headers    []Header             `yaml:"headers,omitempty"`    // sent with every call, e.g. for an agency's own proxy
	CA         string               `yaml:"ca,omitempty"`         // file (PEM) of a private authority; empty: the machine's
	Limits     Limits               `yaml:"limits,omitempty"`     // of its operations
	Operations map[string]Operation `yaml:"operations,omitempty"` // what differs, by operation
}

// Header is one header of every call.
type Header struct {
	Name  string `yaml:"name"`
	Value Secret `yaml:"value"`
}

// Operation is what differs for one operation.
type Operation struct {
	Path        string `yaml:"path,omitempty"`        // portal: when another version was granted
	Credentials string `yaml:"credentials,omitempty"` // portal: set; main when empty
	Limits      Limits `yaml:"limits,omitempty"`
}

// Limits bound an operation of an outside system; empty fields leave what is
// set otherwise: by the system, by limits, by the connector's defaults.
type Limits struct {
	Total        Duration `yaml:"total,omitempty"` // of a call with its second try and all waiting
	Try          Duration `yaml:"try,omitempty"`
	Bulkhead     int      `yaml:"bulkhead,omitempty"`      // calls at a time
	Reserved     int      `yaml:"reserved,omitempty"`      // of them for auto-fill; the same share of the rate
	BulkheadWait Duration `yaml:"bulkhead_wait,omitempty"` // for a free place
	Rate         float64  `yaml:"rate,omitempty"`          // tries a second; below zero: no limit
	Burst        int      `yaml:"burst,omitempty"`
	MaxBody      int64    `yaml:"max_body,omitempty"`    // bytes of an answer
	RetryShare   float64  `yaml:"retry_share,omitempty"` // second tries, as a share of calls; below zero: none
	StopRetry    Duration `yaml:"stop_retry,omitempty"`  // how often a stopped operation is tried
	Breaker      Breaker  `yaml:"breaker,omitempty"`
}

// Breaker says when an operation is given a rest.
type Breaker struct {
	Window  Duration `yaml:"window,omitempty"`
	Minimum uint32   `yaml:"minimum,omitempty"` // tries in the window below which it never opens
	Ratio   float64  `yaml:"ratio,omitempty"`   // share of failures from which it opens
	Open    Duration `yaml:"open,omitempty"`    // how long it rests
	Trials  uint32   `yaml:"trials,omitempty"`  // successes that close it again
}

// Over returns base with what l sets.
func (l Limits) Over(base Limits) Limits {
	set(&base.Total, l.Total)
	set(&base.Try, l.Try)
	set(&base.Bulkhead, l.Bulkhead)
	set(&base.Reserved, l.Reserved)
	set(&base.BulkheadWait, l.BulkheadWait)
	set(&base.Rate, l.Rate)
	set(&base.Burst, l.Burst)
	set(&base.MaxBody, l.MaxBody)
	set(&base.RetryShare, l.RetryShare)
	set(&base.StopRetry, l.StopRetry)
	set(&base.Breaker.Window, l.Breaker.Window)
	set(&base.Breaker.Minimum, l.Breaker.Minimum)
	set(&base.Breaker.Ratio, l.Breaker.Ratio)
	set(&base.Breaker.Open, l.Breaker.Open)
	set(&base.Breaker.Trials, l.Breaker.Trials)
	return base
}

func (l Limits) wrong() bool {
	return min(l.Total, l.Try, l.BulkheadWait, l.StopRetry, l.Breaker.Window, l.Breaker.Open) < 0 || min(l.Bulkhead, l.Burst) < 0 ||
		l.MaxBody < 0 || l.Breaker.Ratio < 0 || l.Breaker.Ratio > 1 || l.RetryShare > 1
}

// LimitsOf are the limits of one operation of a system: limits, then the
// system's, then its own.
func (c Config) LimitsOf(o Outside, operation string) Limits {
	return o.Operations[operation].Limits.Over(o.Limits.Over(c.Limits))
}

// Portal is the Interagency Integration Portal.
type Portal struct {
	Outside         `yaml:",inline"`
	TokenURL        string `yaml:"token_url"`
	GatewayURL      string `yaml:"gateway_url"`
	TokenHeader     string `yaml:"token_header,omitempty"` // carries the token; Authorization when empty
	Credentials     `yaml:",inline"`
	Sets            map[string]Credentials `yaml:"credential_sets,omitempty"` // further ones, by name
	LangID          int                    `yaml:"lang_id,omitempty"`         // of reference texts: 1, 2 or 3
	OrganisationID  string                 `yaml:"organisation_id"`
	RegionID        int                    `yaml:"region_id"`
	CapacityAbsence string                 `yaml:"capacity_absence,omitempty"` // fact or unknown
	Probe           Person                 `yaml:"probe,omitempty"`
}

// Credentials are one set, as the operator of the portal issued it.
type Credentials struct {
	ConsumerKey    Secret `yaml:"consumer_key"`
	ConsumerSecret Secret `yaml:"consumer_secret"`
	Username       string `yaml:"username"`
	Password       Secret `yaml:"password"`
}

// Person is who is asked about when the portal is probed, by consent, and in
// whose name.
type Person struct {
	PINFL     Secret `yaml:"pinfl,omitempty"`
	Passport  Secret `yaml:"passport,omitempty"`
	BirthDate Secret `yaml:"birth_date,omitempty"` // YYYY-MM-DD
	Official  Secret `yaml:"official,omitempty"`   // PINFL of the acting official
}

// EDS is the E-IMZO-SERVER.
type EDS struct {
	Outside   `yaml:",inline"`
	URL       string   `yaml:"url"`
	Host      string   `yaml:"host"`                 // the public site its key is bound to
	Zone      string   `yaml:"zone,omitempty"`       // of the times it prints, as an offset; empty: +05:00
	ClockSkew Duration `yaml:"clock_skew,omitempty"` // of a signature without a timestamp
	StatusAge Duration `yaml:"status_age,omitempty"` // of the certificate status it knows
	// RequireTimestamp refuses a signature without one, however close its clock.
	RequireTimestamp bool `yaml:"require_timestamp,omitempty"`
	// AllowNoStatus believes a server that does not tell how old that status is.
	AllowNoStatus bool `yaml:"allow_no_status,omitempty"`
}

// Location is the zone of the server's times; nil: the connector's default.
func (e EDS) Location() *time.Location {
	t, err := time.Parse("-07:00", e.Zone)
	if err != nil {
		return nil
	}
	_, offset := t.Zone()
	return time.FixedZone(e.Zone, offset)
}

// OneID is the single sign-on. Empty url: not used.
type OneID struct {
	Outside      `yaml:",inline"`
	URL          string   `yaml:"url,omitempty"`
	ClientID     string   `yaml:"client_id,omitempty"`
	ClientSecret Secret   `yaml:"client_secret,omitempty"`
	Scope        string   `yaml:"scope,omitempty"`
	RedirectURL  string   `yaml:"redirect_url,omitempty"`
	AuthMethods  []string `yaml:"auth_methods,omitempty"`
}

// SMS are the gateways, in the order in which they are tried.
type SMS struct {
	Order      []string   `yaml:"order"` // playmobile, eskiz
	Playmobile Playmobile `yaml:"playmobile"`
	Eskiz      Eskiz      `yaml:"eskiz,omitempty"`
}

// Playmobile is the Playmobile broker.
type Playmobile struct {
	Outside      `yaml:",inline"`
	URL          string   `yaml:"url"`
	Login        string   `yaml:"login"`
	Password     Secret   `yaml:"password"`
	Originator   string   `yaml:"originator"`
	TTL          Duration `yaml:"ttl,omitempty"`
	Deduplicates bool     `yaml:"deduplicates"` // confirmed by the operator
	Callback     Callback `yaml:"callback,omitempty"`
}

// Eskiz is the Eskiz gateway.
type Eskiz struct {
	Outside  `yaml:",inline"`
	URL      string   `yaml:"url,omitempty"`
	Email    string   `yaml:"email,omitempty"`
	Password Secret   `yaml:"password,omitempty"`
	From     string   `yaml:"from,omitempty"`
	Callback Callback `yaml:"callback,omitempty"`
}

// Callback says which delivery reports are believed. Gateways sign nothing.
type Callback struct {
	Secret Secret   `yaml:"secret,omitempty"` // segment of the path; empty: no reports are taken
	Allow  []string `yaml:"allow,omitempty"`  // addresses or networks they come from; empty: any
}

// Exchanges is the record of calls to outside systems.
type Exchanges struct {
	Keep   Duration `yaml:"keep"`   // how long a record stands
	Bodies Duration `yaml:"bodies"` // how long its sealed bodies stand; zero: none are kept
}

// Secret is written as a text, as {file: PATH} or as {env: NAME}.
type Secret struct{ personal.Secret }

const day = Duration(24 * time.Hour)
