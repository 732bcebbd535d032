package rabbit

import (
	"context"
	"errors"
	"fmt"
	"time"

	wamqp "github.com/ThreeDotsLabs/watermill-amqp/v2/pkg/amqp"
	amqp "github.com/rabbitmq/amqp091-go"
)

// batch publishes a list of events over one channel. Up to window of them are
// under way: waiting for each confirm would cost the broker's fsync and a round
// trip an event.
type batch struct {
	ctx      context.Context
	ch       *amqp.Channel
	layout   wamqp.Config
	window   int
	patience time.Duration

	flight []underway
	busy   map[string]bool // orders with an event under way
}

type underway struct {
	confirm *amqp.DeferredConfirmation
	order   string
	until   time.Time
}

var (
	errSilent = errors.New("no confirm came in time")
	errNack   = errors.New("the broker refused the event")
)

// send returns how many events from the first on are confirmed. After a failure
// nothing more is sent, and what was sent behind the failure does not count.
func (b *batch) send(list []Event) (int, error) {
	var failed error
	confirmed, next := 0, 0
	for {
		for failed == nil && next < len(list) && len(b.flight) < b.window && !b.busy[list[next].Order] {
			if failed = b.publish(list[next]); failed == nil {
				next++
			}
		}
		if len(b.flight) == 0 {
			return confirmed, failed
		}
		if err := b.wait(b.flight[0]); err != nil {
			return confirmed, errors.Join(failed, err)
		}
		delete(b.busy, b.flight[0].order)
		b.flight = b.flight[1:]
		confirmed++
	}
}

func (b *batch) publish(ev Event) error {
	p, err := b.layout.Marshaler.Marshal(ev.Message)
	if err != nil {
		return err
	}
	if len(ev.Key) > longest {
		return fmt.Errorf("a routing key of %d bytes, at most %d can be sent", len(ev.Key), longest)
	}
	confirm, err := b.ch.PublishWithDeferredConfirmWithContext(b.ctx, b.layout.Exchange.GenerateName(""), ev.Key, false, false, p)
	if err != nil {
		return err
	}
	if ev.Order != "" {
		b.busy[ev.Order] = true
	}
	b.flight = append(b.flight, underway{confirm, ev.Order, time.Now().Add(b.patience)})
	return nil
}

func (b *batch) wait(u underway) error {
	select {
	case <-u.confirm.Done():
	default:
		t := time.NewTimer(time.Until(u.until))
		defer t.Stop()
		select {
		case <-u.confirm.Done():
		case <-t.C:
			return errSilent
		case <-b.ctx.Done():
			return b.ctx.Err()
		}
	}
	switch {
	case u.confirm.Acked():
		return nil
	case b.ch.IsClosed():
		return errLost
	}
	return errNack
}
