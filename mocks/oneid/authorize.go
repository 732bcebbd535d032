package oneid

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// responseCode is the one kind of sign-in.
const responseCode = "one_code"

// asked is what a client wants of a sign-in. The sign-in page carries it on.
type asked struct {
	Response, ClientID, Redirect, Scope, State, Methods string
}

func readAsked(q url.Values) asked {
	return asked{
		Response: q.Get("response_type"), ClientID: q.Get("client_id"), Redirect: q.Get("redirect_uri"),
		Scope: q.Get("scope"), State: q.Get("state"), Methods: q.Get("auth_methods"),
	}
}

func (a asked) query() url.Values {
	q := url.Values{"response_type": {a.Response}, "client_id": {a.ClientID}, "redirect_uri": {a.Redirect}, "scope": {a.Scope}, "state": {a.State}}
	if a.Methods != "" {
		q.Set("auth_methods", a.Methods)
	}
	return q
}

// allows reports whether the client lets people sign in that way.
func (a asked) allows(method string) bool {
	wanted := strings.FieldsFunc(a.Methods, func(r rune) bool { return strings.ContainsRune(separators, r) })
	return len(wanted) == 0 || slices.Contains(wanted, method)
}

// back is the return address with a code and the state.
func (a asked) back(code string) (string, error) {
	u, err := url.Parse(a.Redirect)
	if err != nil {
		return "", fmt.Errorf("the return address is none: %w", err)
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "code=" + url.QueryEscape(code) + "&state=" + url.QueryEscape(a.State)
	return u.String(), nil
}

// check is the word of a refusal; empty when the client may ask.
func (s *Server) check(a asked) string {
	switch {
	case !same(a.ClientID, s.o.ClientID):
		return errClient
	case !s.redirects(a.Redirect):
		return errRedirect
	case !s.scope(a.Scope):
		return errScope
	case a.Response != responseCode:
		return errResponse
	}
	return ""
}

func (s *Server) redirects(address string) bool {
	if len(s.o.Redirects) > 0 {
		return slices.Contains(s.o.Redirects, address)
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// authorize sends the browser on to the sign-in page. A client that is refused
// sees an error page: nobody is sent to an address that was not registered.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	a := readAsked(r.URL.Query())
	if word := s.check(a); word != "" {
		s.refusePage(w, word)
		return
	}
	http.Redirect(w, r, PathLogin+"?"+a.query().Encode(), http.StatusTemporaryRedirect) //nolint:gosec // to our own page; what it is asked was checked
}
