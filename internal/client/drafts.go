package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// DraftOrder is what a decision is to say; the hub adds the revisions it stands on.
type DraftOrder struct {
	DraftedBy string      `json:"drafted_by"`
	Number    string      `json:"number"`
	Date      string      `json:"date,omitempty"` // empty: today
	Subjects  []DraftPart `json:"subjects,omitempty"`
	Whole     *DraftPart  `json:"whole,omitempty"`
}

// DraftPart is what is decided about one subject, or, without a ref, about the whole.
type DraftPart struct {
	Ref     string `json:"ref,omitempty"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
}

// Draft is a decision that waits for its signature.
type Draft struct {
	ID          string    `json:"id"`
	Application string    `json:"application"`
	DraftedBy   string    `json:"drafted_by"`
	Version     int       `json:"version"`
	Document    []byte    `json:"document"` // the very bytes to be signed
	At          time.Time `json:"at"`
	Current     bool      `json:"current"`
}

// Draft drafts a decision; an earlier draft gives way.
func (c *Client) Draft(ctx context.Context, application, idempotency string, o DraftOrder) (Draft, error) {
	var d Draft
	err := c.do(ctx, http.MethodPost, draftPath(application), idempotency, o, &d)
	return d, err
}

// DraftOf returns the draft of a decision on an application.
func (c *Client) DraftOf(ctx context.Context, application string) (Draft, error) {
	var d Draft
	err := c.do(ctx, http.MethodGet, draftPath(application), "", nil, &d)
	return d, err
}

func draftPath(application string) string {
	return "/v1/applications/" + url.PathEscape(application) + "/draft"
}
