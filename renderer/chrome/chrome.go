package chrome

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

const (
	mmPerInch     = 25.4
	pointsPerInch = 72

	// closeLimit bounds Close; killed processes end at once, so that it is
	// reached only where the machine itself hangs.
	closeLimit = 20 * time.Second
)

// Page is one document to print.
type Page struct {
	Name     string  // of the template, for messages
	Shell    string  // the whole page with its style and fonts and an empty body
	Body     string  // HTML of the body, from a trusted template
	ID       string  // of the document; the tab and the print must carry it
	Title    string  // of the PDF; should hold the ID
	Lang     string  // of the text, such as uz-Latn; empty: not said
	WidthMM  float64 // of the paper
	HeightMM float64 // of the paper
	Tagged   bool    // print the structure (headings, tables) with the text
	Sample   bool    // mark it as a sample: the body's element carries data-sample

	// Beside works on the printed file while it is proved and the tab is emptied;
	// nil: nothing does. What it makes counts only if Print succeeds; a print that is
	// tried again calls it again. Print returns after it.
	Beside func(pdf []byte)

	key string // of the shell
}

// Print is a printed document.
type Print struct {
	PDF     []byte
	Pages   int
	Fonts   []string // in it, by PostScript name
	Browser string   // version of the browser that printed it
}

// Browser prints documents with a pool of browser processes, one a worker. It
// is safe for use by several goroutines.
type Browser struct {
	cfg     Config
	binary  string
	log     *slog.Logger
	version atomic.Value // string
	average atomic.Int64 // nanoseconds that a print takes, for what a full queue says
	cold    atomic.Int64 // prints that had to open their tab
	keys    keys

	life context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup // supervisors, and what cleans up

	replacing chan struct{} // one replacement at a time: each is a browser more

	mu      sync.Mutex
	workers []*worker
	queue   []*waiter
	warmed  []shell // that Warm was asked for
	closed  bool

	filled func(*instance, *tab) // a test's seam, see tab
}

// Start finds the browser, starts one for each worker and proves that its
// sandbox works. A missing browser or sandbox is a fault of kind misconfigured
// with a hint. ctx bounds the start only; Close ends the pool.
func Start(ctx context.Context, cfg Config, log *slog.Logger) (*Browser, error) {
	if !process.Supported {
		return nil, &fault.Fault{
			Kind: fault.Misconfigured, System: process.System, Operation: "start",
			Hint: "run the hub on Linux, or in a Linux container", Err: errors.New("documents are printed on Linux only"),
		}
	}
	binary, err := process.Find(cfg.Binary)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Browser{cfg: cfg.withDefaults(), binary: binary, log: log, replacing: make(chan struct{}, 1)}
	b.life, b.end = context.WithCancel(context.WithoutCancel(ctx))
	b.version.Store("")
	for n := range b.cfg.Workers {
		b.workers = append(b.workers, &worker{number: n, wake: make(chan struct{}, 1)})
	}
	failed := make([]error, len(b.workers))
	var starting sync.WaitGroup
	for n, w := range b.workers {
		starting.Go(func() {
			var i *instance
			if i, failed[n] = b.launch(ctx); failed[n] == nil {
				w.i = i
			}
		})
	}
	starting.Wait()
	for _, err := range failed {
		if err != nil {
			_ = b.Close()
			return nil, err
		}
	}
	for _, w := range b.workers {
		b.work.Go(func() { b.supervise(w) }) //nolint:contextcheck // it outlives the start, Close ends it
	}
	return b, nil
}

// launch starts one browser process.
func (b *Browser) launch(ctx context.Context) (*instance, error) {
	begun := time.Now()
	p, err := process.Launch(ctx, process.Options{Binary: b.binary, UID: b.cfg.UID, GID: b.cfg.GID, Log: b.log})
	if err != nil {
		return nil, err
	}
	b.version.Store(p.Version)
	b.log.DebugContext(ctx, "browser started", "version", p.Version, "took", time.Since(begun))
	i := &instance{Process: p, limit: b.cfg.Tabs, since: time.Now()}
	i.answer()
	return i, nil
}

// Version is the browser's version, such as 156.0.8078.79.
func (b *Browser) Version() string { return b.version.Load().(string) }

// Close kills the browsers with all their processes and removes their folders.
// Prints under way and waiting fail. It may be called more than once.
func (b *Browser) Close() error {
	b.mu.Lock()
	b.closed = true
	waiting := b.queue
	b.queue = nil
	var left []*instance
	for _, w := range b.workers {
		if w.i != nil {
			left = append(left, w.i)
			w.i = nil
		}
	}
	b.mu.Unlock()
	b.end()
	for _, w := range waiting {
		w.got <- lease{err: unavailable(errClosed, 0)}
	}
	for _, i := range left {
		b.clean(i.Finish)
	}
	done := make(chan struct{})
	go func() {
		b.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(closeLimit):
		return fmt.Errorf("closing the browser: it has not ended after %v", closeLimit)
	}
}

var errClosed = errors.New("the browser is closed")

// clean runs what waits for processes and pages to end, off the caller's path.
func (b *Browser) clean(f func()) { b.work.Go(f) }
