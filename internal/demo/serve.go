package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/sms"
)

// ServeOptions of Serve.
type ServeOptions struct {
	Start     bool         // start the mock systems beside the hub
	Elsewhere client.Mocks // or use those that run elsewhere, where named
	Log       *slog.Logger
	Tell      io.Writer
	App       app.Options
}

// ListenOn says where each mock system listens.
func ListenOn(m config.Mocks) func(system string) string {
	return func(system string) string {
		return map[string]string{mocks.SystemPortal: m.Portal, mocks.SystemEDS: m.EDS, mocks.SystemSMS: m.SMS, mocks.SystemOneID: m.OneID, mocks.SystemEskiz: m.Eskiz}[system]
	}
}

// Serve runs a hub until ctx ends, with mock systems beside it where asked for.
func Serve(ctx context.Context, cfg config.Config, o ServeOptions) error {
	app.TuneMemory()
	m := o.Elsewhere
	var systems *mocks.Systems
	if o.Start {
		s, err := mocks.Start(ctx, mocks.Options{Seed: cfg.Mocks.Seed, ElectionDay: ElectionDay(time.Now()), Listen: ListenOn(cfg.Mocks), Log: o.Log})
		if err != nil {
			return err
		}
		defer s.Close() //nolint:errcheck // the process ends
		systems, m = s, Addresses(s)
		_, secret := vault.NewKey()
		cfg.SMS.Playmobile.Callback.Secret.Secret = personal.Secret(secret)
		if err := UseProbe(ctx, &cfg, m, "candidate-clean"); err != nil {
			return err
		}
		if err := UseSeals(&cfg, s.EDS, cfg.DataDir); err != nil {
			return err
		}
	}
	if m != (client.Mocks{}) {
		UseMocks(&cfg, client.Mocks{
			Portal: cmp.Or(m.Portal, cfg.Portal.GatewayURL), EDS: cmp.Or(m.EDS, cfg.EDS.URL), SMS: cmp.Or(m.SMS, cfg.SMS.Playmobile.URL),
			OneID: m.OneID, Eskiz: m.Eskiz,
		})
	}
	hub, err := open(ctx, cfg, o)
	if err != nil {
		return err
	}
	defer hub.Close() //nolint:errcheck // the process ends
	fmt.Fprintf(o.Tell, "API           %s\n", hub.URL())
	if !o.Start {
		return hub.Run(ctx)
	}
	// The made-up telephones tell the hub what became of its messages.
	callback := hub.URL() + "/v1/callbacks/sms/playmobile/" + string(cfg.SMS.Playmobile.Callback.Secret.Secret)
	if err := systems.SMS.SetReports(sms.Reports{URL: callback}); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	running := make(chan error, 1)
	go func() { running <- hub.Run(ctx) }()
	if err := seed(ctx, hub, m); err != nil {
		stop()
		return errors.Join(err, <-running)
	}
	fmt.Fprintf(o.Tell, "administrator %s\nportal mock   %s\nEDS mock      %s\nSMS mock      %s (inbox)\nOneID mock    %s\nEskiz mock    %s (inbox)\n",
		filepath.Join(cfg.DataDir, "admin.key"), m.Portal, m.EDS, m.SMS, m.OneID, m.Eskiz)
	return <-running
}

// patience is how long a starting hub waits for its database.
const patience = time.Minute

// open makes a hub. A database that does not answer yet, as when all of a machine
// starts at once, is waited for.
func open(ctx context.Context, cfg config.Config, o ServeOptions) (*app.App, error) {
	for began := time.Now(); ; {
		hub, err := app.New(ctx, cfg, o.App)
		f := fault.Of(err)
		if err == nil || f.Kind != fault.Unavailable || f.System != "store" || time.Since(began) > patience {
			return hub, err
		}
		o.Log.WarnContext(ctx, "the database does not answer, it is tried again", "error", err)
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
}

// seed imports the demo's directory, so that there is something to try.
func seed(ctx context.Context, hub *app.App, m client.Mocks) error {
	f := &Filler{Mocks: m, Day: ElectionDay(time.Now())}
	raw, err := f.Directory(ctx)
	if err != nil {
		return err
	}
	_, err = client.New(hub.URL(), hub.AdminKey()).ImportDirectory(ctx, raw)
	return err
}
