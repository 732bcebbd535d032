package serve_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/serve"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

// sample is a system with one operation that echoes the body and counts.
type sample struct {
	*serve.Server
	processed atomic.Int32
}

func start(t *testing.T) *sample {
	t.Helper()
	s := &sample{}
	var err error
	s.Server, err = serve.Start(t.Context(), serve.Config{
		System: "sample", Operations: []string{"echo"},
		OperationOf: func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/") },
		Describe:    func(c *serve.Call, body []byte) { c.Sender = personal.PINFL(body) },
		Refuse:      func(w http.ResponseWriter, f chaos.Fault) { w.WriteHeader(f.Status) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.processed.Add(1)
			w.Header().Set("X-Sample", "yes")
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

func (s *sample) echo(ctx context.Context) (mocktest.Answer, error) {
	return mocktest.Do(ctx, http.MethodPost, s.URL()+"/echo", nil, hello)
}

func TestKindsOnTheWire(t *testing.T) {
	t.Parallel()
	cases := []struct {
		fault     chaos.Fault
		status    int // zero: the connection breaks
		body      string
		err       error
		processed int32
	}{
		{chaos.Fault{Kind: chaos.Down}, 0, "", syscall.ECONNRESET, 0},
		{chaos.Fault{Kind: chaos.Reset}, 0, "", syscall.ECONNRESET, 1},
		{chaos.Fault{Kind: chaos.Truncated}, 201, hello[:len(hello)/2], io.ErrUnexpectedEOF, 1},
		{chaos.Fault{Kind: chaos.Status, Status: 502}, 502, "", nil, 0},
		{chaos.Fault{Kind: chaos.Throttle}, 429, "", nil, 0},
		{chaos.Fault{Kind: chaos.Malformed}, 200, `{"result":1,"data":[{"transaction_id":`, nil, 0},
		{chaos.Fault{Kind: chaos.Empty}, 200, "", nil, 0},
		{chaos.Fault{Kind: chaos.Latency, Delay: time.Millisecond}, 201, hello, nil, 1},
		{chaos.Fault{Kind: chaos.SlowDrip, Delay: time.Millisecond}, 201, hello, nil, 1},
	}
	for _, c := range cases {
		t.Run(string(c.fault.Kind), func(t *testing.T) {
			t.Parallel()
			s := start(t)
			c.fault.Operation = "echo"
			if err := s.Fault(c.fault); err != nil {
				t.Fatal(err)
			}
			a, err := s.echo(t.Context())
			switch {
			case !errors.Is(err, c.err):
				t.Fatalf("error %v, want %v", err, c.err)
			case a.Status != c.status:
				t.Fatalf("answered %+v", a)
			case a.Body != c.body:
				t.Errorf("body %q", a.Body)
			}
			if got := s.processed.Load(); got != c.processed {
				t.Errorf("processed %d times, want %d", got, c.processed)
			}
			if s.Count("echo") != 1 {
				t.Errorf("counted %d", s.Count("echo"))
			}
			s.Heal("echo")
			if healed, err := s.echo(t.Context()); err != nil || healed.Status != http.StatusCreated || healed.Body != hello || healed.Header.Get("X-Sample") != "yes" {
				t.Errorf("after healing: %v %+v", err, healed)
			}
			if c.fault.Kind == chaos.Throttle && a.Header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
			}
		})
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := s.Fault(chaos.Fault{Kind: chaos.HTML}); err != nil {
		t.Fatal(err)
	}
	a, err := s.echo(t.Context())
	if err != nil || a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || !strings.HasPrefix(a.Body, "<!DOCTYPE") {
		t.Errorf("%v %+v", err, a)
	}
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

func (s *sample) control(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	a, err := mocktest.Do(t.Context(), method, s.URL()+path, nil, body)
	if err != nil {
		t.Fatal(err)
	}
	return a.Status, strings.TrimSpace(a.Body)
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := start(t)
	steps := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/_mock/faults", "", 200, "[]"},
		{"POST", "/_mock/faults", `{"operation":"echo","kind":"status","status":503,"one_in":2}`, 201, `[{"operation":"echo","kind":"status","status":503,"one_in":2}]`},
		{"POST", "/_mock/faults", `{"operation":"other","kind":"down"}`, 400, `{"error":"mock sample: unknown operation; have echo, a path, or *"}`},
		{"POST", "/_mock/faults", `{`, 400, `{"error":"want a JSON object that describes a fault, or a list of them"}`},
		{"DELETE", "/_mock/faults?operation=other", "", 200, `[{"operation":"echo","kind":"status","status":503,"one_in":2}]`},
		{"DELETE", "/_mock/faults?operation=echo", "", 200, "[]"},
		{"POST", "/_mock/faults", `{"kind":"down"}`, 201, `[{"operation":"*","kind":"down"}]`},
		{"DELETE", "/_mock/faults", "", 200, "[]"},
		{"GET", "/_mock/calls", "", 200, "{}"},
	}
	for i, c := range steps {
		status, body := s.control(t, c.method, c.path, c.body)
		if status != c.status || body != c.want {
			t.Errorf("step %s %s %s: %d %s", strconv.Itoa(i), c.method, c.path, status, body)
		}
	}
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
