package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/bucket/sweep"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
	"github.com/saylovhub/hub/pipelines/queue/rabbit"
)

// openStore opens the database, the keys it is sealed with, and the bucket.
func (a *App) openStore(ctx context.Context) error {
	cfg := a.cfg
	var err error
	a.store, err = store.Open(ctx, store.Options{
		URL: string(cfg.Store.URL.Secret), Dir: cfg.DataDir, Connections: cfg.Store.Connections, Now: a.now, Log: a.log,
		// Keys are made with a new database only: an old one would be lost with others.
		// No other process is here meanwhile.
		Keys: func(fresh bool) (_ *vault.Vault, err error) {
			if a.vault, err = vault.Open(filepath.Join(cfg.DataDir, "keys"), fresh); err != nil {
				return nil, err
			}
			a.adminKey, err = adminKey(filepath.Join(cfg.DataDir, "admin.key"))
			return a.vault, err
		},
	})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, a.store.Close)
	last, err := a.store.Newest(ctx)
	if err != nil {
		return err
	}
	if behind := a.clock.Resume(last); behind > 0 && !cfg.Distributed() {
		a.log.WarnContext(ctx, "the machine's clock was set back by days since the hub last ran: what waits is moved by as much", "by", behind)
		if err := a.store.MoveWaiting(ctx, behind); err != nil {
			return err
		}
	}
	if err := a.clock.Measure(ctx, a.store.DatabaseTime); err != nil {
		a.log.WarnContext(ctx, "measuring the clock", "error", err)
	}
	a.metrics.Gauge("hub_clock_offset_seconds", "How far the database's clock is ahead of this machine's; it is made up for.", nil,
		func() float64 { return a.clock.Offset().Seconds() })
	documents, err := bucketOptions(cfg)
	if err != nil {
		return err
	}
	documents.Vault, documents.Log = a.vault, a.log
	if a.bucket, err = bucket.Open(ctx, documents); err != nil {
		return err
	}
	a.closers = append(a.closers, a.bucket.Close)
	return nil
}

// bucketOptions are those that the configuration gives.
func bucketOptions(cfg config.Config) (bucket.Options, error) {
	roots, err := authority(cfg.Documents.CA)
	if err != nil {
		return bucket.Options{}, fmt.Errorf("documents: %w", err)
	}
	return bucket.Options{
		URL: cfg.Documents.URL, Dir: filepath.Join(cfg.DataDir, "documents"), AccessKey: cfg.Documents.AccessKey.Secret,
		SecretKey: cfg.Documents.SecretKey.Secret, Roots: roots, AllowHTTP: cfg.Documents.AllowHTTP, Timeout: time.Duration(cfg.Documents.Timeout),
	}, nil
}

// openTransport opens the way of the hints and, where there is a broker, that of
// the events. Both go on without the broker and find it by themselves.
func (a *App) openTransport() error {
	var publisher event.Publisher
	if url := a.cfg.Transport.URL.Secret; url == "" {
		a.transport = embedded.New(a.log)
	} else {
		cfg := rabbit.Config{URL: string(url), Namespace: a.cfg.Transport.Namespace, Confirm: time.Duration(a.cfg.Transport.Confirm), Log: a.log}
		hints, err := rabbit.New(cfg)
		if err != nil {
			return fmt.Errorf("transport: %w", err)
		}
		a.transport = hints
		events, err := rabbit.NewEvents(cfg)
		if err != nil {
			return fmt.Errorf("transport: %w", errors.Join(err, hints.Close()))
		}
		a.closers = append(a.closers, events.Close)
		publisher = broker{events}
		a.brokerGauges(hints, events)
	}
	a.closers = append(a.closers, a.transport.Close)
	relay := event.Config{Store: a.store, Publisher: publisher, Holder: a.fleet.Self().ID, Now: a.now, Log: a.log, OnStamped: a.feed.Wake}
	if !a.cfg.Distributed() { // alone on its database: the lease of before was ours
		relay.Holder, relay.Lease = "embedded", time.Minute
	}
	a.relay = event.NewRelay(relay)
	return nil
}

// committed spreads the news of a commit, whichever process made it.
func (a *App) committed(c store.Commit) {
	for _, name := range c.Stages {
		switch name {
		case event.Written:
			a.relay.Wake()
		case event.Stamped:
			a.feed.Wake()
		}
	}
	a.runner.Wake(c.Stages, c.Due)
}

// broker is the one of events as their relay sees it.
type broker struct{ *rabbit.Events }

func (b broker) Publish(ctx context.Context, list []event.Message) (int, error) {
	out := make([]rabbit.Event, len(list))
	for i, m := range list {
		out[i] = rabbit.Event{Key: m.RoutingKey, Order: m.Subject, Message: message.NewMessage(m.ID, m.Body)}
	}
	return b.Send(ctx, out...)
}

// leased does work while this process alone holds a lease.
func (a *App) leased(ctx context.Context, name string, work func(ctx context.Context) error) error {
	const lease = time.Minute
	token, taken, err := a.store.TakeLease(ctx, name, a.fleet.Self().ID, a.now().Add(lease))
	if err != nil || !taken {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		t := time.NewTicker(lease / 4)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := a.store.KeepLease(ctx, name, token, a.now().Add(lease)); errors.Is(err, queue.ErrLeaseLost) {
					cancel(err)
					return
				}
			}
		}
	}()
	err = work(ctx)
	cancel(nil)
	<-beating
	if e := a.store.GiveLease(context.WithoutCancel(ctx), name, token); e != nil && !errors.Is(e, queue.ErrLeaseLost) {
		err = errors.Join(err, e)
	}
	return err
}

// watchClock keeps the clock at the database's, where that is elsewhere.
func (a *App) watchClock(ctx context.Context) { a.clock.Watch(ctx, a.store.DatabaseTime, a.log) }

// sweeper removes from the bucket what nothing refers to, until ctx ends.
func (a *App) sweeper(ctx context.Context) {
	cfg := a.cfg.Documents.Sweep
	s := sweep.Sweeper{
		Bucket: a.bucket, Store: a.store, Leased: a.leased, Now: a.now, Grace: time.Duration(cfg.Grace), Most: cfg.Most, DryRun: cfg.DryRun, Log: a.log,
	}
	s.Run(ctx, time.Duration(cfg.Every))
}

// brokerGauges tell how the broker is reached.
func (a *App) brokerGauges(hints *rabbit.Transport, events *rabbit.Events) {
	for role, connected := range map[string]func() bool{"hints": hints.Connected, "events": events.Connected} {
		a.metrics.Gauge("hub_broker_connected", "1 while the broker is reached.", map[string]string{"role": role}, func() float64 {
			if connected() {
				return 1
			}
			return 0
		})
	}
}
