package serve_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/serve"
)

const (
	record = `{"n":1.5,"pin":"31234567890123","zero":"007","name":"Oʻgʻil <b>","ok":true,"none":null,"list":[1,"x",{"deep":false}],"o":{}}`
	broken = `{"result":1,"data":[{"transaction_id":`
)

func TestKindsOnTheWire(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		fault     chaos.Fault
		send      string // empty: hello
		status    int    // zero: the connection breaks
		body      string
		err       error
		processed int32
		header    []string // pairs; an empty value: absent
	}{
		{"down", chaos.Fault{Kind: chaos.Down}, "", 0, "", syscall.ECONNRESET, 0, nil},
		{"reset", chaos.Fault{Kind: chaos.Reset}, "", 0, "", syscall.ECONNRESET, 1, nil},
		{"truncated", chaos.Fault{Kind: chaos.Truncated}, "", 201, hello[:len(hello)/2], io.ErrUnexpectedEOF, 1, nil},
		{"status", chaos.Fault{Kind: chaos.Status, Status: 502}, "", 502, "", nil, 0, []string{"Retry-After", ""}},
		{"status with a code", chaos.Fault{Kind: chaos.Status, Code: "7"}, "", 503, "echo 7", nil, 0, nil},
		{"status with a body", chaos.Fault{Kind: chaos.Status, Status: 418, Body: "<a/>", ContentType: "text/xml", RetryAfter: 2 * time.Second}, "", 418, "<a/>", nil, 0, []string{"Content-Type", "text/xml", "Retry-After", "2"}},
		{"error body", chaos.Fault{Kind: chaos.ErrorBody, Code: "7"}, "", 200, "echo 7", nil, 0, nil},
		{"error body of the order", chaos.Fault{Kind: chaos.ErrorBody, Body: `{"error":1}`}, "", 200, `{"error":1}`, nil, 0, []string{"Content-Type", "application/json"}},
		{"throttle", chaos.Fault{Kind: chaos.Throttle}, "", 429, "", nil, 0, []string{"Retry-After", "1"}},
		{"throttle, longer", chaos.Fault{Kind: chaos.Throttle, RetryAfter: time.Minute}, "", 429, "", nil, 0, []string{"Retry-After", "60"}},
		{"throttle, until a date", chaos.Fault{Kind: chaos.Throttle, RetryAfter: time.Minute, RetryAfterDate: true}, "", 429, "", nil, 0, []string{"Retry-After", "Fri, 20 Nov 2026 05:01:00 GMT"}},
		{"throttle, silent", chaos.Fault{Kind: chaos.Throttle, NoRetryAfter: true}, "", 429, "", nil, 0, []string{"Retry-After", ""}},
		{"malformed", chaos.Fault{Kind: chaos.Malformed}, "", 200, broken, nil, 0, []string{"Content-Type", "application/json"}},
		{"wrong types", chaos.Fault{Kind: chaos.WrongTypes}, record, 201, `{"list":{"0":"1","1":{"value":"x"},"2":{"deep":"false"}},"n":"1.5","name":{"value":"Oʻgʻil <b>"},"none":null,"o":{},"ok":"true","pin":31234567890123,"zero":{"value":"007"}}` + "\n", nil, 1, []string{"X-Sample", "yes"}},
		{"wrong types of a list", chaos.Fault{Kind: chaos.WrongTypes}, `[]`, 201, "{}\n", nil, 1, nil},
		{"wrong types of what is not JSON", chaos.Fault{Kind: chaos.WrongTypes}, hello, 201, broken, nil, 1, nil},
		{"wrong types of nothing", chaos.Fault{Kind: chaos.WrongTypes}, " ", 201, broken, nil, 1, nil},
		{"wrong content type", chaos.Fault{Kind: chaos.WrongContent}, "", 201, hello, nil, 1, []string{"Content-Type", "text/plain; charset=utf-8"}},
		{"wrong content type, named", chaos.Fault{Kind: chaos.WrongContent, ContentType: "image/png"}, "", 201, hello, nil, 1, []string{"Content-Type", "image/png"}},
		{"html", chaos.Fault{Kind: chaos.HTML, Status: 503}, "", 503, "<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body><h1>Texnik ishlar</h1></body></html>", nil, 0, []string{"Content-Type", "text/html; charset=utf-8"}},
		{"empty", chaos.Fault{Kind: chaos.Empty}, "", 200, "", nil, 0, nil},
		{"deep", chaos.Fault{Kind: chaos.Deep, Size: 4}, "", 200, `{"data":[[[0]]]}`, nil, 0, []string{"Content-Type", "application/json"}},
		{"huge", chaos.Fault{Kind: chaos.Huge, Size: 1}, "", 200, `{"result":1,"data":[""]}`, nil, 0, []string{"Content-Type", "application/json"}},
		{"expire tokens", chaos.Fault{Kind: chaos.ExpireTokens}, "", 201, hello, nil, 1, nil},
		{"redirect", chaos.Fault{Kind: chaos.Redirect, To: "/echo", Times: 1, Status: 307}, "", 201, hello, nil, 1, nil},
		{"latency", chaos.Fault{Kind: chaos.Latency, Delay: time.Millisecond, Jitter: time.Millisecond}, "", 201, hello, nil, 1, nil},
		{"slow drip", chaos.Fault{Kind: chaos.SlowDrip, Delay: time.Millisecond}, "", 201, hello, nil, 1, nil},
	}
	tested := []chaos.Kind{chaos.Hang} // see TestHang
	for _, c := range cases {
		tested = append(tested, c.fault.Kind)
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			c.fault.Operation = "echo"
			if err := s.Fault(c.fault); err != nil {
				t.Fatal(err)
			}
			if c.send == "" {
				c.send = hello
			}
			a, err := s.send(t.Context(), c.send)
			switch {
			case !errors.Is(err, c.err):
				t.Fatalf("error %v, want %v", err, c.err)
			case a.Status != c.status:
				t.Fatalf("answered %+v", a)
			case a.Body != c.body:
				t.Errorf("body %q", a.Body)
			}
			for i := 0; i < len(c.header); i += 2 {
				if got := a.Header.Get(c.header[i]); got != c.header[i+1] {
					t.Errorf("%s %q", c.header[i], got)
				}
			}
			if got := s.processed.Load(); got != c.processed {
				t.Errorf("processed %d times, want %d", got, c.processed)
			}
			if wantExpired := map[bool]int32{true: 1}[c.fault.Kind == chaos.ExpireTokens]; s.expired.Load() != wantExpired {
				t.Errorf("expired at %d", s.expired.Load()) // 1: before the call was processed
			}
			s.Heal("echo")
			if healed, err := s.echo(t.Context()); err != nil || healed.Status != http.StatusCreated || healed.Body != hello || healed.Header.Get("X-Sample") != "yes" {
				t.Errorf("after healing: %v %+v", err, healed)
			}
		})
	}
	for _, k := range chaos.Kinds() {
		if !slices.Contains(tested, k) {
			t.Errorf("%s is not tested", k)
		}
	}
}

// once asks without following redirects and returns the answer unread; its body is to be closed.
func (s *sample) once(t *testing.T) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/echo", strings.NewReader(hello))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  chaos.Fault
		status int
		to     string
	}{
		{chaos.Fault{}, 302, serve.PathElsewhere},
		{chaos.Fault{Status: 308, To: "http://example.org/x?y"}, 308, "http://example.org/x?y"},
	} {
		s := start(t)
		c.fault.Kind = chaos.Redirect
		if err := s.Fault(c.fault); err != nil {
			t.Fatal(err)
		}
		resp := s.once(t)
		_ = resp.Body.Close()
		if resp.StatusCode != c.status || resp.Header.Get("Location") != c.to {
			t.Errorf("%d to %s", resp.StatusCode, resp.Header.Get("Location"))
		}
		if s.processed.Load() != 0 || s.Count(serve.Elsewhere) != 0 {
			t.Error("processed, or followed")
		}
	}
}

// A client that follows is seen with what it carried there.
func TestElsewhereJournals(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := s.Fault(chaos.Fault{Kind: chaos.Redirect}); err != nil {
		t.Fatal(err)
	}
	a, err := mocktest.Do(t.Context(), http.MethodPost, s.URL()+"/echo", http.Header{"Authorization": {"Bearer made-up"}}, hello)
	if err != nil || a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "<!DOCTYPE") {
		t.Fatalf("%v %+v", err, a)
	}
	calls := s.Calls(serve.Elsewhere)
	if len(calls) != 1 || string(calls[0].Authorization) != "Bearer made-up" || s.processed.Load() != 0 {
		t.Errorf("%d calls, processed %d", len(calls), s.processed.Load())
	}
}

func TestHuge(t *testing.T) {
	t.Parallel()
	t.Run("is valid to its end", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		const size = 1 << 20
		if err := s.Fault(chaos.Fault{Kind: chaos.Huge, Size: size}); err != nil {
			t.Fatal(err)
		}
		a, err := s.echo(t.Context())
		if err != nil || !json.Valid([]byte(a.Body)) || len(a.Body) < size || len(a.Body) > size+size/16 {
			t.Errorf("%v, %d bytes, valid %t", err, len(a.Body), json.Valid([]byte(a.Body)))
		}
	})
	t.Run("ends when the client leaves", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		if err := s.Fault(chaos.Fault{Kind: chaos.Huge, Size: chaos.LargestHuge}); err != nil {
			t.Fatal(err)
		}
		resp := s.once(t)
		if _, err := io.ReadFull(resp.Body, make([]byte, 1<<10)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(resp.Body.Close(), s.Close()); err != nil { // Close waits for the handler
			t.Error(err)
		}
	})
}

func TestDeepIsDeep(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := s.Fault(chaos.Fault{Kind: chaos.Deep}); err != nil {
		t.Fatal(err)
	}
	a, err := s.echo(t.Context())
	if err != nil || strings.Count(a.Body, "[")+strings.Count(a.Body, "{") != chaos.DeepSize || strings.Count(a.Body, "]")+1 != chaos.DeepSize {
		t.Errorf("%v, %d bytes", err, len(a.Body))
	}
}

// What a system has not got it cannot show.
func TestKindsThatASystemRefuses(t *testing.T) {
	t.Parallel()
	s, err := serve.Start(t.Context(), serve.Config{
		System: "bare", Operations: []string{"any"}, OperationOf: func(*http.Request) string { return "any" },
		Refuse:  func(w http.ResponseWriter, f chaos.Fault) { w.WriteHeader(f.Status) },
		Handler: http.NotFoundHandler(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, c := range []struct {
		fault chaos.Fault
		want  string
	}{
		{chaos.Fault{Kind: chaos.ExpireTokens}, "mock bare: expire-tokens: this system issues no tokens"},
		{chaos.Fault{Kind: chaos.ErrorBody}, "mock bare: error-body: this system has no error body of its own for that; give body, or code"},
	} {
		if err := s.Fault(chaos.Fault{Kind: chaos.Down}, c.fault); err == nil || err.Error() != c.want || len(s.Faults()) != 0 {
			t.Errorf("error %v, in force %d", err, len(s.Faults()))
		}
	}
}

// The seed is the system's: two servers alike strike alike.
func TestSeed(t *testing.T) {
	t.Parallel()
	pattern := func(seed uint64) string {
		s, err := serve.Start(t.Context(), serve.Config{
			System: "seeded", Seed: seed, Operations: []string{"any"}, OperationOf: func(*http.Request) string { return "any" },
			Handler: http.NotFoundHandler(),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if err := s.Fault(chaos.Fault{Kind: chaos.Empty, Share: 0.5}); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 40 {
			a, err := mocktest.Do(t.Context(), http.MethodGet, s.URL(), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(map[int]string{200: "x", 404: "."}[a.Status])
		}
		return b.String()
	}
	one := pattern(1)
	if again, unset := pattern(1), pattern(0); one != again || one != unset {
		t.Errorf("seed 1 strikes %s, again %s, without a seed %s", one, again, unset)
	}
	if pattern(2) == one {
		t.Error("seed 2 strikes as seed 1 does")
	}
}
