package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// broker is the way over RabbitMQ.
type broker struct {
	URL, Exchange, Queue, Bind string
}

// follow handles events until ctx ends, and comes back when the connection
// breaks: what was not acknowledged comes again.
func (b broker) follow(ctx context.Context, k *book) error {
	for {
		err := b.consume(ctx, k)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintln(os.Stderr, "subscriber: once more:", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

var errClosed = errors.New("the connection is closed")

// declare makes the exchange, as the hub does (whoever comes first), and a
// durable queue of our own, which keeps what comes while we are away.
func (b broker) declare(ch *amqp.Channel) error {
	if err := ch.ExchangeDeclare(b.Exchange, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return err
	}
	if _, err := ch.QueueDeclare(b.Queue, true, false, false, false, nil); err != nil {
		return err
	}
	return ch.QueueBind(b.Queue, b.Bind, b.Exchange, false, nil)
}

func (b broker) consume(ctx context.Context, k *book) error {
	conn, err := amqp.Dial(b.URL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	if err := b.declare(ch); err != nil {
		return err
	}
	// One consumer takes the queue in its order; a second one waits to follow.
	if err := ch.Qos(50, 0, false); err != nil {
		return err
	}
	messages, err := ch.Consume(b.Queue, "", false, true, false, false, nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m, ok := <-messages:
			if !ok {
				return errClosed
			}
			// Acknowledged once it is handled and noted, never before. An error
			// leaves it, and all behind it, to the next connection.
			if err := k.handle(m.Body); err != nil {
				return err
			}
			if err := m.Ack(false); err != nil {
				return err
			}
		}
	}
}
