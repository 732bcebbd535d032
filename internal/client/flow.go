package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ApplicationFilter says which applications are meant; what is empty means all.
type ApplicationFilter struct {
	State, Election, Type, Applicant string
}

// ApplicationsWhere lists applications, newest first, and the cursor of the next
// page, empty on the last.
func (c *Client) ApplicationsWhere(ctx context.Context, f ApplicationFilter, cursor string, limit int) ([]Head, string, error) {
	var out struct {
		Applications []Head `json:"applications"`
		Next         string `json:"next"`
	}
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	for name, value := range map[string]string{"cursor": cursor, "state": f.State, "election": f.Election, "type": f.Type, "applicant": f.Applicant} {
		if value != "" {
			q.Set(name, value)
		}
	}
	err := c.do(ctx, http.MethodGet, "/v1/applications?"+q.Encode(), "", nil, &out)
	return out.Applications, out.Next, err
}

func actPath(application, act string) string {
	return "/v1/applications/" + url.PathEscape(application) + "/" + act
}

// Return has the applicant correct an application. due is a day, YYYY-MM-DD; empty:
// as the type says.
func (c *Client) Return(ctx context.Context, application, idempotency, official, reason, due string) (Head, error) {
	body := map[string]string{"official": official, "reason": reason}
	if due != "" {
		body["due"] = due
	}
	var h Head
	return h, c.do(ctx, http.MethodPost, actPath(application, "return"), idempotency, body, &h)
}

// Review says that the commission has opened an application.
func (c *Client) Review(ctx context.Context, application, official string) (Head, error) {
	var h Head
	return h, c.do(ctx, http.MethodPost, actPath(application, "review"), "", map[string]string{"official": official}, &h)
}

// Amend changes a column by hand, beside the register's word.
func (c *Client) Amend(ctx context.Context, application, subject, official, column, value, reason string) (Head, error) {
	var h Head
	return h, c.do(ctx, http.MethodPost, actPath(application, "subjects/"+url.PathEscape(subject)+"/amendments"), "",
		map[string]string{"official": official, "column": column, "value": value, "reason": reason}, &h)
}

// Withdraw takes an application back: the exact bytes of the withdrawal and the
// signature over them.
func (c *Client) Withdraw(ctx context.Context, application, idempotency string, document, signature []byte) (Accepted, error) {
	var a Accepted
	return a, c.do(ctx, http.MethodPost, actPath(application, "withdraw"), idempotency, map[string]string{"document": b64(document), "signature": b64(signature)}, &a)
}

// Code is a code by SMS in place of a signature.
type Code struct {
	ID     string `json:"id"`
	Digits string `json:"digits"`
}

// SignCode has a code sent that is to sign bytes by their SHA-256 in hex.
func (c *Client) SignCode(ctx context.Context, phone, language, sha256 string) (id string, expires time.Time, err error) {
	var out struct {
		ID        string    `json:"id"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	err = c.do(ctx, http.MethodPost, "/v1/login-codes", "",
		map[string]string{"phone": phone, "language": language, "purpose": "sign", "content_sha256": sha256}, &out)
	return out.ID, out.ExpiresAt, err
}

// ApplyByCode hands in an application that is signed with a code.
func (c *Client) ApplyByCode(ctx context.Context, idempotency string, document []byte, code Code, files ...File) (Accepted, error) {
	body := map[string]any{"document": b64(document), "code": code}
	if list := filesOf(files); list != nil {
		body["attachments"] = list
	}
	var a Accepted
	return a, c.do(ctx, http.MethodPost, "/v1/applications", idempotency, body, &a)
}

// WithdrawByCode takes an application back with a code.
func (c *Client) WithdrawByCode(ctx context.Context, application, idempotency string, document []byte, code Code) (Accepted, error) {
	var a Accepted
	return a, c.do(ctx, http.MethodPost, actPath(application, "withdraw"), idempotency, map[string]any{"document": b64(document), "code": code}, &a)
}

// filesOf words attachments.
func filesOf(files []File) []any {
	var list []any
	for _, f := range files {
		list = append(list, map[string]string{"name": f.Name, "content": b64(f.Content)})
	}
	return list
}

// BatchItem is one application of a batch.
type BatchItem struct {
	Document, Signature []byte
	Files               []File
}

// BatchResult is what became of one application of a batch: one of the two.
type BatchResult struct {
	Accepted *Accepted `json:"accepted"`
	Problem  *Problem  `json:"problem"`
}

// ApplyBatch hands in up to 500 applications; the answers are in their order.
func (c *Client) ApplyBatch(ctx context.Context, idempotency string, items ...BatchItem) ([]BatchResult, error) {
	list := make([]any, len(items))
	for i, one := range items {
		item := map[string]any{"document": b64(one.Document), "signature": b64(one.Signature)}
		if files := filesOf(one.Files); files != nil {
			item["attachments"] = files
		}
		list[i] = item
	}
	var out struct {
		Applications []BatchResult `json:"applications"`
	}
	return out.Applications, c.do(ctx, http.MethodPost, "/v1/applications/batch", idempotency, map[string]any{"applications": list}, &out)
}
