// Command subscriber shows how another system follows the hub's events, over
// RabbitMQ or over HTTP, so that each is handled once and each application's in
// their order. It is meant to be copied: it uses nothing of the hub.
//
//	subscriber -amqp amqp://user:password@broker/ -bind '*.*.1726'
//	HUB_KEY=ID.SECRET subscriber -hub https://hub.example
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if err := run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "subscriber:", err)
		os.Exit(1)
	}
}

func run() error {
	var b broker
	flag.StringVar(&b.URL, "amqp", "", "address of the broker")
	flag.StringVar(&b.Exchange, "exchange", "hub.events", "exchange of the events")
	flag.StringVar(&b.Queue, "queue", "example.subscriber", "our own queue")
	flag.StringVar(&b.Bind, "bind", "#", "which events: type.commission, with * for a word")
	s := stream{Key: os.Getenv("HUB_KEY")}
	flag.StringVar(&s.URL, "hub", "", "address of the hub, to read over HTTP instead")
	file := flag.String("book", "handled.jsonl", "what was handled")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k, err := openBook(*file, func(e Event) error {
		_, err := fmt.Printf("%s %s %d %s\n", e.Type, e.Subject, e.Sequence, e.Data)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = k.Close() }()
	if s.URL != "" {
		return s.follow(ctx, k)
	}
	return b.follow(ctx, k)
}
