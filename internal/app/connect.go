package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/connectors/oneid"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
)

// outside are the connectors as the pipelines and the desk see them.
type outside struct {
	registers  []register.Register
	verifier   verifier
	providers  []notice.Provider // in the order in which they are tried
	oneid      *oneid.Client     // nil: not used
	operations []operate.Operation
	probes     func() []operate.Probe
	portal     *portal.Portal
}

// connecting makes connectors; all of them report to one observer.
type connecting struct {
	cfg      config.Config
	observer call.Observer
	now      func() time.Time
	share    func(call.Deps) call.Deps
	out      outside
	probes   []func() []operate.Probe
	err      error // all of them
}

// Check names the faults of a configuration, those too that only a connector can
// tell, such as credentials that are not given. Nothing is called.
func Check(cfg config.Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	_, err := connect(cfg, nil, time.Now, nil)
	documents, e := bucketOptions(cfg)
	if e == nil {
		e = documents.Check()
	}
	return errors.Join(err, e)
}

// connect makes every connector; none is called yet. share adds to what each is
// given what it shares with other processes; nil: nothing.
func connect(cfg config.Config, observer call.Observer, now func() time.Time, share func(call.Deps) call.Deps) (outside, error) {
	c := connecting{cfg: cfg, observer: observer, now: now, share: share}
	c.connectPortal()
	c.connectEDS()
	c.connectOneID()
	for _, name := range cfg.SMS.Order {
		switch name {
		case sms.PlaymobileSystem:
			c.connectPlaymobile()
		case sms.EskizSystem:
			c.connectEskiz()
		}
	}
	slices.SortStableFunc(c.out.operations, func(a, b operate.Operation) int {
		return cmp.Or(strings.Compare(a.System, b.System), strings.Compare(a.ID, b.ID))
	})
	c.out.probes = func() []operate.Probe {
		var all []operate.Probe
		for _, some := range c.probes {
			all = append(all, some()...)
		}
		return all
	}
	return c.out, c.err
}

// deps are what every connector is given: a client that trusts whom it should
// and, when a probe asks for it, holds what goes over the wire against the contract.
func (c *connecting) deps(system string, o config.Outside) call.Deps {
	roots, err := authority(o.CA)
	if err != nil {
		c.fail(fmt.Errorf("%s: %w", system, err))
		return call.Deps{}
	}
	contract, err := external.Load(system)
	if err != nil {
		c.fail(fmt.Errorf("%s: %w", system, err))
		return call.Deps{}
	}
	client := call.NewClient(roots)
	client.Transport = external.Transport(client.Transport, contract)
	deps := call.Deps{Client: client, Observer: c.observer, Now: c.now}
	if c.share != nil {
		deps = c.share(deps)
	}
	return deps
}

// authority reads a private authority; nil means the machine's.
func authority(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("ca: %s holds no certificate in PEM", file)
	}
	return roots, nil
}

func (c *connecting) fail(err error) { c.err = errors.Join(c.err, err) }

func (c *connecting) add(system string, callers map[string]*call.Caller, probes func() []operate.Probe) {
	for id, one := range callers {
		c.out.operations = append(c.out.operations, operate.Operation{System: system, ID: id, Caller: one})
	}
	c.probes = append(c.probes, probes)
}

// limits of each operation of a system. One that the configuration names and
// the connector does not have is a mistake of the configuration.
func (c *connecting) limits(key string, o config.Outside, operations []string) map[string]call.Limits {
	out := map[string]call.Limits{}
	for _, id := range operations {
		out[id] = limitsOf(c.cfg.LimitsOf(o, id))
	}
	for id := range o.Operations {
		if !slices.Contains(operations, id) {
			c.fail(fmt.Errorf("%s.operations.%s: no such operation; have %s", key, id, strings.Join(operations, ", ")))
		}
	}
	return out
}

func limitsOf(l config.Limits) call.Limits {
	return call.Limits{
		Total: time.Duration(l.Total), Try: time.Duration(l.Try), Bulkhead: l.Bulkhead, Reserved: l.Reserved, BulkheadWait: time.Duration(l.BulkheadWait),
		RatePerSecond: l.Rate, Burst: l.Burst, MaxBody: l.MaxBody, RetryShare: l.RetryShare, StopRetry: time.Duration(l.StopRetry),
		Breaker: call.BreakerConfig{
			Window: time.Duration(l.Breaker.Window), Minimum: l.Breaker.Minimum, Ratio: l.Breaker.Ratio, Open: time.Duration(l.Breaker.Open), Trials: l.Breaker.Trials,
		},
	}
}

func headersOf(list []config.Header) []call.Header {
	var out []call.Header
	for _, h := range list {
		out = append(out, call.Header{Name: h.Name, Value: h.Value.Secret})
	}
	return out
}

func credentialsOf(c config.Credentials) portal.Credentials {
	return portal.Credentials{
		ConsumerKey: c.ConsumerKey.Secret, ConsumerSecret: c.ConsumerSecret.Secret, Username: c.Username, Password: c.Password.Secret,
	}
}

func (c *connecting) connectPortal() {
	cfg := c.cfg.Portal
	out := portal.Config{
		TokenURL: cfg.TokenURL, GatewayURL: cfg.GatewayURL, TokenHeader: cfg.TokenHeader, Headers: headersOf(cfg.Headers), LangID: cfg.LangID,
		OrganisationID: cfg.OrganisationID, RegionID: cfg.RegionID, CapacityAbsence: register.Absence(cfg.CapacityAbsence),
		Operations: map[string]portal.OperationConfig{}, Credentials: map[string]portal.Credentials{portal.MainSet: credentialsOf(cfg.Credentials)},
	}
	for name, set := range cfg.Sets {
		out.Credentials[name] = credentialsOf(set)
	}
	keys := portal.OperationKeys()
	for set := range out.Credentials {
		keys = append(keys, portal.TokenKey(set))
	}
	for id, limits := range c.limits(portal.System, cfg.Outside, keys) {
		own := cfg.Operations[id]
		out.Operations[id] = portal.OperationConfig{Path: own.Path, Credentials: own.Credentials, Limits: limits}
	}
	p, err := portal.New(out, c.deps(portal.System, cfg.Outside))
	if err != nil {
		c.fail(err)
		return
	}
	c.out.registers, c.out.portal = p.Registers(), p
	c.add(portal.System, p.Callers(), func() []operate.Probe { return portalProbes(p, cfg.Probe, c.now()) })
}

func (c *connecting) connectEDS() {
	cfg := c.cfg.EDS
	e, err := eds.New(eds.Config{
		URL: cfg.URL, Host: cfg.Host, Headers: headersOf(cfg.Headers), ClockSkew: time.Duration(cfg.ClockSkew), StatusAge: time.Duration(cfg.StatusAge),
		RequireTimestamp: cfg.RequireTimestamp, AllowNoStatus: cfg.AllowNoStatus,
		Zone: cfg.Location(), Limits: c.limits(eds.System, cfg.Outside, eds.Operations()),
	}, c.deps(eds.System, cfg.Outside))
	if err != nil {
		c.fail(err)
		return
	}
	c.out.verifier = verifier{e}
	c.add(eds.System, e.Callers(), probesOf(eds.System, e.Probes))
}

func (c *connecting) connectOneID() {
	cfg := c.cfg.OneID
	if cfg.URL == "" {
		return
	}
	o, err := oneid.New(oneid.Config{
		URL: cfg.URL, ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret.Secret, Scope: cfg.Scope, RedirectURL: cfg.RedirectURL,
		AuthMethods: cfg.AuthMethods, Headers: headersOf(cfg.Headers), Limits: c.limits(oneid.System, cfg.Outside, oneid.Operations()),
	}, c.deps(oneid.System, cfg.Outside))
	if err != nil {
		c.fail(err)
		return
	}
	c.out.oneid = o
	c.add(oneid.System, o.Callers(), probesOf(oneid.System, o.Probes))
}

func (c *connecting) connectPlaymobile() {
	cfg := c.cfg.SMS.Playmobile
	p, err := sms.NewPlaymobile(sms.PlaymobileConfig{
		URL: cfg.URL, Login: cfg.Login, Password: cfg.Password.Secret, Originator: cfg.Originator, TTL: time.Duration(cfg.TTL), Deduplicates: cfg.Deduplicates,
		Headers: headersOf(cfg.Headers), Limits: c.limits("sms.playmobile", cfg.Outside, []string{sms.PlaymobileSend})[sms.PlaymobileSend],
	}, c.deps(sms.PlaymobileSystem, cfg.Outside))
	if err != nil {
		c.fail(err)
		return
	}
	c.out.providers = append(c.out.providers, provider{p})
	c.add(sms.PlaymobileSystem, p.Callers(), probesOf(sms.PlaymobileSystem, p.Probes))
}

func (c *connecting) connectEskiz() {
	cfg := c.cfg.SMS.Eskiz
	e, err := sms.NewEskiz(sms.EskizConfig{
		URL: cfg.URL, Email: cfg.Email, Password: cfg.Password.Secret, From: cfg.From, CallbackURL: callbackURL(c.cfg, sms.EskizSystem, cfg.Callback),
		Headers: headersOf(cfg.Headers), Limits: c.limits("sms.eskiz", cfg.Outside, sms.EskizOperations()),
	}, c.deps(sms.EskizSystem, cfg.Outside))
	if err != nil {
		c.fail(err)
		return
	}
	c.out.providers = append(c.out.providers, asker{provider{e}, e})
	c.add(sms.EskizSystem, e.Callers(), probesOf(sms.EskizSystem, e.Probes))
}

// probesOf are the probes of a connector that asks about nobody.
func probesOf(system string, list func() []call.Probe) func() []operate.Probe {
	return func() []operate.Probe {
		var out []operate.Probe
		for _, p := range list() {
			out = append(out, operate.Probe{System: system, Operation: p.Operation, Ask: p.Ask})
		}
		return out
	}
}

// caller finds an operation's; nil where there is none.
func (o outside) caller(system, operation string) *call.Caller {
	for _, one := range o.operations {
		if one.System == system && one.ID == operation {
			return one.Caller
		}
	}
	return nil
}

// gate says whether an operation's stage may be tried: not while it or the
// token it needs is paused or stopped, nor while its breaker is open; one at a
// time when a trial is due.
func (o outside) gate(system, operation string) func() queue.Gate {
	own := o.caller(system, operation)
	if own == nil {
		return nil
	}
	var token *call.Caller
	switch system {
	case portal.System:
		token = o.caller(system, o.portal.TokenOperation(operation))
	case sms.EskizSystem:
		token = o.caller(system, sms.EskizLogin)
	}
	return func() queue.Gate {
		st := own.State()
		g := queue.Gate{Closed: st.Open || st.HalfOpen, Trial: !st.Open, Until: st.Until}
		hold(&g, st)
		if token != nil {
			hold(&g, token.State())
		}
		g.Trial = g.Trial && g.Closed
		return g
	}
}

// hold closes a gate for what is paused or stopped.
func hold(g *queue.Gate, st call.State) {
	if !st.Paused && !st.Stopped {
		return
	}
	g.Closed, g.Stopped, g.Trial = true, true, g.Trial && st.Trial
	if st.Until.After(g.Until) {
		g.Until = st.Until
	}
}

// interactive marks what a person waits for.
func interactive(ctx context.Context) context.Context { return call.Interactive(ctx) }
