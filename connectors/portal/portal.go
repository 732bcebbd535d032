package portal

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

// operation is the fixed part of one service behind the gateway.
type operation struct {
	key        string // register id, dot, operation id
	path       string
	repeatable bool
}

var operations = []operation{
	{"personal-data.docrest", "/gcp/docrest/v1", true},
	{"registered-address.pin", "/mvd/services/address/info/pin/v1", true},
	{"employment.history", "/labour/service/citizenhistory/v1", true},
	{"education.diploma", "/minvuz/services/diploma/v2", true},
	{"criminal-record.search", "/convictions/search/v2", false}, // each one opens a request at the register
	{"criminal-record.check", "/conviction/check/v2", true},
	{"disability.passport", "/minzdrav/vtek/v4/passport", true},
	{"legal-capacity.check", "/sud/services/legal-capacity/v1", true},
}

// OperationKeys lists the operations behind the gateway, as Config.Operations
// and Callers name them.
func OperationKeys() []string {
	keys := make([]string, 0, len(operations))
	for _, o := range operations {
		keys = append(keys, o.key)
	}
	return keys
}

// Deps are what the portal is given from outside. All may be zero.
type Deps = call.Deps

// Portal is the connector. It is safe for concurrent use.
type Portal struct {
	cfg      Config
	now      func() time.Time
	callers  map[string]*call.Caller
	services map[string]*service
}

// New checks the configuration and makes the connector. Nothing is called yet:
// the hub must start while the portal is down.
func New(cfg Config, deps Deps) (*Portal, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps = deps.WithDefaults()
	if cfg.LangID == 0 {
		cfg.LangID = 3
	}
	p := &Portal{cfg: cfg, now: deps.Now, callers: map[string]*call.Caller{}, services: map[string]*service{}}
	tokens := map[string]*tokenSource{}
	for set, credentials := range cfg.Credentials {
		key := "token." + set
		op := call.Operation{System: System, ID: key, Repeatable: true}
		p.callers[key] = deps.Caller(op)
		tokens[set] = newTokenSource(strings.TrimSuffix(cfg.TokenURL, "/"), credentials, p.callers[key], deps.Now)
	}
	for _, o := range operations {
		own := cfg.Operations[o.key]
		if own.Path != "" {
			o.path = own.Path
		}
		if own.Credentials == "" {
			own.Credentials = MainSet
		}
		op := call.Operation{System: System, ID: o.key, Repeatable: o.repeatable, Limits: own.Limits}
		p.callers[o.key] = deps.Caller(op)
		p.services[o.key] = &service{
			portal: p, key: o.key, url: strings.TrimSuffix(cfg.GatewayURL, "/") + o.path,
			caller: p.callers[o.key], tokens: tokens[own.Credentials],
		}
	}
	return p, nil
}

// Registers returns the seven registers, in the order a form is filled.
func (p *Portal) Registers() []register.Register {
	return []register.Register{
		p.personalData(), p.registeredAddress(), p.employment(), p.education(),
		p.criminalRecord(), p.disability(), p.legalCapacity(),
	}
}

// Callers returns the way out of each operation, for gates and the console:
// keyed "personal-data.docrest", and "token.main" for each credential set.
func (p *Portal) Callers() map[string]*call.Caller { return maps.Clone(p.callers) }

// service is one operation with everything needed to call it.
type service struct {
	portal *Portal
	key    string
	url    string
	caller *call.Caller
	tokens *tokenSource
}

// operation makes the register's operation of the service: write makes the
// body of the question, read the reply about the person asked.
func (s *service) operation(write func(register.Question) (any, error), read func(register.Question, []byte) (register.Reply, error)) register.Operation {
	_, id, _ := strings.Cut(s.key, ".")
	return register.Operation{ID: id, Ask: func(ctx context.Context, q register.Question) (register.Reply, error) {
		body, err := write(q)
		if err != nil {
			return register.Reply{}, s.place(fault.Of(err))
		}
		return s.ask(ctx, body, func(b []byte) (register.Reply, error) { return read(q, b) })
	}}
}

// bySubject writes a question that asks by PINFL alone.
func bySubject(write func(q register.Question, pinfl string) any) func(register.Question) (any, error) {
	return func(q register.Question) (any, error) {
		pin, err := subject(q)
		if err != nil {
			return nil, err
		}
		return write(q, pin), nil
	}
}

// reader turns the body of a 200 into a reply about the person asked.
type reader func(body []byte) (register.Reply, error)

// ask posts body and reads the answer. A token that the gateway refuses is
// renewed, and the call made exactly once more.
func (s *service) ask(ctx context.Context, body any, read reader) (register.Reply, error) {
	wire, err := json.Marshal(body)
	if err != nil {
		return register.Reply{}, s.place(&fault.Fault{Kind: fault.Defect, Err: errors.New("the question cannot be written as JSON")})
	}
	token, err := s.tokens.get(ctx)
	if err != nil {
		return register.Reply{}, s.place(tokenFault(err))
	}
	reply, err := s.once(ctx, token, wire, read, refusesToken)
	if err == nil || !refusesToken(fault.Of(err)) {
		return reply, err
	}
	s.tokens.discard(token)
	if token, err = s.tokens.get(ctx); err != nil {
		return register.Reply{}, s.place(tokenFault(err))
	}
	return s.once(ctx, token, wire, read, nil)
}

func (s *service) once(ctx context.Context, token string, wire []byte, read reader, renews func(*fault.Fault) bool) (register.Reply, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	for _, h := range s.portal.cfg.Headers {
		header.Set(h.Name, string(h.Value))
	}
	header.Set(s.portal.cfg.tokenHeader(), "Bearer "+token)
	var reply register.Reply
	err := s.caller.Do(ctx, call.Request{
		Method: http.MethodPost, URL: s.url, Header: header, Body: wire, Renews: renews,
		Refine: func(r call.Response) *fault.Fault { return gatewayFault(r, s.portal.now()) },
		Decode: func(r call.Response) (err error) {
			reply, err = readAnswer(r, s.portal.now(), read)
			return err
		},
	})
	if err != nil {
		return register.Reply{}, err
	}
	return reply, nil
}

// place names the operation on a fault that did not come through its caller.
func (s *service) place(f *fault.Fault) error {
	out := *f
	out.System, out.Operation = System, s.key
	return &out
}
