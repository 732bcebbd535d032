package sms

import (
	"context"
	"net/http"

	"github.com/saylovhub/hub/mocks/inbox"
)

// System is the gateway's name in a shared inbox.
const System = "sms"

// Message is one accepted message. A repeated message id adds to Times and
// changes nothing else.
type Message = inbox.Message

// Inbox returns every message that this gateway accepted, oldest first.
func (s *Server) Inbox() []Message { return s.o.Inbox.List(System) }

// Duplicates is how many receptions were dropped as repeated.
func (s *Server) Duplicates() int {
	n := 0
	for _, m := range s.Inbox() {
		n += m.Times - 1
	}
	return n
}

// WaitInbox blocks until the inbox holds n messages or the context ends.
func (s *Server) WaitInbox(ctx context.Context, n int) ([]Message, error) {
	return s.o.Inbox.Wait(ctx, System, n)
}

// SetNumbers changes which telephones behave ill from now on.
func (s *Server) SetNumbers(n inbox.Numbers) { s.numbers.Set(n) }

// control answers GET and DELETE /_mock/inbox, GET and PUT /_mock/numbers and
// POST /_mock/callback.
func (s *Server) control() *http.ServeMux {
	mux := http.NewServeMux()
	s.o.Inbox.Control(mux)
	s.numbers.Control(mux)
	mux.HandleFunc("POST /_mock/callback", s.callback)
	return mux
}
