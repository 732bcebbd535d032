package serve_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/serve"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

// sample is a system with one operation that echoes the body and counts. Its
// error body exists for what has a code.
type sample struct {
	*serve.Server
	processed atomic.Int32
	expired   atomic.Int32 // processed + 1 at the time
}

func start(t *testing.T) *sample {
	t.Helper()
	s := &sample{}
	var err error
	s.Server, err = serve.Start(t.Context(), serve.Config{
		System: "sample", Operations: []string{"echo"}, Now: func() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent) },
		OperationOf: func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/") },
		Describe:    func(c *serve.Call, body []byte) { c.Sender = personal.PINFL(body) },
		Refuse: func(w http.ResponseWriter, f chaos.Fault) {
			w.WriteHeader(f.Status)
			if f.Code != "" {
				_, _ = io.WriteString(w, f.Operation+" "+f.Code)
			}
		},
		Expire: func() { s.expired.Store(s.processed.Load() + 1) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.processed.Add(1)
			w.Header().Set("X-Sample", "yes")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.Copy(w, r.Body)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const hello = "hello, hello, hello"

func (s *sample) echo(ctx context.Context) (mocktest.Answer, error) { return s.send(ctx, hello) }

func (s *sample) send(ctx context.Context, body string) (mocktest.Answer, error) {
	return mocktest.Do(ctx, http.MethodPost, s.URL()+"/echo", nil, body)
}

// hang starts a call that hangs and returns how it ends.
func (s *sample) hang(ctx context.Context, t *testing.T) <-chan error {
	t.Helper()
	if err := s.Fault(chaos.Fault{Kind: chaos.Hang, Times: 1}); err != nil {
		t.Fatal(err)
	}
	end := make(chan error, 1)
	go func() {
		_, err := s.echo(ctx)
		end <- err
	}()
	if err := s.WaitCount(t.Context(), "echo", 1); err != nil {
		t.Fatal(err)
	}
	return end
}

func TestHang(t *testing.T) {
	t.Parallel()
	t.Run("until it is healed", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		end := s.hang(t.Context(), t)
		if _, err := s.echo(t.Context()); err != nil { // the fault is spent, the call still hangs
			t.Error(err)
		}
		s.Heal(chaos.All)
		if err := <-end; err != nil || s.processed.Load() != 2 {
			t.Errorf("%v, processed %d", err, s.processed.Load())
		}
	})
	t.Run("until the client leaves", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		ctx, leave := context.WithCancel(t.Context())
		end := s.hang(ctx, t)
		leave()
		if err := <-end; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		_ = s.Close() // waits for the handler
		if s.processed.Load() != 0 {
			t.Error("processed for nobody")
		}
	})
	t.Run("until the server closes", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		end := s.hang(t.Context(), t)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-end; err == nil {
			t.Error("a closed server answered")
		}
	})
}

func TestJournalKeepsWhatItWasTold(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := s.Fault(chaos.Fault{Kind: chaos.Empty, Times: 1}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.echo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	calls := s.Calls("echo")
	if len(calls) != 2 || string(calls[0].Sender) != hello || calls[0].Host != strings.TrimPrefix(s.URL(), "http://") {
		t.Errorf("calls %+v", calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.WaitCount(ctx, "echo", 3); !errors.Is(err, context.Canceled) {
		t.Errorf("waited with %v", err)
	}
}
