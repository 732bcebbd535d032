package rabbit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	wamqp "github.com/ThreeDotsLabs/watermill-amqp/v2/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"
)

// Event is one event on its way to the exchange. Its message's UUID is the
// event's id, the payload a CloudEvent in JSON, the metadata the headers.
type Event struct {
	Key string // routing key, at most 255 bytes
	// Order names what the event must keep its order in, such as an application:
	// it is not sent before the one before it with the same Order is confirmed.
	// Empty: the order of sending is enough.
	Order   string
	Message *message.Message
}

// Events publishes to the topic exchange <namespace>.events, which is durable.
// An event counts as published when the broker has confirmed it; one that no
// queue is bound for is confirmed too. It is safe for concurrent use: each call
// has a channel of its own.
type Events struct {
	cfg    Config
	layout wamqp.Config
	out    *line
	stop   context.CancelFunc
	ctx    context.Context
	wg     sync.WaitGroup

	mu   sync.Mutex
	of   *life // the connection of idle
	idle []*amqp.Channel
}

// NewEvents returns at once and connects in the background. An error means that
// the configuration is wrong.
func NewEvents(cfg Config) (*Events, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	e := &Events{cfg: cfg, layout: events(cfg.Namespace), out: cfg.line("events"), stop: stop, ctx: ctx}
	e.wg.Go(func() { e.out.run(ctx) })
	return e, nil
}

// Connected reports whether the broker can be reached and takes messages.
func (e *Events) Connected() bool {
	li := e.out.now()
	return li != nil && !li.blocked.Load()
}

// Close ends the connection; calls under way return errors.
func (e *Events) Close() error {
	e.stop()
	e.wg.Wait()
	return nil
}

// Publish sends messages with one routing key, see Send.
func (e *Events) Publish(ctx context.Context, key string, messages ...*message.Message) (int, error) {
	list := make([]Event, len(messages))
	for i, m := range messages {
		list[i] = Event{Key: key, Message: m}
	}
	return e.Send(ctx, list...)
}

// Send publishes events in their order and returns how many of them, from the
// first on, the broker has confirmed. Those behind may have arrived or not: with
// an error, send them again with the same ids. It waits no longer than
// Config.Confirm for a connection and for each confirm.
func (e *Events) Send(ctx context.Context, list ...Event) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	li, err := e.connection(ctx)
	if err != nil {
		return 0, err
	}
	ch, err := e.take(li)
	if err != nil {
		return 0, err
	}
	b := batch{ctx: ctx, ch: ch, layout: e.layout, window: e.cfg.Window, patience: e.cfg.Confirm, busy: map[string]bool{}}
	n, err := b.send(list)
	switch {
	case err == nil:
		e.give(li, ch)
	case errors.Is(err, errSilent):
		// The broker, or what lies between, is stuck; so would be the next channel.
		li.kill()
	default:
		// Confirms may still be on their way: nobody must mistake them for others'.
		li.shut(ch)
	}
	if err != nil {
		return n, fmt.Errorf("publishing events: %d of %d confirmed: %w", n, len(list), err)
	}
	return n, nil
}

func (e *Events) connection(ctx context.Context) (*life, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Confirm)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)() //nolint:contextcheck // Close ends the wait too
	li, err := e.out.wait(ctx)
	switch {
	case e.ctx.Err() != nil:
		return nil, ErrClosed
	case err != nil:
		return nil, fmt.Errorf("waiting for the broker: %w", err)
	case li.blocked.Load():
		return nil, errors.New("the broker takes no messages: it is low on memory or disk")
	}
	return li, nil
}

// take returns a channel that nobody else uses: as many are open as there are
// calls at once.
func (e *Events) take(li *life) (*amqp.Channel, error) {
	e.mu.Lock()
	if e.of != li {
		e.of, e.idle = li, nil
	}
	for len(e.idle) > 0 {
		ch := e.idle[len(e.idle)-1]
		e.idle = e.idle[:len(e.idle)-1]
		if !ch.IsClosed() {
			e.mu.Unlock()
			return ch, nil
		}
	}
	e.mu.Unlock()
	var ch *amqp.Channel
	err := li.within(e.cfg.Timeout, func() (err error) {
		if ch, err = li.conn.Channel(); err != nil {
			return fmt.Errorf("opening a channel: %w", err)
		}
		// Each time: a broker that was wiped has no exchange.
		if err = declareExchange(ch, e.layout); err != nil {
			return err
		}
		return ch.Confirm(false)
	})
	if err == nil {
		return ch, nil
	}
	if ch != nil {
		li.shut(ch)
	}
	if errors.Is(err, errRefused) {
		err = fmt.Errorf("%w: %s", err, advice(err))
	}
	return nil, err
}

func (e *Events) give(li *life, ch *amqp.Channel) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == li {
		e.idle = append(e.idle, ch)
		return
	}
	// The connection is gone, and the channel with it.
}
