package oneid

import (
	"crypto/subtle"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/mocks/serve"
)

// back answers a client's server: a form in the body, told apart by grant_type.
// Fields in the address do not count, though the live service is said to take
// them: secrets would end in access logs, and the mock does not reward that.
func (s *Server) back(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		s.refuse(w, http.StatusBadRequest, errForm)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, http.StatusBadRequest, errForm)
		return
	}
	form := r.PostForm
	if !same(form.Get("client_id"), s.o.ClientID) {
		s.refuse(w, http.StatusBadRequest, errClient)
		return
	}
	if wait, ok := s.pace.take(); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		s.refuse(w, http.StatusTooManyRequests, errTooMany)
		return
	}
	if !same(form.Get("client_secret"), s.o.ClientSecret) {
		s.refuse(w, http.StatusBadRequest, errSecret)
		return
	}
	switch form.Get("grant_type") {
	case grantCode:
		s.exchange(w, form)
	case grantIdentify:
		s.withScope(w, form, s.identify)
	case grantLogout:
		s.withScope(w, form, s.logout)
	default:
		s.refuse(w, http.StatusBadRequest, errGrant)
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *Server) withScope(w http.ResponseWriter, form url.Values, next func(http.ResponseWriter, url.Values)) {
	if !s.scope(form.Get("scope")) {
		s.refuse(w, http.StatusBadRequest, errScope)
		return
	}
	next(w, form)
}

// scope reports whether a client may ask for it.
func (s *Server) scope(scope string) bool {
	return scope == s.o.Scope || slices.Contains(genericScopes, scope)
}

func (s *Server) exchange(w http.ResponseWriter, form url.Values) {
	token, ok := s.sessions.redeem(form.Get("code"), form.Get("redirect_uri"))
	if !ok {
		s.refuse(w, http.StatusBadRequest, errCode)
		return
	}
	serve.JSON(w, http.StatusOK, struct {
		Scope        string `json:"scope"`
		ExpiresIn    int64  `json:"expires_in"` // seconds
		TokenType    string `json:"token_type"`
		RefreshToken string `json:"refresh_token"`
		AccessToken  string `json:"access_token"`
	}{s.o.Scope, int64(s.o.TokenLife / time.Second), "bearer", uuid.NewString(), token})
}

func (s *Server) identify(w http.ResponseWriter, form url.Values) {
	in := s.sessions.find(form.Get("access_token"))
	if in == nil {
		serve.JSON(w, http.StatusOK, map[string]string{"ret_cd": refusedToken})
		return
	}
	serve.JSON(w, http.StatusOK, in.profile())
}

func (s *Server) logout(w http.ResponseWriter, form url.Values) {
	code := "0"
	if !s.sessions.end(form.Get("access_token")) {
		code = refusedToken
	}
	serve.JSON(w, http.StatusOK, map[string]string{"ret_cd": code})
}
