// Package competing is the part that transports share inside one process: the
// subscriptions of a topic compete, so that every message reaches exactly one of
// them. A message comes in over Offer, which never waits and drops what is too
// much, or over Hand, which waits until a subscription is free.
package competing

import (
	"context"
	"errors"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// ErrClosed means the transport is shut.
var ErrClosed = errors.New("the transport is closed")

// Backlog bounds the offered messages of one topic that wait for a free
// subscription. More would be worth nothing: a hint carries no work, only news
// of it.
const Backlog = 256

// Topics are the subscriptions of one process.
type Topics struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	topics map[string]*topic
	closed bool
}

type topic struct {
	waiting chan *message.Message // offered, and brought back
	handed  chan *message.Message // unbuffered: its sender waits for a free subscription
	free    chan struct{}         // unbuffered: a free subscription tells whoever asks
}

// New has no subscriptions yet.
func New() *Topics {
	ctx, cancel := context.WithCancel(context.Background())
	return &Topics{ctx: ctx, cancel: cancel, topics: map[string]*topic{}}
}

// Subscribe adds one competing consumer. It handles one message at a time: the
// next comes after the last is acknowledged. A nack brings the message back to
// the topic's consumers, and so does the end of ctx before it was handed over.
// When the subscription has ended, and before its channel is closed, each of
// ended is called.
func (t *Topics) Subscribe(ctx context.Context, name string, ended ...func()) (<-chan *message.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	of := t.topics[name]
	if of == nil {
		of = &topic{waiting: make(chan *message.Message, Backlog), handed: make(chan *message.Message), free: make(chan struct{})}
		t.topics[name] = of
	}
	out := make(chan *message.Message)
	t.wg.Go(func() {
		defer close(out)
		for _, f := range ended {
			defer f()
		}
		for {
			var m *message.Message
			select {
			case <-ctx.Done():
				return
			case <-t.ctx.Done():
				return
			case of.free <- struct{}{}:
				continue
			case m = <-of.waiting:
			case m = <-of.handed:
			}
			if !t.deliver(ctx, m, out, of.waiting) {
				return
			}
		}
	})
	return out, nil
}

// deliver hands one message over and waits for its outcome.
func (t *Topics) deliver(ctx context.Context, m *message.Message, out chan<- *message.Message, waiting chan *message.Message) bool {
	own := m.Copy()
	mctx, cancel := context.WithCancel(ctx)
	defer cancel()
	own.SetContext(mctx)
	select {
	case <-ctx.Done():
		offer(waiting, m) // this consumer is gone, others may not be
		return false
	case <-t.ctx.Done():
		return false
	case out <- own:
	}
	select {
	case <-own.Acked():
	case <-own.Nacked():
		offer(waiting, m)
	case <-t.ctx.Done():
		return false
	}
	return true
}

// Offer keeps a message for whoever is free. It drops it, and says so, when too
// many wait already or when the topic never had a subscription.
func (t *Topics) Offer(name string, m *message.Message) bool {
	of := t.of(name)
	return of != nil && offer(of.waiting, m)
}

func offer(c chan *message.Message, m *message.Message) bool {
	select {
	case c <- m:
		return true
	default:
		return false
	}
}

// Hand gives a message to a subscription that is free now, or waits for one
// until ctx ends; it reports whether one took it.
func (t *Topics) Hand(ctx context.Context, name string, m *message.Message) bool {
	of := t.of(name)
	if of == nil {
		return false
	}
	select {
	case of.handed <- m:
		return true
	case <-ctx.Done():
	case <-t.ctx.Done():
	}
	return false
}

// Free waits until a subscription is free or ctx ends, and reports which.
func (t *Topics) Free(ctx context.Context, name string) bool {
	of := t.of(name)
	if of == nil {
		return false
	}
	select {
	case <-of.free:
		return true
	case <-ctx.Done():
	case <-t.ctx.Done():
	}
	return false
}

func (t *Topics) of(name string) *topic {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.topics[name]
}

// Close ends all subscriptions and waits for their goroutines.
func (t *Topics) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.cancel()
	t.wg.Wait()
}
