package oneid_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/mocks/oneid"
)

func contract(t *testing.T) *external.Contract {
	t.Helper()
	c, err := external.Load("oneid")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{oneid.OpAuthorize, oneid.OpExchange, oneid.OpIdentify, oneid.OpLogout}
	if got := c.Operations(); !slices.Equal(got, want) {
		t.Fatalf("operations of the contract: %v", got)
	}
	return c
}

// Every answer of the mock, about everybody and by every method, is what the
// contract says: not a field more or less.
func TestMockKeepsTheContract(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{PerMinute: -1})
	c := contract(t)
	checked := map[string]int{}
	send := func(v url.Values) string {
		t.Helper()
		body := v.Encode()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Address(), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = asForm.Clone()
		a := post(t, s, v)
		if diff := c.Check(req, []byte(body), a.Status, a.Header, []byte(a.Body)); len(diff) > 0 {
			t.Fatalf("%v", diff)
		}
		checked[v.Get("grant_type")]++
		tok, _ := object(t, a)["access_token"].(string)
		return tok
	}
	about := func(grant, token string) url.Values {
		v := form(grant, "access_token", token)
		v.Del("redirect_uri")
		return v
	}
	exchange := func(code string) url.Values {
		v := form("one_authorization_code", "code", code)
		v.Del("scope")
		return v
	}
	for p := range people.All() {
		for _, method := range oneid.Methods() {
			for _, unconfirmed := range []bool{false, true} {
				o := oneid.Order{As: string(p.PINFL), Method: method, Unconfirmed: unconfirmed, RedirectURI: home, State: state}
				location, err := s.SignIn(o)
				if err != nil {
					continue
				}
				tok := send(exchange(arrived(t, location)))
				send(about("one_access_token_identify", tok))
				send(about("one_log_out", tok))
				if method == oneid.MethodQR {
					send(about("one_log_out", tok))
					send(about("one_access_token_identify", tok))
					send(exchange("used"))
				}
			}
		}
	}
	for grant, n := range checked {
		if n < 2*people.Len() {
			t.Errorf("%s: only %d exchanges", grant, n)
		}
	}
	if len(checked) != 3 {
		t.Errorf("checked %v", checked)
	}
}

func TestAuthorizeKeepsTheContract(t *testing.T) {
	t.Parallel()
	s, _ := start(t, oneid.Options{})
	c := contract(t)
	for query, want := range map[string]int{
		asking("state", strings.Repeat("s", 22)).Encode(): 307, asking("state", strings.Repeat("s", 22), "client_id", "x").Encode(): 400,
	} {
		address := s.Address() + "?" + query
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if diff := c.Check(req, nil, resp.StatusCode, resp.Header, body); resp.StatusCode != want || len(diff) > 0 {
			t.Errorf("%d: %v", resp.StatusCode, diff)
		}
	}
}
