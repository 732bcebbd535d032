package eskiz

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/mocks/serve"
)

// tokens keeps the tokens in force: several may be at a time.
type tokens struct {
	o Options

	mu    sync.Mutex
	until map[string]time.Time
}

func newTokens(o Options) *tokens { return &tokens{o: o, until: map[string]time.Time{}} }

// issue makes a token that looks like a JWT; its signature is chance.
func (t *tokens) issue() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.o.Now()
	for old, until := range t.until {
		if !now.Before(until) {
			delete(t.until, old)
		}
	}
	until := now.Add(t.o.TokenLife)
	claims, _ := json.Marshal(map[string]any{"exp": until.Unix(), "iat": now.Unix(), "role": "user", "sub": "378"}) // always marshals
	part := base64.RawURLEncoding.EncodeToString
	token := part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part(claims) + "." + rand.Text()
	t.until[token] = until
	return token
}

func (t *tokens) valid(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	until, ok := t.until[token]
	return ok && t.o.Now().Before(until)
}

// ExpireTokens makes every token issued so far invalid.
func (s *Server) ExpireTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.until)
}

func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	in, ok := fields(r)
	if !ok || !same(in["email"], s.o.Email) || !same(in["password"], s.o.Password) {
		s.refuse(w, http.StatusUnauthorized, wrongLogin)
		return
	}
	s.grant(w)
}

func (s *Server) refresh(w http.ResponseWriter, _ *http.Request) { s.grant(w) }

func (s *Server) grant(w http.ResponseWriter) {
	serve.JSON(w, http.StatusOK, map[string]any{
		"message": "token_generated", "data": map[string]string{"token": s.tokens.issue()}, "token_type": "bearer",
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// fields reads a form, a multipart form or an object of texts and numbers.
func fields(r *http.Request) (map[string]string, bool) {
	out := map[string]string{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var in map[string]any
		d := json.NewDecoder(r.Body)
		d.UseNumber()
		if d.Decode(&in) != nil {
			return nil, false
		}
		for k, v := range in {
			switch v := v.(type) {
			case string:
				out[k] = v
			case json.Number:
				out[k] = v.String()
			}
		}
		return out, true
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil && r.PostForm == nil {
		return nil, false
	}
	for k, v := range r.PostForm {
		out[k] = v[0]
	}
	return out, true
}
