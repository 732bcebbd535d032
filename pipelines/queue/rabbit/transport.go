package rabbit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	wamqp "github.com/ThreeDotsLabs/watermill-amqp/v2/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/saylovhub/hub/pipelines/queue/competing"
)

// ErrClosed means the transport is shut.
var ErrClosed = competing.ErrClosed

// Transport carries hints over RabbitMQ: a topic is a queue that all processes
// share, and every hint reaches one subscription of one process. Publish never
// waits. With the broker out of reach or blocked, hints go to this process's own
// subscriptions, so the process works on by itself.
type Transport struct {
	cfg    Config
	layout wamqp.Config
	topics *competing.Topics
	out    *line // publishing and consuming apart: a blocked publisher must not hold up acknowledgements
	in     *line

	cancel  context.CancelFunc // stops taking and sending
	hangUp  context.CancelFunc // ends the connections
	workers sync.WaitGroup
	lines   sync.WaitGroup
	ctx     context.Context

	gate  sync.RWMutex
	open  *life // what the outbox is sent over; nil: hints stay local
	ready chan hint

	mu     sync.Mutex
	pumps  map[string]*pump
	closed bool
	done   chan struct{} // closed when Close has ended

	stats counters
}

// hint is a message on its way to the broker.
type hint struct {
	topic string
	m     *message.Message
}

// outbox bounds the hints that wait to be written to the broker.
const outbox = 1024

type counters struct {
	sent, local, dropped, taken, returned atomic.Uint64
}

// Stats count since the start.
type Stats struct {
	Connected bool   // both ways, and the broker takes messages
	Sent      uint64 // hints written to the broker
	Local     uint64 // hints given to this process's own subscriptions instead
	Dropped   uint64 // hints nobody was free to take
	Taken     uint64 // hints of the broker handed to a subscription
	Returned  uint64 // hints given back to the broker, since nobody was free in time
	Lost      uint64 // connections lost
}

// New returns at once and connects in the background. An error means that the
// configuration is wrong.
func New(cfg Config) (*Transport, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	calling, hangUp := context.WithCancel(context.Background())
	t := &Transport{
		cfg: cfg, layout: hints(cfg), topics: competing.New(),
		out: cfg.line("hints out"), in: cfg.line("hints in"),
		ctx: ctx, cancel: cancel, hangUp: hangUp,
		ready: make(chan hint, outbox), pumps: map[string]*pump{}, done: make(chan struct{}),
	}
	t.lines.Go(func() { t.out.run(calling) })
	t.lines.Go(func() { t.in.run(calling) })
	t.workers.Go(func() { t.send(ctx) })
	return t, nil
}

// Publish hands hints to the broker's queue of the topic. It neither waits nor
// fails for the broker's sake: what the broker cannot take now stays local.
func (t *Transport) Publish(topic string, messages ...*message.Message) error {
	if t.ctx.Err() != nil {
		return ErrClosed
	}
	for _, m := range messages {
		if !t.enqueue(topic, m) {
			t.keep(topic, m)
		}
	}
	return nil
}

func (t *Transport) enqueue(topic string, m *message.Message) bool {
	t.gate.RLock()
	defer t.gate.RUnlock()
	if t.open == nil || t.open.blocked.Load() {
		return false
	}
	select {
	case t.ready <- hint{topic, m}:
		return true
	default:
		return false
	}
}

// keep gives a hint to this process's own subscriptions.
func (t *Transport) keep(topic string, m *message.Message) {
	if t.topics.Offer(topic, m) {
		t.stats.local.Add(1)
	} else {
		t.stats.dropped.Add(1)
	}
}

// PublishLocal hands messages to this process's own subscriptions only, and
// drops what nobody is free to take when too many wait already.
func (t *Transport) PublishLocal(topic string, messages ...*message.Message) error {
	if t.ctx.Err() != nil {
		return ErrClosed
	}
	for _, m := range messages {
		t.keep(topic, m)
	}
	return nil
}

// Subscribe adds one competing consumer of the topic, whether or not the broker
// can be reached. It handles one message at a time. A nack brings the message
// back to this process's consumers of the topic, not to the broker.
func (t *Transport) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) { //nolint:contextcheck // the pump outlives this subscription
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	p := t.pumps[topic]
	if p == nil {
		p = &pump{topic: topic}
	}
	out, err := t.topics.Subscribe(ctx, topic, func() { t.leave(p) })
	if err != nil {
		return nil, err
	}
	p.subscriptions++
	if t.pumps[topic] == nil {
		var ctx context.Context
		ctx, p.stop = context.WithCancel(t.ctx)
		t.pumps[topic] = p
		t.workers.Go(func() { t.pump(ctx, p) })
	}
	return out, nil
}

// leave ends the pump with its last subscription, so that hints stay with the
// broker for other processes.
func (t *Transport) leave(p *pump) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.subscriptions--; p.subscriptions == 0 {
		p.stop()
		delete(t.pumps, p.topic)
	}
}

// Connected reports whether hints reach other processes and come from them.
func (t *Transport) Connected() bool {
	t.gate.RLock()
	out := t.open
	t.gate.RUnlock()
	return out != nil && !out.over() && !out.blocked.Load() && t.in.now() != nil
}

// Stats are the counters, for metrics.
func (t *Transport) Stats() Stats {
	return Stats{
		Connected: t.Connected(),
		Sent:      t.stats.sent.Load(),
		Local:     t.stats.local.Load(),
		Dropped:   t.stats.dropped.Load(),
		Taken:     t.stats.taken.Load(),
		Returned:  t.stats.returned.Load(),
		Lost:      t.out.lost.Load() + t.in.lost.Load(),
	}
}

// Close takes no more hints, gives back those that were not handed over, ends
// the subscriptions and waits for all goroutines. It does not wait for handlers.
func (t *Transport) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		<-t.done
		return nil
	}
	t.closed = true
	t.mu.Unlock()
	defer close(t.done)
	t.cancel()
	t.topics.Close()
	// A broker that does not answer must not hold us up.
	cut := time.AfterFunc(parting, func() {
		for _, l := range []*line{t.out, t.in} {
			if li := l.now(); li != nil {
				li.kill()
			}
		}
	})
	t.workers.Wait()
	cut.Stop()
	t.hangUp()
	t.lines.Wait()
	return nil
}
