package oneid

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// Order says who signs in, and how.
type Order struct {
	As string `json:"as"` // a story, or a PINFL of anybody
	// Method is one of Methods; empty: MethodSignature, or MethodPassword for an
	// unconfirmed account.
	Method string `json:"method"`
	// Unconfirmed leaves the PINFL out of the profile. Only without an
	// e-signature: with one, an account is confirmed.
	Unconfirmed bool `json:"unconfirmed"`
	// AuthorizeURL is where the client sends the browser; what it asks for takes
	// the place of RedirectURI and State.
	AuthorizeURL string `json:"authorize_url"`
	RedirectURI  string `json:"redirect_uri"` // empty: the only registered one
	State        string `json:"state"`
}

// Mistakes in an order.
var (
	ErrNobody      = errors.New("no such person: want a story, or the PINFL of somebody in the population")
	ErrMethod      = errors.New("no such way to sign in, or the client does not allow it; have " + strings.Join(Methods(), ", "))
	ErrNoTIN       = errors.New("the person's certificate is not an organisation's")
	ErrConfirmed   = errors.New("an account that is signed in to with an e-signature is confirmed")
	ErrCertificate = errors.New("the person's certificate is revoked or has expired")
)

// SignIn signs somebody in without a browser and returns where the browser
// would be sent: the client's return address with code and state.
func (s *Server) SignIn(o Order) (location string, err error) {
	a := asked{Response: responseCode, ClientID: s.o.ClientID, Scope: s.o.Scope, Redirect: o.RedirectURI, State: o.State}
	if o.AuthorizeURL != "" {
		u, err := url.Parse(o.AuthorizeURL)
		if err != nil {
			return "", errors.New("the authorize address is none")
		}
		a = readAsked(u.Query())
	} else if a.Redirect == "" && len(s.o.Redirects) == 1 {
		a.Redirect = s.o.Redirects[0]
	}
	if word := s.check(a); word != "" {
		return "", fmt.Errorf("the client is refused: %s", word)
	}
	return s.signIn(o, a)
}

// signIn opens a session for somebody; the request was checked.
func (s *Server) signIn(o Order, a asked) (string, error) {
	p := s.o.Population.ByStory(o.As)
	if p == nil {
		p = s.o.Population.ByPINFL(personal.PINFL(o.As))
	}
	if p == nil {
		return "", ErrNobody
	}
	if o.Method == "" {
		o.Method = MethodSignature
		if o.Unconfirmed {
			o.Method = MethodPassword
		}
	}
	switch {
	case !slices.Contains(Methods(), o.Method) || !a.allows(o.Method):
		return "", ErrMethod
	case o.Unconfirmed && byCertificate(o.Method):
		return "", ErrConfirmed
	case o.Method == MethodOrganisation && p.Certificate.TIN == "":
		return "", ErrNoTIN
	case byCertificate(o.Method) && !s.inForce(p.Certificate):
		return "", ErrCertificate
	}
	code := s.sessions.open(session{person: p, method: o.Method, unconfirmed: o.Unconfirmed, redirect: a.Redirect})
	return a.back(code)
}

// inForce looks at the end of a certificate only: populations of a later
// election have certificates that are still to begin.
func (s *Server) inForce(c population.Certificate) bool {
	today := civil.Of(s.o.Now())
	return today.Compare(c.NotAfter) <= 0 && (c.Revoked.IsZero() || today.Compare(c.Revoked) < 0)
}

// control answers POST /_mock/signin and DELETE /_mock/tokens.
func (s *Server) control() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_mock/signin", func(w http.ResponseWriter, r *http.Request) {
		var o Order
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestForm)).Decode(&o); err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": `want {"as": story or PINFL, "redirect_uri": ..., "state": ...} or {"as", "authorize_url"}`})
			return
		}
		location, err := s.SignIn(o)
		if err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		serve.JSON(w, http.StatusOK, map[string]string{"location": location})
	})
	mux.HandleFunc("DELETE /_mock/tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.ExpireTokens()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
