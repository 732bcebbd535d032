package rabbit_test

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
	"github.com/saylovhub/hub/pipelines/queue/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must come; a loaded machine may take long.
const patience = 30 * time.Second

func config(address, namespace string) rabbit.Config {
	return rabbit.Config{
		URL: address, Namespace: namespace, Log: slog.New(slog.DiscardHandler),
		TTL: time.Minute, Expires: 2 * time.Minute,
	}
}

func open(t *testing.T, cfg rabbit.Config) *rabbit.Transport {
	t.Helper()
	bus, err := rabbit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	return bus
}

// eventually waits for what comes about by itself.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !met() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

func TestTransport(t *testing.T) {
	address, namespace := servicetest.RabbitMQ(t)
	transporttest.Run(t, func(t *testing.T) queue.Transport {
		bus, err := rabbit.New(config(address, namespace))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "connected", bus.Connected)
		return bus
	})
}

func TestTransportShared(t *testing.T) {
	address, namespace := servicetest.RabbitMQ(t)
	transporttest.RunShared(t, func(t *testing.T) queue.Transport {
		bus, err := rabbit.New(config(address, namespace))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "connected", bus.Connected)
		return bus
	})
}

// TestTransportAlone passes the same suite with no broker at all.
func TestTransportAlone(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "amqp://guest:guest@" + l.Addr().String() + "/"
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	transporttest.Run(t, func(t *testing.T) queue.Transport {
		bus, err := rabbit.New(config(address, "alone"))
		if err != nil {
			t.Fatal(err)
		}
		return bus
	})
}
