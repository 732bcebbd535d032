package eds

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

type endpoint struct {
	method     string
	path       string
	repeatable bool
	private    bool // the bodies hold a one-time code
}

// operations by id. A challenge is deleted by the first auth over it, and a
// POST to the challenge's path hangs. The server's list of paths at start-up
// has one more (timestamp/data), whose body is not published.
var operations = map[string]endpoint{
	"ping":            {method: http.MethodGet, path: "/ping", repeatable: true},
	"info":            {method: http.MethodGet, path: "/info", repeatable: true},
	"challenge":       {method: http.MethodGet, path: "/frontend/challenge", repeatable: true, private: true},
	"auth":            {method: http.MethodPost, path: "/backend/auth", private: true},
	"timestamp":       {method: http.MethodPost, path: "/frontend/timestamp/pkcs7", repeatable: true},
	"verify-attached": {method: http.MethodPost, path: "/backend/pkcs7/verify/attached", repeatable: true},
	"verify-detached": {method: http.MethodPost, path: "/backend/pkcs7/verify/detached", repeatable: true},
	"join":            {method: http.MethodPost, path: "/frontend/pkcs7/join", repeatable: true},
	"make-attached":   {method: http.MethodPost, path: "/frontend/pkcs7/make-attached", repeatable: true},
}

// Operations lists the operation ids, sorted.
func Operations() []string { return slices.Sorted(maps.Keys(operations)) }

// Client is the connector. It is safe for concurrent use.
type Client struct {
	cfg     Config
	now     func() time.Time
	callers map[string]*call.Caller
}

// New checks the configuration and makes the client. Nothing is called yet.
func New(cfg Config, deps Deps) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps = deps.WithDefaults()
	c := &Client{cfg: cfg.withDefaults(), now: deps.Now, callers: map[string]*call.Caller{}}
	for id, e := range operations {
		limits := cfg.Limits[id]
		if limits.MaxBody == 0 {
			limits.MaxBody = longestAnswer
		}
		op := call.Operation{System: System, ID: id, Repeatable: e.repeatable, Limits: limits}
		c.callers[id] = deps.Caller(op)
	}
	return c, nil
}

// Callers returns the way out of each operation, for gates and the console.
func (c *Client) Callers() map[string]*call.Caller { return maps.Clone(c.callers) }

// envelope is what every answer but ping's and info's begins with.
type envelope struct {
	Status *int `json:"status"`
}

// send asks an operation, posting parts, each in base64 and joined by "|", and
// has the body of a 200 read.
func (c *Client) send(ctx context.Context, id string, read func(body []byte) error, parts ...[]byte) error {
	e := operations[id]
	r := call.Request{
		Method: e.method, URL: strings.TrimSuffix(c.cfg.URL, "/") + e.path, Host: c.cfg.Host,
		Header: call.Headers(c.cfg.Headers, "Accept", "application/json", "Cache-Control", "no-cache"), Private: e.private,
		Decode: func(r call.Response) error { return readAnswer(r, read) },
	}
	if address, ok := ctx.Value(realIPKey{}).(string); ok {
		r.Header.Set("X-Real-IP", address)
	}
	if e.method == http.MethodPost {
		encoded := make([]string, len(parts))
		for i, p := range parts {
			if len(p) == 0 {
				return &fault.Fault{Kind: fault.Rejected, System: System, Operation: id, Code: "empty", Err: errors.New("there is nothing to send: the envelope or the document is empty")}
			}
			encoded[i] = base64.StdEncoding.EncodeToString(p)
		}
		r.Header.Set("Content-Type", "text/plain")
		r.Body = []byte(strings.Join(encoded, "|"))
	}
	return c.callers[id].Do(ctx, r)
}

func readAnswer(r call.Response, read func(body []byte) error) error {
	switch r.Status {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<")) { // a proxy's page: the server sends none
			return &fault.Fault{Kind: fault.Unavailable, Code: "not_json", Err: errors.New("a page instead of a refusal")}
		}
		return &fault.Fault{
			Kind: fault.Rejected, Code: strconv.Itoa(r.Status), Err: errors.New("the server refused the parameters"),
			Hint: "the envelope is not PKCS#7 of the kind asked for (attached or detached)",
		}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return misaddressed(r.Status)
	default:
		if r.Status >= 300 && r.Status < 400 {
			return misaddressed(r.Status)
		}
		return breach("status %d is not part of the contract", r.Status)
	}
	return read(r.Body)
}

func misaddressed(status int) error {
	return &fault.Fault{
		Kind: fault.Misconfigured, Code: strconv.Itoa(status), Err: errors.New("the server does not serve this address"),
		Hint: "check eds.url and eds.host, and that this machine may reach the back end's paths",
	}
}

// readStatus reads an answer that begins with e, the envelope in v, and returns
// its status, which must be there.
func readStatus(body []byte, v any, e *envelope) (int, error) {
	if err := call.ReadJSON(body, v); err != nil {
		return 0, err
	}
	if e.Status == nil {
		return 0, breach("field %q is missing", "status")
	}
	return *e.Status, nil
}

func breach(format string, args ...any) error {
	return &fault.Fault{
		Kind: fault.Breach, Err: fmt.Errorf(format, args...),
		Hint: "compare the server's version with the one this was written for",
	}
}

// outage is a status that says the server could not find out.
func outage(status int) error {
	return &fault.Fault{
		Kind: fault.Unavailable, Code: "status_" + strconv.Itoa(status), Err: errors.New("the server could not check the certificate's status"),
		Hint: "when it lasts: look at the expiry of the server's VPN key",
	}
}

func unknownStatus(status int) error {
	return breach("status %d of the answer is not known", status)
}
