// Package calltest is what the tests of the connectors have in common: systems
// without sockets, and a witness of the exchanges.
package calltest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
)

// Transport is a system without sockets, for use inside a synctest bubble.
type Transport func(*http.Request) (*http.Response, error)

// RoundTrip answers.
func (f Transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// With always answers the same; header holds names and values in turn.
func With(status int, body string, header ...string) Transport {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{
			StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: h,
			Body: io.NopCloser(strings.NewReader(body)), Request: r,
		}, nil
	}
}

// Beside is a client of a mock, both closed at the test's end.
func Beside(t testing.TB, mock io.Closer) *http.Client {
	client := call.NewClient(nil)
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := mock.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// Observer remembers every exchange. The zero value is ready; it is safe for
// concurrent use.
type Observer struct {
	mu  sync.Mutex
	all []call.Exchange
}

// Observe remembers e.
func (o *Observer) Observe(_ context.Context, e call.Exchange) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

// Last is the latest exchange; a test without one fails.
func (o *Observer) Last(t testing.TB) call.Exchange {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.all) == 0 {
		t.Fatal("nothing was observed")
	}
	return o.all[len(o.all)-1]
}

// Lines prints every exchange with all that it holds.
func (o *Observer) Lines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := make([]string, len(o.all))
	for i, e := range o.all {
		lines[i] = fmt.Sprintf("%+v", e)
	}
	return lines
}
