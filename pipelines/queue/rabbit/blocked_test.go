package rabbit

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/saylovhub/hub/internal/servicetest"
)

// TestBlocked stands for a broker that is low on memory or disk, as it tells its
// publishers with connection.blocked.
func TestBlocked(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	cfg := Config{URL: address, Namespace: namespace, Log: slog.New(slog.DiscardHandler), Expires: time.Minute}
	bus, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEvents(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if bus.Close() != nil || e.Close() != nil {
			t.Error("closing failed")
		}
	}()
	for !bus.Connected() {
		<-time.After(time.Millisecond)
	}
	hints, err := bus.out.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events, err := e.out.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := bus.Subscribe(t.Context(), "hub.stage.sms")
	if err != nil {
		t.Fatal(err)
	}
	publish := func(id string) {
		t.Helper()
		if err := bus.Publish("hub.stage.sms", message.NewMessage(id, nil)); err != nil {
			t.Fatal(err)
		}
		m := <-c
		if m.UUID != id {
			t.Errorf("%s came, want %s", m.UUID, id)
		}
		m.Ack()
	}

	hints.blocked.Store(true)
	events.blocked.Store(true)
	publish("a")
	if s := bus.Stats(); s.Sent != 0 || s.Local != 1 || s.Connected || e.Connected() {
		t.Errorf("%+v while the broker is blocked: want hints to stay local", s)
	}
	if n, err := e.Publish(t.Context(), "k", message.NewMessage("1", nil)); n != 0 || err == nil || !strings.Contains(err.Error(), "memory or disk") {
		t.Errorf("%d events published, %v", n, err)
	}

	hints.blocked.Store(false)
	publish("b")
}
