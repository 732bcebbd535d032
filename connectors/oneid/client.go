package oneid

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// repeatable tells the operations that may be asked twice. A code is used up by
// its first exchange, whatever becomes of the answer.
var repeatable = map[string]bool{OpExchange: false, OpIdentify: true, OpLogout: true}

// Operations lists the operation ids, sorted.
func Operations() []string { return slices.Sorted(maps.Keys(repeatable)) }

// Client is the connector. It is safe for concurrent use.
type Client struct {
	cfg     Config
	now     func() time.Time
	callers map[string]*call.Caller
}

// New checks the configuration and makes the client. Nothing is called yet.
func New(cfg Config, deps call.Deps) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Scope == "" {
		cfg.Scope = defaultScope(cfg.ClientID)
	}
	deps = deps.WithDefaults()
	c := &Client{cfg: cfg, now: deps.Now, callers: map[string]*call.Caller{}}
	for id, again := range repeatable {
		op := call.Operation{System: System, ID: id, Repeatable: again, Limits: cfg.limits(id)}
		c.callers[id] = deps.Caller(op)
	}
	return c, nil
}

// Callers returns the way out of each operation, for gates and the console.
func (c *Client) Callers() map[string]*call.Caller { return maps.Clone(c.callers) }

// post sends a form with our credentials, in the body and never in the address,
// and lets read take the body of a 200.
func (c *Client) post(ctx context.Context, id string, form url.Values, read func(body []byte) error) error {
	form.Set("client_id", c.cfg.ClientID)
	form.Set("client_secret", string(c.cfg.ClientSecret))
	header := call.Headers(c.cfg.Headers, "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json")
	return c.callers[id].Do(ctx, call.Request{
		Method: http.MethodPost, URL: c.cfg.URL, Header: header, Body: []byte(form.Encode()), Private: true,
		Refine: refineOutage,
		Decode: func(r call.Response) error {
			if r.Status != http.StatusOK {
				return refusal(r)
			}
			err := read(r.Body)
			if err == nil || repeatable[id] {
				return err
			}
			f := *fault.Of(err)
			f.Uncertain = f.Kind != fault.Rejected && f.Kind != fault.Misconfigured
			return &f
		},
	})
}

// here places a fault that did not come through a caller.
func here(id string, kind fault.Kind, code, text, hint string) error {
	return &fault.Fault{Kind: kind, System: System, Operation: id, Code: code, Err: errors.New(text), Hint: hint}
}
