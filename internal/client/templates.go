package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// Template is a document that the hub prints.
type Template struct {
	Name      string            `json:"name"`
	Kind      string            `json:"kind"`
	Titles    map[string]string `json:"titles"` // by language
	Languages []string          `json:"languages"`
	WidthMM   float64           `json:"width_mm"`
	HeightMM  float64           `json:"height_mm"`
	Pages     int               `json:"pages"` // the most it may have; 0: any number
	Series    bool              `json:"series"`
	Validity  string            `json:"validity"`
	Archive   string            `json:"archive"`
	Hash      string            `json:"hash"`
	Schema    json.RawMessage   `json:"schema,omitempty"`  // of its data; only of one template
	Samples   []TemplateSample  `json:"samples,omitempty"` // only of one template
}

// TemplateSample is data of made-up people.
type TemplateSample struct {
	Name     string          `json:"name"`
	Language string          `json:"language"`
	Data     json.RawMessage `json:"data"`
}

// Templates lists the documents.
func (c *Client) Templates(ctx context.Context) ([]Template, error) {
	var out struct {
		Templates []Template `json:"templates"`
	}
	return out.Templates, c.do(ctx, http.MethodGet, "/v1/templates", "", nil, &out)
}

// Template returns one document with its schema and samples.
func (c *Client) Template(ctx context.Context, name string) (Template, error) {
	var t Template
	return t, c.do(ctx, http.MethodGet, "/v1/templates/"+url.PathEscape(name), "", nil, &t)
}

// PreviewRequest says what is to be seen of a document.
type PreviewRequest struct {
	Sample   string          // empty: the first; not with Data
	Language string          // empty: the usual one
	Data     json.RawMessage // in place of a sample
	Picture  bool            // one page as PNG in place of the PDF
	Page     int             // of the picture; 0: the first
}

// Preview returns a PDF or PNG marked NAMUNA.
func (c *Client) Preview(ctx context.Context, name string, r PreviewRequest) ([]byte, error) {
	q := url.Values{}
	if r.Language != "" {
		q.Set("language", r.Language)
	}
	if r.Picture {
		q.Set("format", "png")
	}
	if r.Page > 0 {
		q.Set("page", strconv.Itoa(r.Page))
	}
	path := "/v1/templates/" + url.PathEscape(name) + "/preview?"
	if r.Data != nil {
		return c.raw(ctx, http.MethodPost, path+q.Encode(), "", r.Data)
	}
	if r.Sample != "" {
		q.Set("sample", r.Sample)
	}
	return c.raw(ctx, http.MethodGet, path+q.Encode(), "", nil)
}
