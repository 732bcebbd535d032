package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Connector is one operation of an outside system as the hub sees it.
type Connector struct {
	System    string    `json:"system"`
	Operation string    `json:"operation"`
	State     string    `json:"state"`
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	Code      string    `json:"code,omitempty"`
	Hint      string    `json:"hint,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	InFlight  int       `json:"in_flight"`
	Process   string    `json:"process,omitempty"` // where it stopped or its breaker opened
	Host      string    `json:"host,omitempty"`
	Probe     bool      `json:"probe"`
}

// Connectors lists every operation.
func (c *Client) Connectors(ctx context.Context) ([]Connector, error) {
	var out struct {
		Operations []Connector `json:"operations"`
	}
	return out.Operations, c.do(ctx, http.MethodGet, "/v1/connectors", "", nil, &out)
}

// Hold pauses operations, or resumes them; an empty operation means all of the
// system. It returns how many.
func (c *Client) Hold(ctx context.Context, pause bool, system, operation, reason string) (int, error) {
	body := map[string]string{"reason": reason}
	if operation != "" {
		body["operation"] = operation
	}
	verb := "/resume"
	if pause {
		verb = "/pause"
	}
	var out struct {
		Operations int `json:"operations"`
	}
	return out.Operations, c.do(ctx, http.MethodPost, "/v1/connectors/"+url.PathEscape(system)+verb, "", body, &out)
}

// Probed is what came of one probe.
type Probed struct {
	System      string       `json:"system"`
	Operation   string       `json:"operation"`
	Outcome     string       `json:"outcome"`
	Code        string       `json:"code,omitempty"`
	Text        string       `json:"text,omitempty"`
	Hint        string       `json:"hint,omitempty"`
	Millis      int64        `json:"took_ms"`
	Differences []Difference `json:"differences"`
}

// Difference is what an exchange has that the contract has not.
type Difference struct {
	Part      string `json:"part"`
	Operation string `json:"operation,omitempty"`
	Field     string `json:"field,omitempty"`
	Want      string `json:"want"`
	Got       string `json:"got"`
	Severity  string `json:"severity"`
}

// Probe asks operations what can be asked harmlessly; empty fields mean all.
func (c *Client) Probe(ctx context.Context, system, operation string) ([]Probed, error) {
	body := map[string]string{}
	if system != "" {
		body["system"] = system
	}
	if operation != "" {
		body["operation"] = operation
	}
	var out struct {
		Probes []Probed `json:"probes"`
	}
	return out.Probes, c.do(ctx, http.MethodPost, "/v1/connectors/probe", "", body, &out)
}

// Exchange is the record of one call to an outside system.
type Exchange struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	System      string    `json:"system"`
	Operation   string    `json:"operation"`
	Transaction string    `json:"transaction,omitempty"`
	Outcome     string    `json:"outcome"`
	Code        string    `json:"code,omitempty"`
	Status      int       `json:"status,omitempty"`
	Micros      int64     `json:"took_us"`
	Tries       int       `json:"tries"`
	Interactive bool      `json:"interactive"`
	Asked       string    `json:"asked,omitempty"`
	Answered    string    `json:"answered,omitempty"`
}

// ExchangeFilter says which exchanges are meant; empty fields match all.
type ExchangeFilter struct{ System, Operation, Transaction, Outcome string }

// Exchanges lists the newest calls, at most limit (1 to 500).
func (c *Client) Exchanges(ctx context.Context, f ExchangeFilter, limit int) ([]Exchange, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	for k, v := range map[string]string{"system": f.System, "operation": f.Operation, "transaction": f.Transaction, "outcome": f.Outcome} {
		if v != "" {
			q.Set(k, v)
		}
	}
	var out struct {
		Exchanges []Exchange `json:"exchanges"`
	}
	return out.Exchanges, c.do(ctx, http.MethodGet, "/v1/exchanges?"+q.Encode(), "", nil, &out)
}

// Reveal shows what went over the wire in one call; the reason goes on record.
func (c *Client) Reveal(ctx context.Context, id, reason string) (Exchange, error) {
	var e Exchange
	return e, c.do(ctx, http.MethodPost, "/v1/exchanges/"+url.PathEscape(id)+"/reveal", "", map[string]string{"reason": reason}, &e)
}

// Notice returns one notice; the phone is masked.
func (c *Client) Notice(ctx context.Context, id string) (Notice, error) {
	var n Notice
	return n, c.do(ctx, http.MethodGet, "/v1/notices/"+url.PathEscape(id), "", nil, &n)
}

// Settle says of a notice whose outcome nobody knows whether it was sent; one
// that was not is sent anew.
func (c *Client) Settle(ctx context.Context, id string, sent bool, reason string) error {
	outcome := "not_sent"
	if sent {
		outcome = "sent"
	}
	return c.do(ctx, http.MethodPost, "/v1/notices/"+url.PathEscape(id)+"/settle", "", map[string]string{"outcome": outcome, "reason": reason}, nil)
}
