package sms

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/serve"
)

// Message is one accepted message. A repeated message id adds to Times and
// changes nothing else.
type Message struct {
	Recipient  personal.Phone `json:"recipient"`
	Text       string         `json:"text"`
	ID         string         `json:"message-id"`
	Originator string         `json:"originator"`
	Priority   string         `json:"priority,omitempty"`
	TTL        time.Duration  `json:"-"`
	ReceivedAt time.Time      `json:"received_at"`
	Times      int            `json:"times"`    // how often it was received
	Conflict   bool           `json:"conflict"` // a repetition had another text or recipient: a fault of the sender
}

type inbox struct {
	mu    sync.Mutex
	order []*Message
	byID  map[string]*Message
	more  chan struct{} // closed and replaced when a message comes in
}

func newInbox() *inbox { return &inbox{byID: map[string]*Message{}, more: make(chan struct{})} }

// take stores a message and reports whether it is new.
func (b *inbox) take(m Message, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if have := b.byID[m.ID]; have != nil {
		have.Times++
		have.Conflict = have.Conflict || have.Text != m.Text || have.Recipient != m.Recipient
		return false
	}
	m.ReceivedAt, m.Times = now, 1
	b.order = append(b.order, &m)
	b.byID[m.ID] = &m
	close(b.more)
	b.more = make(chan struct{})
	return true
}

func (b *inbox) list() ([]Message, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Message, 0, len(b.order))
	for _, m := range b.order {
		out = append(out, *m)
	}
	return out, b.more
}

func (b *inbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.order, b.byID = nil, map[string]*Message{}
}

// Inbox returns every accepted message, oldest first.
func (s *Server) Inbox() []Message {
	list, _ := s.inbox.list()
	return list
}

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
	for {
		list, more := s.inbox.list()
		if len(list) >= n {
			return list, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return list, ctx.Err()
		}
	}
}

var page = template.Must(template.New("inbox").Parse(`<!DOCTYPE html>
<html lang="uz"><head><meta charset="utf-8"><title>SMS inbox (mock)</title><meta http-equiv="refresh" content="3">
<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ddd;padding:.4rem;text-align:left;vertical-align:top}</style></head><body>
<h1>SMS inbox (mock)</h1>{{if not .}}<p>Nothing yet.</p>{{else}}
<table><tr><th>Received</th><th>To</th><th>Text</th><th>Id</th><th>Times</th></tr>
{{range .}}<tr><td>{{.ReceivedAt.Format "15:04:05"}}</td><td>{{printf "%s" .To}}</td><td>{{.Text}}</td><td>{{.ID}}</td><td>{{.Times}}</td></tr>
{{end}}</table>{{end}}</body></html>
`))

// row is a message whose recipient prints clear: the inbox stands for a telephone.
type row struct {
	Message
	To string
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	var rows []row
	for _, m := range slices.Backward(s.Inbox()) {
		rows = append(rows, row{m, string(m.Recipient)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(w, rows); err != nil {
		s.o.Log.ErrorContext(r.Context(), "writing the inbox page", "error", err)
	}
}

// control answers GET and DELETE /_mock/inbox and POST /_mock/callback.
func (s *Server) control() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_mock/inbox", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, s.Inbox())
	})
	mux.HandleFunc("DELETE /_mock/inbox", func(w http.ResponseWriter, _ *http.Request) {
		s.inbox.clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_mock/callback", s.callback)
	return mux
}
