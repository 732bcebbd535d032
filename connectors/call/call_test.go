package call_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(f calltest.Transport) *http.Client { return &http.Client{Transport: f} }

func get(decode func(call.Response) error) call.Request {
	return call.Request{Method: http.MethodGet, URL: "https://register.example/x", Decode: decode}
}

func decodeStatus(r call.Response) error {
	if r.Status != http.StatusOK {
		return fault.New(fault.Rejected, fmt.Errorf("status %d", r.Status))
	}
	return nil
}

func faultOf(t *testing.T, err error) *fault.Fault {
	t.Helper()
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		t.Fatalf("want a fault, got %v", err)
	}
	return f
}

func TestStatusAndTransportBecomeKinds(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errConnRefused}
	cases := []struct {
		name      string
		answer    calltest.Transport
		kind      fault.Kind
		code      string
		wait      time.Duration
		uncertain bool
		status    int
	}{
		{"200", calltest.With(200, "{}"), "", "", 0, false, 200},
		{"400 is the decoder's", calltest.With(400, "{}"), fault.Rejected, "", 0, false, 400},
		{"302 is not followed", calltest.With(302, "", "Location", "https://elsewhere.example/"), fault.Rejected, "", 0, false, 302},
		{"408", calltest.With(408, ""), fault.Unavailable, "408", 0, true, 408},
		{"429 without a wait", calltest.With(429, ""), fault.Throttled, "429", 0, false, 429},
		{"429 in seconds", calltest.With(429, "", "Retry-After", "90"), fault.Throttled, "429", 90 * time.Second, false, 429},
		{"429 for a day is capped", calltest.With(429, "", "Retry-After", "86400"), fault.Throttled, "429", call.LongestWait, false, 429},
		{"429 beyond every duration is capped", calltest.With(429, "", "Retry-After", "9223372036854775807"), fault.Throttled, "429", call.LongestWait, false, 429},
		{"429 until a date", calltest.With(429, "", "Retry-After", clock.Add(2*time.Minute).Format(http.TimeFormat)), fault.Throttled, "429", 2 * time.Minute, false, 429},
		{"429 until a date gone by", calltest.With(429, "", "Retry-After", clock.Add(-time.Minute).Format(http.TimeFormat)), fault.Throttled, "429", 0, false, 429},
		{"429 with nonsense", calltest.With(429, "", "Retry-After", "soon"), fault.Throttled, "429", 0, false, 429},
		{"500", calltest.With(500, ""), fault.Unavailable, "500", 0, true, 500},
		{"503 with a wait", calltest.With(503, "", "Retry-After", "5"), fault.Unavailable, "503", 5 * time.Second, true, 503},
		{"599", calltest.With(599, ""), fault.Unavailable, "599", 0, true, 599},
		{"longer than allowed", calltest.With(200, strings.Repeat("x", 65)), fault.Breach, "body_too_large", 0, true, 200},
		{"exactly as long as allowed", calltest.With(200, strings.Repeat("x", 64)), "", "", 0, false, 200},
		{"refused", broken(refused), fault.Unavailable, "refused", 0, false, 0},
		{"no such host", broken(&net.DNSError{Err: "no such host", Name: "register.example"}), fault.Unavailable, "dns", 0, false, 0},
		{"reset", broken(&net.OpError{Op: "read", Err: errConnReset}), fault.Unavailable, "reset", 0, true, 0},
		{"cut off", func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(cutOff{})}, nil
		}, fault.Unavailable, "cut_off", 0, true, 200},
		{"anything else", broken(errors.New("malformed HTTP response \"32103889999014\"")), fault.Unavailable, "transport", 0, true, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			seen := &calltest.Observer{}
			op := call.Operation{System: "portal", ID: "x", Limits: call.Limits{MaxBody: 64}}
			err := call.New(op, client(c.answer), seen, func() time.Time { return clock }).Do(t.Context(), get(decodeStatus))
			if fault.KindOf(err) != c.kind {
				t.Fatalf("got %v, want kind %q", err, c.kind)
			}
			e := seen.Last(t)
			if e.Status != c.status || e.Kind != c.kind || e.Tries != 1 {
				t.Errorf("observed %+v", e)
			}
			if err == nil {
				return
			}
			f := faultOf(t, err)
			if f.Code != c.code || f.Wait != c.wait || f.Uncertain != c.uncertain {
				t.Errorf("code %q wait %v uncertain %v, want %q %v %v", f.Code, f.Wait, f.Uncertain, c.code, c.wait, c.uncertain)
			}
			if f.System != "portal" || f.Operation != "x" {
				t.Errorf("place %q %q", f.System, f.Operation)
			}
		})
	}
}

func broken(err error) calltest.Transport {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// cutOff ends in the middle of a body.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRefineReadsTheBodyOfARefusal(t *testing.T) {
	t.Parallel()
	r := get(decodeStatus)
	r.Refine = func(r call.Response) *fault.Fault {
		if bytes.Contains(r.Body, []byte("blocked")) {
			return fault.New(fault.Misconfigured, errors.New("blocked by policy"))
		}
		return nil
	}
	for body, want := range map[string]fault.Kind{"blocked": fault.Misconfigured, "slow down": fault.Throttled} {
		c := call.New(call.Operation{System: "portal", ID: "x"}, client(calltest.With(429, body, "Retry-After", "3")), nil, nil)
		if err := c.Do(t.Context(), r); fault.KindOf(err) != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func TestPanicWhileReadingIsADefect(t *testing.T) {
	t.Parallel()
	for status, r := range map[int]call.Request{
		200: get(func(call.Response) error { panic("32103889999014") }),
		503: {Method: http.MethodGet, URL: "https://register.example/x", Refine: func(call.Response) *fault.Fault { panic("32103889999014") }},
	} {
		c := call.New(call.Operation{System: "portal", ID: "x"}, client(calltest.With(status, "{}")), nil, nil)
		err := c.Do(t.Context(), r)
		if f := fault.Of(err); f == nil || f.Kind != fault.Defect || f.System != "portal" || strings.Contains(err.Error(), "32103889999014") {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestAddressThatIsNone(t *testing.T) {
	t.Parallel()
	c := call.New(call.Operation{System: "portal", ID: "x"}, nil, nil, nil)
	for _, u := range []string{"", "register.example:9444/x", "ftp://register.example", "https://", "http://a b/?key=s3cret"} {
		err := c.Do(t.Context(), call.Request{Method: http.MethodGet, URL: u})
		if fault.KindOf(err) != fault.Misconfigured || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", u, err)
		}
	}
}

// Whatever goes wrong, neither the error nor what is observed quotes the
// request or the answer.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	secrets := []string{"s3cretkey", "dG9rZW4", "32103889999014"}
	request := call.Request{
		Method: http.MethodPost, URL: "https://user:s3cretkey@register.example/x?key=s3cretkey&pinfl=32103889999014",
		Header: http.Header{"Authorization": {"Bearer dG9rZW4"}}, Body: []byte(`{"pinfl":"32103889999014"}`),
		Decode: decodeStatus,
	}
	for name, f := range map[string]calltest.Transport{
		"refused": broken(&net.OpError{Op: "dial", Err: errConnRefused}), "echo": broken(errors.New("bad 32103889999014 s3cretkey")),
		"400": calltest.With(400, "32103889999014"), "500": calltest.With(500, "32103889999014"), "429": calltest.With(429, "s3cretkey"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &calltest.Observer{}
			err := call.New(call.Operation{System: "portal", ID: "x"}, client(f), seen, nil).Do(t.Context(), request)
			if err == nil {
				t.Fatal("no fault")
			}
			for _, s := range secrets {
				for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), fmt.Sprintf("%+v", seen.Last(t))} {
					if strings.Contains(text, s) {
						t.Errorf("%q tells %q", text, s)
					}
				}
			}
		})
	}
}
