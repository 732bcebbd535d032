package apptest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/telemetry"
	"github.com/saylovhub/hub/mocks"
)

// Commission is one of the demo's two commissions with its key and people.
type Commission struct {
	*client.Client
	ID        string
	Drafter   string // id of the deputy chair
	Secretary string // id
	Chair     string // story of who signs
}

// Hub is a running hub with its mock systems.
type Hub struct {
	URL      string
	Dir      string // data folder
	Admin    *client.Client
	TEC, DEC *Commission
	Mocks    *mocks.Systems
	Control  client.Mocks // the mocks' control addresses
	Store    *store.Store
	Clock    *Clock
	Day      civil.Date // election day
	Log      *Log
	Contract *Contract
	HTTP     *http.Client
	Filler   *demo.Filler

	app      *app.App
	base     *http.Transport
	stop     context.CancelFunc
	running  chan error
	person   atomic.Int64
	election atomic.Int64
	number   atomic.Int64
	storeURL string // empty: the embedded edition
	dbOnce   sync.Once
	db       *sql.DB
}

// Option changes how a hub starts.
type Option func(*options)

type options struct {
	configure []func(*config.Config)
	mocks     mocks.Options
	probe     string
}

// Configure changes the configuration before the hub starts.
func Configure(f func(*config.Config)) Option {
	return func(o *options) { o.configure = append(o.configure, f) }
}

// Probing names the story of the person about whom the portal may be probed.
func Probing(story string) Option { return func(o *options) { o.probe = story } }

// WithMocks changes how the mock systems start.
func WithMocks(f func(*mocks.Options)) Option { return func(o *options) { f(&o.mocks) } }

// Start runs a hub until the test ends. When the test fails, what the
// hub warned of is shown.
func Start(t testing.TB, opts ...Option) *Hub {
	t.Helper()
	h, err := Open(t.Context(), t, t.TempDir(), opts...)
	if err != nil {
		t.Fatalf("starting a hub: %v", err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("closing the hub: %v", err)
		}
		if t.Failed() {
			t.Logf("what the hub warned of:\n%s", h.Log.Warnings())
		}
	})
	return h
}

// Open runs a hub until Close, for hubs that several tests share. What it needs
// besides goes with t.
func Open(ctx context.Context, t testing.TB, dir string, opts ...Option) (h *Hub, err error) {
	t.Helper()
	ctx = context.WithoutCancel(ctx)
	clock := NewClock()
	o := options{mocks: mocks.Options{Seed: 7, People: 300, Now: clock.Now, ElectionDay: demo.ElectionDay(clock.Now())}}
	for _, f := range append([]Option{on(t)}, opts...) { //nolint:contextcheck // what goes with t has its own
		f(&o)
	}
	h = &Hub{Dir: dir, Clock: clock, Day: o.mocks.ElectionDay, Log: &Log{}, base: &http.Transport{MaxIdleConnsPerHost: 16}, running: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	logger := telemetry.NewLogger(h.Log, slog.LevelDebug, "json")
	o.mocks.Log = logger
	if h.Mocks, err = mocks.Start(ctx, o.mocks); err != nil {
		return h, err
	}
	h.Control = demo.Addresses(h.Mocks)
	cfg := config.Default()
	if err = demo.Configure(&cfg); err != nil {
		return h, err
	}
	cfg.DataDir, cfg.Listen, cfg.Log.Level = dir, "127.0.0.1:0", "debug"
	demo.UseMocks(&cfg, h.Control)
	if err = demo.UseSeals(&cfg, h.Mocks.EDS, dir); err != nil {
		return h, err
	}
	if o.probe != "" {
		if err = demo.UseProbe(ctx, &cfg, h.Control, o.probe); err != nil {
			return h, err
		}
	}
	for _, f := range o.configure {
		f(&cfg)
	}
	h.storeURL = string(cfg.Store.URL.Secret)
	if h.app, err = app.New(ctx, cfg, app.Options{Now: clock.Now, Log: logger}); err != nil {
		return h, err
	}
	clock.onMove(h.app.Wake)
	running, stop := context.WithCancel(ctx)
	h.stop = stop
	go func() { h.running <- h.app.Run(running) }()
	h.URL, h.Store = h.app.URL(), h.app.Store()
	if h.Contract, err = NewContract(h.base); err != nil {
		return h, err
	}
	h.HTTP = &http.Client{Transport: h.Contract, Timeout: time.Minute}
	h.Admin = h.Client(h.app.AdminKey())
	return h, h.prepare(ctx)
}

// prepare imports the demo's directory and makes the commissions' keys.
func (h *Hub) prepare(ctx context.Context) error {
	h.Filler = &demo.Filler{Mocks: h.Control, Day: h.Day}
	directory, err := h.Filler.Directory(ctx)
	if err != nil {
		return err
	}
	if _, err := h.Admin.ImportDirectory(ctx, directory); err != nil {
		return fmt.Errorf("importing the directory: %w", err)
	}
	h.TEC = &Commission{ID: "1726", Drafter: "tec-deputy", Secretary: "tec-secretary", Chair: "chair-tec"}
	h.DEC = &Commission{ID: "1726269", Drafter: "dec-deputy", Secretary: "dec-secretary", Chair: "chair-dec"}
	for _, c := range []*Commission{h.TEC, h.DEC} {
		key, err := h.Admin.CreateKey(ctx, "test "+c.ID, c.ID, "applications:write", "applications:read", "decisions:write", "documents:read", "autofill")
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		c.Client = h.Client(key)
	}
	return nil
}

// Client returns a client with another key; its answers are held against the
// contract too.
func (h *Hub) Client(key string) *client.Client {
	c := client.New(h.URL, key)
	c.HTTP = h.HTTP
	return c
}

// Secrets are the keys of this hub: nothing may show them.
func (h *Hub) Secrets() []string {
	var out []string
	for _, c := range []*client.Client{h.Admin, h.TEC.Client, h.DEC.Client} {
		_, secret, _ := strings.Cut(c.Key, ".")
		out = append(out, secret)
	}
	return out
}

// Stop ends the hub and keeps the mock systems and the data folder, so that
// files may be looked at.
func (h *Hub) Stop() error {
	var err error
	if h.stop != nil {
		h.stop()
		err = <-h.running
		h.stop = nil
	}
	if h.app != nil {
		err = errors.Join(err, h.app.Close())
		h.app = nil
	}
	return err
}

// Close ends the hub and the mock systems. It may be called more than once.
func (h *Hub) Close() error {
	err := h.Stop()
	if h.Mocks != nil {
		err = errors.Join(err, h.Mocks.Close())
		h.Mocks = nil
	}
	if h.db != nil {
		err = errors.Join(err, h.db.Close())
	}
	h.base.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	return err
}

// Files returns the contents of every file below the data folder but the keys;
// of a database elsewhere what its tables hold, a file each.
func (h *Hub) Files(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(h.Dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "keys":
			return filepath.SkipDir
		case d.IsDir() || d.Name() == "admin.key":
			return nil
		}
		b, err := os.ReadFile(path) //nolint:gosec // below the test's folder
		out[strings.TrimPrefix(path, h.Dir)] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.storeURL != "" {
		for _, table := range h.tables(t) {
			out["/table/"+table] = h.dump(t, table)
		}
	}
	return out
}
