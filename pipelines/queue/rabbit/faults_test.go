package rabbit_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
)

const topic = "hub.stage.sms"

// channel is a plain channel to the broker, for what others do to it.
func channel(t *testing.T, address string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func subscribe(t *testing.T, bus *rabbit.Transport, topic string) <-chan *message.Message {
	t.Helper()
	c, err := bus.Subscribe(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func publish(t *testing.T, bus *rabbit.Transport, topic string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := bus.Publish(topic, message.NewMessage(id, nil)); err != nil {
			t.Fatal(err)
		}
	}
}

func next(t *testing.T, c <-chan *message.Message) *message.Message {
	t.Helper()
	select {
	case m, ok := <-c:
		if !ok {
			t.Fatal("the subscription ended")
		}
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
	}
	return nil
}

// arrives publishes until something of it comes: hints may be lost while a
// connection is being lost.
func arrives(t *testing.T, bus *rabbit.Transport, c <-chan *message.Message) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for i := 0; ; i++ {
		publish(t, bus, topic, fmt.Sprint("again", i))
		select {
		case m := <-c:
			m.Ack()
			return
		case <-tick.C:
		case <-late:
			t.Fatal("no hint comes any more")
		}
	}
}

// drain acknowledges what is left over.
func drain(c <-chan *message.Message) {
	for {
		select {
		case m := <-c:
			m.Ack()
		case <-time.After(50 * time.Millisecond):
			return
		}
	}
}

func TestForeignMessages(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	bus := open(t, config(address, namespace))
	c := subscribe(t, bus, topic)
	eventually(t, "the queue is there", func() bool {
		arrives(t, bus, c)
		return bus.Stats().Taken > 0
	})
	drain(c)
	ch := channel(t, address)
	cases := []struct {
		name     string
		sent     amqp.Publishing
		metadata map[string]string
	}{
		{"nothing at all", amqp.Publishing{}, map[string]string{}},
		{"what a broker adds when it delivers again", amqp.Publishing{MessageId: "a", Headers: amqp.Table{
			"x-delivery-count": int64(3),
			"x-death":          []any{amqp.Table{"count": int64(1), "queue": "q"}},
		}}, map[string]string{"x-delivery-count": "3"}},
		{"every kind of header", amqp.Publishing{MessageId: "b", Headers: amqp.Table{
			"nil": nil, "bool": true, "byte": byte(1), "int16": int16(-2), "float": 1.5, "time": time.Unix(0, 0), "text": "x",
			"bytes": []byte("y"), "binary": []byte{0xff}, "table": amqp.Table{"a": "b"}, "list": []any{1}, "decimal": amqp.Decimal{Scale: 1, Value: 5},
		}}, map[string]string{"bool": "true", "byte": "1", "int16": "-2", "float": "1.5", "time": "1970-01-01T00:00:00Z", "text": "x", "bytes": "y"}},
		{"watermill's own id that is none", amqp.Publishing{Headers: amqp.Table{"_watermill_message_uuid": int32(5)}}, map[string]string{}},
		{"a body that is nothing", amqp.Publishing{MessageId: "c", Body: bytes.Repeat([]byte{0, 0xff}, 100_000), ContentEncoding: "gzip"}, map[string]string{}},
	}
	for _, tt := range cases {
		if err := ch.PublishWithContext(t.Context(), "", rabbit.QueueName(namespace, topic), false, false, tt.sent); err != nil {
			t.Fatal(err)
		}
		m := next(t, c)
		if m.UUID == "" || (tt.sent.MessageId != "" && m.UUID != tt.sent.MessageId) || !bytes.Equal(m.Payload, tt.sent.Body) {
			t.Errorf("%s: came as %q with %d bytes", tt.name, m.UUID, len(m.Payload))
		}
		if fmt.Sprint(m.Metadata) != fmt.Sprint(message.Metadata(tt.metadata)) {
			t.Errorf("%s: metadata %v, want %v", tt.name, m.Metadata, tt.metadata)
		}
		m.Ack()
	}
}

func TestQueueBounds(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	cfg := config(address, namespace)
	cfg.MaxLength, cfg.TTL = 50, 2*time.Second
	bus := open(t, cfg)
	eventually(t, "connected", bus.Connected)
	for i := range 5000 {
		publish(t, bus, topic, fmt.Sprint(i))
	}
	eventually(t, "all hints are with the broker or dropped", func() bool {
		s := bus.Stats()
		return s.Sent+s.Local+s.Dropped == 5000
	})
	if s := bus.Stats(); s.Sent < 100 {
		t.Fatalf("%+v: too few hints reached the broker to prove anything", s)
	}
	ch := channel(t, address)
	length := func() int {
		q, err := ch.QueueDeclarePassive(rabbit.QueueName(namespace, topic), true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return q.Messages
	}
	eventually(t, "the queue is full", func() bool { return length() == 50 })
	eventually(t, "hints expire", func() bool { return length() == 0 })
}

// log keeps what was logged.
type log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *log) has(parts ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.b.String()) {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(line, p)
		}
		if all {
			return true
		}
	}
	return false
}

func TestQueueWithOtherArguments(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	name := rabbit.QueueName(namespace, topic)
	ch := channel(t, address)
	if _, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{"x-expires": int64(60_000)}); err != nil {
		t.Fatal(err)
	}
	var told log
	cfg := config(address, namespace)
	cfg.Log = slog.New(slog.NewTextHandler(&told, nil))
	bus := open(t, cfg)
	eventually(t, "connected", bus.Connected)
	c := subscribe(t, bus, topic)
	publish(t, bus, topic, "a", "b", "c")
	for range 3 {
		next(t, c).Ack()
	}
	eventually(t, "the log says what to do", func() bool {
		return told.has("level=ERROR", name, "hint=", "delete it")
	})
	q, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if q.Messages != 0 || q.Consumers != 0 {
		t.Errorf("a queue that is not ours has %d messages and %d consumers", q.Messages, q.Consumers)
	}
	if s := bus.Stats(); s.Sent != 0 || !s.Connected {
		t.Errorf("%+v: want nothing sent and connected", s)
	}

	other := subscribe(t, bus, topic+".other")
	publish(t, bus, topic+".other", "x")
	next(t, other).Ack()
	eventually(t, "the other queue is used", func() bool {
		s := bus.Stats() // counted behind the deed
		return s.Sent == 1 && s.Taken == 1
	})
}

func TestConnectionCut(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	p, way := through(t, address)
	bus, other := open(t, config(way, namespace)), open(t, config(address, namespace))
	c := subscribe(t, bus, topic)
	for round := range 3 {
		eventually(t, "connected", bus.Connected)
		arrives(t, other, c) // over the broker
		p.refuse(true)
		eventually(t, "the loss is noticed", func() bool { return !bus.Connected() })
		arrives(t, bus, c) // alone
		p.refuse(false)
		if lost := bus.Stats().Lost; lost < uint64(round+1) {
			t.Errorf("%d connections lost after %d cuts", lost, round+1)
		}
	}
}

func TestFrozenBroker(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	p, way := through(t, address)
	cfg := config(way, namespace)
	cfg.Heartbeat, cfg.Timeout = time.Second, 2*time.Second
	bus := open(t, cfg)
	eventually(t, "connected", bus.Connected)
	c := subscribe(t, bus, topic)
	arrives(t, bus, c)
	p.freeze()
	began := time.Now()
	payload := make([]byte, 10_000)
	for range 2000 { // far more than the sockets hold
		if err := bus.Publish(topic, message.NewMessage("x", payload)); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("publishing to a frozen broker took %s", took)
	}
	eventually(t, "the loss is noticed", func() bool { return !bus.Connected() })
	arrives(t, bus, c) // alone
	p.thaw()
	p.cut()
	eventually(t, "connected again", bus.Connected)
	drain(c)
	other := open(t, config(address, namespace))
	eventually(t, "connected", other.Connected)
	arrives(t, other, c)
}

func TestCloseWhileTheBrokerIsFrozen(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	p, way := through(t, address)
	bus := open(t, config(way, namespace))
	eventually(t, "connected", bus.Connected)
	c := subscribe(t, bus, topic)
	arrives(t, bus, c)
	p.freeze()
	publish(t, bus, topic, "a", "b")
	began := time.Now()
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("closing took %s", took)
	}
	for range c { // until it is closed
	}
}

func TestQueueDeleted(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	bus, other := open(t, config(address, namespace)), open(t, config(address, namespace))
	eventually(t, "connected", func() bool { return bus.Connected() && other.Connected() })
	c := subscribe(t, bus, topic)
	arrives(t, other, c)
	if _, err := channel(t, address).QueueDelete(rabbit.QueueName(namespace, topic), false, false, false); err != nil {
		t.Fatal(err)
	}
	arrives(t, other, c)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]rabbit.Config{
		"no address":          {},
		"another protocol":    {URL: "http://hub:secret@broker/"},
		"no URL":              {URL: "amqp://hub:secret%zz@broker/"},
		"a namespace's shape": {URL: "amqp://hub:secret@broker/", Namespace: "a b"},
		"a negative time":     {URL: "amqp://hub:secret@broker/", TTL: -1},
		"a negative length":   {URL: "amqp://hub:secret@broker/", MaxLength: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bus, err := rabbit.New(cfg)
			if err == nil {
				_ = bus.Close()
				t.Fatal("taken")
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}
