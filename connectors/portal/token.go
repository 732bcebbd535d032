package portal

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// tokenSource keeps the token of one credential set.
type tokenSource struct {
	url         string
	credentials Credentials
	caller      *call.Caller
	now         func() time.Time
	renewal     chan struct{} // holds one: a single renewal at a time

	mu      sync.Mutex
	current token
	tries   int   // renewals tried so far
	failure error // of the last one; nil: it succeeded, or whoever tried went away
}

type token struct {
	value  string
	renew  time.Time // from here on a new one is fetched
	expiry time.Time
}

func newTokenSource(base string, c Credentials, caller *call.Caller, now func() time.Time) *tokenSource {
	return &tokenSource{url: base + "/oauth2/token", credentials: c, caller: caller, now: now, renewal: make(chan struct{}, 1)}
}

// get returns a token good for a call, fetching one when fewer than 5 minutes
// or, of a short life, less than a tenth remain. One that is only due for
// renewal still serves while the token server is away. Whoever waited for a
// renewal that failed shares its fault instead of trying anew in a long row.
//
// number is the transaction on whose behalf, for the exchange record.
func (s *tokenSource) get(ctx context.Context, number string) (string, error) {
	t, tries, _ := s.state()
	if s.now().Before(t.renew) {
		return t.value, nil
	}
	select {
	case s.renewal <- struct{}{}:
		defer func() { <-s.renewal }()
	case <-ctx.Done():
		return "", &fault.Fault{Kind: fault.Unavailable, Code: call.CodeCancelled, Err: ctx.Err()}
	}
	t, since, err := s.state()
	if s.now().Before(t.renew) { // renewed while we waited
		return t.value, nil
	}
	if since == tries || err == nil {
		err = s.renew(ctx, number)
		t, _, _ = s.state()
	}
	if err == nil {
		return t.value, nil
	}
	if fault.KindOf(err) != fault.Misconfigured && s.now().Before(t.expiry) {
		return t.value, nil
	}
	return "", err
}

// probe fetches a token though the one in force may be good.
func (s *tokenSource) probe(ctx context.Context, number string) error {
	select {
	case s.renewal <- struct{}{}:
		defer func() { <-s.renewal }()
	case <-ctx.Done():
		return &fault.Fault{Kind: fault.Unavailable, Code: call.CodeCancelled, Err: ctx.Err()}
	}
	return s.renew(ctx, number)
}

func (s *tokenSource) state() (token, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.tries, s.failure
}

func (s *tokenSource) renew(ctx context.Context, number string) error {
	fresh, err := s.fetch(ctx, number)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	s.failure = err
	switch {
	case err == nil:
		s.current = fresh
	case ctx.Err() != nil: // our asker's doing: it says nothing to the others
		s.failure = nil
	}
	return err
}

// discard forgets a token that the gateway refused, unless another has already
// taken its place.
func (s *tokenSource) discard(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == value {
		s.current = token{}
	}
}

func (s *tokenSource) fetch(ctx context.Context, number string) (token, error) {
	pair := string(s.credentials.ConsumerKey) + ":" + string(s.credentials.ConsumerSecret)
	form := url.Values{"grant_type": {"password"}, "username": {s.credentials.Username}, "password": {string(s.credentials.Password)}}
	asked := s.now()
	var fresh token
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

func readToken(r call.Response, asked time.Time) (token, error) {
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
		return token{}, f
	default:
		return token{}, breach("an answer of the token server with status %d", r.Status)
	}
	if err := call.ReadJSON(r.Body, &body); err != nil {
		return token{}, err
	}
	if body.Token == "" {
		return token{}, breach("access_token is missing")
	}
	life := time.Duration(min(max(int64(body.ExpiresIn.n), 0), 365*24*3600)) * time.Second
	if life == 0 {
		life = assumedLife
	}
	margin := min(5*time.Minute, life/10)
	return token{value: body.Token, renew: asked.Add(life - margin), expiry: asked.Add(life)}, nil
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
