package sms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

// Eskiz's names in faults, gates and metrics.
const (
	EskizSystem  = "eskiz"
	EskizLogin   = "login"
	EskizSend    = "send"
	EskizStatus  = "status"
	EskizList    = "list"
	EskizAccount = "account"
	EskizLimit   = "limit"
)

// eskizOperations says of each operation whether asking twice does no harm: a
// message sent again is a second SMS, for Eskiz does not look at our id.
var eskizOperations = map[string]bool{
	EskizLogin: true, EskizSend: false, EskizStatus: true, EskizList: true, EskizAccount: true, EskizLimit: true,
}

// EskizOperations lists the operations, sorted, as EskizConfig.Limits and
// Callers name them.
func EskizOperations() []string { return slices.Sorted(maps.Keys(eskizOperations)) }

// EskizConfig is what an installation says of its account at Eskiz
// (notify.eskiz.uz).
type EskizConfig struct {
	URL       string // https://host; /api/... is added
	AllowHTTP bool   // lets it be plain http elsewhere than on this machine: for mocks only
	Email     string
	Password  personal.Secret
	From      string // the issued sender name; a test account has 4546
	// CallbackURL is where delivery reports are to be posted; none when empty.
	// It is a secret, for its path is all that protects it.
	CallbackURL personal.Secret
	// ListPages bounds how many pages of 200 messages are read in search of one
	// whose acceptance was lost; 50 when zero.
	ListPages int
	// AuthHeader carries the token; Authorization when empty. A proxy of one's
	// own may want another.
	AuthHeader string
	Headers    []call.Header          // of every call
	Limits     map[string]call.Limits // by operation; all optional
}

// Validate returns every mistake at once, each naming its key.
func (c EskizConfig) Validate() error {
	var all []error
	if err := call.CheckAddress(c.URL, c.AllowHTTP); err != nil {
		all = append(all, fmt.Errorf("eskiz.url: %w", err))
	}
	if c.Email == "" || c.Password == "" {
		all = append(all, errors.New("eskiz.email, eskiz.password: must both be given"))
	}
	if c.From == "" {
		all = append(all, errors.New("eskiz.from: the issued sender name must be given"))
	}
	if u, err := url.Parse(string(c.CallbackURL)); c.CallbackURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		all = append(all, errors.New("eskiz.callback_url: must be an http or https address"))
	}
	if c.ListPages < 0 {
		all = append(all, errors.New("eskiz.list_pages: must not be negative"))
	}
	for op := range c.Limits {
		if _, ok := eskizOperations[op]; !ok {
			all = append(all, fmt.Errorf("eskiz.limits: no operation %q; have %s", op, strings.Join(EskizOperations(), ", ")))
		}
	}
	all = append(all, call.CheckHeaders("eskiz", c.Headers, c.authHeader()))
	return errors.Join(all...)
}

func (c EskizConfig) authHeader() string { return cmp.Or(c.AuthHeader, "Authorization") }

// Eskiz is the provider. It is safe for concurrent use.
type Eskiz struct {
	cfg     EskizConfig
	base    string
	now     func() time.Time
	callers map[string]*call.Caller
	tokens  *call.Tokens
}

var (
	_ Provider = (*Eskiz)(nil)
	_ Asker    = (*Eskiz)(nil)
)

// NewEskiz checks the configuration and makes the provider. Nothing is called
// yet: the hub must start while the gateway is down.
func NewEskiz(cfg EskizConfig, deps Deps) (*Eskiz, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps = deps.WithDefaults()
	cfg.ListPages = cmp.Or(cfg.ListPages, 50)
	e := &Eskiz{cfg: cfg, base: strings.TrimSuffix(cfg.URL, "/"), now: deps.Now, callers: map[string]*call.Caller{}}
	for op, repeatable := range eskizOperations {
		e.callers[op] = deps.Caller(call.Operation{System: EskizSystem, ID: op, Repeatable: repeatable, Limits: cfg.Limits[op]})
	}
	e.tokens = call.NewTokens(e.login, deps.Now)
	return e, nil
}

// Name is the connector's id.
func (e *Eskiz) Name() string { return EskizSystem }

// Deduplicates is false: a message sent twice arrives twice, whatever its id.
func (e *Eskiz) Deduplicates() bool { return false }

// Callers returns the way out of each operation, for gates and the console.
func (e *Eskiz) Callers() map[string]*call.Caller { return maps.Clone(e.callers) }

// exchange makes one call with the token. A token that the gateway refuses is
// renewed and the call made exactly once more: a call refused for its token
// did nothing.
func (e *Eskiz) exchange(ctx context.Context, op string, r call.Request) error {
	called, err := e.tokens.With(ctx, "", refusesToken, func(token string, renews func(*fault.Fault) bool) error {
		r.Renews = renews
		return e.once(ctx, op, token, r)
	})
	if !called {
		return loginFault(op, err)
	}
	return err
}

func (e *Eskiz) once(ctx context.Context, op, token string, r call.Request) error {
	r.URL = e.base + r.URL
	own := []string{e.cfg.authHeader(), "Bearer " + token, "Accept", "application/json"}
	if r.Body != nil {
		own = append(own, "Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header = call.Headers(e.cfg.Headers, own...)
	return e.callers[op].Do(ctx, r)
}

// place names the operation on a fault that did not come through its caller.
func place(op string, f *fault.Fault) error {
	out := *f
	out.System, out.Operation = EskizSystem, op
	return &out
}

// Probes returns those of the login, of the account and of its balance. Nothing
// harmless can be asked of sending, of status or of the list without a message;
// the account takes the same token at the same address.
func (e *Eskiz) Probes() []call.Probe {
	return []call.Probe{
		{Operation: EskizLogin, Ask: func(ctx context.Context) error {
			if err := e.tokens.Refresh(ctx, ""); err != nil {
				return place(EskizLogin, fault.Of(err))
			}
			return nil
		}},
		{Operation: EskizAccount, Ask: e.account},
		{Operation: EskizLimit, Ask: func(ctx context.Context) error {
			_, err := e.Balance(ctx)
			return err
		}},
	}
}

// account asks for our own account; that there is an answer is all. It holds a
// key named password.
func (e *Eskiz) account(ctx context.Context) error {
	return e.exchange(ctx, EskizAccount, call.Request{
		Method: http.MethodGet, URL: "/api/auth/user", Private: true,
		Decode: func(r call.Response) error {
			var data struct {
				Email anything `json:"email"`
			}
			a, err := readEskiz(r)
			if err != nil {
				return err
			}
			if err := a.data(&data); err != nil {
				return err
			}
			if data.Email == "" {
				return &fault.Fault{Kind: fault.Breach, Code: "shape", Err: errors.New("data.email is missing")}
			}
			return nil
		},
	})
}

// Balance asks what is left on the account, in whole so'm, rounded down. An
// account that pays afterwards may show nothing or less.
func (e *Eskiz) Balance(ctx context.Context) (sum int64, err error) {
	err = e.exchange(ctx, EskizLimit, call.Request{
		Method: http.MethodGet, URL: "/api/user/get-limit",
		Decode: func(r call.Response) error {
			var data struct {
				Balance text `json:"balance"`
			}
			a, err := readEskiz(r)
			if err != nil {
				return err
			}
			if err := a.data(&data); err != nil {
				return err
			}
			if sum, err = wholeSum(string(data.Balance)); err != nil {
				return &fault.Fault{Kind: fault.Breach, Code: "shape", Err: errors.New("data.balance is no sum")}
			}
			return nil
		},
	})
	return sum, err
}
