package rabbit

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// again is how long a queue that was refused is left alone.
const again = 30 * time.Second

// send writes the outbox to the broker, over one connection after another.
func (t *Transport) send(ctx context.Context) {
	for {
		li, err := t.out.wait(ctx)
		if err != nil {
			return
		}
		t.sendOver(ctx, li)
		t.shutGate()
	}
}

// shutGate makes hints stay local, those that were not written yet too.
func (t *Transport) shutGate() {
	t.gate.Lock()
	t.open = nil
	t.gate.Unlock()
	for {
		select {
		case h := <-t.ready:
			t.keep(h.topic, h.m)
		default:
			return
		}
	}
}

// sendOver ends with the connection, which it cuts when it cannot go on.
func (t *Transport) sendOver(ctx context.Context, li *life) {
	s := &sender{t: t, li: li, topics: map[string]time.Time{}}
	if err := s.channel(); err != nil {
		s.giveUp(ctx, err)
		return
	}
	defer func() { li.shut(s.ch) }()
	t.gate.Lock()
	t.open = li
	t.gate.Unlock()
	for {
		select {
		case <-ctx.Done():
			s.flush(ctx)
			return
		case <-li.gone:
			return
		case h := <-t.ready:
			if err := s.put(ctx, h); err != nil {
				t.keep(h.topic, h.m)
				s.giveUp(ctx, err)
				return
			}
		}
	}
}

// sender publishes over one connection.
type sender struct {
	t      *Transport
	li     *life
	ch     *amqp.Channel
	topics map[string]time.Time // declared: zero; refused: when to try again
}

func (s *sender) channel() error {
	return s.li.within(s.t.cfg.Timeout, func() (err error) {
		s.ch, err = s.li.conn.Channel()
		return err
	})
}

func (s *sender) giveUp(ctx context.Context, err error) {
	s.t.cfg.Log.DebugContext(ctx, "sending hints", "error", err)
	s.li.kill()
	<-s.li.gone
}

func (s *sender) put(ctx context.Context, h hint) error {
	ok, err := s.prepare(h.topic)
	if err != nil {
		return err
	}
	if !ok {
		s.t.keep(h.topic, h.m)
		return nil
	}
	p, err := s.t.layout.Marshaler.Marshal(h.m)
	if err != nil {
		s.t.keep(h.topic, h.m)
		return nil //nolint:nilerr // what cannot be sent can still be handed over here
	}
	// Neither mandatory nor confirmed: nobody would do anything about it. The end
	// of ctx must not keep what is left from being flushed.
	if err := s.ch.PublishWithContext(context.WithoutCancel(ctx), "", s.t.layout.Publish.GenerateRoutingKey(h.topic), false, false, p); err != nil {
		return err
	}
	s.t.stats.sent.Add(1)
	return nil
}

// prepare declares the topic's queue before the first hint. It reports false
// when the broker refuses it: the topic stays local, others are not affected.
func (s *sender) prepare(topic string) (bool, error) {
	until, known := s.topics[topic]
	if known && (until.IsZero() || time.Now().Before(until)) {
		return until.IsZero(), nil
	}
	err := s.t.declare(s.li, topic)
	switch {
	case errors.Is(err, errRefused):
		s.topics[topic] = time.Now().Add(again)
		return false, nil // the pump tells the log
	case err != nil:
		return false, err
	}
	s.topics[topic] = time.Time{}
	return true, nil
}

// declare uses a channel of its own, since a refusal closes it.
func (t *Transport) declare(li *life, topic string) error {
	return li.within(t.cfg.Timeout, func() error {
		ch, err := li.conn.Channel()
		if err != nil {
			return err
		}
		defer li.shut(ch)
		return declareQueue(ch, t.layout, topic)
	})
}

// flush writes what is left, as far as the connection takes it.
func (s *sender) flush(ctx context.Context) {
	for {
		select {
		case h := <-s.t.ready:
			if s.put(ctx, h) != nil {
				return
			}
		default:
			return
		}
	}
}
