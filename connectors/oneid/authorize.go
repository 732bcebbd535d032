package oneid

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
)

// AuthorizeURL is where a browser is sent to sign in. It holds no secret. The
// state is NewState's, kept in the browser's own session until it comes back.
func (c *Client) AuthorizeURL(state string) string {
	q := url.Values{
		"response_type": {"one_code"}, "client_id": {c.cfg.ClientID}, "redirect_uri": {c.cfg.RedirectURL},
		"scope": {c.cfg.Scope}, "state": {state},
	}
	if len(c.cfg.AuthMethods) > 0 {
		q.Set("auth_methods", strings.Join(c.cfg.AuthMethods, methodSeparator))
	}
	return c.cfg.URL + "?" + q.Encode()
}

// NewState makes the state of one sign-in: 130 random bits in 26 characters that
// need no escaping. It says nothing and is used once.
func NewState() string { return rand.Text() }

// CheckState compares the state that came back with the one sent out, in
// constant time. An empty one never matches. The fault is rejected: somebody
// else began this sign-in, or it was begun too long ago.
func CheckState(want, got string) error {
	if want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1 {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Rejected, System: System, Code: "state", Err: errors.New("the state that came back is not the one sent out"),
		Hint: "begin the sign-in again",
	}
}

// longestQuery of a browser's return; code and state are some dozens of
// characters.
const longestQuery = 4096

// ParseReturn reads code and state from the raw query of the browser's return,
// undoing percent-encoding exactly once. Unlike url.Values it leaves a plus sign
// alone: older codes are base64. What is missing, doubled or not readable comes
// back empty, which CheckState and Exchange refuse.
func ParseReturn(rawQuery string) (code, state string) {
	if len(rawQuery) > longestQuery {
		return "", ""
	}
	found := map[string][]string{}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if plain, err := url.PathUnescape(value); err == nil {
			found[key] = append(found[key], plain)
		}
	}
	single := func(key string) string {
		if len(found[key]) == 1 {
			return found[key][0]
		}
		return ""
	}
	return single("code"), single("state")
}
