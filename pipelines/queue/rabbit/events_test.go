package rabbit_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
)

func openEvents(t *testing.T, cfg rabbit.Config) *rabbit.Events {
	t.Helper()
	e, err := rabbit.NewEvents(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	eventually(t, "connected", e.Connected)
	return e
}

// bind declares the exchange as a subscriber would, and a durable queue for a
// pattern.
func bind(t *testing.T, ch *amqp.Channel, namespace, pattern string, args amqp.Table) string {
	t.Helper()
	exchange, queue := rabbit.ExchangeName(namespace), namespace+".test."+pattern
	if args == nil {
		args = amqp.Table{}
	}
	args["x-expires"] = int64(300_000)
	if err := ch.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, args); err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind(queue, pattern, exchange, false, nil); err != nil {
		t.Fatal(err)
	}
	return queue
}

// forget removes what a test has left on the shared broker.
func forget(t *testing.T, address, namespace string) {
	t.Cleanup(func() {
		conn, err := amqp.Dial(address)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		ch, err := conn.Channel()
		if err != nil {
			t.Error(err)
			return
		}
		if err := ch.ExchangeDelete(rabbit.ExchangeName(namespace), false, false); err != nil {
			t.Error(err)
		}
	})
}

func numbered(from, to int) []rabbit.Event {
	var list []rabbit.Event
	for i := from; i < to; i++ {
		list = append(list, rabbit.Event{Key: "application.submitted", Message: message.NewMessage(fmt.Sprint(i), []byte("{}"))})
	}
	return list
}

// got takes n deliveries and returns their ids.
func got(t *testing.T, deliveries <-chan amqp.Delivery, n int) []string {
	t.Helper()
	var ids []string
	for range n {
		select {
		case d, ok := <-deliveries:
			if !ok {
				t.Fatalf("%d of %d came, then the connection ended", len(ids), n)
			}
			ids = append(ids, d.MessageId)
			if err := d.Ack(false); err != nil {
				t.Fatal(err)
			}
		case <-time.After(patience):
			t.Fatalf("%d of %d came", len(ids), n)
		}
	}
	return ids
}

func consume(t *testing.T, ch *amqp.Channel, queue string) <-chan amqp.Delivery {
	t.Helper()
	c, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEvents(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	ch := channel(t, address)
	submitted := bind(t, ch, namespace, "application.submitted", nil)
	all := bind(t, ch, namespace, "#", nil)
	e := openEvents(t, config(address, namespace))

	m := message.NewMessage("018f", []byte(`{"id":"018f"}`))
	m.Metadata.Set("cloudEvents:id", "018f")
	if n, err := e.Publish(t.Context(), "application.submitted", m); n != 1 || err != nil {
		t.Fatalf("%d published, %v", n, err)
	}
	if n, err := e.Publish(t.Context(), "application.assessed", message.NewMessage("0190", nil)); n != 1 || err != nil {
		t.Fatalf("%d published, %v", n, err)
	}
	d := <-consume(t, ch, submitted)
	if d.MessageId != "018f" || d.ContentType != "application/cloudevents+json" || d.DeliveryMode != amqp.Persistent ||
		string(d.Body) != `{"id":"018f"}` || d.RoutingKey != "application.submitted" ||
		!cmp.Equal(map[string]any(d.Headers), map[string]any{"cloudEvents:id": "018f"}) {
		t.Errorf("came as %+v", d)
	}
	if ids := got(t, consume(t, ch, all), 2); !cmp.Equal(ids, []string{"018f", "0190"}) {
		t.Errorf("%v came", ids)
	}
}

func TestEventsNobodyIsBoundTo(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	e := openEvents(t, config(address, namespace))
	if n, err := e.Send(t.Context(), numbered(0, 1000)...); n != 1000 || err != nil {
		t.Errorf("%d published, %v", n, err)
	}
}

func TestEventsInOrderByManyAtOnce(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	ch := channel(t, address)
	queue := bind(t, ch, namespace, "#", nil)
	cfg := config(address, namespace)
	cfg.Window = 50
	e := openEvents(t, cfg)
	const hands, rounds, each = 8, 5, 60
	var wg sync.WaitGroup
	for hand := range hands {
		wg.Go(func() {
			for round := range rounds {
				var list []rabbit.Event
				for i := range each {
					order := fmt.Sprint(hand, "-", i%7)
					if i%7 == 0 {
						order = ""
					}
					list = append(list, rabbit.Event{Key: "k", Order: order, Message: message.NewMessage(fmt.Sprintf("%d:%04d", hand, round*each+i), nil)})
				}
				if n, err := e.Send(t.Context(), list...); n != each || err != nil {
					t.Errorf("%d published, %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	last := map[string]string{}
	for _, id := range got(t, consume(t, ch, queue), hands*rounds*each) {
		hand, n, _ := strings.Cut(id, ":")
		if last[hand] != "" && n <= last[hand] {
			t.Fatalf("%s came after %s", n, last[hand])
		}
		last[hand] = n
	}
}

// TestEventsRefused: a subscriber's full queue refuses. Nothing behind the first
// refused event counts, and nothing of the same order is sent behind it.
func TestEventsRefused(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	ch := channel(t, address)
	full := bind(t, ch, namespace, "full", amqp.Table{"x-max-length": int64(2), "x-overflow": "reject-publish"})
	all := bind(t, ch, namespace, "#", nil)
	e := openEvents(t, config(address, namespace))
	events := func(key, order string, ids ...string) (list []rabbit.Event) {
		for _, id := range ids {
			list = append(list, rabbit.Event{Key: key, Order: order, Message: message.NewMessage(id, nil)})
		}
		return list
	}
	n, err := e.Send(t.Context(), events("full", "one", "1", "2", "3", "4", "5")...)
	if n != 2 || err == nil {
		t.Fatalf("%d published, %v; want two and an error", n, err)
	}
	if n, err := e.Send(t.Context(), events("other", "", "6")...); n != 1 || err != nil {
		t.Fatalf("%d published, %v: the next call has a channel of its own", n, err)
	}
	if got(t, consume(t, ch, full), 2); t.Failed() {
		return
	}
	if n, err := e.Send(t.Context(), events("full", "one", "3", "4")...); n != 2 || err != nil {
		t.Fatalf("%d published, %v: the same ids once there is room", n, err)
	}
	if ids := got(t, consume(t, ch, all), 6); !cmp.Equal(ids, []string{"1", "2", "3", "6", "3", "4"}) {
		t.Errorf("%v came", ids)
	}
}

func TestEventsConfirmTimeout(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	ch := channel(t, address)
	queue := bind(t, ch, namespace, "#", nil)
	p, way := through(t, address)
	cfg := config(way, namespace)
	cfg.Confirm = 300 * time.Millisecond
	e := openEvents(t, cfg)
	if n, err := e.Send(t.Context(), numbered(0, 10)...); n != 10 || err != nil {
		t.Fatalf("%d published, %v", n, err)
	}
	p.freeze()
	began := time.Now()
	n, err := e.Send(t.Context(), numbered(10, 20)...)
	if n != 0 || err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("%d published, %v; want none and that no confirm came", n, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	p.thaw()
	p.cut()
	again(t, e, numbered(10, 20))
	seen := map[string]bool{}
	deliveries := consume(t, ch, queue)
	for len(seen) < 20 {
		seen[got(t, deliveries, 1)[0]] = true
	}
}

// again sends what is not confirmed until all is.
func again(t *testing.T, e *rabbit.Events, list []rabbit.Event) {
	t.Helper()
	late := time.After(2 * patience)
	for len(list) > 0 {
		n, err := e.Send(t.Context(), list...)
		list = list[n:]
		if (err == nil) != (len(list) == 0) {
			t.Fatalf("%d are left and the error is %v", len(list), err)
		}
		select {
		case <-late:
			t.Fatalf("%d are left: %v", len(list), err)
		default:
		}
	}
}

func TestEventsGiveUp(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	p, way := through(t, address)
	cfg := config(way, namespace)
	cfg.Confirm = time.Minute
	e := openEvents(t, cfg)
	if n, err := e.Send(t.Context(), numbered(0, 1)...); n != 1 || err != nil {
		t.Fatalf("%d published, %v", n, err)
	}
	p.freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if n, err := e.Send(ctx, numbered(1, 2)...); n != 0 || err == nil {
		t.Errorf("%d published, %v; want the context's end", n, err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := e.Send(t.Context(), numbered(2, 3)...)
		done <- err
	}()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if err == nil {
			t.Error("sent over a closed connection")
		}
	case <-time.After(patience):
		t.Fatal("closing leaves a call waiting")
	}
}

func TestEventsExchange(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	forget(t, address, namespace)
	ch := channel(t, address)
	if err := ch.ExchangeDeclare(rabbit.ExchangeName(namespace), "fanout", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	e := openEvents(t, config(address, namespace))
	if n, err := e.Send(t.Context(), numbered(0, 1)...); n != 0 || err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("%d published, %v; want advice on an exchange of another kind", n, err)
	}
	if err := ch.ExchangeDelete(rabbit.ExchangeName(namespace), false, false); err != nil {
		t.Fatal(err)
	}
	if n, err := e.Send(t.Context(), numbered(0, 1)...); n != 1 || err != nil {
		t.Fatalf("%d published, %v", n, err)
	}
	if err := ch.ExchangeDelete(rabbit.ExchangeName(namespace), false, false); err != nil {
		t.Fatal(err)
	}
	if n, err := e.Send(t.Context(), numbered(1, 4)...); n != 0 || err == nil {
		t.Errorf("%d published, %v; want an error: the exchange is gone", n, err)
	}
	if n, err := e.Send(t.Context(), numbered(1, 4)...); n != 3 || err != nil {
		t.Errorf("%d published, %v: the exchange is declared anew", n, err)
	}
}
