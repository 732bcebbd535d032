package sms

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// login fetches the one token of the account.
func (e *Eskiz) login(ctx context.Context, _ string) (call.Token, error) {
	form := url.Values{"email": {e.cfg.Email}, "password": {string(e.cfg.Password)}}
	asked := e.now()
	fresh := call.Token{Renew: asked.Add(tokenRenewal), Expiry: asked.Add(tokenLife)}
	err := e.callers[EskizLogin].Do(ctx, call.Request{
		Method: http.MethodPost, URL: e.base + "/api/auth/login", Body: []byte(form.Encode()), Private: true,
		Header: call.Headers(e.cfg.Headers, "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json"),
		Decode: func(r call.Response) (err error) {
			fresh.Value, err = readToken(r)
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
