package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/telemetry"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/templates"
)

// outside are the connectors as the pipelines see them.
type outside struct {
	registers []register.Register
	verifier  verifier
	provider  notice.Provider
	callers   map[string]*call.Caller // by system and operation, for gates
}

// observer turns exchanges into metrics.
type observer struct{ m *telemetry.Metrics }

func (o observer) Observe(_ context.Context, e call.Exchange) {
	outcome := string(e.Kind)
	if outcome == "" {
		outcome = "answer"
	}
	o.m.Call(e.System, e.Operation, outcome, e.Duration)
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

// connect makes every connector; none is called yet.
func connect(cfg config.Config, m *telemetry.Metrics, now func() time.Time) (outside, error) {
	out := outside{callers: map[string]*call.Caller{}}
	limits := limitsOf(cfg.Limits)
	pm := cfg.SMS.Playmobile
	operations := map[string]portal.OperationConfig{}
	for _, op := range portal.OperationKeys() {
		operations[op] = portal.OperationConfig{Limits: limits}
	}
	p, err := portal.New(portal.Config{
		TokenURL: cfg.Portal.TokenURL, GatewayURL: cfg.Portal.GatewayURL, OrganisationID: cfg.Portal.OrganisationID, RegionID: cfg.Portal.RegionID,
		Operations: operations,
		Credentials: map[string]portal.Credentials{portal.MainSet: {
			ConsumerKey: cfg.Portal.ConsumerKey.Secret, ConsumerSecret: cfg.Portal.ConsumerSecret.Secret,
			Username: cfg.Portal.Username, Password: cfg.Portal.Password.Secret,
		}},
	}, portal.Deps{Observer: observer{m}, Now: now})
	if err != nil {
		return out, fmt.Errorf("portal: %w", err)
	}
	e, err := eds.New(eds.Config{URL: cfg.EDS.URL, Host: cfg.EDS.Host, Limits: map[string]call.Limits{"verify-attached": limits, "verify-detached": limits}},
		eds.Deps{Observer: observer{m}, Now: now})
	if err != nil {
		return out, fmt.Errorf("eds: %w", err)
	}
	s, err := sms.NewPlaymobile(sms.PlaymobileConfig{
		URL: pm.URL, Login: pm.Login, Password: pm.Password.Secret, Originator: pm.Originator, Deduplicates: pm.Deduplicates, Limits: limits,
	}, sms.Deps{Observer: observer{m}, Now: now})
	if err != nil {
		return out, fmt.Errorf("sms: %w", err)
	}
	for system, callers := range map[string]map[string]*call.Caller{portal.System: p.Callers(), eds.System: e.Callers(), sms.PlaymobileSystem: s.Callers()} {
		for op, c := range callers {
			out.callers[system+"."+op] = c
		}
	}
	out.registers, out.verifier, out.provider = p.Registers(), verifier{e}, provider{s}
	return out, nil
}

// gate says whether an operation's stage may be tried: not while its breaker is
// open, one at a time while it is half-open.
func (o outside) gate(operation string) func() queue.Gate {
	c := o.callers[operation]
	if c == nil {
		return nil
	}
	return func() queue.Gate {
		st := c.State()
		return queue.Gate{Closed: st.Open || st.HalfOpen, Trial: st.HalfOpen, Until: st.Until}
	}
}

// verifier picks the EDS operation by what the envelope is.
type verifier struct{ c *eds.Client }

func (v verifier) Verify(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error) {
	_, detached, err := signature.Content(pkcs7)
	if err != nil {
		return signature.Verdict{}, fault.New(fault.Defect, err) // the door lets no such envelope in
	}
	if detached {
		return v.c.VerifyDetached(ctx, document, pkcs7, want)
	}
	return v.c.VerifyAttached(ctx, pkcs7, document, want)
}

// provider is an SMS gateway as notices see it.
type provider struct{ sms.Provider }

func (p provider) Send(ctx context.Context, m notice.Message) (string, error) {
	return p.Provider.Send(ctx, sms.Message(m))
}

func smsText(text string) (string, int) {
	text = sms.Normalise(text)
	_, parts := sms.Segments(text)
	return text, parts
}

func interactive(ctx context.Context) context.Context { return call.Interactive(ctx) }

// newTransaction is a 15-digit number, which every register's wire takes.
func newTransaction() string {
	n, err := rand.Int(rand.Reader, big.NewInt(9e14))
	if err != nil {
		panic(err) // the system's randomness is gone: nothing may be asked
	}
	return strconv.FormatInt(n.Int64()+1e14, 10)
}

// printer is the document engine as issuing sees it.
type printer struct {
	e   *renderer.Engine
	set *templates.Set
}

func (p printer) Render(ctx context.Context, template, id string, data []byte, at time.Time) (issuing.Rendered, error) {
	d, err := p.e.Render(ctx, renderer.Request{Template: template, ID: id, Data: data, At: at})
	return issuing.Rendered(d), err
}

func (p printer) Kind(template string) (string, bool) {
	t, ok := p.set.Get(template)
	if !ok {
		return "", false
	}
	return t.Kind, true
}

// adminKey reads the administrator's API key, or makes it on first use.
func adminKey(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		if key := strings.TrimSpace(string(raw)); strings.HasPrefix(key, "admin.") {
			return key, nil
		}
		return "", fmt.Errorf("%s is damaged: remove it and a new administrator key is made at the next start", path)
	}
	if !os.IsNotExist(err) {
		return "", fmt.Errorf("reading the administrator's key: %w", err)
	}
	_, secret := vault.NewKey()
	key := "admin." + secret
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("writing the administrator's key: %w", err)
	}
	return key, nil
}

func secretOf(key string) string {
	_, secret, _ := strings.Cut(key, ".")
	return secret
}
