package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/mocks"
)

// Options of Run.
type Options struct {
	Config config.Config // of which edition and bucket are taken
	Dir    string        // data folder, emptied first
	Out    string        // folder for the PDFs
	Keep   bool          // stay up and print the addresses
	Log    *slog.Logger
	Tell   io.Writer // table and addresses
	Line   func(text string)
	Seed   uint64
}

// Run starts the mock systems and a hub, plays the applications and prints the
// table. It ends by itself unless Keep is set.
func Run(ctx context.Context, o Options) error {
	began := time.Now()
	if err := os.RemoveAll(o.Dir); err != nil {
		return fmt.Errorf("emptying the demo's data folder: %w", err)
	}
	old, _ := filepath.Glob(filepath.Join(o.Out, "*.pdf"))
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("removing an earlier document: %w", err)
		}
	}
	day := ElectionDay(began)
	systems, err := mocks.Start(ctx, mocks.Options{Seed: o.Seed, ElectionDay: day, People: -1, Log: o.Log})
	if err != nil {
		return err
	}
	defer systems.Close() //nolint:errcheck // the process ends
	cfg := config.Default()
	if err := Configure(&cfg); err != nil {
		return err
	}
	cfg.Store, cfg.Transport, cfg.Documents = o.Config.Store, o.Config.Transport, o.Config.Documents
	if cfg.Distributed() {
		// A schema of the demo's own, emptied first as the folder is.
		url, err := store.FreshSchema(ctx, string(cfg.Store.URL.Secret), "hubdemo")
		if err != nil {
			return err
		}
		cfg.Store.URL.Secret, cfg.Transport.Namespace = personal.Secret(url), "hubdemo"
	}
	cfg.DataDir, cfg.Listen = o.Dir, "127.0.0.1:0"
	UseMocks(&cfg, Addresses(systems))
	if err := UseSeals(&cfg, systems.EDS, o.Dir); err != nil {
		return err
	}
	hub, err := app.New(ctx, cfg, app.Options{Log: o.Log})
	if err != nil {
		return err
	}
	defer hub.Close() //nolint:errcheck // the process ends
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	running := make(chan error, 1)
	go func() { running <- hub.Run(ctx) }()
	p := &Player{Mocks: Addresses(systems), Admin: client.New(hub.URL(), hub.AdminKey()), Day: day, Out: o.Out, Progress: o.Line}
	played := make(chan error, 1)
	go func() { played <- play(ctx, p, o, began) }()
	select {
	case err = <-played:
	case err = <-running:
		return err
	}
	if err == nil && o.Keep {
		addresses(o.Tell, hub, p.Mocks, o.Dir)
		<-ctx.Done()
	}
	stop()
	if e := <-running; err == nil {
		err = e
	}
	return err
}

func play(ctx context.Context, p *Player, o Options, began time.Time) error {
	if err := p.Prepare(ctx); err != nil {
		return err
	}
	filled, err := autofill(ctx, p)
	if err != nil {
		return err
	}
	all, err := p.Play(ctx)
	if err != nil {
		return err
	}
	o.Line("")
	fmt.Fprintf(o.Tell, "Election day %s. Auto-fill: %s.\n\n", p.Day, filled)
	if err := Table(o.Tell, all); err != nil {
		return err
	}
	fmt.Fprintf(o.Tell, "\n%d documents in %s:\n", len(p.Fetched), o.Out)
	for _, name := range p.Fetched {
		fmt.Fprintln(o.Tell, "  "+name)
	}
	fmt.Fprintf(o.Tell, "Done in %.1f s on the %s edition.\n", time.Since(began).Seconds(), o.Config.Edition())
	return nil
}

// autofill shows the synchronous way: the columns about the second
// application's candidate, before anything is submitted.
func autofill(ctx context.Context, p *Player) (string, error) {
	in, err := p.filler.Fill(ctx, []byte(`{"type":"candidate-register-district","official":"dec-secretary","pinfl":"story:candidate-clean.pinfl"}`))
	if err != nil {
		return "", err
	}
	began := time.Now()
	a, err := p.callers[dec.id].Autofill(ctx, json.RawMessage(in))
	if err != nil {
		return "", err
	}
	byStatus := map[string]int{}
	for _, r := range a.Registers {
		byStatus[r.Status]++
	}
	return fmt.Sprintf("%d columns from %d registers in %d ms (found %d, absent %d, pending %d)", len(a.Columns), len(a.Registers),
		time.Since(began).Milliseconds(), byStatus["found"], byStatus["absent"], byStatus["pending"]), nil
}

// addresses tells where everything listens.
func addresses(w io.Writer, hub *app.App, m client.Mocks, dir string) {
	fmt.Fprintf(w, "\nThe hub stays up; end it with Ctrl-C.\n  API           %s\n  administrator %s\n  portal mock   %s\n  EDS mock      %s\n  SMS mock      %s (inbox)\n",
		hub.URL(), filepath.Join(dir, "admin.key"), m.Portal, m.EDS, m.SMS)
}
