package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/internal/api"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub is the part of one that tells events.
func hub(t *testing.T, p event.Publisher) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		Dir: t.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Keys: func(bool) (*vault.Vault, error) { return vault.Open(filepath.Join(t.TempDir(), "keys"), true) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := event.NewRelay(event.Config{Store: s, Publisher: p, Holder: "test", Batch: 20, Poll: 20 * time.Millisecond, Backoff: 5 * time.Millisecond})
	s.OnCommit(func(store.Commit) { r.Wake() })
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended; _ = s.Close() })
	return s
}

const subjects, each = 7, 30

// tell writes all events, of several applications in turn.
func tell(t *testing.T, s *store.Store) {
	t.Helper()
	for range each {
		for i := range subjects {
			err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return tx.AddEvent(ctx, event.Event{Subject: fmt.Sprint("a", i), Commission: "1726", At: time.Now(), Fact: event.Verified{State: "checking"}})
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	}
}

// stutter is the hub's publisher, which here sends much again: some of what was
// sent, and whole batches whose success it does not hear of.
type stutter struct {
	to    *rabbit.Events
	calls int
	sent  atomic.Int64
	first []rabbit.Event
}

func (p *stutter) Publish(ctx context.Context, list []event.Message) (int, error) {
	out := make([]rabbit.Event, len(list))
	for i, m := range list {
		out[i] = rabbit.Event{Key: m.RoutingKey, Order: m.Subject, Message: message.NewMessage(m.ID, m.Body)}
	}
	n, err := p.to.Send(ctx, out...)
	p.sent.Add(int64(n))
	if err != nil {
		return n, err
	}
	p.calls++
	if p.first == nil {
		p.first = out
	}
	if p.calls%2 == 0 {
		return 0, errors.New("the answer was lost")
	}
	if _, err := p.to.Send(ctx, p.first...); err == nil {
		p.sent.Add(int64(len(p.first)))
	}
	return n, nil
}

// counter is what a subscriber does here: it holds that each event comes once
// and each application's in their order, over all its lives.
type counter struct {
	t     *testing.T
	last  map[string]int64
	total int
	until int
	stop  context.CancelFunc
}

func (c *counter) do(e Event) error {
	if c.total == c.until {
		return errors.New("this life has ended") // so it is not handled, and comes again
	}
	if e.Sequence != c.last[e.Subject]+1 {
		c.t.Errorf("%s: %d was handled after %d", e.Subject, e.Sequence, c.last[e.Subject])
	}
	c.last[e.Subject] = e.Sequence
	if c.total++; c.total == c.until {
		c.stop()
	}
	return nil
}

// lives runs a subscriber again and again, each time until it has handled some
// more events, with nothing but its book to go by.
func lives(t *testing.T, follow func(ctx context.Context, k *book) error) {
	t.Helper()
	c := &counter{t: t, last: map[string]int64{}}
	file := filepath.Join(t.TempDir(), "handled.jsonl")
	for _, c.until = range []int{40, 41, 100, subjects * each} {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		c.stop = stop
		k, err := openBook(file, c.do)
		if err != nil {
			t.Fatal(err)
		}
		if err := follow(ctx, k); !errors.Is(err, context.Canceled) {
			t.Fatalf("ended with %v after %d of %d", err, c.total, c.until)
		}
		stop()
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		// A crash in the middle of a line must not spoil what stands before it.
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(`{"id":"torn`); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		c.total = 0
		for _, n := range c.last {
			c.total += int(n)
		}
	}
}

func TestOverTheBroker(t *testing.T) {
	t.Parallel()
	address, namespace := servicetest.RabbitMQ(t)
	to, err := rabbit.NewEvents(rabbit.Config{URL: address, Namespace: namespace, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = to.Close() })
	b := broker{URL: address, Exchange: rabbit.ExchangeName(namespace), Queue: namespace + ".example", Bind: "application.*.1726"}
	// The queue must be there before the first event: over the broker nobody gets
	// what was told before they came.
	conn, err := amqp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.declare(ch); err != nil {
		t.Fatal(err)
	}
	p := &stutter{to: to}
	s := hub(t, p)
	tell(t, s)
	lives(t, b.follow)
	if n := p.sent.Load(); n < subjects*each*5/4 {
		t.Errorf("%d messages for %d events: nothing was sent again", n, subjects*each)
	}
}

func TestOverHTTP(t *testing.T) {
	t.Parallel()
	s := hub(t, nil)
	h, err := api.New(api.Deps{Store: s, Log: slog.New(slog.DiscardHandler), Now: time.Now, AdminHash: vault.HashSecret("s3cret")})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	told := make(chan struct{})
	go func() { defer close(told); tell(t, s) }()
	lives(t, stream{URL: srv.URL, Key: "admin.s3cret"}.follow)
	<-told
}

func TestNoEvent(t *testing.T) {
	t.Parallel()
	k, err := openBook(filepath.Join(t.TempDir(), "book"), func(Event) error { return errors.New("handled") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	for _, raw := range []string{"", "{}", "[]", `{"id":"1","subject":"a"}`, "null", `{"id":"1","subject":"a","sequence":"x"}`} {
		if err := k.handle([]byte(raw)); err == nil || err.Error() == "handled" {
			t.Errorf("%q was taken for an event: %v", raw, err)
		}
	}
}
