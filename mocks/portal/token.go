package portal

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/mocks/serve"
)

// tokens keeps the one token in force: asked again within its life, the server
// returns the same one with less time left.
type tokens struct {
	o Options

	mu     sync.Mutex
	token  string
	expiry time.Time
}

func newTokens(o Options) *tokens { return &tokens{o: o} }

func (t *tokens) get() (token string, left time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.o.Now()
	if t.expiry.Sub(now) < time.Second {
		t.token, t.expiry = rand.Text(), now.Add(t.o.TokenLife)
	}
	return t.token, t.expiry.Sub(now)
}

func (t *tokens) valid(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token != "" && t.o.Now().Before(t.expiry) && subtle.ConstantTimeCompare([]byte(token), []byte(t.token)) == 1
}

// ExpireTokens makes every token issued so far invalid, as a restart of the
// token server would.
func (s *Server) ExpireTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.token, s.tokens.expiry = "", time.Time{}
}

// token answers the password grant. Only a form body counts: fields in the
// address would end in access logs, and the mock does not reward that.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	c := s.o.Credentials
	key, secret, ok := r.BasicAuth()
	if !ok || !same(key, c.ConsumerKey) || !same(secret, c.ConsumerSecret) {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "Client Authentication failed.")
		return
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		oauthError(w, http.StatusBadRequest, "invalid_request", "Missing parameters: grant_type")
		return
	}
	if err := r.ParseForm(); err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", "malformed form")
		return
	}
	form := url.Values(r.PostForm)
	switch grant := form.Get("grant_type"); {
	case grant == "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "Missing parameters: grant_type")
		return
	case grant != "password":
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type value")
		return
	}
	if !same(form.Get("username"), c.Username) || !same(form.Get("password"), c.Password) {
		oauthError(w, http.StatusBadRequest, "invalid_grant", "Authentication failed for the resource owner")
		return
	}
	token, left := s.tokens.get()
	serve.JSON(w, http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		Scope       string `json:"scope"`
		ExpiresIn   int    `json:"expires_in"`
	}{token, "Bearer", "default", int(left / time.Second)})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func oauthError(w http.ResponseWriter, status int, code, description string) {
	serve.JSON(w, status, map[string]string{"error": code, "error_description": description})
}
