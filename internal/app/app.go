package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/api"
	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/clock"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/exchange"
	"github.com/saylovhub/hub/internal/fleet"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/telemetry"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/autofill"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/intake"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/webhook"
	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/preview"
	"github.com/saylovhub/hub/templates"
)

// What stages ask of a transaction, the store's transaction has: queue.In relies
// on it.
var (
	_ intake.Tx          = (*store.Tx)(nil)
	_ checks.Tx          = (*store.Tx)(nil)
	_ decision.Tx        = (*store.Tx)(nil)
	_ decision.ConfirmTx = (*store.Tx)(nil)
	_ issuing.Tx         = (*store.Tx)(nil)
	_ notice.Tx          = (*store.Tx)(nil)
)

// App is a hub that is about to run. Close it in any case.
type App struct {
	cfg        config.Config
	log        *slog.Logger
	clock      *clock.Clock
	now        func() time.Time // the clock's
	metrics    *telemetry.Metrics
	catalogue  *catalogue.Catalogue
	vault      *vault.Vault
	store      *store.Store
	listener   net.Listener
	browser    *chrome.Browser
	engine     *renderer.Engine
	templates  *templates.Set
	seals      seals
	sealCA     []byte // PEM; nil: nobody vouches for seals
	bucket     *bucket.Bucket
	recorder   *exchange.Recorder
	outside    outside
	stageNames []string
	runner     *queue.Runner
	transport  queue.Transport
	fleet      *fleet.Fleet
	relay      *event.Relay
	feed       event.Feed
	hooks      *webhook.Hooks
	server     *http.Server
	adminKey   string
	version    string
	ending     atomic.Bool // a front is to send no more requests
	closers    []func() error
	closeOnce  sync.Once
}

// Options of New besides the configuration.
type Options struct {
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger
	Version string // of the program
}

// New opens everything that can be in the way, each fault one clear sentence:
// the database (another hub?), the address (in use?), the browser (missing?).
func New(ctx context.Context, cfg config.Config, o Options) (a *App, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a = &App{cfg: cfg, log: o.Log, version: o.Version, clock: clock.New(o.Now), metrics: telemetry.NewMetrics()}
	a.now = a.clock.Now
	defer func() {
		if err != nil {
			_ = a.Close()
		}
	}()
	if a.catalogue, err = catalogue.Load(); err != nil {
		return a, err
	}
	if err := a.loadDocuments(); err != nil {
		return a, err
	}
	if err := a.openStore(ctx); err != nil {
		return a, err
	}
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen); err != nil {
		return a, fmt.Errorf("the address %s cannot be listened on: is another program using it? (%w)", cfg.Listen, err)
	}
	a.closers = append(a.closers, func() error {
		if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	a.browser, err = chrome.Start(ctx, chrome.Config{
		Binary: cfg.Chrome.Binary, UID: cfg.Chrome.UID, GID: cfg.Chrome.GID, Workers: cfg.Chrome.Workers, Timeout: time.Duration(cfg.Chrome.Timeout),
		Queue: cfg.Chrome.Queue, PageMemory: int64(cfg.Chrome.PageMemoryMB) << 20,
	}, a.log)
	if err != nil {
		return a, err
	}
	a.closers = append(a.closers, a.browser.Close)
	a.engine = &renderer.Engine{Set: a.templates, Browser: a.browser, Seals: a.seals, Now: a.now}
	a.recorder = exchange.New(exchange.Config{
		Store: a.store, Count: a.metrics.Call, Log: a.log, Now: a.now, Keep: time.Duration(cfg.Exchanges.Keep), Bodies: time.Duration(cfg.Exchanges.Bodies),
	})
	a.fleet = fleet.New(fleet.Config{
		Store: a.store, Process: store.Process{Address: a.URL(), Version: o.Version}, Clock: a.clock, Alarm: a.recorder, Log: a.log, Alone: !cfg.Distributed(),
	})
	if a.outside, err = connect(cfg, a.recorder, a.now, a.fleet.Deps); err != nil {
		return a, err
	}
	return a, a.wire(ctx)
}

// wire makes the pipelines, the runner of their stages and the API.
func (a *App) wire(ctx context.Context) error {
	cfg := a.cfg
	decisionForm, err := schema.Compile("decision.schema.json", contracts.DecisionForm)
	if err != nil {
		return err
	}
	limit := func(stage string) time.Duration { return cfg.PolicyOf(stage).Limit }
	notices := &notice.Notices{
		Catalogue: a.catalogue, Store: a.store, Providers: a.outside.providers, Text: smsText, NewID: sms.NewID, Proxies: cfg.Notices.Proxies,
		AppealFor: cfg.Notices.AppealDays, Quiet: notice.Quiet{From: cfg.Notices.QuietFrom, To: cfg.Notices.QuietTo},
		Limit: limit(notice.StageOf(a.outside.providers[0].Name())), Now: a.now, Log: a.log, DocumentTitle: a.documentTitle,
	}
	a.hooks = a.webhooks(limit(webhook.StageDeliver))
	receipts := a.receipts()
	asking := &checks.Checks{
		Catalogue: a.catalogue, Registers: a.outside.registers, Store: a.store, Now: a.now, Deadline: time.Duration(cfg.Checks.Deadline),
		Limit:     func(id register.ID, op string) time.Duration { return limit(checks.StageOf(id, op)) },
		NewNumber: newTransaction, Announcer: notices, Receipts: receipts,
	}
	signing := &login.Login{Notices: notices, Now: a.now, Hash: func(value string) []byte { return a.vault.Index("login code", value) }}
	taking := &intake.Intake{
		Catalogue: a.catalogue, Store: a.store, Verifier: a.outside.verifier, Announcer: notices, Codes: signing, Scatter: asking.Scatter,
		Receipts: receipts,
		Now:      a.now, Limit: limit(intake.StageVerify),
	}
	deciding := &decision.Decisions{
		Catalogue: a.catalogue, Form: decisionForm, Store: a.store, Verifier: a.outside.verifier, Notifier: notices, Announcer: notices,
		Asker: asking, Now: a.now, Limit: limit(decision.StageVerify),
	}
	codes := issuing.Codes{Sign: a.vault.Sign, PublicKey: a.vault.PublicKey(), Address: cmp.Or(cfg.PublicURL, a.URL())}
	making := &issuing.Issuing{
		Catalogue: a.catalogue, Store: a.store, Renderer: printer{a.engine, a.templates}, Bucket: a.bucket, Coder: codes, Notifier: notices,
		Announcer: notices, Now: a.now, Limit: limit(issuing.StageRender), AppealFor: cfg.Notices.AppealDays,
	}
	deciding.Papers = making
	if err := CheckCatalogue(a.catalogue, a.templates); err != nil {
		return err
	}
	if err := a.openTransport(); err != nil {
		return err
	}
	stages, err := a.stages(taking, asking, deciding, making, notices, signing)
	if err != nil {
		return err
	}
	for _, s := range stages {
		a.stageNames = append(a.stageNames, s.Name)
	}
	a.gauges(stages)
	a.connectorGauges()
	a.documentGauges()
	desk := a.desk()
	if err := a.schedule(ctx, notices); err != nil {
		return err
	}
	if err := desk.Restore(ctx); err != nil {
		return err
	}
	a.fleet.Attach(a.outside.operations, desk, desk.Wake)
	a.runner, err = queue.NewRunner(queue.Config{
		Store: a.store, Transport: a.transport, Now: a.now, Log: a.log, Observer: a.metrics, Stages: stages,
		Lease: time.Duration(cfg.Queue.Lease), Drain: time.Duration(cfg.Shutdown.Drain),
		Guard: call.Guarded,
	})
	if err != nil {
		return err
	}
	a.store.OnCommit(a.committed)
	a.store.OnSignal(a.fleet.OnSignal)
	handler, err := api.New(api.Deps{
		Store: a.store, Catalogue: a.catalogue, Intake: taking, Decisions: deciding, Issuing: making, Bucket: a.bucket, Codes: codes, Desk: desk,
		Notices: notices, Webhooks: a.hooks, Login: signing, Callbacks: a.callbacks(), Reconcile: a.ledger(), Events: api.Streams{Feed: &a.feed}, Fleet: a.fleet,
		Autofill: &autofill.Filler{
			Catalogue: a.catalogue, Registers: a.outside.registers, Store: a.store, Audit: a.auditLines, Interactive: interactive,
			Sign: receipts.Sign, NewNumber: newTransaction, Now: a.now, Deadline: time.Duration(cfg.Autofill.Deadline),
		},
		Templates: a.templates, Previews: &preview.Maker{Set: a.templates, Browser: a.browser}, Papers: &renderer.Engine{Set: a.templates, Browser: a.browser, Now: a.now}, Verify: api.Verification{Seals: a.sealCA, SealedBy: a.seals.sealers()},
		Metrics: a.metrics.Handler(), Ready: a.ready, Crowded: a.crowded, Log: a.log, Now: a.now, AdminHash: vault.HashSecret(secretOf(a.adminKey)),
	})
	if err != nil {
		return err
	}
	a.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	return nil
}

func (a *App) auditLines(ctx context.Context, lines []dossier.AuditLine) error {
	return a.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AuditAll(ctx, lines) })
}

// URL is the API's address.
func (a *App) URL() string { return "http://" + a.listener.Addr().String() }

// AdminKey is the administrator's API key.
func (a *App) AdminKey() string { return a.adminKey }

// Wake has due jobs looked for at once: the clock was moved.
func (a *App) Wake() { a.runner.Wake(nil, time.Unix(1, 0)) }

// Store is the open store, for those who run the hub in their own process.
func (a *App) Store() *store.Store { return a.store }

// errNoBrowser: a process that cannot print is of no use to who orders documents.
// One of several browsers that is being replaced, or a full queue, is no reason.
var errNoBrowser = errors.New("no browser that prints documents answers")

// errEnding is what a front is told by a process that ends.
var errEnding = errors.New("the hub is ending: send requests to another process")

func (a *App) ready(ctx context.Context) error {
	switch {
	case a.ending.Load():
		return errEnding
	case a.browser.Health().Alive() == 0:
		return errNoBrowser
	}
	return a.store.Ping(ctx)
}

// Run serves and works until ctx ends. Then it takes no new jobs and says that it
// is not ready, still serves until a front may have noticed, and drains: requests
// first, then the jobs at work.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	serving, stopped := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(stopped)
		err := a.server.Serve(a.listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		serving <- err
		stop()
	}()
	working := make(chan error, 1)
	go func() {
		working <- a.runner.Run(ctx)
		stop()
	}()
	// What serves the work ends after it.
	var beside sync.WaitGroup
	keep, endBeside := context.WithCancel(context.WithoutCancel(ctx))
	for _, run := range []func(context.Context){a.recorder.Run, a.relay.Run, a.hooks.Run, a.fleet.Run, a.sweeper, a.watchClock, a.warm} {
		beside.Go(func() { run(keep) })
	}
	a.log.InfoContext(ctx, "the hub is up", "address", a.URL(), "data", a.cfg.DataDir, "browser", a.browser.Version())
	<-ctx.Done()
	a.ending.Store(true)
	rest := context.WithoutCancel(ctx)
	select {
	case <-time.After(time.Duration(a.cfg.Shutdown.Delay)):
	case <-stopped: // nobody is served any more
	}
	drain, cancel := context.WithTimeout(rest, time.Duration(a.cfg.Shutdown.Drain))
	defer cancel()
	err := a.server.Shutdown(drain)
	err = errors.Join(err, <-serving, <-working)
	endBeside()
	beside.Wait()
	return err
}

// Close gives everything back; it may be called more than once.
func (a *App) Close() error {
	var err error
	a.closeOnce.Do(func() {
		for _, give := range slices.Backward(a.closers) {
			err = errors.Join(err, give())
		}
	})
	return err
}
