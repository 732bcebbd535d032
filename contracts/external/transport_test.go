package external_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/saylovhub/hub/contracts/external"
)

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// system echoes what it was sent in a header and answers body.
func system(t *testing.T, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Sent", http.StatusText(200)+" "+string(sent[:min(len(sent), 40)]))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func post(ctx context.Context, t *testing.T, client *http.Client, url, body string) (answer, sent string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer t")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), resp.Header.Get("X-Sent")
}

func TestTransport(t *testing.T) {
	t.Parallel()
	const asked, got = `{"pinpp":"41505939980027","more":1}`, `{"AnswereId":1,"Data":null,"New":{}}`
	s := system(t, got)
	client := &http.Client{Transport: external.Transport(s.Client().Transport, load(t, "portal"))}
	url := s.URL + "/proxy/mvd/services/address/info/pin/v1"

	ctx, collector := external.Collect(t.Context())
	for range 2 {
		if answer, sent := post(ctx, t, client, url, asked); answer != got || sent != "OK "+asked {
			t.Errorf("the exchange was changed: %q, %q", answer, sent)
		}
	}
	post(ctx, t, client, s.URL+"/elsewhere", asked)
	var found []string
	for _, d := range collector.Differences() {
		found = append(found, d.String())
	}
	want := []string{
		"breaking: request registered-address.pin /more: want no such field, got unknown field",
		"extra: response registered-address.pin /New: want no such field, got unknown field",
		"breaking: request: want a path of the contract, got unknown path",
	}
	if !slices.Equal(found, want) {
		t.Errorf("got %q", found)
	}
	if ops := collector.Operations(); !slices.Equal(ops, []string{"registered-address.pin", "registered-address.pin", ""}) {
		t.Errorf("operations %q", ops)
	}
}

// Without a collector the request goes to the base as it came.
func TestTransportWithoutCollector(t *testing.T) {
	t.Parallel()
	var same bool
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://host.example/x", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	base := trip(func(r *http.Request) (*http.Response, error) {
		same = r == req
		return nil, errors.ErrUnsupported
	})
	resp, err := external.Transport(base, load(t, "portal")).RoundTrip(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, errors.ErrUnsupported) || !same {
		t.Errorf("%v, the same request: %v", err, same)
	}
}

type body struct {
	io.Reader
	closed *bool
}

func (b body) Close() error {
	*b.closed = true
	return nil
}

// What breaks off reaches the caller as it broke off, and is not checked; what
// is too long reaches the caller whole.
func TestTransportOddBodies(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("a"), 5<<20)
	cases := map[string]struct {
		answer io.Reader
		length int
		fails  bool
		found  string
	}{
		"breaks off": {io.MultiReader(strings.NewReader(`{"Answ`), brokenReader{}), 6, true, ""},
		"too long":   {bytes.NewReader(long), len(long), false, "too long to check"},
		"none":       {strings.NewReader(""), 0, false, "missing"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := false
			base := trip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body{c.answer, &closed}, Request: r,
				}, nil
			})
			ctx, collector := external.Collect(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://host.example/mvd/services/address/info/pin/v1", strings.NewReader(`{"pinpp":"41505939980027"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer t")
			resp, err := external.Transport(base, load(t, "portal")).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if len(got) != c.length || (err != nil) != c.fails || !closed {
				t.Errorf("%d bytes, %v, closed %v", len(got), err, closed)
			}
			all := collector.Differences()
			if c.found == "" && len(all) > 0 || c.found != "" && (len(all) != 1 || all[0].Got != c.found) {
				t.Errorf("%v", all)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A request that cannot be read is not sent.
func TestTransportUnreadableRequest(t *testing.T) {
	t.Parallel()
	closed := false
	base := trip(func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, errors.ErrUnsupported
	})
	ctx, _ := external.Collect(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://host.example/x", body{brokenReader{}, &closed})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := external.Transport(base, load(t, "portal")).RoundTrip(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) || !closed {
		t.Errorf("%v, closed %v", err, closed)
	}
}

func TestCollectorIsShared(t *testing.T) {
	t.Parallel()
	s := system(t, `{"AnswereId":1}`)
	client := &http.Client{Transport: external.Transport(s.Client().Transport, load(t, "portal"))}
	ctx, collector := external.Collect(t.Context())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			post(ctx, t, client, s.URL+"/mvd/services/address/info/pin/v1", `{"pinpp":"41505939980027"}`)
		})
	}
	all.Wait()
	if n := len(collector.Operations()); n != 8 || len(collector.Differences()) != 0 {
		t.Errorf("%d operations, %v", n, collector.Differences())
	}
}
