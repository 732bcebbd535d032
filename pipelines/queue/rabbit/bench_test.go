package rabbit_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wamqp "github.com/ThreeDotsLabs/watermill-amqp/v2/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
)

// inFlight bounds the hints on their way, as the relays do; more would be dropped.
const inFlight = 100

func connect(b *testing.B, address string) *amqp.Connection {
	b.Helper()
	conn, err := amqp.Dial(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return conn
}

func openChannel(b *testing.B, conn *amqp.Connection) *amqp.Channel {
	b.Helper()
	ch, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	return ch
}

// BenchmarkHints publishes and takes hints one by one: a bare Go channel and the
// client library alone are the floors.
func BenchmarkHints(b *testing.B) {
	rate := func(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hints/s") }

	b.Run("floor=channel", func(b *testing.B) {
		c := make(chan *message.Message, inFlight)
		var wg sync.WaitGroup
		wg.Go(func() {
			for range c {
			}
		})
		for b.Loop() {
			c <- message.NewMessage("x", nil)
		}
		close(c)
		wg.Wait()
		rate(b)
	})

	b.Run("floor=amqp091", func(b *testing.B) {
		address, namespace := servicetest.RabbitMQ(b)
		in := openChannel(b, connect(b, address))
		out := openChannel(b, connect(b, address))
		q, err := in.QueueDeclare(namespace+".floor", true, false, false, false, amqp.Table{"x-expires": int64(60_000)})
		if err != nil {
			b.Fatal(err)
		}
		if err := in.Qos(inFlight, 0, false); err != nil {
			b.Fatal(err)
		}
		deliveries, err := in.Consume(q.Name, "", false, false, false, false, nil)
		if err != nil {
			b.Fatal(err)
		}
		room := make(chan struct{}, inFlight)
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(b.Context())
		wg.Go(func() {
			for {
				select {
				case d := <-deliveries:
					if err := d.Ack(false); err != nil {
						b.Error(err)
					}
					<-room
				case <-ctx.Done():
					return
				}
			}
		})
		for b.Loop() {
			room <- struct{}{}
			if err := out.PublishWithContext(ctx, "", q.Name, false, false, amqp.Publishing{MessageId: "x"}); err != nil {
				b.Fatal(err)
			}
		}
		for range inFlight {
			room <- struct{}{}
		}
		rate(b)
		cancel()
		wg.Wait()
	})

	run := func(b *testing.B, bus queue.Transport) {
		room := make(chan struct{}, inFlight)
		var wg sync.WaitGroup
		for range 8 {
			c, err := bus.Subscribe(b.Context(), topic)
			if err != nil {
				b.Fatal(err)
			}
			wg.Go(func() {
				for m := range c {
					m.Ack()
					<-room
				}
			})
		}
		for b.Loop() {
			room <- struct{}{}
			if err := bus.Publish(topic, message.NewMessage("x", nil)); err != nil {
				b.Fatal(err)
			}
		}
		for range inFlight {
			room <- struct{}{}
		}
		rate(b)
		if err := bus.Close(); err != nil {
			b.Error(err)
		}
		wg.Wait()
	}
	b.Run("transport=embedded", func(b *testing.B) { run(b, embedded.New(slog.New(slog.DiscardHandler))) })
	for _, prefetch := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("transport=rabbit/prefetch=%d", prefetch), func(b *testing.B) {
			address, namespace := servicetest.RabbitMQ(b)
			cfg := config(address, namespace)
			cfg.Prefetch = prefetch
			bus, err := rabbit.New(cfg)
			if err != nil {
				b.Fatal(err)
			}
			for !bus.Connected() {
				<-time.After(time.Millisecond)
			}
			run(b, bus)
		})
	}
}

// BenchmarkEvents publishes 1,000 persistent events of 1 KiB in order, confirmed,
// to a durable queue: one confirm at a time, in a window, by the client library
// alone, and by watermill-amqp's publisher, which has no window.
func BenchmarkEvents(b *testing.B) {
	const n = 1000
	body := make([]byte, 1024)
	list := make([]rabbit.Event, n)
	messages := make([]*message.Message, n)
	for i := range list {
		messages[i] = message.NewMessage(fmt.Sprint(i), body)
		list[i] = rabbit.Event{Key: "application.submitted", Message: messages[i]}
	}
	rate := func(b *testing.B) { b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "events/s") }
	setUp := func(b *testing.B) (address, namespace string, conn *amqp.Connection) {
		address, namespace = servicetest.RabbitMQ(b)
		conn = connect(b, address)
		ch := openChannel(b, conn)
		exchange := rabbit.ExchangeName(namespace)
		if err := ch.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
			b.Fatal(err)
		}
		q, err := ch.QueueDeclare(namespace+".all", true, false, false, false, amqp.Table{"x-expires": int64(60_000), "x-max-length": int64(n)})
		if err != nil {
			b.Fatal(err)
		}
		if err := ch.QueueBind(q.Name, "#", exchange, false, nil); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = ch.ExchangeDelete(exchange, false, false) })
		return address, namespace, conn
	}

	b.Run("floor=amqp091", func(b *testing.B) {
		_, namespace, conn := setUp(b)
		ch := openChannel(b, conn)
		if err := ch.Confirm(false); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			confirms := make([]*amqp.DeferredConfirmation, n)
			for i := range n {
				var err error
				confirms[i], err = ch.PublishWithDeferredConfirmWithContext(b.Context(), rabbit.ExchangeName(namespace), "k", false, false,
					amqp.Publishing{MessageId: "x", DeliveryMode: amqp.Persistent, Body: body})
				if err != nil {
					b.Fatal(err)
				}
			}
			for _, c := range confirms {
				if !c.Wait() {
					b.Fatal("not confirmed")
				}
			}
		}
		rate(b)
	})
	for _, window := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			address, namespace, _ := setUp(b)
			cfg := config(address, namespace)
			cfg.Window = window
			e, err := rabbit.NewEvents(cfg)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if got, err := e.Send(b.Context(), list...); got != n || err != nil {
					b.Fatal(got, err)
				}
			}
			rate(b)
			if err := e.Close(); err != nil {
				b.Error(err)
			}
		})
	}
	b.Run("watermill-amqp", func(b *testing.B) {
		address, namespace, _ := setUp(b)
		p, err := wamqp.NewPublisher(wamqp.Config{
			Connection:      wamqp.ConnectionConfig{AmqpURI: address},
			Marshaler:       rabbit.Marshaler{Persistent: true},
			Exchange:        wamqp.ExchangeConfig{GenerateName: rabbit.ExchangeName, Type: "topic", Durable: true},
			Publish:         wamqp.PublishConfig{GenerateRoutingKey: func(string) string { return "k" }, ConfirmDelivery: true, ChannelPoolSize: 1},
			TopologyBuilder: &wamqp.DefaultTopologyBuilder{},
		}, watermill.NopLogger{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := p.Publish(namespace, messages...); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
}
