// Package client speaks the hub's HTTP API, as the command line, the demo and
// the end-to-end tests need it. What the hub refuses comes back as a *Problem.
package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/schema"
)

// Client calls one hub with one API key.
type Client struct {
	URL  string
	Key  string // ID.SECRET
	HTTP *http.Client
}

// New returns a client with a time-out fit for people.
func New(address, key string) *Client {
	return &Client{URL: strings.TrimSuffix(address, "/"), Key: key, HTTP: &http.Client{Timeout: time.Minute}}
}

// Problem is a problem document of the hub.
type Problem struct {
	Title  string           `json:"title"`
	Status int              `json:"status"`
	Code   string           `json:"code"`
	Detail string           `json:"detail"`
	Hint   string           `json:"hint"`
	Errors []schema.Problem `json:"errors"`
}

// Error words the problem, a line a field.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Title)
	if p.Code != "" {
		b.WriteString(" (" + p.Code + ")")
	}
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	for _, e := range p.Errors {
		if e.Want != p.Detail || e.Field != "" {
			fmt.Fprintf(&b, "\n  %s: %s", e.Field, e.Want)
		}
	}
	if p.Hint != "" {
		b.WriteString("\n  " + p.Hint)
	}
	return b.String()
}

// do sends a JSON body and reads a JSON answer; in and out may be nil.
func (c *Client) do(ctx context.Context, method, path, idempotency string, in, out any) error {
	raw, err := c.raw(ctx, method, path, idempotency, in)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("reading the hub's answer: %w", err)
	}
	return nil
}

func (c *Client) raw(ctx context.Context, method, path, idempotency string, in any) ([]byte, error) {
	a, err := c.exchange(ctx, method, path, idempotency, "", in)
	return a.body, err
}

// answer is what the hub said to a request it did not refuse.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// exchange asks once; accept may be empty.
func (c *Client) exchange(ctx context.Context, method, path, idempotency, accept string, in any) (answer, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return answer{}, fmt.Errorf("writing a request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return answer{}, fmt.Errorf("writing a request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if idempotency != "" {
		req.Header.Set("Idempotency-Key", idempotency)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address stays out of the text
		}
		return answer{}, fmt.Errorf("asking the hub: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return answer{}, fmt.Errorf("reading the hub's answer: %w", err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		p := &Problem{Status: resp.StatusCode, Title: resp.Status}
		_ = json.Unmarshal(raw, p)
		return answer{}, p
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: raw}, nil
}

// Accepted is the answer to a submission.
type Accepted struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	State  string `json:"state"`
}

// File is an attachment.
type File struct {
	Name    string
	Content []byte
}

// Apply hands in an application: its exact bytes and the signature over them.
func (c *Client) Apply(ctx context.Context, idempotency string, document, signature []byte, files ...File) (Accepted, error) {
	body := map[string]any{"document": b64(document), "signature": b64(signature)}
	var list []any
	for _, f := range files {
		list = append(list, map[string]string{"name": f.Name, "content": b64(f.Content)})
	}
	if list != nil {
		body["attachments"] = list
	}
	var a Accepted
	return a, c.do(ctx, http.MethodPost, "/v1/applications", idempotency, body, &a)
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// Decide hands in a decision.
func (c *Client) Decide(ctx context.Context, application, idempotency string, document, signature []byte) (Accepted, error) {
	var a Accepted
	return a, c.do(ctx, http.MethodPost, "/v1/applications/"+url.PathEscape(application)+"/decision", idempotency,
		map[string]string{"document": b64(document), "signature": b64(signature)}, &a)
}

// Confirm records that a paper proves something.
func (c *Client) Confirm(ctx context.Context, application, subject, proves, attachment, official string) error {
	return c.do(ctx, http.MethodPost, "/v1/applications/"+url.PathEscape(application)+"/confirmations", "",
		map[string]string{"subject": subject, "proves": proves, "attachment": attachment, "official": official}, nil)
}

// Dossier returns all there is about an application.
func (c *Client) Dossier(ctx context.Context, application string) (Dossier, error) {
	var d Dossier
	return d, c.do(ctx, http.MethodGet, "/v1/applications/"+url.PathEscape(application), "", nil, &d)
}

// Applications lists applications, newest first.
func (c *Client) Applications(ctx context.Context, cursor string, limit int) ([]Head, string, error) {
	var out struct {
		Applications []Head `json:"applications"`
		Next         string `json:"next"`
	}
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	err := c.do(ctx, http.MethodGet, "/v1/applications?"+q.Encode(), "", nil, &out)
	return out.Applications, out.Next, err
}

// Document returns an issued document's PDF.
func (c *Client) Document(ctx context.Context, id string) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, "/v1/documents/"+url.PathEscape(id), "", nil)
}

// Autofill fills columns now; in is the request as the contract says.
func (c *Client) Autofill(ctx context.Context, in json.RawMessage) (Autofill, error) {
	var a Autofill
	return a, c.do(ctx, http.MethodPost, "/v1/autofill", "", in, &a)
}

// CreateKey makes an API key; commission may be empty.
func (c *Client) CreateKey(ctx context.Context, name, commission string, scopes ...string) (string, error) {
	var out struct {
		Key string `json:"key"`
	}
	err := c.do(ctx, http.MethodPost, "/v1/keys", "", map[string]any{"name": name, "commission": commission, "scopes": scopes}, &out)
	return out.Key, err
}

// FailureFilter says which failures are meant.
type FailureFilter struct {
	ID                               int64
	System, Stage, Kind, Application string
}

// Failures lists failures, oldest first; every page is read.
func (c *Client) Failures(ctx context.Context, f FailureFilter) ([]Failure, error) {
	all := []Failure{}
	for cursor := int64(0); ; {
		q := url.Values{"limit": {"500"}, "cursor": {strconv.FormatInt(cursor, 10)}}
		for k, v := range map[string]string{"system": f.System, "stage": f.Stage, "kind": f.Kind, "application": f.Application} {
			if v != "" {
				q.Set(k, v)
			}
		}
		var page struct {
			Failures []Failure `json:"failures"`
			Next     int64     `json:"next"`
		}
		if err := c.do(ctx, http.MethodGet, "/v1/failures?"+q.Encode(), "", nil, &page); err != nil {
			return all, err
		}
		all = append(all, page.Failures...)
		if cursor = page.Next; cursor == 0 {
			return all, nil
		}
	}
}

// Failure returns one failure with its attempts.
func (c *Client) Failure(ctx context.Context, id int64) (Failure, error) {
	var f Failure
	return f, c.do(ctx, http.MethodGet, "/v1/failures/"+strconv.FormatInt(id, 10), "", nil, &f)
}

// Replay sends failures through again and returns how many.
func (c *Client) Replay(ctx context.Context, f FailureFilter, reason string) (int, error) {
	body := map[string]any{"reason": reason}
	for k, v := range map[string]string{"system": f.System, "stage": f.Stage, "kind": f.Kind, "application": f.Application} {
		if v != "" {
			body[k] = v
		}
	}
	if f.ID != 0 {
		body["id"] = f.ID
	}
	var out struct {
		Replayed int `json:"replayed"`
	}
	return out.Replayed, c.do(ctx, http.MethodPost, "/v1/failures/replay", "", body, &out)
}
