package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/saylovhub/hub/contracts"
)

func init() { //nolint:gochecknoinits // the validator's registry is a global of its package
	openapi3filter.RegisterBodyDecoder("application/pdf", openapi3filter.FileBodyDecoder)
}

// Contract is a transport that holds every answer against the API's contract.
type Contract struct {
	next http.RoundTripper
	spec *openapi3.T

	mu   sync.Mutex
	seen map[string]map[int]int // operation, status, how often
}

// NewContract wraps a transport.
func NewContract(next http.RoundTripper) (*Contract, error) {
	spec, err := openapi3.NewLoader().LoadFromData(contracts.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("reading the API's contract: %w", err)
	}
	return &Contract{next: next, spec: spec, seen: map[string]map[int]int{}}, nil
}

// RoundTrip sends a request; an answer that does not fit is an error.
func (c *Contract) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := c.check(r, resp, body); err != nil {
		return nil, fmt.Errorf("the answer %d to %s %s does not fit the contract: %w", resp.StatusCode, r.Method, r.URL.Path, err)
	}
	return resp, nil
}

func (c *Contract) check(r *http.Request, resp *http.Response, body []byte) error {
	if resp.StatusCode >= http.StatusBadRequest && resp.Header.Get("Content-Type") == "application/problem+json" {
		var p struct{ Type, Title, Code string }
		if err := json.Unmarshal(body, &p); err != nil || p.Type == "" || p.Title == "" || p.Code == "" {
			return fmt.Errorf("a problem document without type, title or code: %s", body)
		}
	}
	path, params := c.route(r)
	item := c.spec.Paths.Value(path)
	if path == "" || item.GetOperation(r.Method) == nil {
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed {
			return fmt.Errorf("the contract has no such operation")
		}
		if resp.Header.Get("Content-Type") != "application/problem+json" {
			return fmt.Errorf("not a problem document")
		}
		return nil
	}
	op := item.GetOperation(r.Method)
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, PathParams: params,
			Route: &routers.Route{Spec: c.spec, Path: path, PathItem: item, Method: r.Method, Operation: op},
		},
		Status: resp.StatusCode, Header: resp.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	in.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(context.WithoutCancel(r.Context()), in); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[op.OperationID] == nil {
		c.seen[op.OperationID] = map[int]int{}
	}
	c.seen[op.OperationID][resp.StatusCode]++
	return nil
}

// route finds a request's path in the contract; literal segments go first.
func (c *Contract) route(r *http.Request) (string, map[string]string) {
	got := strings.Split(r.URL.Path, "/")
	best, found := "", map[string]string{}
	for path := range c.spec.Paths.Map() {
		want := strings.Split(path, "/")
		if len(want) != len(got) {
			continue
		}
		params, fits := map[string]string{}, true
		for i := range want {
			if strings.HasPrefix(want[i], "{") && got[i] != "" {
				params[strings.Trim(want[i], "{}")] = got[i]
			} else if want[i] != got[i] {
				fits = false
			}
		}
		if fits && (best == "" || len(params) < len(found)) {
			best, found = path, params
		}
	}
	return best, found
}

// Answered tells how often each operation of the contract answered with each
// status, every operation listed.
func (c *Contract) Answered() map[string]map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]map[int]int{}
	for _, item := range c.spec.Paths.Map() {
		for _, op := range item.Operations() {
			out[op.OperationID] = map[int]int{}
			maps.Copy(out[op.OperationID], c.seen[op.OperationID])
		}
	}
	return out
}
