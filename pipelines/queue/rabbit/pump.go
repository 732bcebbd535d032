package rabbit

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// pump takes one topic's hints from the broker for all of this process's
// subscriptions. Were each subscription a consumer, a hub of 25 stages with 8
// workers each would hold 200 channels.
type pump struct {
	topic         string
	subscriptions int // guarded by Transport.mu
	stop          context.CancelFunc
	refused       bool // told to the log
}

// retry is the pause before a consumer that ended is started anew.
const retry = 50 * time.Millisecond

var (
	errConsumer = errors.New("the broker ended the consumer")
	errBusy     = errors.New("all subscriptions are busy")
)

func (t *Transport) pump(ctx context.Context, p *pump) {
	defer p.stop()
	for {
		li, err := t.in.wait(ctx)
		if err != nil {
			return
		}
		err = t.consume(ctx, li, p)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errBusy) {
			t.topics.Free(ctx, p.topic)
			continue
		}
		pause := retry
		if errors.Is(err, errRefused) {
			pause = again
			if !p.refused {
				p.refused = true
				t.cfg.Log.ErrorContext(ctx, "a queue of hints is not ours to use: this process works on its own in this stage",
					"queue", QueueName(t.cfg.Namespace, p.topic), "error", err, "hint", advice(err))
			}
		} else {
			t.cfg.Log.DebugContext(ctx, "taking hints", "topic", p.topic, "error", err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-li.gone:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// consume takes hints until ctx or the consumer ends. The queue is declared each
// time: it may have been deleted, or the broker wiped.
func (t *Transport) consume(ctx context.Context, li *life, p *pump) error {
	var ch *amqp.Channel
	var deliveries <-chan amqp.Delivery
	err := li.within(t.cfg.Timeout, func() (err error) {
		if ch, err = li.conn.Channel(); err != nil {
			return err
		}
		if err = declareQueue(ch, t.layout, p.topic); err != nil {
			return err
		}
		if err = ch.Qos(t.layout.Consume.Qos.PrefetchCount, 0, false); err != nil {
			return err
		}
		deliveries, err = ch.Consume(t.layout.Queue.GenerateName(p.topic), "", false, false, false, false, nil)
		return err
	})
	if ch != nil {
		defer li.shut(ch)
	}
	if err != nil {
		return err
	}
	p.refused = false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case d, ok := <-deliveries:
			if !ok {
				return errConsumer
			}
			if err := t.hand(ctx, p.topic, d); err != nil {
				return err
			}
		}
	}
}

// hand gives one hint to whichever subscription is free, and acknowledges it
// then, not when its handler is done: a hint that is lost with its process is
// made up for by the relays, while one held for the length of a slow call would
// run into the broker's time limits. When nobody gets free in time, the consumer
// ends, and what it holds goes back for other processes.
func (t *Transport) hand(ctx context.Context, topic string, d amqp.Delivery) error {
	m, err := t.layout.Marshaler.Unmarshal(d)
	if err != nil {
		return errors.Join(err, d.Reject(false))
	}
	waiting, cancel := context.WithTimeout(ctx, t.cfg.Hold)
	defer cancel()
	if t.topics.Hand(waiting, topic, m) {
		t.stats.taken.Add(1)
		return d.Ack(false)
	}
	t.stats.returned.Add(1)
	return errBusy
}
