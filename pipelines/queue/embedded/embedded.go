// Package embedded is the transport inside one process: Watermill's GoChannel
// behind a competing-consumers subscriber, since GoChannel itself hands every
// message to every subscription. Hints may be dropped when nobody is free to
// take them; the queue's relay makes up for it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

// Transport is one process's bus. Every message on a topic goes to exactly one
// of the topic's subscriptions.
type Transport struct {
	bus    *gochannel.GoChannel
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	topics map[string]chan *message.Message
	closed bool
}

// quiet makes the library's news debug news.
func quiet(log *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
}

// ErrClosed means the transport is shut.
var ErrClosed = errors.New("the transport is closed")

// backlog bounds the hints of one topic that wait for a free subscription.
// More would be worth nothing: a hint carries no work, only news of it.
const backlog = 256

// New makes an open transport.
func New(log *slog.Logger) *Transport {
	ctx, cancel := context.WithCancel(context.Background())
	return &Transport{
		// Blocking until the acknowledgement, which comes at once (see shared),
		// keeps GoChannel from spawning goroutines without bound.
		bus:    gochannel.NewGoChannel(gochannel.Config{OutputChannelBuffer: backlog, BlockPublishUntilSubscriberAck: true}, quiet(log)),
		ctx:    ctx,
		cancel: cancel,
		topics: map[string]chan *message.Message{},
	}
}

// Publish hands messages to the topic; without a subscription they are lost.
func (t *Transport) Publish(topic string, messages ...*message.Message) error {
	if t.ctx.Err() != nil {
		return ErrClosed
	}
	if err := t.bus.Publish(topic, messages...); err != nil {
		return fmt.Errorf("publishing on %s: %w", topic, err)
	}
	return nil
}

// Subscribe adds one competing consumer. It handles one message at a time: the
// next comes after the last is acknowledged. A nack brings the message back to
// the topic's consumers, and so does the end of ctx before it was handed over.
func (t *Transport) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	shared, err := t.shared(topic)
	if err != nil {
		return nil, err
	}
	out := make(chan *message.Message)
	t.wg.Go(func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.ctx.Done():
				return
			case m := <-shared:
				if !t.deliver(ctx, m, out, shared) {
					return
				}
			}
		}
	})
	return out, nil
}

// deliver hands one message over and waits for its outcome.
func (t *Transport) deliver(ctx context.Context, m *message.Message, out chan<- *message.Message, shared chan *message.Message) bool {
	own := m.Copy()
	mctx, cancel := context.WithCancel(ctx)
	defer cancel()
	own.SetContext(mctx)
	select {
	case <-ctx.Done():
		offer(shared, m) // this consumer is gone, others may not be
		return false
	case <-t.ctx.Done():
		return false
	case out <- own:
	}
	select {
	case <-own.Acked():
	case <-own.Nacked():
		offer(shared, m)
	case <-t.ctx.Done():
		return false
	}
	return true
}

// shared returns the topic's one subscription to the bus, made on first use.
// The caller holds the lock.
func (t *Transport) shared(topic string) (chan *message.Message, error) {
	if t.closed {
		return nil, ErrClosed
	}
	if c, ok := t.topics[topic]; ok {
		return c, nil
	}
	in, err := t.bus.Subscribe(t.ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("subscribing to %s: %w", topic, err)
	}
	c := make(chan *message.Message, backlog)
	t.topics[topic] = c
	t.wg.Go(func() {
		for m := range in {
			// Kept before the acknowledgement: when Publish returns, the message is
			// there for whoever is free. It must not wait for a worker.
			offer(c, m)
			m.Ack()
		}
	})
	return c, nil
}

// offer drops the message when the backlog is full.
func offer(c chan *message.Message, m *message.Message) {
	select {
	case c <- m:
	default:
	}
}

// Close ends all subscriptions and waits for their goroutines.
func (t *Transport) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	t.mu.Unlock()
	t.cancel()
	err := t.bus.Close()
	t.wg.Wait()
	return err
}
