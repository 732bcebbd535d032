package sms

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
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
	Limits       call.Limits
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
	return errors.Join(all...)
}

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

var priorities = []string{"low", "normal", "high", "realtime"}

// Send hands one message over.
func (p *Playmobile) Send(ctx context.Context, m Message) error {
	if m.Priority == "" {
		m.Priority = "normal"
	}
	if f := check(m); f != nil {
		f.System, f.Operation = PlaymobileSystem, PlaymobileSend
		return f
	}
	one := playmobileMessage{Recipient: string(m.To), ID: m.ID}
	one.SMS.Originator, one.SMS.TTL = p.cfg.Originator, int(p.cfg.TTL/time.Second)
	one.SMS.Content.Text = Normalise(m.Text)
	body, err := json.Marshal(playmobileRequest{Priority: m.Priority, Messages: []playmobileMessage{one}})
	if err != nil { // strings and numbers always marshal
		return &fault.Fault{Kind: fault.Defect, System: PlaymobileSystem, Operation: PlaymobileSend, Err: errors.New("writing the request as JSON")}
	}
	pair := p.cfg.Login + ":" + string(p.cfg.Password)
	return p.caller.Do(ctx, call.Request{
		Method: http.MethodPost, URL: strings.TrimSuffix(p.cfg.URL, "/") + "/broker-api/send", Body: body,
		Header: http.Header{
			"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))},
			"Content-Type":  {"application/json; charset=UTF-8"},
		},
		Decode: readPlaymobile,
	})
}

// check refuses what no gateway would take, before it costs an exchange.
func check(m Message) *fault.Fault {
	switch {
	case m.ID == "" || len(m.ID) > 20:
		return &fault.Fault{Kind: fault.Defect, Err: errors.New("the message id must be 1 to 20 characters")}
	case !slices.Contains(priorities, m.Priority):
		return &fault.Fault{Kind: fault.Defect, Err: fmt.Errorf("the priority must be one of %v", priorities)}
	case strings.TrimSpace(Normalise(m.Text)) == "":
		return &fault.Fault{Kind: fault.Rejected, Code: "no_text", Err: errors.New("the message has no text")}
	}
	if to, err := personal.ParsePhone(string(m.To)); err != nil || to != m.To {
		return &fault.Fault{Kind: fault.Rejected, Code: "bad_number", Err: errors.New("the number is not 998 and nine digits"), Hint: "correct the person's telephone number"}
	}
	return nil
}

// readPlaymobile reads an answer that is not 408, 429 or 5xx. Acceptance is
// HTTP 200 with plain text; an answer of 4xx surely took nothing.
func readPlaymobile(r call.Response) error {
	code, told := errorCode(r.Body)
	switch {
	case r.Status == http.StatusOK && told: // never seen; taken for what it says
		f := codeFault(code)
		f.Uncertain = true
		return f
	case r.Status == http.StatusOK && bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<")):
		return &fault.Fault{Kind: fault.Unavailable, Code: "not_text", Uncertain: true, Err: errors.New("a page instead of an acceptance")}
	case r.Status == http.StatusOK:
		return nil
	case r.Status < 300:
		return &fault.Fault{Kind: fault.Breach, Code: strconv.Itoa(r.Status), Uncertain: true, Err: fmt.Errorf("status %d is not part of the contract", r.Status)}
	case r.Status == http.StatusBadRequest && told:
		return codeFault(code)
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return &fault.Fault{Kind: fault.Misconfigured, Code: "http_" + strconv.Itoa(r.Status), Err: errors.New("the gateway refused the login"), Hint: "check playmobile.login and playmobile.password"}
	case r.Status < 400, r.Status == http.StatusNotFound, r.Status == http.StatusMethodNotAllowed:
		return &fault.Fault{Kind: fault.Misconfigured, Code: "http_" + strconv.Itoa(r.Status), Err: errors.New("the gateway is not at this address"), Hint: "check playmobile.url"}
	case bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<")):
		return &fault.Fault{Kind: fault.Unavailable, Code: "not_text", Err: errors.New("a page instead of a refusal")}
	}
	return &fault.Fault{Kind: fault.Rejected, Code: "http_" + strconv.Itoa(r.Status), Err: errors.New("the gateway refused the message")}
}

// errorCode reads a refusal in either spelling of its key, the code as a
// number or as text.
func errorCode(body []byte) (code int, told bool) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(body, &keys) != nil {
		return 0, false
	}
	for _, key := range []string{"error-code", "error_code"} {
		raw := strings.Trim(string(keys[key]), `"`)
		if n, err := strconv.Atoi(raw); err == nil && n >= 0 && n <= 9999 {
			return n, true
		}
	}
	return 0, false
}

// codeFault is the provider's table of error codes.
func codeFault(code int) *fault.Fault {
	f := &fault.Fault{Kind: fault.Rejected, Code: strconv.Itoa(code), Err: errors.New("the gateway refused the message")}
	switch code {
	case 100:
		f.Kind, f.Err = fault.Unavailable, errors.New("internal error of the gateway")
	case 102:
		f.Kind, f.Err, f.Hint = fault.Misconfigured, errors.New("the account is locked"), "ask the provider why the account is locked; no message goes out until then"
	case 105:
		f.Kind, f.Err = fault.Throttled, errors.New("too many messages in one request")
	case 202:
		f.Hint = "correct the person's telephone number"
	case 401:
		f.Hint = "check playmobile.originator: the gateway misses the sender"
	}
	return f
}
