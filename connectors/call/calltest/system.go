package calltest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// system is the other side of one operation: it counts the tries that reach it.
type system struct {
	op   Operation
	mu   sync.Mutex
	play Transport
	n    int
	away int // tries that went elsewhere: a redirect was followed
	host string
}

// RoundTrip answers.
func (s *system) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, err := io.Copy(io.Discard, r.Body)
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
		if err != nil {
			return nil, err
		}
	}
	if s.op.Aside != nil {
		if rep := s.op.Aside(r); rep != nil {
			connected(r)
			return respond(r, *rep), nil
		}
	}
	s.mu.Lock()
	s.n++
	if s.host == "" {
		s.host = r.URL.Host
	}
	if r.URL.Host != s.host {
		s.away++
	}
	play := s.play
	s.mu.Unlock()
	return play(r)
}

// becomes changes what the system answers from now on.
func (s *system) becomes(play Transport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play = play
}

func (s *system) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// answering always gives the same answer.
func answering(rep Reply) Transport {
	return func(r *http.Request) (*http.Response, error) {
		connected(r)
		return respond(r, rep), nil
	}
}

func respond(r *http.Request, rep Reply) *http.Response {
	resp := stream(r, rep, io.NopCloser(strings.NewReader(rep.Body)))
	// A careless server names things in the reason phrase too.
	resp.Status = http.StatusText(rep.Status) + " " + marker
	return resp
}

// witness keeps the exchanges of one operation and the stops.
type witness struct {
	id      string
	mu      sync.Mutex
	all     []call.Exchange // of every operation
	stopped int
}

// Observe remembers e.
func (w *witness) Observe(_ context.Context, e call.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, e)
}

// Stopped counts the stops of the operation.
func (w *witness) Stopped(_ context.Context, f *fault.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Operation == w.id {
		w.stopped++
	}
}

// Resumed has nothing to count.
func (w *witness) Resumed(context.Context, string, string) {}

// own returns the exchanges of the operation.
func (w *witness) own() []call.Exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []call.Exchange
	for _, e := range w.all {
		if e.Operation == w.id {
			out = append(out, e)
		}
	}
	return out
}

func (w *witness) stops() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped
}

// open makes the connector in front of a system that plays.
func open(t testing.TB, op Operation, limits call.Limits, play Transport) (Ask, *system, *witness) {
	t.Helper()
	sys, seen := &system{op: op, play: play}, &witness{id: op.ID}
	limits.MaxBody = longest
	return op.Open(t, call.Deps{Client: &http.Client{Transport: sys}, Observer: seen}, limits), sys, seen
}
