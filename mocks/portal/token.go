package portal

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/mocks/serve"
)

// consumer is one credential set with the one token in force: asked again
// within its life, the server returns the same one with less time left.
type consumer struct {
	Credentials
	now  func() time.Time
	life time.Duration

	mu     sync.Mutex
	issued string
	expiry time.Time
}

// consumersOf makes the default consumer and those of the sets, in the order of
// their names.
func consumersOf(o Options) []*consumer {
	add := func(c Credentials, suffix string) *consumer {
		c.ConsumerKey = cmp.Or(c.ConsumerKey, ConsumerKey+suffix)
		c.ConsumerSecret = cmp.Or(c.ConsumerSecret, ConsumerSecret+suffix)
		c.Username = cmp.Or(c.Username, Username+suffix)
		c.Password = cmp.Or(c.Password, Password+suffix)
		c.Organisation = cmp.Or(c.Organisation, Organisation)
		return &consumer{Credentials: c, now: o.Now, life: o.TokenLife}
	}
	all := []*consumer{add(o.Credentials, "")}
	for _, name := range slices.Sorted(maps.Keys(o.Sets)) {
		all = append(all, add(o.Sets[name], "-"+name))
	}
	return all
}

// grant returns the token in force, a new one when that has ended.
func (c *consumer) grant() (token string, left time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.expiry.Sub(now) < time.Second {
		c.issued, c.expiry = rand.Text(), now.Add(c.life)
	}
	return c.issued, c.expiry.Sub(now)
}

func (c *consumer) holds(token string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.issued != "" && c.now().Before(c.expiry) && same(token, c.issued)
}

// holder is the consumer to whom a token was issued; nil when it is not in force.
func (s *Server) holder(token string) *consumer {
	for _, c := range s.consumers {
		if c.holds(token) {
			return c
		}
	}
	return nil
}

// ExpireTokens makes every token issued so far invalid, as a restart of the
// token server would.
func (s *Server) ExpireTokens() {
	for _, c := range s.consumers {
		c.mu.Lock()
		c.issued, c.expiry = "", time.Time{}
		c.mu.Unlock()
	}
}

// token answers the password grant. Only a form body counts: fields in the
// address would end in access logs, and the mock does not reward that.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	key, secret, ok := r.BasicAuth()
	at := slices.IndexFunc(s.consumers, func(c *consumer) bool { return same(key, c.ConsumerKey) && same(secret, c.ConsumerSecret) })
	if !ok || at < 0 {
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
	c := s.consumers[at]
	if !same(form.Get("username"), c.Username) || !same(form.Get("password"), c.Password) {
		oauthError(w, http.StatusBadRequest, "invalid_grant", "Authentication failed for the resource owner")
		return
	}
	token, left := c.grant()
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
