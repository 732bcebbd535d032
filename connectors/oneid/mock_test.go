package oneid_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/oneid"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/mocks/chaos"
	mock "github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/population"
)

var people = population.New(1, civil.Date{Year: 2029, Month: time.October, Day: 28}, 20)

func beside(t *testing.T, o mock.Options, changes ...func(*oneid.Config)) (*mock.Server, *oneid.Client) {
	t.Helper()
	o.Population = people
	m, err := mock.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	client := calltest.Beside(t, m)
	limits := call.Limits{RatePerSecond: -1, Reserved: -1}
	changes = append([]func(*oneid.Config){func(c *oneid.Config) {
		c.URL, c.ClientID, c.ClientSecret = m.Address(), mock.ClientID, mock.ClientSecret
		c.Limits = map[string]call.Limits{oneid.OpExchange: limits, oneid.OpIdentify: limits, oneid.OpLogout: limits}
	}}, changes...)
	return m, open(t, call.Deps{Client: client}, changes...)
}

// comesBack signs somebody in at the mock as a browser would, and returns the
// code that comes with the right state.
func comesBack(t *testing.T, m *mock.Server, c *oneid.Client, o mock.Order) string {
	t.Helper()
	state := oneid.NewState()
	o.AuthorizeURL = c.AuthorizeURL(state)
	location, err := m.SignIn(o)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	code, back := oneid.ParseReturn(u.RawQuery)
	if err := oneid.CheckState(state, back); err != nil || !strings.HasPrefix(location, config().RedirectURL+"?") {
		t.Fatalf("came back to %s: %v", u.Host, err)
	}
	if code != u.Query().Get("code") {
		t.Error("two ways of reading one code differ")
	}
	return code
}

// Everybody signs in by every way that is open to them, and is who they are.
func TestEverybodySignsIn(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{PerMinute: -1})
	signs := map[bool]int{} // codes with a sign that a form must escape
	for p := range people.All() {
		for _, method := range oneid.Methods() {
			if method == oneid.ByOrganisation && p.Certificate.TIN == "" {
				continue
			}
			code := comesBack(t, m, c, mock.Order{As: string(p.PINFL), Method: string(method)})
			signs[strings.ContainsAny(code, "+/=")]++
			token, err := c.Exchange(t.Context(), code)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Identify(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			if got.PINFL != p.PINFL || got.FullName != p.FullName() || got.Passport != p.Document || got.BirthDate != p.BirthDate || !got.Valid || got.Method != method {
				t.Errorf("person %d by %s is another: %s", p.Index, method, got)
			}
			if (got.Organisation != nil) != (method == oneid.ByOrganisation) {
				t.Errorf("person %d by %s acts for somebody: %v", p.Index, method, got.Organisation != nil)
			}
			if o := got.Organisation; o != nil && (o.TIN != p.Certificate.TIN || o.Name != p.Certificate.Organisation || !o.Basic) {
				t.Errorf("person %d acts for %v", p.Index, o)
			}
			for _, o := range got.Organisations {
				if o.TIN == "" || o.Name == "" {
					t.Errorf("person %d: %v", p.Index, o)
				}
			}
			if err := c.Logout(t.Context(), token); err != nil {
				t.Error(err)
			}
			if _, err := c.Identify(t.Context(), token); fault.KindOf(err) != fault.Rejected {
				t.Errorf("after the sign-out: %v", err)
			}
		}
	}
	if signs[true] == 0 || signs[false] == 0 {
		t.Errorf("codes %v", signs)
	}
}

func TestUnconfirmedAccount(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	for _, story := range []string{"observer-1", "observer-2", "observer-3"} { // text and boolean
		token, err := c.Exchange(t.Context(), comesBack(t, m, c, mock.Order{As: story, Unconfirmed: true}))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Identify(t.Context(), token)
		if err != nil || p.Valid || p.LegalForce() {
			t.Errorf("%s: %v, valid %v", story, err, p.Valid)
		}
		if _, err := p.Person(); fault.Of(err) == nil || fault.Of(err).Code != "no_pin" {
			t.Errorf("%s: %v", story, err)
		}
	}
}

// A wrong secret, id or address is no outage, and nothing is sent twice.
func TestRefusalsOfTheMock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*oneid.Config)
		code   string
		kind   fault.Kind
		word   string
	}{
		{"wrong secret", func(c *oneid.Config) { c.ClientSecret = "another" }, "x", fault.Misconfigured, "CLIENT_SECRET_NOT_FOUND"},
		{"wrong client", func(c *oneid.Config) { c.ClientID = "another" }, "x", fault.Misconfigured, "CLIENT_ID_NOT_FOUND"},
		{"no such code", func(*oneid.Config) {}, "x", fault.Rejected, "AUTHORIZATION_CODE_NOT_FOUND"},
		{"another path", func(c *oneid.Config) { c.URL = strings.TrimSuffix(c.URL, ".do") }, "x", fault.Misconfigured, "http_404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, client := beside(t, mock.Options{}, c.change)
			_, err := client.Exchange(t.Context(), c.code)
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Code != c.word || f.Uncertain {
				t.Errorf("got %v", err)
			}
			if n := m.Count(mock.OpExchange); n > 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
	_, wrongScope := beside(t, mock.Options{}, func(c *oneid.Config) { c.Scope = "another" })
	if _, err := wrongScope.Identify(t.Context(), aToken); fault.KindOf(err) != fault.Misconfigured {
		t.Errorf("a wrong scope: %v", err)
	}
	m, c := beside(t, mock.Options{})
	code := comesBack(t, m, c, mock.Order{As: "observer-1"})
	if _, err := c.Exchange(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exchange(t.Context(), code); fault.KindOf(err) != fault.Rejected {
		t.Errorf("a code that was used: %v", err)
	}
	for _, p := range c.Probes() {
		if err := p.Ask(t.Context()); err != nil {
			t.Errorf("probe of %s: %v", p.Operation, err)
		}
	}
}

func TestFaultsOfTheMock(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		name      string
		fault     chaos.Fault
		kind      fault.Kind
		uncertain bool
		exchanges int // requests seen: one, whatever happens
		identify  int // the same of identify, which may be repeated
	}{
		{"down", chaos.Fault{Kind: chaos.Down}, fault.Unavailable, true, 1, 2},
		{"hangs", chaos.Fault{Kind: chaos.Hang}, fault.Unavailable, true, 1, 2},
		{"reset after it was taken", chaos.Fault{Kind: chaos.Reset}, fault.Unavailable, true, 1, 2},
		{"cut off", chaos.Fault{Kind: chaos.Truncated}, fault.Unavailable, true, 1, 2},
		{"503", chaos.Fault{Kind: chaos.Status}, fault.Unavailable, true, 1, 2},
		{"a page", chaos.Fault{Kind: chaos.HTML}, fault.Unavailable, true, 1, 2},
		{"nothing", chaos.Fault{Kind: chaos.Empty}, fault.Unavailable, true, 1, 2},
		{"half an object", chaos.Fault{Kind: chaos.Malformed}, fault.Unavailable, true, 1, 2},
		{"other types", chaos.Fault{Kind: chaos.WrongTypes}, fault.Breach, true, 1, 1},
		{"too deep", chaos.Fault{Kind: chaos.Deep, Size: 10_000}, fault.Breach, true, 1, 1},
		{"throttled", chaos.Fault{Kind: chaos.Throttle}, fault.Throttled, false, 1, 1},
		{"wrong secret", chaos.Fault{Kind: chaos.Status, Status: 400}, fault.Misconfigured, false, 1, 1},
		{"moved", chaos.Fault{Kind: chaos.Redirect}, fault.Misconfigured, false, 1, 1},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			m, client := beside(t, mock.Options{}, func(c *oneid.Config) {
				if slow := (call.Limits{Try: 500 * time.Millisecond}); one.fault.Kind == chaos.Hang {
					c.Limits = map[string]call.Limits{oneid.OpExchange: slow, oneid.OpIdentify: slow}
				}
			})
			code := comesBack(t, m, client, mock.Order{As: "observer-1"})
			token, err := client.Exchange(t.Context(), comesBack(t, m, client, mock.Order{As: "observer-2"}))
			if err != nil {
				t.Fatal(err)
			}
			m.ResetCalls()
			if err := m.Fault(one.fault); err != nil {
				t.Fatal(err)
			}
			_, err = client.Exchange(t.Context(), code)
			if f := fault.Of(err); f == nil || f.Kind != one.kind || f.Uncertain != one.uncertain {
				t.Errorf("exchange: %v", err)
			}
			if _, err := client.Identify(t.Context(), token); fault.KindOf(err) != one.kind {
				t.Errorf("identify: %v", err)
			}
			if e, i := m.Count(mock.OpExchange), m.Count(mock.OpIdentify); e != one.exchanges || i != one.identify {
				t.Errorf("%d exchanges and %d identifications, want %d and %d", e, i, one.exchanges, one.identify)
			}
		})
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	_, c := beside(t, mock.Options{PerMinute: 1})
	for i, want := range []fault.Kind{fault.Rejected, fault.Throttled} {
		err := c.Logout(t.Context(), aToken)
		if f := fault.Of(err); fault.KindOf(err) != want || want == fault.Throttled && f.Wait < 30*time.Second {
			t.Errorf("request %d: %+v", i, f)
		}
	}
}
