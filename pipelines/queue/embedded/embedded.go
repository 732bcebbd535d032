// Package embedded is the transport inside one process: Watermill's GoChannel
// behind a competing-consumers subscriber, since GoChannel itself hands every
// message to every subscription. Hints may be dropped when nobody is free to
// take them; the queue's relay makes up for it.
package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"

	"github.com/saylovhub/hub/pipelines/queue/competing"
)

// Transport is one process's bus. Every message on a topic goes to exactly one
// of the topic's subscriptions.
type Transport struct {
	bus    *gochannel.GoChannel
	topics *competing.Topics
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	fed    map[string]bool // topics with a subscription to the bus
	closed bool
}

// quiet makes the library's news debug news.
func quiet(log *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
}

// ErrClosed means the transport is shut.
var ErrClosed = competing.ErrClosed

// New makes an open transport.
func New(log *slog.Logger) *Transport {
	ctx, cancel := context.WithCancel(context.Background())
	return &Transport{
		// Blocking until the acknowledgement, which comes at once (see feed), keeps
		// GoChannel from spawning goroutines without bound.
		bus:    gochannel.NewGoChannel(gochannel.Config{OutputChannelBuffer: competing.Backlog, BlockPublishUntilSubscriberAck: true}, quiet(log)),
		topics: competing.New(),
		ctx:    ctx,
		cancel: cancel,
		fed:    map[string]bool{},
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

// PublishLocal is Publish: there is no other process.
func (t *Transport) PublishLocal(topic string, messages ...*message.Message) error {
	return t.Publish(topic, messages...)
}

// Subscribe adds one competing consumer. It handles one message at a time: the
// next comes after the last is acknowledged. A nack brings the message back to
// the topic's consumers, and so does the end of ctx before it was handed over.
func (t *Transport) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	if err := t.feed(topic); err != nil {
		return nil, err
	}
	return t.topics.Subscribe(ctx, topic)
}

// feed makes the topic's one subscription to the bus on first use. The caller
// holds the lock.
func (t *Transport) feed(topic string) error {
	if t.fed[topic] {
		return nil
	}
	in, err := t.bus.Subscribe(t.ctx, topic)
	if err != nil {
		return fmt.Errorf("subscribing to %s: %w", topic, err)
	}
	t.fed[topic] = true
	t.wg.Go(func() {
		for m := range in {
			// Kept before the acknowledgement: when Publish returns, the message is
			// there for whoever is free. It must not wait for a worker.
			t.topics.Offer(topic, m)
			m.Ack()
		}
	})
	return nil
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
	t.topics.Close()
	t.wg.Wait()
	return err
}
