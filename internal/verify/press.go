package verify

import (
	"context"
	"sync"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// Ends lists the documents that hold no more, page by page, as the store does.
type Ends interface {
	Ended(ctx context.Context, after string, limit int) (list []dossier.Ended, next string, err error)
}

const (
	// fresh is how long a list is handed out before it is made anew: what anybody
	// may ask for must not cost a reading of the store each time.
	fresh = time.Minute
	// slack is what a list does not vouch for: a transaction takes its time before
	// it is there to read.
	slack = time.Minute
	page  = 1000
)

// Press makes the signed list and keeps it for a minute. It is safe for
// concurrent use; one at a time makes, the others wait for it.
type Press struct {
	Codes issuing.Codes // with the private key
	Ends  Ends
	Now   func() time.Time

	turn   chan struct{} // of one: who makes the list; made by once
	once   sync.Once
	mu     sync.Mutex
	signed []byte
	made   time.Time
}

// Signed returns the list as it is handed out.
func (p *Press) Signed(ctx context.Context) ([]byte, error) {
	p.once.Do(func() { p.turn = make(chan struct{}, 1) })
	if raw := p.kept(); raw != nil {
		return raw, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if raw := p.kept(); raw != nil {
		return raw, nil
	}
	start := p.Now()
	var entries []Entry
	for after := ""; ; {
		list, next, err := p.Ends.Ended(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			entry, err := EntryOf(p.Codes, e)
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		}
		if len(list) < page {
			break
		}
		after = next
	}
	raw, err := NewList(entries, start, start.Add(-slack)).Sign(p.Codes.Sign, p.Codes.PublicKey)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signed, p.made = raw, start
	return raw, nil
}

func (p *Press) kept() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.signed == nil || p.Now().Sub(p.made) >= fresh {
		return nil
	}
	return p.signed
}
