package oneid

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

// Token is the key to one person's sign-in. It prints masked, and JSON holds a
// placeholder: whoever keeps it for Logout seals string(t.Access). The refresh
// token is not kept, for no way to redeem it is published.
type Token struct {
	Access  personal.Secret
	Expires time.Time // by our clock; zero: OneID did not tell
}

const (
	longestCode  = 512     // a code is a UUID or 16 bytes in base64
	longestToken = 8 << 10 // bytes
	longestLife  = 365 * 24 * time.Hour
)

// Exchange turns the code of a browser's return into a token. The code is
// opaque and must have been percent-decoded exactly once (ParseReturn does);
// compare the state first. It is never asked twice: whatever the fault, the
// person begins the sign-in again.
func (c *Client) Exchange(ctx context.Context, code string) (Token, error) {
	if code == "" || len(code) > longestCode {
		return Token{}, here(OpExchange, fault.Rejected, "no_code", "the browser came back without a code", "begin the sign-in again")
	}
	asked := c.now()
	var t Token
	form := url.Values{"grant_type": {"one_authorization_code"}, "code": {code}, "redirect_uri": {c.cfg.RedirectURL}}
	err := c.post(ctx, OpExchange, form, func(body []byte) (err error) {
		t, err = readToken(body, asked)
		return err
	})
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

func readToken(body []byte, asked time.Time) (Token, error) {
	var a struct {
		outcome
		Access  text    `json:"access_token"`
		Expires seconds `json:"expires_in"`
	}
	if err := call.ReadJSON(body, &a); err != nil {
		return Token{}, err
	}
	if err := a.fault(); err != nil {
		return Token{}, err
	}
	switch {
	case a.Access == "": // with status 200: seen, and a refusal
		return Token{}, &fault.Fault{Kind: fault.Rejected, Code: "no_token", Err: errNoToken, Hint: "begin the sign-in again"}
	case len(a.Access) > longestToken:
		return Token{}, breach("field %q is longer than %d bytes", "access_token", longestToken)
	}
	t := Token{Access: personal.Secret(a.Access)}
	if a.Expires > 0 {
		t.Expires = asked.Add(time.Duration(a.Expires) * time.Second)
	}
	return t, nil
}

// seconds is a whole number, quoted or not; null, "" and what is below zero are
// zero, and more than the longest life is that.
type seconds int64

// UnmarshalJSON reads it.
func (s *seconds) UnmarshalJSON(b []byte) error {
	digits := strings.TrimSpace(strings.Trim(string(b), `"`))
	if digits == "" || digits == "null" {
		return nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil && n == 0 { // out of range gives the nearest number
		return call.ShapeError("a whole number")
	}
	*s = seconds(max(0, min(n, int64(longestLife/time.Second))))
	return nil
}

// Logout ends the person's session at OneID; else the next person at a shared
// computer is let in without a password. It is best effort: end our own session
// first, and do no more about a fault than log it.
func (c *Client) Logout(ctx context.Context, t Token) error {
	form, err := c.tokenForm(OpLogout, "one_log_out", t)
	if err != nil {
		return err
	}
	return c.post(ctx, OpLogout, form, func(body []byte) error {
		var a outcome
		if err := call.ReadJSON(body, &a); err != nil {
			return err
		}
		return a.done()
	})
}

// tokenForm is the form of the two operations about a token.
func (c *Client) tokenForm(id, grant string, t Token) (url.Values, error) {
	if t.Access == "" || len(t.Access) > longestToken {
		return nil, here(id, fault.Rejected, "no_token", "there is no token to ask about", "begin the sign-in again")
	}
	return url.Values{"grant_type": {grant}, "access_token": {string(t.Access)}, "scope": {c.cfg.Scope}}, nil
}
