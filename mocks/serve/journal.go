package serve

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Call is one call as it arrived, whatever became of it.
type Call struct {
	Operation   string         `json:"operation"`
	At          time.Time      `json:"at"`
	Transaction string         `json:"transaction_id,omitempty"`
	Sender      personal.PINFL `json:"-"` // the acting official, where the operation carries one
	Subject     personal.PINFL `json:"-"` // whom the call asks about, where it says so
	Host        string         `json:"host"`
	RealIP      string         `json:"real_ip,omitempty"` // header X-Real-IP
	// Authorization is the header of that name, for tests of credentials.
	Authorization personal.Secret `json:"-"`
}

// keep is how many calls the journal remembers in full; counts never end.
const keep = 20000

type journal struct {
	mu     sync.Mutex
	calls  []Call
	counts map[string]int
	more   chan struct{} // closed and replaced at each call
}

func newJournal() *journal {
	return &journal{counts: map[string]int{}, more: make(chan struct{})}
}

func (j *journal) add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.calls) >= keep {
		j.calls = append(j.calls[:0], j.calls[keep/2:]...)
	}
	j.calls = append(j.calls, c)
	j.counts[c.Operation]++
	close(j.more)
	j.more = make(chan struct{})
}

// Calls returns the calls of an operation in the order of arrival, all
// operations for "". Only the latest ten to twenty thousand are remembered.
func (s *Server) Calls(operation string) []Call {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	var out []Call
	for _, c := range s.journal.calls {
		if operation == "" || c.Operation == operation {
			out = append(out, c)
		}
	}
	return out
}

// Count is the number of calls of an operation since the start or ResetCalls.
func (s *Server) Count(operation string) int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.counts[operation]
}

// Counts is Count of every operation called so far.
func (s *Server) Counts() map[string]int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return maps.Clone(s.journal.counts)
}

// ResetCalls forgets all calls and counts.
func (s *Server) ResetCalls() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.calls, s.journal.counts = nil, map[string]int{}
}

// WaitCount blocks until the operation was called n times (the n-th has
// arrived, it need not be answered) or the context ends.
func (s *Server) WaitCount(ctx context.Context, operation string, n int) error {
	for {
		s.journal.mu.Lock()
		have, more := s.journal.counts[operation], s.journal.more
		s.journal.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
