package oneid_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/population"
)

// browser does not follow redirects: the way back leads out of the test.
var browser = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func visit(t *testing.T, method, address, body string) mocktest.Answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return mocktest.Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(b)}
}

// asking is a right authorize query, with changes: pairs of key and value.
func asking(changes ...string) url.Values {
	q := url.Values{"response_type": {"one_code"}, "client_id": {oneid.ClientID}, "redirect_uri": {home}, "scope": {"user_info"}, "state": {state}}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
	}
	return q
}

// filled is the page's form as a browser would send it, with changes.
func filled(t *testing.T, page string, changes ...string) string {
	t.Helper()
	v := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		v.Set(m[1], html.UnescapeString(m[2]))
	}
	if len(v) < 5 {
		t.Fatalf("the form carries %v", v)
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v.Encode()
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	a := visit(t, http.MethodGet, s.Address()+"?"+asking().Encode(), "")
	if a.Status != http.StatusTemporaryRedirect || !strings.HasPrefix(a.Header.Get("Location"), oneid.PathLogin+"?") {
		t.Fatalf("authorize: %d to %s", a.Status, a.Header.Get("Location"))
	}
	page := visit(t, http.MethodGet, s.URL()+a.Header.Get("Location"), "")
	if page.Status != http.StatusOK {
		t.Fatalf("page: %d", page.Status)
	}
	for _, story := range population.Stories() {
		p := people.ByStory(story.Name)
		if !strings.Contains(page.Body, html.EscapeString(story.Text)) && !strings.Contains(html.UnescapeString(page.Body), story.Text) {
			t.Errorf("%s is not explained", story.Name)
		}
		if got := strings.Contains(page.Body, `value="`+story.Name+` LEPKCSMETHOD"`); got != (p.Certificate.TIN != "") {
			t.Errorf("%s may sign in for an organisation: %v", story.Name, got)
		}
	}
	someone := string(people.At(people.Len() - 1).PINFL)
	for _, c := range []struct {
		name    string
		changes []string
		method  string
		pin     any
	}{
		{"a story's button", []string{"pick", "chair-tec LEPKCSMETHOD", "method", "PKCSMETHOD"}, "LEPKCSMETHOD", string(people.ByStory("chair-tec").PINFL)},
		{"a number", []string{"pinfl", " " + someone + " ", "method", "QR"}, "QR", someone},
		{"an unconfirmed account", []string{"pick", "observer-1 LOGINPASSMETHOD", "unconfirmed", "1"}, "LOGINPASSMETHOD", nil},
	} {
		back := visit(t, http.MethodPost, s.URL()+oneid.PathLogin, filled(t, page.Body, c.changes...))
		if back.Status != http.StatusFound {
			t.Fatalf("%s: %d", c.name, back.Status)
		}
		tok, _ := object(t, post(t, s, form("one_authorization_code", "code", arrived(t, back.Header.Get("Location")))))["access_token"].(string)
		m := object(t, post(t, s, form("one_access_token_identify", "access_token", tok)))
		if m["auth_method"] != c.method || m["pin"] != c.pin {
			t.Errorf("%s: %v", c.name, m)
		}
	}
	if s.Count(oneid.OpAuthorize) != 1 {
		t.Errorf("%d authorize calls", s.Count(oneid.OpAuthorize))
	}
}

// A client that is refused sees a page; nobody is sent to its address.
func TestRefusedClientIsNotSentBack(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	registered, _ := start(t, oneid.Options{Redirects: []string{home}})
	for _, c := range []struct {
		name   string
		server *oneid.Server
		query  url.Values
		word   string
	}{
		{"another client", s, asking("client_id", "x"), "CLIENT_ID_NOT_FOUND"},
		{"another scope", s, asking("scope", "x"), "SCOPE_NOT_FOUND"},
		{"another response", s, asking("response_type", "code"), "RESPONSE_TYPE_NOT_FOUND"},
		{"no address", s, asking("redirect_uri", ""), "REDIRECT_URI_NOT_FOUND"},
		{"a script", s, asking("redirect_uri", "javascript:alert(1)"), "REDIRECT_URI_NOT_FOUND"},
		{"a user in the address", s, asking("redirect_uri", "https://a@hub.example/"), "REDIRECT_URI_NOT_FOUND"},
		{"a fragment", s, asking("redirect_uri", home+"#x"), "REDIRECT_URI_NOT_FOUND"},
		{"not registered", registered, asking("redirect_uri", home+"2"), "REDIRECT_URI_NOT_FOUND"},
	} {
		for _, path := range []string{oneid.Path, oneid.PathLogin} {
			a := visit(t, http.MethodGet, c.server.URL()+path+"?"+c.query.Encode(), "")
			if a.Status != 400 || a.Header.Get("Location") != "" || !strings.Contains(a.Body, c.word) {
				t.Errorf("%s at %s: %d", c.name, path, a.Status)
			}
		}
		if a := visit(t, http.MethodPost, c.server.URL()+oneid.PathLogin, c.query.Encode()+"&pick=observer-1+PKCSMETHOD"); a.Status != 400 || a.Header.Get("Location") != "" {
			t.Errorf("%s signs in: %d", c.name, a.Status)
		}
	}
	if a := visit(t, http.MethodGet, s.Address()+"?"+asking("redirect_uri", "http://localhost:8080/cb?x=1").Encode(), ""); a.Status != 307 {
		t.Errorf("localhost: %d", a.Status)
	}
}

// The page loads nothing, escapes what it is given and keeps what was typed.
func TestPageIsSafe(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	evil := `"><script>alert(1)</script>`
	page := visit(t, http.MethodGet, s.URL()+oneid.PathLogin+"?"+asking("state", evil).Encode(), "")
	again := visit(t, http.MethodPost, s.URL()+oneid.PathLogin, filled(t, page.Body, "pinfl", evil, "method", "QR"))
	if page.Status != 200 || again.Status != 422 || !strings.Contains(again.Body, `role="alert"`) || !strings.Contains(again.Body, `value="QR" selected`) {
		t.Errorf("page %d, again %d", page.Status, again.Status)
	}
	revoked := visit(t, http.MethodPost, s.URL()+oneid.PathLogin, filled(t, page.Body, "pick", "revoked PKCSMETHOD"))
	if revoked.Status != 422 || !strings.Contains(revoked.Body, "bekor qilingan") {
		t.Errorf("a revoked certificate: %d", revoked.Status)
	}
	for _, a := range []mocktest.Answer{page, again} {
		for _, never := range []string{"<script", "src=", "<link", "@import", "url(", "http://", "//"} {
			body := strings.ReplaceAll(a.Body, html.EscapeString(home), "")
			if strings.Contains(body, never) {
				t.Errorf("the page holds %q", never)
			}
		}
		for _, must := range []string{`<html lang="uz-Latn">`, `<label for="pinfl">`, `<label for="method">`, "max-width"} {
			if !strings.Contains(a.Body, must) {
				t.Errorf("the page lacks %q", must)
			}
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", a.Header)
		}
	}
}

// A client may limit the ways to sign in.
func TestLimitedMethods(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	q := asking("auth_methods", "LEPKCSMETHOD,PKCSMETHOD")
	page := visit(t, http.MethodGet, s.URL()+oneid.PathLogin+"?"+q.Encode(), "")
	if strings.Contains(page.Body, "MOBILEMETHOD") || !strings.Contains(page.Body, "chair-tec LEPKCSMETHOD") {
		t.Error("the page offers other methods")
	}
	if a := visit(t, http.MethodPost, s.URL()+oneid.PathLogin, filled(t, page.Body, "pick", "chair-tec MOBILEMETHOD")); a.Status != 422 {
		t.Errorf("another method: %d", a.Status)
	}
	order := oneid.Order{As: "chair-tec", Method: oneid.MethodOrganisation, AuthorizeURL: s.Address() + "?" + q.Encode()}
	location, err := s.SignIn(order)
	if err != nil || arrived(t, location) == "" {
		t.Errorf("by the authorize address: %v", err)
	}
	order.Method = oneid.MethodMobile
	if _, err := s.SignIn(order); err == nil {
		t.Error("another method by the authorize address")
	}
}
