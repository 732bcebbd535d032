package apptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// Recorder stands before an outside system and keeps what was asked of it, so
// that a benchmark can ask the very same without a hub.
type Recorder struct {
	URL string

	mu   sync.Mutex
	kept []recorded
	on   bool
}

type recorded struct {
	method, url string
	header      http.Header
	body        []byte
}

// Record starts a recorder before a system's base address.
func Record(t testing.TB, base string) *Recorder {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	r := &Recorder{}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			http.Error(w, "reading", http.StatusBadGateway)
			return
		}
		q.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		if r.on {
			r.kept = append(r.kept, recorded{q.Method, to.Scheme + "://" + to.Host + q.URL.RequestURI(), q.Header.Clone(), body})
		}
		r.mu.Unlock()
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(s.Close)
	r.URL = s.URL
	return r
}

// Keep starts and stops the recording.
func (r *Recorder) Keep(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = on
}

// Len is how many requests were kept.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.kept)
}

// Again sends the i-th kept request once more, straight to the system.
func (r *Recorder) Again(ctx context.Context, c *http.Client, i int) error {
	r.mu.Lock()
	k := r.kept[i%len(r.kept)]
	r.mu.Unlock()
	q, err := http.NewRequestWithContext(ctx, k.method, k.url, bytes.NewReader(k.body))
	if err != nil {
		return err
	}
	q.Header = k.header.Clone()
	resp, err := c.Do(q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("the system answered %d", resp.StatusCode)
	}
	return nil
}
