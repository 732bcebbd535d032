package sms

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// eskizTokens keeps the one token of the account.
type eskizTokens struct {
	eskiz   *Eskiz
	renewal chan struct{} // holds one: a single login at a time

	mu      sync.Mutex
	current eskizToken
	tries   int   // logins tried so far
	failure error // of the last one; nil: it succeeded, or whoever tried went away
}

type eskizToken struct {
	value string
	asked time.Time
}

func newEskizTokens(e *Eskiz) *eskizTokens {
	return &eskizTokens{eskiz: e, renewal: make(chan struct{}, 1)}
}

// younger reports a token that is there and was asked for less than life ago.
func (s *eskizTokens) younger(t eskizToken, life time.Duration) bool {
	return t.value != "" && s.eskiz.now().Before(t.asked.Add(life))
}

// get returns a token good for a call. One that is due for renewal still serves
// while there is no login to be had. Whoever waited for a login that failed shares
// its fault instead of trying anew in a long row.
func (s *eskizTokens) get(ctx context.Context) (string, error) {
	t, tries, _ := s.state()
	if s.younger(t, tokenRenewal) {
		return t.value, nil
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	t, since, err := s.state()
	if s.younger(t, tokenRenewal) { // renewed while we waited
		return t.value, nil
	}
	if since == tries || err == nil {
		err = s.renew(ctx)
		t, _, _ = s.state()
	}
	switch {
	case err == nil:
		return t.value, nil
	case s.younger(t, tokenLife):
		return t.value, nil
	}
	return "", err
}

// login fetches a new token whatever there is: it is the probe.
func (s *eskizTokens) login(ctx context.Context) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return place(EskizLogin, fault.Of(err))
	}
	defer leave()
	return s.renew(ctx)
}

func (s *eskizTokens) enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.renewal <- struct{}{}:
		return func() { <-s.renewal }, nil
	case <-ctx.Done():
		return nil, &fault.Fault{Kind: fault.Unavailable, Code: call.CodeCancelled, Err: ctx.Err()}
	}
}

func (s *eskizTokens) state() (eskizToken, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.tries, s.failure
}

func (s *eskizTokens) renew(ctx context.Context) error {
	fresh, err := s.fetch(ctx)
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
func (s *eskizTokens) discard(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == value {
		s.current = eskizToken{}
	}
}

func (s *eskizTokens) fetch(ctx context.Context) (eskizToken, error) {
	e := s.eskiz
	form := url.Values{"email": {e.cfg.Email}, "password": {string(e.cfg.Password)}}
	fresh := eskizToken{asked: e.now()}
	err := e.callers[EskizLogin].Do(ctx, call.Request{
		Method: http.MethodPost, URL: e.base + "/api/auth/login", Body: []byte(form.Encode()), Private: true,
		Header: call.Headers(e.cfg.Headers, "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json"),
		Decode: func(r call.Response) (err error) {
			fresh.value, err = readToken(r)
			return err
		},
	})
	return fresh, err
}

func readToken(r call.Response) (string, error) {
	var data struct {
		Token text `json:"token"`
	}
	a, err := readEskiz(r)
	if err != nil {
		if f := fault.Of(err); f.Kind == fault.Rejected || f.Code == codeToken {
			return "", &fault.Fault{Kind: fault.Misconfigured, Code: "refused", Err: errors.New("the gateway refused the login"), Hint: hintLogin}
		}
		return "", err
	}
	if err := a.data(&data); err != nil {
		return "", err
	}
	token := string(data.Token)
	if token == "" || len(token) > 8<<10 || !printable(token) {
		return "", &fault.Fault{Kind: fault.Breach, Code: "shape", Err: errors.New("data.token is no token")}
	}
	return token, nil
}

// printable reports text that can stand in a header.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// loginFault marks a fault of the login, so that the operation's fault says
// where to look. The operation itself was not asked: codes that say so of the
// login say so of it.
func loginFault(op string, err error) error {
	f := *fault.Of(err)
	switch f.Code {
	case "", call.CodeCancelled, fault.CodeBreakerOpen, fault.CodeBulkheadFull, fault.CodePaused, fault.CodeStopped:
	default:
		f.Code = "login_" + f.Code
	}
	f.Uncertain = false
	return place(op, &f)
}

func refusesToken(f *fault.Fault) bool {
	return f != nil && f.Kind == fault.Misconfigured && f.Code == codeToken
}
