package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
)

const diplomas = "education.diploma"

func expects(want *string) func(int, *http.Request) (int, string) {
	return func(_ int, r *http.Request) (int, string) {
		if r.Header.Get("Authorization") != "Bearer "+*want {
			return 401, `{"code":"900901","message":"Invalid Credentials","description":"d"}`
		}
		return 200, good[diplomas]
	}
}

func TestTokenIsKeptAndRenewed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		life  int
		after time.Duration
		want  int // tokens issued for a call now and one later
	}{
		{"an hour's, at once", 3600, 0, 1},
		{"an hour's, 6 minutes before its end", 3600, 54 * time.Minute, 1},
		{"an hour's, 4 minutes before its end", 3600, 56 * time.Minute, 2},
		{"what is left of a shared one, well before its end", 200, 2 * time.Minute, 1},
		{"what is left of a shared one, in its last tenth", 200, 3*time.Minute + time.Second, 2},
		{"life not told", -1, 2 * time.Minute, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{life: c.life, answer: func(int, *http.Request) (int, string) { return 200, good[diplomas] }}
				if c.life < 0 {
					g.grant = func(n int) (int, string) { return 200, fmt.Sprintf(`{"access_token":"tok-%d"}`, n) }
				}
				op := operation(t, open(t, g, portal.Deps{}), diplomas)
				for range 2 {
					if _, err := op.Ask(t.Context(), question()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(c.after)
				}
				if g.tokens != c.want {
					t.Errorf("%d tokens, want %d", g.tokens, c.want)
				}
			})
		})
	}
}

// A token revoked before its time costs one repetition and no more.
func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		valid := "tok-1"
		g := &gateway{answer: expects(&valid)}
		op := operation(t, open(t, g, portal.Deps{}), diplomas)
		for i, w := range []struct {
			valid         string
			tokens, asked int
			kind          fault.Kind
		}{
			{"tok-1", 1, 1, ""},
			{"tok-2", 2, 3, ""},
			{"nothing", 3, 5, fault.Misconfigured}, // a fresh one is refused too: no third call
		} {
			valid = w.valid
			_, err := op.Ask(t.Context(), question())
			if fault.KindOf(err) != w.kind || g.tokens != w.tokens || len(g.asked) != w.asked {
				t.Errorf("%d: %v, %d tokens, %d calls; want %+v", i, err, g.tokens, len(g.asked), w)
			}
			if f := fault.Of(err); f != nil && f.Code != "900901" {
				t.Errorf("code %q", f.Code)
			}
		}
	})
}

// Many calls find the same token refused, one after another: one renewal serves
// them all, and the late ones do not throw the fresh token away.
func TestOneRenewalAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		valid := "tok-2"
		g := &gateway{answer: expects(&valid), life: 3600}
		var order atomic.Int64
		staggered := calltest.Transport(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer tok-1" {
				time.Sleep(time.Duration(order.Add(1)) * 100 * time.Millisecond)
			}
			return g.RoundTrip(r)
		})
		p, err := portal.New(config(), portal.Deps{Client: &http.Client{Transport: staggered}})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := operation(t, p, diplomas).Ask(t.Context(), question()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if g.tokens != 2 || len(g.asked) != 20 {
			t.Errorf("%d tokens, %d calls; want 2 and 20", g.tokens, len(g.asked))
		}
	})
}

// Each credential set has a token of its own.
func TestTokensPerSet(t *testing.T) {
	t.Parallel()
	g := answers(200, good[diplomas])
	g.grant = nil
	p := open(t, g, portal.Deps{}, func(c *portal.Config) {
		c.Credentials["edu"] = portal.Credentials{ConsumerKey: "k", ConsumerSecret: "s", Username: "u", Password: "p"}
		c.Operations = map[string]portal.OperationConfig{diplomas: {Credentials: "edu", Path: "/minvuz/services/diploma/v1"}}
	})
	for _, key := range []string{diplomas, "registered-address.pin"} {
		_, _ = operation(t, p, key).Ask(t.Context(), question())
	}
	if g.tokens != 2 || g.asked[0].URL.Path != "/minvuz/services/diploma/v1" {
		t.Errorf("%d tokens, path %s", g.tokens, g.asked[0].URL.Path)
	}
	for _, key := range append([]string{"token.main", "token.edu"}, keys...) {
		if p.Callers()[key] == nil {
			t.Errorf("no caller %s", key)
		}
	}
}

func TestTokenServerFails(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		status int
		body   string
		kind   fault.Kind
		code   string
	}{
		{"wrong user", 400, `{"error":"invalid_grant","error_description":"x"}`, fault.Misconfigured, "token_invalid_grant"},
		{"wrong consumer key", 401, `{"error":"invalid_client"}`, fault.Misconfigured, "token_invalid_client"},
		{"refusal without a word", 403, page, fault.Misconfigured, "token_refused"},
		{"a redirect", 302, "", fault.Misconfigured, "token_refused"},
		{"down", 503, page, fault.Unavailable, "token_503"},
		{"throttled", 429, "", fault.Throttled, "token_429"},
		{"a page", 200, page, fault.Unavailable, "token_not_json"},
		{"no token", 200, `{"token_type":"Bearer"}`, fault.Breach, ""},
		{"life that is no number", 200, `{"access_token":"x","expires_in":"soon"}`, fault.Breach, "token_shape"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{grant: func(int) (int, string) { return c.status, c.body }}
				_, err := operation(t, open(t, g, portal.Deps{}), diplomas).Ask(t.Context(), question())
				f := fault.Of(err)
				if f == nil || f.Kind != c.kind || f.Code != c.code || f.Operation != diplomas || f.Uncertain {
					t.Errorf("got %+v, want %s %s", f, c.kind, c.code)
				}
				if len(g.asked) != 0 {
					t.Error("the gateway was asked without a token")
				}
			})
		})
	}
}

// A token that is only due for renewal serves while the token server is away.
func TestDueTokenServesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := false
		g := answers(200, good[diplomas])
		g.grant = func(n int) (int, string) {
			if away {
				return 503, ""
			}
			return 200, fmt.Sprintf(`{"access_token":"tok-%d","expires_in":"3600"}`, n)
		}
		op := operation(t, open(t, g, portal.Deps{}), diplomas)
		ask := func() error { _, err := op.Ask(t.Context(), question()); return err }
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		away = true
		time.Sleep(57 * time.Minute)
		if err := ask(); err != nil {
			t.Errorf("in its last minutes: %v", err)
		}
		time.Sleep(4 * time.Minute)
		if err := ask(); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("after its end: %v", err)
		}
	})
}

// The token request is a form in the body, with the client in Basic.
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	var form string
	g := answers(200, good[diplomas])
	watch := calltest.Transport(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "token") {
			seen = r.Clone(r.Context())
			if err := r.ParseForm(); err != nil {
				return nil, err
			}
			form = r.PostForm.Encode()
			r.Body = http.NoBody
		}
		return g.RoundTrip(r)
	})
	g.life = 60
	p, err := portal.New(config(), portal.Deps{Client: &http.Client{Transport: watch}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operation(t, p, diplomas).Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	key, secret, _ := seen.BasicAuth()
	if seen.URL.String() != "https://token.example:9444/oauth2/token" || key != "key-s3cret" || secret != "secret-s3cret" {
		t.Errorf("asked %s as %q", seen.URL, key)
	}
	if form != "grant_type=password&password=pass-s3cret&username=user" {
		t.Errorf("form %q", form)
	}
}

// Whoever asked goes away in the middle: the call ends and nothing is held
// against the register.
func TestCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := calltest.Transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		p, err := portal.New(config(), portal.Deps{Client: &http.Client{Transport: hang}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		start := time.Now()
		_, err = operation(t, p, diplomas).Ask(ctx, question())
		if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || f.Code != "cancelled" || time.Since(start) != time.Second {
			t.Errorf("got %+v after %v", f, time.Since(start))
		}
	})
}

// Those who waited for a renewal that failed do not queue up to fail one by one.
func TestFailedRenewalIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		slow := calltest.Transport(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			time.Sleep(time.Second)
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		})
		p, err := portal.New(config(), portal.Deps{Client: &http.Client{Transport: slow}})
		if err != nil {
			t.Fatal(err)
		}
		op := operation(t, p, diplomas)
		start := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := op.Ask(t.Context(), question()); fault.KindOf(err) != fault.Misconfigured {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if asked.Load() != 1 || time.Since(start) != time.Second {
			t.Errorf("%d requests in %v", asked.Load(), time.Since(start))
		}
		_, _ = op.Ask(t.Context(), question()) // what is misconfigured is left alone for a while
		if asked.Load() != 1 {
			t.Errorf("%d requests", asked.Load())
		}
		time.Sleep(30 * time.Second)
		_, _ = op.Ask(t.Context(), question())
		if asked.Load() != 2 {
			t.Errorf("%d requests", asked.Load())
		}
	})
}

// Whoever renews and goes away leaves the renewal to the next in the row.
func TestCancelledRenewalIsNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := answers(200, good[diplomas])
		g.life = 3600
		first := true
		p, err := portal.New(config(), portal.Deps{Client: &http.Client{Transport: calltest.Transport(func(r *http.Request) (*http.Response, error) {
			if first {
				first = false
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return g.RoundTrip(r)
		})}})
		if err != nil {
			t.Fatal(err)
		}
		op := operation(t, p, diplomas)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = op.Ask(ctx, question()) })
		synctest.Wait()
		wg.Go(func() {
			if _, err := op.Ask(t.Context(), question()); err != nil {
				t.Errorf("the second: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}
