package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// NewMailing is one notice to everybody who holds one of some roles.
type NewMailing struct {
	Notice       string            `json:"notice"`
	Election     string            `json:"election"`
	Roles        []string          `json:"roles"`
	Commission   string            `json:"commission,omitempty"`
	Territory    string            `json:"territory,omitempty"`
	Constituency string            `json:"constituency,omitempty"`
	Params       map[string]string `json:"params,omitempty"`
	PerSecond    int               `json:"per_second,omitempty"`
	DryRun       bool              `json:"dry_run,omitempty"`
}

// Mailing is a mailing with its progress.
type Mailing struct {
	ID           string            `json:"id,omitempty"` // empty after a dry run
	Notice       string            `json:"notice"`
	Election     string            `json:"election"`
	Roles        []string          `json:"roles"`
	Commission   string            `json:"commission,omitempty"`
	Territory    string            `json:"territory,omitempty"`
	Constituency string            `json:"constituency,omitempty"`
	Params       map[string]string `json:"params,omitempty"`
	PerSecond    int               `json:"per_second"`
	State        string            `json:"state"`
	By           string            `json:"by,omitempty"`
	At           time.Time         `json:"at,omitzero"`
	EndedAt      time.Time         `json:"ended_at,omitzero"`
	Total        int               `json:"total"`
	Made         int               `json:"made"`
	Waiting      int               `json:"waiting"`
	Sent         int               `json:"sent"`
	Delivered    int               `json:"delivered"`
	Undelivered  int               `json:"undelivered"`
	Failed       int               `json:"failed"`
	Expired      int               `json:"expired"`
}

// Mail begins a mailing, or counts whom it would go to. The same key with the same
// mailing begins it once.
func (c *Client) Mail(ctx context.Context, m NewMailing, key string) (Mailing, error) {
	var out Mailing
	return out, c.do(ctx, http.MethodPost, "/v1/mailings", key, m, &out)
}

// Mailing tells how far a mailing has come.
func (c *Client) Mailing(ctx context.Context, id string) (Mailing, error) {
	var out Mailing
	return out, c.do(ctx, http.MethodGet, "/v1/mailings/"+url.PathEscape(id), "", nil, &out)
}

// Mailings lists the newest mailings.
func (c *Client) Mailings(ctx context.Context) ([]Mailing, error) {
	var out struct {
		Mailings []Mailing `json:"mailings"`
	}
	return out.Mailings, c.do(ctx, http.MethodGet, "/v1/mailings", "", nil, &out)
}

// SteerMailing pauses, resumes or cancels a mailing.
func (c *Client) SteerMailing(ctx context.Context, id, act string) (Mailing, error) {
	var out Mailing
	return out, c.do(ctx, http.MethodPost, "/v1/mailings/"+url.PathEscape(id)+"/"+url.PathEscape(act), "", nil, &out)
}
