package portal

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// tokenSource fetches the token of one credential set. One is renewed when fewer
// than 5 minutes or, of a short life, less than a tenth remain.
type tokenSource struct {
	url         string
	credentials Credentials
	caller      *call.Caller
	now         func() time.Time
}

func newTokens(base string, c Credentials, caller *call.Caller, now func() time.Time) *call.Tokens {
	s := &tokenSource{url: base + "/oauth2/token", credentials: c, caller: caller, now: now}
	return call.NewTokens(s.fetch, now)
}

func (s *tokenSource) fetch(ctx context.Context, number string) (call.Token, error) {
	pair := string(s.credentials.ConsumerKey) + ":" + string(s.credentials.ConsumerSecret)
	form := url.Values{"grant_type": {"password"}, "username": {s.credentials.Username}, "password": {string(s.credentials.Password)}}
	asked := s.now()
	var fresh call.Token
	err := s.caller.Do(ctx, call.Request{
		Method: http.MethodPost, URL: s.url,
		Header: http.Header{
			"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))},
			"Content-Type":  {"application/x-www-form-urlencoded"},
			"Accept":        {"application/json"},
		},
		Body: []byte(form.Encode()), Transaction: number, Private: true,
		Decode: func(r call.Response) (err error) {
			fresh, err = readToken(r, asked)
			return err
		},
	})
	return fresh, err
}

func readToken(r call.Response, asked time.Time) (call.Token, error) {
	var body struct {
		Token     string      `json:"access_token"`
		ExpiresIn lenientInt  `json:"expires_in"`
		Error     lenientText `json:"error"`
	}
	switch {
	case r.Status == http.StatusOK:
	case r.Status >= 300 && r.Status < 500:
		// OAuth2 refusals are 400 and 401 with a word in error.
		f := &fault.Fault{
			Kind: fault.Misconfigured, Code: "refused", Err: errors.New("the token server refused the credentials"),
			Hint: "check consumer key and secret, user name and password of the portal, and the token server's address",
		}
		if call.ReadJSON(r.Body, &body) == nil {
			f.Code = word(string(body.Error), f.Code)
		}
		return call.Token{}, f
	default:
		return call.Token{}, breach("an answer of the token server with status %d", r.Status)
	}
	if err := call.ReadJSON(r.Body, &body); err != nil {
		return call.Token{}, err
	}
	if body.Token == "" {
		return call.Token{}, breach("access_token is missing")
	}
	life := time.Duration(min(max(int64(body.ExpiresIn.n), 0), 365*24*3600)) * time.Second
	if life == 0 {
		life = assumedLife
	}
	margin := min(5*time.Minute, life/10)
	return call.Token{Value: body.Token, Renew: asked.Add(life - margin), Expiry: asked.Add(life)}, nil
}

// word keeps a code of the other side only when it looks like one.
func word(s, otherwise string) string {
	if s == "" || len(s) > 40 {
		return otherwise
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && c != '_' {
			return otherwise
		}
	}
	return s
}

// tokenFault marks a fault of the token server, so that the operation's fault
// says where to look.
func tokenFault(err error) *fault.Fault {
	f := *fault.Of(err)
	if f.Code != "" && f.Code != call.CodeCancelled {
		f.Code = "token_" + f.Code
	}
	f.Uncertain = false // the register itself was not asked
	return &f
}

// refusesToken reports that a new token may help: the gateway's 900901 or a
// plain 401.
func refusesToken(f *fault.Fault) bool {
	return f != nil && f.Kind == fault.Misconfigured && (f.Code == codeToken || f.Code == codeUnauthorised)
}
