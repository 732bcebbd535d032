package rabbit

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Config of a Transport and of Events. Only URL and Log are needed.
type Config struct {
	URL       string      // amqp://user:password@host:port/vhost, or amqps; a secret
	TLS       *tls.Config // for amqps; nil: the system's authorities
	Namespace string      // keeps hubs on one broker apart; default "hub"
	Log       *slog.Logger

	Heartbeat time.Duration // a broker silent for one and a half of it is lost; default 4 s
	Timeout   time.Duration // bounds dialling, one write and one answer; default 5 s

	TTL       time.Duration // of a hint; default 5 s
	MaxLength int           // hints in one queue, the oldest are dropped; default 1000
	Expires   time.Duration // a queue nobody uses disappears; default 30 min
	Prefetch  int           // hints of one topic held for this process; default 4
	Hold      time.Duration // then held hints go back to the broker; default 500 ms

	Confirm time.Duration // an event not confirmed by then is not published; default 5 s
	Window  int           // events under way and not yet confirmed; default 500
}

func (c Config) complete() (Config, error) {
	if c.Namespace == "" {
		c.Namespace = "hub"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	set(&c.Heartbeat, 4*time.Second)
	set(&c.Timeout, 5*time.Second)
	set(&c.TTL, 5*time.Second)
	set(&c.MaxLength, 1000)
	set(&c.Expires, 30*time.Minute)
	set(&c.Prefetch, 4)
	set(&c.Hold, 500*time.Millisecond)
	set(&c.Confirm, 5*time.Second)
	set(&c.Window, 500)
	if !namespaces.MatchString(c.Namespace) {
		return c, fmt.Errorf("namespace %q: want letters, digits, dots, dashes and underscores, at most 64", c.Namespace)
	}
	if _, err := amqp.ParseURI(c.URL); err != nil {
		return c, errors.New("the broker's address: want amqp://user:password@host:port/vhost or amqps://") // the cause would show the password
	}
	for _, d := range []time.Duration{c.Heartbeat, c.Timeout, c.TTL, c.Expires, c.Hold, c.Confirm} {
		if d < time.Millisecond {
			return c, fmt.Errorf("a time of %s: want a millisecond at least", d)
		}
	}
	if c.MaxLength < 1 || c.Prefetch < 1 || c.Window < 1 {
		return c, errors.New("length, prefetch and window: want one at least")
	}
	return c, nil
}

func set[T comparable](v *T, standard T) {
	var zero T
	if *v == zero {
		*v = standard
	}
}

func (c Config) line(name string) *line {
	return &line{
		url: c.URL, name: c.Namespace + " " + name, tls: c.TLS, heartbeat: c.Heartbeat, timeout: c.Timeout,
		log: c.Log, changed: make(chan struct{}),
	}
}
