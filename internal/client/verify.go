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

// Revocations returns the signed list of documents that hold no more, byte for
// byte, as it is to be kept. It takes no API key.
func (c *Client) Revocations(ctx context.Context) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, "/v1/revocations", "", nil)
}

// VerificationKey returns what documents are checked with, as it is to be kept.
// It takes no API key.
func (c *Client) VerificationKey(ctx context.Context) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, "/v1/verification-key", "", nil)
}
