package call

import (
	"context"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// Token is a credential that a system issues for a while.
type Token struct {
	Value  string
	Renew  time.Time // from here on a new one is fetched
	Expiry time.Time
}

// Tokens keeps the token of one set of credentials. It is safe for concurrent use.
type Tokens struct {
	fetch   func(ctx context.Context, number string) (Token, error)
	now     func() time.Time
	renewal chan struct{} // holds one: a single renewal at a time

	mu      sync.Mutex
	current Token
	tries   int   // renewals tried so far
	failure error // of the last one; nil: it succeeded, or whoever tried went away
}

// NewTokens keeps what fetch brings; number is the transaction on whose behalf,
// for the exchange record.
func NewTokens(fetch func(ctx context.Context, number string) (Token, error), now func() time.Time) *Tokens {
	return &Tokens{fetch: fetch, now: now, renewal: make(chan struct{}, 1)}
}

// Get returns a token good for a call. One that is due for renewal still serves
// while there is no other to be had. Whoever waited for a renewal that failed
// shares its fault instead of trying anew in a long row.
func (s *Tokens) Get(ctx context.Context, number string) (string, error) {
	t, tries, _ := s.state()
	if s.now().Before(t.Renew) {
		return t.Value, nil
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	t, since, err := s.state()
	if s.now().Before(t.Renew) { // renewed while we waited
		return t.Value, nil
	}
	if since == tries || err == nil {
		err = s.renew(ctx, number)
		t, _, _ = s.state()
	}
	if err == nil || s.now().Before(t.Expiry) {
		return t.Value, nil
	}
	return "", err
}

// Refresh fetches a token though the one in force may be good: it is the probe.
func (s *Tokens) Refresh(ctx context.Context, number string) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return s.renew(ctx, number)
}

// With makes a call with a token. One that the system refuses is renewed and
// the call made exactly once more. The first call's Request must carry refuses as
// Renews: renews is that, and nil at the second.
func (s *Tokens) With(ctx context.Context, number string, refuses func(*fault.Fault) bool,
	do func(token string, renews func(*fault.Fault) bool) error,
) (called bool, err error) {
	token, err := s.Get(ctx, number)
	if err != nil {
		return false, err
	}
	if err = do(token, refuses); err == nil || !refuses(fault.Of(err)) {
		return true, err
	}
	s.discard(token)
	if token, err = s.Get(ctx, number); err != nil {
		return false, err
	}
	return true, do(token, nil)
}

func (s *Tokens) enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.renewal <- struct{}{}:
		return func() { <-s.renewal }, nil
	case <-ctx.Done():
		return nil, &fault.Fault{Kind: fault.Unavailable, Code: CodeCancelled, Err: ctx.Err()}
	}
}

func (s *Tokens) state() (Token, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.tries, s.failure
}

func (s *Tokens) renew(ctx context.Context, number string) error {
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

// discard forgets a token that the system refused, unless another has already
// taken its place.
func (s *Tokens) discard(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Value == value {
		s.current = Token{}
	}
}
