package sms

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

// Playmobile's names in faults, gates and metrics.
const (
	PlaymobileSystem = "playmobile"
	PlaymobileSend   = "send"
)

// PlaymobileConfig is what an installation says of its account at the
// Playmobile broker (send.smsxabar.uz).
type PlaymobileConfig struct {
	URL        string // https://host; /broker-api/send is added
	AllowHTTP  bool   // lets it be plain http elsewhere than on this machine: for mocks only
	Login      string
	Password   personal.Secret
	Originator string        // the sender name or short number that was issued
	TTL        time.Duration // how long the gateway tries to deliver; its own default when zero
	// Deduplicates says that the gateway drops a repeated message id, which the
	// operator must confirm; only then is a lost answer followed by a second try.
	Deduplicates bool
	// AuthHeader carries the login; Authorization when empty. A proxy of one's
	// own may want another.
	AuthHeader string
	Headers    []call.Header // of every call
	Limits     call.Limits
}

// Deps are what a provider is given from outside. All may be zero.
type Deps = call.Deps

// Validate returns every mistake at once, each naming its key.
func (c PlaymobileConfig) Validate() error {
	var all []error
	if err := call.CheckAddress(c.URL, c.AllowHTTP); err != nil {
		all = append(all, fmt.Errorf("playmobile.url: %w", err))
	}
	if c.Login == "" || c.Password == "" {
		all = append(all, errors.New("playmobile.login, playmobile.password: must both be given"))
	}
	if c.Originator == "" {
		all = append(all, errors.New("playmobile.originator: the issued sender name must be given"))
	}
	if c.TTL < 0 {
		all = append(all, errors.New("playmobile.ttl: must not be negative"))
	}
	all = append(all, call.CheckHeaders("playmobile", c.Headers, c.authHeader()))
	return errors.Join(all...)
}

func (c PlaymobileConfig) authHeader() string { return cmp.Or(c.AuthHeader, "Authorization") }

// Playmobile is the provider. It is safe for concurrent use.
type Playmobile struct {
	cfg    PlaymobileConfig
	caller *call.Caller
}

var _ Provider = (*Playmobile)(nil)

// NewPlaymobile checks the configuration and makes the provider. Nothing is
// called yet.
func NewPlaymobile(cfg PlaymobileConfig, deps Deps) (*Playmobile, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	op := call.Operation{System: PlaymobileSystem, ID: PlaymobileSend, Repeatable: cfg.Deduplicates, Limits: cfg.Limits}
	return &Playmobile{cfg: cfg, caller: deps.Caller(op)}, nil
}

// Name is the connector's id.
func (p *Playmobile) Name() string { return PlaymobileSystem }

// Deduplicates is as configured.
func (p *Playmobile) Deduplicates() bool { return p.cfg.Deduplicates }

// Callers returns the way out of the one operation, for gates and the console.
func (p *Playmobile) Callers() map[string]*call.Caller {
	return map[string]*call.Caller{PlaymobileSend: p.caller}
}

type playmobileRequest struct {
	Priority string              `json:"priority"`
	Messages []playmobileMessage `json:"messages"`
}

type playmobileMessage struct {
	Recipient string `json:"recipient"`
	ID        string `json:"message-id"`
	SMS       struct {
		Originator string `json:"originator"`
		TTL        int    `json:"ttl,omitempty"` // seconds
		Content    struct {
			Text string `json:"text"`
		} `json:"content"`
	} `json:"sms"`
}

// Send hands one message over. The gateway gives no number of its own: ref is
// always empty, and what became of the message comes only as a report.
func (p *Playmobile) Send(ctx context.Context, m Message) (ref string, err error) {
	if f := check(m); f != nil {
		f.System, f.Operation = PlaymobileSystem, PlaymobileSend
		return "", f
	}
	one := playmobileMessage{Recipient: string(m.To), ID: m.ID}
	one.SMS.Originator, one.SMS.TTL = p.cfg.Originator, int(p.cfg.TTL/time.Second)
	one.SMS.Content.Text = Normalise(m.Text)
	r := playmobileRequest{Priority: cmp.Or(m.Priority, "normal"), Messages: []playmobileMessage{one}}
	return "", p.post(ctx, r, m.ID, m.Secret, readPlaymobile)
}

func (p *Playmobile) post(ctx context.Context, r playmobileRequest, transaction string, private bool, decode func(call.Response) error) error {
	body, err := json.Marshal(r)
	if err != nil { // strings and numbers always marshal
		return &fault.Fault{Kind: fault.Defect, System: PlaymobileSystem, Operation: PlaymobileSend, Err: errors.New("writing the request as JSON")}
	}
	pair := base64.StdEncoding.EncodeToString([]byte(p.cfg.Login + ":" + string(p.cfg.Password)))
	return p.caller.Do(ctx, call.Request{
		Method: http.MethodPost, URL: strings.TrimSuffix(p.cfg.URL, "/") + "/broker-api/send", Body: body,
		Header:      call.Headers(p.cfg.Headers, p.cfg.authHeader(), "Basic "+pair, "Content-Type", "application/json; charset=UTF-8"),
		Transaction: transaction, Private: private, Decode: decode,
	})
}

// Probes returns one probe: a request without messages, which a gateway in order
// refuses in its own dialect. A refused login or a locked account is
// misconfigured, as it is for a message.
func (p *Playmobile) Probes() []call.Probe {
	return []call.Probe{{Operation: PlaymobileSend, Ask: func(ctx context.Context) error {
		return p.post(ctx, playmobileRequest{Priority: "normal", Messages: []playmobileMessage{}}, "", false, readPlaymobileProbe)
	}}}
}

func readPlaymobileProbe(r call.Response) error {
	_, told := errorCode(r.Body)
	err := readPlaymobile(r)
	if f := fault.Of(err); f != nil {
		if told && (f.Kind == fault.Rejected || f.Kind == fault.Throttled) || f.Code == "401" && told {
			return nil // it read the request and missed the message
		}
		out := *f
		out.Uncertain = false // there was nothing to take
		return &out
	}
	return nil
}
