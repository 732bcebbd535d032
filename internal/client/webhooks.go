package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Webhook is somebody to whom events are posted.
type Webhook struct {
	ID         string    `json:"id"`
	URL        string    `json:"url"`
	Types      []string  `json:"types"`
	Commission string    `json:"commission,omitempty"`
	State      string    `json:"state"`
	Position   int64     `json:"position"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	Waiting    int       `json:"waiting"`
	Delivered  int       `json:"delivered"`
	Failed     int       `json:"failed"`
	Secret     string    `json:"secret,omitempty"` // once, to whoever made it or asked for a new one
}

// Delivery is one event to one webhook.
type Delivery struct {
	ID          string    `json:"id"`
	Event       string    `json:"event"`
	Position    int64     `json:"position"`
	State       string    `json:"state"`
	Attempts    int       `json:"attempts"`
	Status      int       `json:"status,omitempty"`
	At          time.Time `json:"at"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

// AddWebhook has events posted to an address; no types mean all, no commission the
// key's own or any.
func (c *Client) AddWebhook(ctx context.Context, address string, types []string, commission string) (Webhook, error) {
	body := map[string]any{"url": address}
	if len(types) > 0 {
		body["types"] = types
	}
	if commission != "" {
		body["commission"] = commission
	}
	var out Webhook
	return out, c.do(ctx, http.MethodPost, "/v1/webhooks", "", body, &out)
}

// Webhook returns one.
func (c *Client) Webhook(ctx context.Context, id string) (Webhook, error) {
	var out Webhook
	return out, c.do(ctx, http.MethodGet, "/v1/webhooks/"+url.PathEscape(id), "", nil, &out)
}

// Webhooks lists all that were not removed.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	var out struct {
		Webhooks []Webhook `json:"webhooks"`
	}
	return out.Webhooks, c.do(ctx, http.MethodGet, "/v1/webhooks", "", nil, &out)
}

// RemoveWebhook ends one.
func (c *Client) RemoveWebhook(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/webhooks/"+url.PathEscape(id), "", nil, nil)
}

// SteerWebhook pauses or resumes one, or gives it a new secret (rotate).
func (c *Client) SteerWebhook(ctx context.Context, id, act string) (Webhook, error) {
	var out Webhook
	return out, c.do(ctx, http.MethodPost, "/v1/webhooks/"+url.PathEscape(id)+"/act/"+url.PathEscape(act), "", nil, &out)
}

// Deliveries lists a webhook's newest deliveries; state empty: any.
func (c *Client) Deliveries(ctx context.Context, id, state string) ([]Delivery, error) {
	address := "/v1/webhooks/" + url.PathEscape(id) + "/deliveries"
	if state != "" {
		address += "?state=" + url.QueryEscape(state)
	}
	var out struct {
		Deliveries []Delivery `json:"deliveries"`
	}
	return out.Deliveries, c.do(ctx, http.MethodGet, address, "", nil, &out)
}
