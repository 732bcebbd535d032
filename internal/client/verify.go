package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/saylovhub/hub/internal/verify"
)

// Verify asks how the document of a code stands; sha is the SHA-256 of its file
// (hexadecimal; empty: none). It takes no API key.
func (c *Client) Verify(ctx context.Context, code, sha string) (verify.Answer, error) {
	path := "/verify/" + url.PathEscape(code) + "?lang=en"
	if sha != "" {
		path += "&sha256=" + url.QueryEscape(sha)
	}
	var a verify.Answer
	return a, c.do(ctx, http.MethodGet, path, "", nil, &a)
}
