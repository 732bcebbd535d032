package crashtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Broker is where events are published.
type Broker struct {
	URL       string
	Namespace string // of the exchange of events
}

// queue is a subscriber's own durable queue at the broker: it holds what comes
// while the subscriber, or the broker, is away.
type queue struct {
	collected
	b    Broker
	name string
	stop context.CancelFunc
	done chan struct{}
}

// listenAMQP declares the queue and begins to read it.
func (w *World) listenAMQP(t testing.TB) *queue {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	q := &queue{b: *w.Edition.Broker, name: "ledger", stop: cancel, done: make(chan struct{})}
	conn, _, err := q.dial()
	if err != nil {
		t.Fatalf("declaring a subscriber's queue: %v", err)
	}
	_ = conn.Close()
	go func() {
		defer close(q.done)
		for ctx.Err() == nil {
			_ = q.read(ctx) // the broker is away: once more
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return q
}

// Name tells the way.
func (q *queue) Name() string { return "AMQP" }

// Ordered: one that the broker lost is repeated behind later ones.
func (q *queue) Ordered() bool { return false }

// Close ends it.
func (q *queue) Close() error {
	q.stop()
	<-q.done
	return nil
}

func (q *queue) dial() (*amqp.Connection, *amqp.Channel, error) {
	conn, err := amqp.DialConfig(q.b.URL, amqp.Config{Dial: amqp.DefaultDial(5 * time.Second)})
	if err != nil {
		return nil, nil, err
	}
	c, err := conn.Channel()
	if err == nil {
		err = c.ExchangeDeclare(q.b.Namespace+".events", amqp.ExchangeTopic, true, false, false, false, nil)
	}
	if err == nil {
		_, err = c.QueueDeclare(q.name, true, false, false, false, nil)
	}
	if err == nil {
		err = c.QueueBind(q.name, "#", q.b.Namespace+".events", false, nil)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("declaring a queue: %w", err)
	}
	return conn, c, nil
}

func (q *queue) read(ctx context.Context) error {
	conn, c, err := q.dial()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	deliveries, err := c.ConsumeWithContext(ctx, q.name, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case d, open := <-deliveries:
			if !open {
				return nil
			}
			q.take(d.Body)
			if err := d.Ack(false); err != nil {
				return err
			}
		}
	}
}
