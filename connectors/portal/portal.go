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
	knows      bool // what it is asked about: "nothing found" is a breach
}

var operations = []operation{
	{"personal-data.docrest", "/gcp/docrest/v1", true, false},
	{"registered-address.pin", "/mvd/services/address/info/pin/v1", true, false},
	{"employment.history", "/labour/service/citizenhistory/v1", true, false},
	{"education.diploma", "/minvuz/services/diploma/v2", true, false},
	{"criminal-record.search", "/convictions/search/v2", false, true}, // each one opens a request at the register
	{"criminal-record.check", "/conviction/check/v2", true, true},     // a request that is not there is no clean record
	{"disability.passport", "/minzdrav/vtek/v4/passport", true, false},
	{birthDoc, "/minzdrav/vtek/v4/birthdoc", true, false}, // the disability register again, by another document
	{"legal-capacity.check", "/sud/services/legal-capacity/v1", true, false},
	{"employed-at.status", "/labour/service/citizen/status/v1", true, false},
	{"school-certificate.pinfl", "/xtv/e-shahodatnoma/pinfl/v1", true, false},
	{"lyceum-certificate.pinfl", "/minvuz/lyceumgraduate/v1", true, false},
}

// OperationKeys lists the services behind the gateway, as Config.Operations and
// Callers name them: the operations of the registers and "disability.birthdoc",
// which the disability register's only operation asks by birth certificate.
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
	tokens   map[string]*call.Tokens // by credential set
}

// New checks the configuration and makes the connector. Nothing is called yet:
// the hub must start while the portal is down.
func New(cfg Config, deps Deps) (*Portal, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps = deps.WithDefaults()
	if cfg.LangID == 0 {
		cfg.LangID = defaultLangID
	}
	p := &Portal{cfg: cfg, now: deps.Now, callers: map[string]*call.Caller{}, services: map[string]*service{}, tokens: map[string]*call.Tokens{}}
	for set, credentials := range cfg.Credentials {
		key := tokenPrefix + set
		limits := cfg.Operations[key].Limits
		if limits.Breaker.Minimum == 0 { // one renewal at a time: few tries make up a minute
			limits.Breaker.Minimum = tokenTries
		}
		op := call.Operation{System: System, ID: key, Repeatable: true, Limits: limits}
		p.callers[key] = deps.Caller(op)
		p.tokens[set] = newTokens(strings.TrimSuffix(cfg.TokenURL, "/"), credentials, p.callers[key], deps.Now)
	}
	for _, o := range operations {
		own := cfg.Operations[o.key]
		if own.Path != "" {
			o.path = own.Path
		}
		op := call.Operation{System: System, ID: o.key, Repeatable: o.repeatable, Limits: own.Limits}
		p.callers[o.key] = deps.Caller(op)
		p.services[o.key] = &service{
			portal: p, key: o.key, url: strings.TrimSuffix(cfg.GatewayURL, "/") + o.path,
			caller: p.callers[o.key], tokens: p.tokens[p.setOf(o.key)], knows: o.knows,
		}
	}
	return p, nil
}

// tokenPrefix stands before the name of a credential set in the key of its
// token source.
const tokenPrefix = "token."

// tokenTries is how many tries a minute open the breaker of a token server.
const tokenTries = 3

// TokenKey is the key of a credential set's token, as Config.Operations and
// Callers name it.
func TokenKey(set string) string { return tokenPrefix + set }

// setOf is the credential set of a service.
func (p *Portal) setOf(key string) string {
	if set := p.cfg.Operations[key].Credentials; set != "" {
		return set
	}
	return MainSet
}

// TokenOperation returns the key ("token.main") of the token source that an
// operation behind the gateway uses, for gates: while that is stopped or rests,
// asking the operation is in vain. Empty for a key that is none of OperationKeys.
func (p *Portal) TokenOperation(key string) string {
	if p.services[key] == nil {
		return ""
	}
	return tokenPrefix + p.setOf(key)
}

// Registers returns the registers: the seven in the order a form is filled, then
// those that only some questions need.
func (p *Portal) Registers() []register.Register {
	return []register.Register{
		p.personalData(), p.registeredAddress(), p.employment(), p.education(),
		p.criminalRecord(), p.disability(), p.legalCapacity(),
		p.employedAt(), p.schoolCertificate(), p.lyceumCertificate(),
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
	tokens *call.Tokens
	knows  bool
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
		return s.ask(ctx, q.Transaction, body, func(b []byte) (register.Reply, error) { return read(q, b) })
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

// ask posts body under our number and reads the answer.
func (s *service) ask(ctx context.Context, number string, body any, read reader) (register.Reply, error) {
	wire, err := json.Marshal(body)
	if err != nil {
		return register.Reply{}, s.place(&fault.Fault{Kind: fault.Defect, Err: errors.New("the question cannot be written as JSON")})
	}
	var reply register.Reply
	called, err := s.tokens.With(ctx, number, refusesToken, func(token string, renews func(*fault.Fault) bool) (err error) {
		reply, err = s.once(ctx, number, token, wire, read, renews)
		return err
	})
	if !called {
		return register.Reply{}, s.place(tokenFault(err))
	}
	return reply, err
}

func (s *service) once(ctx context.Context, number, token string, wire []byte, read reader, renews func(*fault.Fault) bool) (register.Reply, error) {
	header := call.Headers(s.portal.cfg.Headers,
		"Content-Type", "application/json", "Accept", "application/json", s.portal.cfg.tokenHeader(), "Bearer "+token)
	var reply register.Reply
	err := s.caller.Do(ctx, call.Request{
		Method: http.MethodPost, URL: s.url, Header: header, Body: wire, Transaction: number, Renews: renews,
		Refine: func(r call.Response) *fault.Fault { return gatewayFault(r, s.portal.now()) },
		Decode: func(r call.Response) (err error) {
			reply, err = readAnswer(r, s.portal.now(), read)
			if err == nil && s.knows && reply.Answer != nil && reply.Answer.Status == register.Absent {
				return breach("the register knows nothing of this request")
			}
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
