package external

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Collector gathers what the exchanges of one context differ in. It is safe for
// concurrent use.
type Collector struct {
	mu         sync.Mutex
	found      []Difference
	operations []string
}

type collectorKey struct{}

// Collect returns a context whose exchanges through a Transport are checked,
// and the collector of their differences.
func Collect(ctx context.Context) (context.Context, *Collector) {
	c := &Collector{}
	return context.WithValue(ctx, collectorKey{}, c), c
}

// Differences returns what was found so far, each once, in the order in which
// it was found; at most 256.
func (c *Collector) Differences() []Difference {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.found)
}

// Operations returns the operation id of every exchange so far, in order; empty
// for one that fits no operation.
func (c *Collector) Operations() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.operations)
}

const mostCollected = 256

func (c *Collector) operation(r *route, found []Difference) {
	id := ""
	if r != nil {
		id = r.id
	}
	c.mu.Lock()
	c.operations = append(c.operations, id)
	c.mu.Unlock()
	c.add(found)
}

func (c *Collector) add(found []Difference) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range found {
		if len(c.found) < mostCollected && !slices.Contains(c.found, d) {
			c.found = append(c.found, d)
		}
	}
}

// Transport checks exchanges against c where the request's context collects;
// any other it hands to base untouched. base nil means http.DefaultTransport.
// Of each body up to 4 MiB are kept in memory; a longer one passes unchecked,
// which is said as a difference. An answer that breaks off is not checked.
func Transport(base http.RoundTripper, c *Contract) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{base: base, contract: c}
}

type transport struct {
	base     http.RoundTripper
	contract *Contract
}

// RoundTrip makes the exchange, and checks it where the context collects.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	collector, ok := req.Context().Value(collectorKey{}).(*Collector)
	if !ok {
		return t.base.RoundTrip(req)
	}
	sent, body, err := peek(req.Body)
	if err != nil {
		_ = body.Close()
		return nil, err
	}
	own := req.Clone(req.Context())
	own.Body = body
	own.GetBody = nil
	if body != nil && len(sent) <= longestBody {
		own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(sent)), nil }
	}
	r, found := t.contract.request(req, sent)
	collector.operation(r, found)
	resp, err := t.base.RoundTrip(own)
	if err != nil || r == nil {
		return resp, err
	}
	got, rest, err := peek(resp.Body)
	resp.Body = rest
	if err == nil {
		collector.add(t.contract.response(r, true, resp.StatusCode, resp.Header, got))
	}
	return resp, nil
}

// CloseIdleConnections lets a client close what base keeps open.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// peek reads a body, as far as it may be checked and a byte more, and returns
// it with a body that reads the same from its beginning, its error included.
func peek(body io.ReadCloser) ([]byte, io.ReadCloser, error) {
	if body == nil || body == http.NoBody {
		return nil, body, nil
	}
	got, err := io.ReadAll(io.LimitReader(body, longestBody+1))
	var rest io.Reader = body
	if err != nil {
		rest = failing{err}
	}
	return got, &replay{io.MultiReader(bytes.NewReader(got), rest), body}, err
}

type replay struct {
	io.Reader
	io.Closer
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
