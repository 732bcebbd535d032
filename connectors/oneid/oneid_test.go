package oneid_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/oneid"
	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

func open(t testing.TB, deps call.Deps, changes ...func(*oneid.Config)) *oneid.Client {
	t.Helper()
	cfg := config()
	for _, change := range changes {
		change(&cfg)
	}
	c, err := oneid.New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answers is a client of a OneID that always answers the same.
func answers(t testing.TB, status int, body string) *oneid.Client {
	t.Helper()
	return open(t, call.Deps{Client: &http.Client{Transport: calltest.With(status, body)}})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := config().Validate(); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	_, err := oneid.New(oneid.Config{
		URL: "http://sso.example/x?secret=s3cret", RedirectURL: "http://hub.example/callback", AuthMethods: []string{"PKCSMETHOD", "s3cret words"},
		Headers: []call.Header{{Name: "content-type", Value: "x"}, {Name: "X Y", Value: "x"}, {Name: "X-Y", Value: "a\r\ns3cret: b"}, {Name: "X-Good", Value: "x"}},
		Limits:  map[string]call.Limits{"nothing": {}, oneid.OpLogout: {}},
	}, call.Deps{})
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{
		"oneid.url: must hold no user, query or fragment", "oneid.redirect_url: must be https", "oneid.client_id", "oneid.client_secret",
		"oneid.auth_methods[1]", "oneid.headers[0]", "oneid.headers[1]", "oneid.headers[2]", "oneid.limits.nothing",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s", want)
		}
	}
	for _, never := range []string{"s3cret", "headers[3]", "auth_methods[0]", "limits.logout"} {
		if strings.Contains(err.Error(), never) {
			t.Errorf("%q in %v", never, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	c := answers(t, 200, goodToken)
	contract, err := external.Load("oneid")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"authorize": true} // the browser's
	for id := range c.Callers() {
		want[id] = true
	}
	got := map[string]bool{}
	for _, id := range contract.Operations() {
		got[id] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(c.Callers()) != 3 {
		t.Errorf("operations of the connector and the contract: %s", diff)
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	c := open(t, call.Deps{}, func(c *oneid.Config) { c.AuthMethods = []string{"PKCSMETHOD", "LEPKCSMETHOD"}; c.Scope = "user_info" })
	u, err := url.Parse(c.AuthorizeURL("a&b=c d"))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"response_type": {"one_code"}, "client_id": {"saylov"}, "redirect_uri": {"https://hub.example/callback"},
		"scope": {"user_info"}, "state": {"a&b=c d"}, "auth_methods": {"PKCSMETHOD,LEPKCSMETHOD"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" || u.Host+u.Path != "sso.example/sso/oauth/Authorization.do" {
		t.Errorf("%s at %s", diff, u.Host+u.Path)
	}
	plain, err := url.Parse(open(t, call.Deps{}).AuthorizeURL("s"))
	if err != nil {
		t.Fatal(err)
	}
	if q := plain.Query(); q.Has("auth_methods") || q.Get("scope") != "saylov" {
		t.Errorf("without methods and scope: %v", q)
	}
}

// Clients misuse the state: a constant, an API key, no check on return.
func TestStateIsFreshAndChecked(t *testing.T) {
	t.Parallel()
	one, two := oneid.NewState(), oneid.NewState()
	if one == two || len(one) < 26 || url.QueryEscape(one) != one {
		t.Errorf("states %q and %q", one, two)
	}
	for _, c := range []struct {
		name, want, got string
		good            bool
	}{
		{"the same", one, one, true},
		{"another", one, two, false},
		{"the beginning of it", one, one[:25], false},
		{"none came back", one, "", false},
		{"none was sent", "", one, false},
		{"neither", "", "", false},
	} {
		err := oneid.CheckState(c.want, c.got)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
		if f := fault.Of(err); f != nil && (f.Kind != fault.Rejected || f.System != oneid.System || f.Code != "state" || strings.Contains(f.Error(), one)) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestParseReturn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, query, code, state string }{
		{"a UUID", "code=6f1c-1&state=S", "6f1c-1", "S"},
		{"base64, escaped", "code=a%2Bb%2Fc%3D%3D&state=S", "a+b/c==", "S"},
		{"base64, as it is", "state=S&code=a+b/c==", "a+b/c==", "S"},
		{"escaped twice is undone once", "code=a%252B&state=S", "a%2B", "S"},
		{"no code", "error=x&state=S", "", "S"},
		{"two codes", "code=a&code=b&state=S", "", "S"},
		{"two states", "code=a&state=S&state=T", "a", ""},
		{"unreadable", "code=%zz&state=S", "", "S"},
		{"too long", "code=a&state=" + strings.Repeat("S", 5000), "", ""},
		{"nothing", "", "", ""},
	} {
		if code, state := oneid.ParseReturn(c.query); code != c.code || state != c.state {
			t.Errorf("%s: %q %q", c.name, code, state)
		}
	}
}

// What goes out: a form in the body, no secret in the address, and the contract
// finds nothing wrong with it.
func TestRequests(t *testing.T) {
	t.Parallel()
	contract, err := external.Load("oneid")
	if err != nil {
		t.Fatal(err)
	}
	var seen *http.Request
	var body []byte
	c := open(t, call.Deps{Client: &http.Client{Transport: calltest.Transport(func(r *http.Request) (*http.Response, error) {
		seen = r
		body, _ = io.ReadAll(r.Body)
		return calltest.With(400, "")(r)
	})}}, func(c *oneid.Config) {
		c.Headers = []call.Header{{Name: "X-Proxy", Value: "proxy-s3cret"}}
	})
	client := url.Values{"client_id": {"saylov"}, "client_secret": {"client-s3cret"}}
	about := func(grant string) url.Values {
		return url.Values{"grant_type": {grant}, "access_token": {"access-s3cret"}, "scope": {"saylov"}}
	}
	for id, want := range map[string]url.Values{
		oneid.OpExchange: {"grant_type": {"one_authorization_code"}, "code": {aCode}, "redirect_uri": {"https://hub.example/callback"}},
		oneid.OpIdentify: about("one_access_token_identify"),
		oneid.OpLogout:   about("one_log_out"),
	} {
		_, _ = asks[id](t.Context(), c)
		maps.Copy(want, client)
		got, err := url.ParseQuery(string(body))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", id, err, diff)
		}
		if seen.Method != http.MethodPost || seen.URL.String() != config().URL || seen.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || seen.Header.Get("X-Proxy") != "proxy-s3cret" {
			t.Errorf("%s: %s %s %v", id, seen.Method, seen.URL, seen.Header)
		}
		for _, d := range contract.Check(seen, body, 400, http.Header{"Content-Type": {"application/json"}}, []byte(`{"status":400,"error":"X"}`)) {
			t.Errorf("%s: %v", id, d)
		}
	}
}

// What cannot be asked is refused without asking.
func TestNothingToAsk(t *testing.T) {
	t.Parallel()
	c := open(t, call.Deps{Client: &http.Client{Transport: calltest.Transport(func(*http.Request) (*http.Response, error) {
		t.Error("OneID was asked")
		return nil, io.EOF
	})}})
	long := strings.Repeat("x", 10000)
	check := func(id string, err error) {
		t.Helper()
		if f := fault.Of(err); f == nil || f.Kind != fault.Rejected || f.System != oneid.System || f.Operation != id {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, code := range []string{"", long} {
		_, err := c.Exchange(t.Context(), code)
		check(oneid.OpExchange, err)
	}
	for _, tok := range []oneid.Token{{}, {Access: personal.Secret(long)}} {
		_, err := c.Identify(t.Context(), tok)
		check(oneid.OpIdentify, err)
		check(oneid.OpLogout, c.Logout(t.Context(), tok))
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, life string
		want       time.Time
	}{
		{"a number", `3600`, now.Add(time.Hour)},
		{"text", `"3600"`, now.Add(time.Hour)},
		{"beyond reason", `99999999999999999999999`, now.Add(365 * 24 * time.Hour)},
		{"below zero", `-5`, time.Time{}},
		{"null", `null`, time.Time{}},
	} {
		client := &http.Client{Transport: calltest.With(200, `{"access_token":"tok","expires_in":`+c.life+`}`)}
		got, err := open(t, call.Deps{Client: client, Now: func() time.Time { return now }}).Exchange(t.Context(), aCode)
		if err != nil || string(got.Access) != "tok" || !got.Expires.Equal(c.want) {
			t.Errorf("%s: until %v, %v", c.name, got.Expires, err)
		}
	}
	if got, err := answers(t, 200, `{"access_token":"tok"}`).Exchange(t.Context(), aCode); err != nil || !got.Expires.IsZero() {
		t.Errorf("life not told: %v, %v", got.Expires, err)
	}
}

// A code that may have been used up says so; a refusal is no such case.
func TestExchangeIsUncertain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status    int
		body      string
		uncertain bool
	}{
		"a page": {200, "<html>", true}, "down": {503, "", true}, "another shape": {200, `[]`, true}, "created": {201, goodToken, true},
		"refused": {400, `{"error":"CODE_NOT_FOUND"}`, false}, "no token": {200, `{}`, false}, "wrong secret": {200, `{"error":"CLIENT_SECRET_NOT_FOUND"}`, false},
	} {
		_, err := answers(t, c.status, c.body).Exchange(t.Context(), aCode)
		if f := fault.Of(err); f == nil || f.Uncertain != c.uncertain {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// All three together stay below 300 requests in any minute.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		c := open(t, call.Deps{Client: &http.Client{Transport: calltest.Transport(func(r *http.Request) (*http.Response, error) {
			times = append(times, time.Now())
			return calltest.With(400, `{"error":"NO"}`)(r)
		})}})
		ctx := call.Interactive(t.Context())
		for start := time.Now(); time.Since(start) < 2*time.Minute; time.Sleep(50 * time.Millisecond) {
			for _, ask := range asks {
				hurried, cancel := context.WithTimeout(ctx, time.Millisecond)
				_, _ = ask(hurried, c)
				cancel()
			}
		}
		most := 0
		for i, from := range times {
			n := 0
			for _, at := range times[i:] {
				if at.Sub(from) < time.Minute {
					n++
				}
			}
			most = max(most, n)
		}
		if most > 300 || most < 250 {
			t.Errorf("%d requests in a minute", most)
		}
	})
}

// An answer that does not come is given up after 10 s.
func TestTimeOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, call.Deps{Client: &http.Client{Transport: calltest.Transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}})
		start := time.Now()
		_, err := c.Exchange(t.Context(), aCode)
		if f := fault.Of(err); f == nil || f.Code != "timeout" || !f.Uncertain || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestProbes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   fault.Kind
	}{
		{"the token is refused by ret_cd", 200, `{"ret_cd":"1"}`, ""},
		{"the token is refused by a word", 400, `{"error":"TOKEN_NOT_FOUND"}`, ""},
		{"wrong secret", 400, `{"error":"CLIENT_SECRET_NOT_FOUND"}`, fault.Misconfigured},
		{"a proxy refuses", 403, "<html>", fault.Rejected},
		{"a refusal without a word", 400, `{}`, fault.Rejected},
		{"another address", 404, "", fault.Misconfigured},
		{"down", 503, "", fault.Unavailable},
		{"a page", 200, "<html>", fault.Unavailable},
		{"another dialect", 200, `{"status":"UP"}`, fault.Breach},
		{"the token is taken", 200, goodProfile, fault.Breach},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				probes := answers(t, c.status, c.body).Probes()
				if len(probes) != 1 || probes[0].Operation != oneid.OpIdentify {
					t.Fatalf("%d probes", len(probes))
				}
				if err := probes[0].Ask(t.Context()); fault.KindOf(err) != c.want {
					t.Errorf("got %v, want %q", err, c.want)
				}
			})
		})
	}
}
