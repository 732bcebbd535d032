package oneid

import (
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/mocks/population"
)

// session is one person who has signed in.
type session struct {
	person      *population.Person
	method      string
	unconfirmed bool
	id          string
	redirect    string // where the code went
	until       time.Time
}

// sessions keeps codes and tokens in force.
type sessions struct {
	o Options

	mu     sync.Mutex
	issued int
	codes  map[string]*session
	tokens map[string]*session
}

func newSessions(o Options) *sessions {
	return &sessions{o: o, codes: map[string]*session{}, tokens: map[string]*session{}}
}

// open gives out a code for a person who has just signed in. The two forms that
// were seen take turns: 16 bytes in base64, which hold + and / and end in =,
// and a UUID.
func (s *sessions) open(in session) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	sweep(s.codes, now)
	in.id, in.until = uuid.NewString(), now.Add(s.o.CodeLife)
	code := uuid.NewString()
	if s.issued++; s.issued%2 == 1 {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		code = base64.StdEncoding.EncodeToString(b[:])
	}
	s.codes[code] = &in
	return code
}

// redeem uses a code up and gives out a token; false when there is no such code
// for that return address.
func (s *sessions) redeem(code, redirect string) (token string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	in := s.codes[code]
	delete(s.codes, code)
	if in == nil || !now.Before(in.until) || in.redirect != redirect {
		return "", false
	}
	sweep(s.tokens, now)
	token = uuid.NewString()
	in.until = now.Add(s.o.TokenLife)
	s.tokens[token] = in
	return token, true
}

// find returns whose the token is; nil when it is not in force.
func (s *sessions) find(token string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.tokens[token]
	if in == nil || !s.o.Now().Before(in.until) {
		return nil
	}
	return in
}

// end ends a session; false when there was none.
func (s *sessions) end(token string) bool {
	found := s.find(token) != nil
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
	return found
}

// ExpireTokens ends every code and token given out so far.
func (s *Server) ExpireTokens() {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	clear(s.sessions.codes)
	clear(s.sessions.tokens)
}

func sweep(m map[string]*session, now time.Time) {
	for key, in := range m {
		if !now.Before(in.until) {
			delete(m, key)
		}
	}
}

// pace counts the requests of a limitWindow, which begins with the first.
type pace struct {
	most int
	now  func() time.Time

	mu    sync.Mutex
	since time.Time
	n     int
}

// take counts one request; when it is one too many, wait is what is left of the
// minute.
func (p *pace) take() (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.since.IsZero() || now.Sub(p.since) >= limitWindow {
		p.since, p.n = now, 0
	}
	p.n++
	return p.since.Add(limitWindow).Sub(now), p.most < 0 || p.n <= p.most
}
