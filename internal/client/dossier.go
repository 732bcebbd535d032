package client

import (
	"context"
	"net/http"
	"net/url"
)

// DossierForm says how a dossier in words is wanted.
type DossierForm struct {
	Format   string // json, text or pdf; empty: json
	Language string // uz-Latn, ru or en; empty: the application's
}

// DossierReport returns an application's dossier in words: JSON, text or a PDF.
func (c *Client) DossierReport(ctx context.Context, id string, f DossierForm) ([]byte, error) {
	q := url.Values{}
	if f.Format != "" {
		q.Set("format", f.Format)
	}
	if f.Language != "" {
		q.Set("language", f.Language)
	}
	return c.raw(ctx, http.MethodGet, "/v1/applications/"+url.PathEscape(id)+"/dossier?"+q.Encode(), "", nil)
}
