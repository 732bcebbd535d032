package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Order asks for a document that follows from no application.
type Order struct {
	Template   string          `json:"template"`
	Election   string          `json:"election"`
	Commission string          `json:"commission"`
	Language   string          `json:"language,omitempty"`
	Data       json.RawMessage `json:"data"`
}

// BatchOrder asks for many documents of one template.
type BatchOrder struct {
	Template   string            `json:"template"`
	Election   string            `json:"election"`
	Commission string            `json:"commission"`
	Language   string            `json:"language,omitempty"`
	Items      []json.RawMessage `json:"items"`
}

// Record is a document as the register has it.
type Record struct {
	ID          string    `json:"id"`
	Number      string    `json:"number"`
	Kind        string    `json:"kind"`
	Template    string    `json:"template"`
	Language    string    `json:"language,omitempty"`
	Election    string    `json:"election"`
	Commission  string    `json:"commission"`
	State       string    `json:"state"`
	Application string    `json:"application,omitempty"`
	Batch       string    `json:"batch,omitempty"`
	Relation    string    `json:"relation,omitempty"`
	Replaces    string    `json:"replaces,omitempty"`
	ReplacedBy  string    `json:"replaced_by,omitempty"`
	ValidUntil  string    `json:"valid_until,omitempty"`
	SHA256      string    `json:"sha256,omitempty"`
	Pages       int       `json:"pages,omitempty"`
	Code        string    `json:"code,omitempty"`
	ReservedAt  time.Time `json:"reserved_at"`
	IssuedAt    time.Time `json:"issued_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	Links       struct {
		Self     string `json:"self"`
		Passport string `json:"passport"`
	} `json:"links"`
}

// Passport is everything that proves a document.
type Passport struct {
	Record
	Content      string   `json:"content_sha256,omitempty"`
	DataHash     string   `json:"data_sha256,omitempty"`
	TemplateHash string   `json:"template_sha256,omitempty"`
	Browser      string   `json:"browser,omitempty"`
	Fonts        []string `json:"fonts,omitempty"`
	Seal         string   `json:"seal,omitempty"`
	Decision     string   `json:"decision,omitempty"`
	History      []Deed   `json:"history"`
}

// Deed is a line of a document's history.
type Deed struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act"`
	Reason string    `json:"reason,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// Batch is what became of a batch order: documents in the order of the items.
type Batch struct {
	Batch     string `json:"batch"`
	Documents []struct {
		ID     string `json:"id"`
		Number string `json:"number"`
	} `json:"documents"`
	Progress string `json:"progress"`
}

// Issue issues a document directly. One that could not be made at once comes back
// as reserved, and the hub goes on by itself.
func (c *Client) Issue(ctx context.Context, idempotency string, o Order) (Record, error) {
	var r Record
	return r, c.do(ctx, http.MethodPost, "/v1/documents", idempotency, o, &r)
}

// IssuePDF is Issue for whoever wants the PDF itself, with the document's id. A
// document that could not be made at once has none yet.
func (c *Client) IssuePDF(ctx context.Context, idempotency string, o Order) (id string, pdf []byte, err error) {
	a, err := c.exchange(ctx, http.MethodPost, "/v1/documents", idempotency, "application/pdf, application/problem+json", o)
	if err != nil {
		return "", nil, err
	}
	if a.status == http.StatusCreated {
		return a.header.Get("X-Document-Id"), a.body, nil
	}
	var r Record
	err = json.Unmarshal(a.body, &r)
	return r.ID, nil, err
}

// IssueBatch orders many documents; the hub makes them in turn.
func (c *Client) IssueBatch(ctx context.Context, idempotency string, o BatchOrder) (Batch, error) {
	var b Batch
	return b, c.do(ctx, http.MethodPost, "/v1/documents/batch", idempotency, o, &b)
}

// DocumentFilter says which documents of the register are meant; empty fields
// match all.
type DocumentFilter struct {
	Commission, Election, Kind, Template, State, Application, Batch string
	Number                                                          int
}

// Register lists documents, newest first: a page, and the cursor of the next one,
// which is empty on the last.
func (c *Client) Register(ctx context.Context, f DocumentFilter, cursor string, limit int) ([]Record, string, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	for k, v := range map[string]string{
		"commission": f.Commission, "election": f.Election, "kind": f.Kind, "template": f.Template, "state": f.State, "application": f.Application,
		"batch": f.Batch, "cursor": cursor,
	} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if f.Number > 0 {
		q.Set("number", strconv.Itoa(f.Number))
	}
	var out struct {
		Documents []Record `json:"documents"`
		Next      string   `json:"next"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/documents?"+q.Encode(), "", nil, &out)
	return out.Documents, out.Next, err
}

func documentPath(id string) string { return "/v1/documents/" + url.PathEscape(id) }

// Passport returns everything that proves a document.
func (c *Client) Passport(ctx context.Context, id string) (Passport, error) {
	var p Passport
	return p, c.do(ctx, http.MethodGet, documentPath(id)+"/passport", "", nil, &p)
}

// Revoke takes an issued document out of force.
func (c *Client) Revoke(ctx context.Context, id, idempotency, reason string) (Record, error) {
	return c.act(ctx, id, "revoke", idempotency, map[string]any{"reason": reason})
}

// Annul gives up a reserved document.
func (c *Client) Annul(ctx context.Context, id, idempotency, reason string) (Record, error) {
	return c.act(ctx, id, "annul", idempotency, map[string]any{"reason": reason})
}

// Duplicate issues the same document once more; it returns the new one.
func (c *Client) Duplicate(ctx context.Context, id, idempotency, reason string) (Record, error) {
	return c.act(ctx, id, "duplicate", idempotency, map[string]any{"reason": reason})
}

// Correct issues a document with other data in the place of an issued one; patch
// is a JSON merge patch. It returns the new one.
func (c *Client) Correct(ctx context.Context, id, idempotency, reason string, patch json.RawMessage) (Record, error) {
	return c.act(ctx, id, "correct", idempotency, map[string]any{"reason": reason, "patch": patch})
}

func (c *Client) act(ctx context.Context, id, act, idempotency string, body any) (Record, error) {
	var r Record
	return r, c.do(ctx, http.MethodPost, documentPath(id)+"/"+act, idempotency, body, &r)
}
