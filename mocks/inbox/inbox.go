package inbox

import (
	"context"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Message is one message as a telephone got it.
type Message struct {
	System     string         `json:"system"` // of the gateway: sms, eskiz
	Recipient  personal.Phone `json:"recipient"`
	Text       string         `json:"text"`
	ID         string         `json:"message-id"` // the sender's
	Ref        string         `json:"ref,omitempty"`
	Originator string         `json:"originator"`
	Priority   string         `json:"priority,omitempty"`
	TTL        time.Duration  `json:"-"`
	Encoding   string         `json:"encoding"`
	Parts      int            `json:"parts"` // SMS that were paid for
	ReceivedAt time.Time      `json:"received_at"`
	Times      int            `json:"times"`    // how often it was received
	Conflict   bool           `json:"conflict"` // a repetition had another text or recipient: a fault of the sender
}

// Inbox holds messages, oldest first. It is safe for concurrent use and may be
// shared by several gateways.
type Inbox struct {
	mu    sync.Mutex
	order []*Message
	first map[key]*Message
	more  chan struct{} // closed and replaced when a message comes in
}

type key struct{ system, id string }

// New makes an empty inbox.
func New() *Inbox { return &Inbox{first: map[key]*Message{}, more: make(chan struct{})} }

// Add puts a message in, whatever there is already.
func (b *Inbox) Add(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(m)
}

// AddOnce puts a message in unless the same gateway had one of this id, which
// then counts one more time. It reports whether the message is new.
func (b *Inbox) AddOnce(m Message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if have := b.first[key{m.System, m.ID}]; have != nil {
		have.Times++
		have.Conflict = have.Conflict || have.Text != m.Text || have.Recipient != m.Recipient
		return false
	}
	b.add(m)
	return true
}

func (b *Inbox) add(m Message) {
	m.Times = 1
	m.Encoding, m.Parts = Parts(m.Text)
	b.order = append(b.order, &m)
	if k := (key{m.System, m.ID}); b.first[k] == nil {
		b.first[k] = &m
	}
	close(b.more)
	b.more = make(chan struct{})
}

// List returns the messages of a gateway, of all for "".
func (b *Inbox) List(system string) []Message {
	list, _ := b.list(system)
	return list
}

func (b *Inbox) list(system string) ([]Message, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Message, 0, len(b.order))
	for _, m := range b.order {
		if system == "" || m.System == system {
			out = append(out, *m)
		}
	}
	return out, b.more
}

// Wait blocks until a gateway has n messages, all together for "", or the
// context ends.
func (b *Inbox) Wait(ctx context.Context, system string, n int) ([]Message, error) {
	for {
		list, more := b.list(system)
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

// Clear forgets the messages of a gateway, of all for "".
func (b *Inbox) Clear(system string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := []*Message{}
	for _, m := range b.order {
		if system != "" && m.System != system {
			kept = append(kept, m)
			continue
		}
		delete(b.first, key{m.System, m.ID})
	}
	b.order = kept
}
