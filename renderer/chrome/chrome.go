package chrome

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

const (
	mmPerInch     = 25.4
	pointsPerInch = 72
)

// Page is one document to print.
type Page struct {
	Name     string  // of the template, for messages
	Shell    string  // the whole page with its style and fonts and an empty body
	Body     string  // HTML of the body, from a trusted template
	ID       string  // of the document; the tab and the print must carry it
	Title    string  // of the PDF; should hold the ID
	WidthMM  float64 // of the paper
	HeightMM float64 // of the paper
}

// Print is a printed document.
type Print struct {
	PDF   []byte
	Pages int
}

// Browser prints documents. It is safe for use by several goroutines. The
// process behind it is replaced when it dies, hangs or has printed enough.
type Browser struct {
	cfg    Config
	binary string
	log    *slog.Logger

	workers chan struct{}
	waiting atomic.Int64

	lock    chan struct{} // guards what follows; a channel, so that waiting can be cancelled
	current *instance
	closed  bool
	closing sync.Mutex   // one Close at a time
	version atomic.Value // string

	cleaning sync.WaitGroup
	ended    chan struct{}

	filled func(*instance, *tab) // a test's seam, see tab
}

// Start finds and starts the browser and proves that its sandbox works. A
// missing browser or sandbox is a fault of kind misconfigured with a hint. ctx
// bounds the start only; Close ends the browser.
func Start(ctx context.Context, cfg Config, log *slog.Logger) (*Browser, error) {
	if !supported {
		return nil, &fault.Fault{
			Kind: fault.Misconfigured, System: system, Operation: "start",
			Hint: "run the hub on Linux, or in a Linux container", Err: errors.New("documents are printed on Linux only"),
		}
	}
	binary, err := find(cfg.Binary)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	cfg = cfg.withDefaults()
	b := &Browser{
		cfg: cfg, binary: binary, log: log,
		workers: make(chan struct{}, cfg.Workers), lock: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	b.version.Store("")
	if _, err := b.running(ctx, nil); err != nil {
		return nil, err
	}
	return b, nil
}

// Version is the browser's version, such as 156.0.8078.79.
func (b *Browser) Version() string { return b.version.Load().(string) }

// Close kills the browser with all its processes and removes its folder.
// Prints under way fail. It may be called more than once.
func (b *Browser) Close() error {
	b.closing.Lock()
	defer b.closing.Unlock()
	b.lock <- struct{}{}
	if !b.closed {
		b.closed = true
		close(b.ended)
	}
	i := b.current
	b.current = nil
	<-b.lock
	if i != nil {
		i.finish()
	}
	for range cap(b.workers) { // prints under way leave first
		b.workers <- struct{}{}
	}
	b.cleaning.Wait()
	for range cap(b.workers) {
		<-b.workers
	}
	return nil
}

// Print prints one document and proves whose it is: before and after printing
// the tab holds exactly one element with data-document and it is p.ID, the
// title is p.Title, all fonts and images are there; the PDF then has that
// title, that paper, no font but the shell's, and every letter that the page
// showed. A print that fails to prove it is a defect and its tab is thrown away.
//
// A crash or a hang is tried again once in a new tab and once in a new browser;
// then it is unavailable, as are a full queue and a cancelled context.
func (b *Browser) Print(ctx context.Context, p Page) (Print, error) {
	return b.print(ctx, p, false)
}

func (b *Browser) print(ctx context.Context, p Page, trusted bool) (Print, error) {
	p.Title = strings.Join(strings.Fields(p.Title), " ") // as the page's title reads back
	if p.ID == "" || p.Title == "" || p.Shell == "" || p.WidthMM <= 0 || p.HeightMM <= 0 {
		return Print{}, failure(fault.Defect, errors.New("a page needs an id, a title, a shell and a size"))
	}
	if err := b.enter(ctx); err != nil {
		return Print{}, err
	}
	defer func() { <-b.workers }()

	var last error
	var failed *instance
	for try := range 3 {
		var avoid *instance
		if try == 2 {
			avoid = failed
		}
		i, err := b.running(ctx, avoid)
		if err != nil {
			return Print{}, err
		}
		out, err := b.try(ctx, i, p, try > 0, trusted)
		if err == nil {
			return out, nil
		}
		if ctx.Err() != nil {
			return Print{}, failure(fault.Unavailable, fmt.Errorf("printing %s: %w", p.Name, context.Cause(ctx)))
		}
		if errors.Is(err, errIdentity) {
			return Print{}, failure(fault.Defect, fmt.Errorf("printing %s: %w", p.Name, err))
		}
		last, failed = err, i
		b.log.WarnContext(ctx, "a print is tried again", "template", p.Name, "try", try+1, "error", err)
	}
	return Print{}, failure(fault.Unavailable, fmt.Errorf("printing %s: %w", p.Name, last))
}

func failure(kind fault.Kind, err error) error {
	return &fault.Fault{Kind: kind, System: system, Operation: "print", Err: err}
}

// enter waits for a worker.
func (b *Browser) enter(ctx context.Context) error {
	select {
	case b.workers <- struct{}{}:
		return nil
	default:
	}
	if b.waiting.Add(1) > int64(b.cfg.Queue) {
		b.waiting.Add(-1)
		return failure(fault.Unavailable, errors.New("too many prints are waiting"))
	}
	defer b.waiting.Add(-1)
	select {
	case b.workers <- struct{}{}:
		return nil
	case <-b.ended:
		return failure(fault.Unavailable, errClosed)
	case <-ctx.Done():
		return failure(fault.Unavailable, fmt.Errorf("waiting for the browser: %w", context.Cause(ctx)))
	}
}

var errClosed = errors.New("the browser is closed")

// running returns the browser process to use, after starting one if there is
// none, it died, it has printed enough, or it is the one to avoid.
func (b *Browser) running(ctx context.Context, avoid *instance) (*instance, error) {
	select {
	case b.lock <- struct{}{}:
		defer func() { <-b.lock }()
	case <-ctx.Done():
		return nil, failure(fault.Unavailable, fmt.Errorf("waiting for the browser: %w", context.Cause(ctx)))
	}
	if b.closed {
		return nil, failure(fault.Unavailable, errClosed)
	}
	if i := b.current; i != nil {
		switch {
		case i == avoid || i.dead():
			b.current = nil
			b.clean(i.finish)
		case i.worn(b.cfg.MaxDocuments):
			b.current = nil
			if i.retire() {
				b.clean(i.finish)
			}
		default:
			return i, nil
		}
	}
	begun := time.Now()
	i, err := launch(ctx, b.binary, b.cfg, b.log)
	if err != nil {
		return nil, err
	}
	b.current = i
	b.version.Store(i.version)
	b.log.DebugContext(ctx, "browser started", "version", i.version, "took", time.Since(begun))
	return i, nil
}

// clean runs what waits for processes and pages to end, off the caller's path.
func (b *Browser) clean(f func()) { b.cleaning.Go(f) }

func (b *Browser) drop(tabs []*tab) {
	for _, t := range tabs {
		t.abort()
		b.clean(t.finish)
	}
}

// try prints once. Whatever goes wrong, the tab is not used again.
func (b *Browser) try(ctx context.Context, i *instance, p Page, fresh, trusted bool) (Print, error) {
	sum := sha256.Sum256([]byte(p.Shell))
	key := string(sum[:])
	t, spoilt := i.take(key, fresh)
	b.drop(spoilt)
	good := false
	defer func() {
		b.drop(i.give(t, good, b.cfg.Tabs))
		if i.over() {
			b.clean(i.finish)
		}
	}()
	var err error
	if t == nil {
		if t, err = openTab(ctx, i.ctx, key, p.Shell, b.cfg.Timeout); err != nil {
			b.suspect(ctx, i, err)
			return Print{}, err
		}
	}
	if b.filled != nil {
		t.filled = func(t *tab) { b.filled(i, t) }
	}
	got, err := t.print(ctx, p, b.cfg.Timeout, trusted)
	if err != nil {
		switch {
		case t.crashed.Load():
			err = errors.New("the page's process crashed")
		case t.strayed.Load():
			err = fmt.Errorf("%w: the tab went elsewhere", errIdentity)
		}
		b.suspect(ctx, i, err)
		return Print{}, err
	}
	out, err := prove(got, p, t.families)
	if err == nil && t.strayed.Load() {
		err = fmt.Errorf("%w: the tab went elsewhere", errIdentity)
	}
	good = err == nil
	return out, err
}

// suspect looks whether the whole browser hangs after a tab did not answer.
func (b *Browser) suspect(ctx context.Context, i *instance, err error) {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		i.probe() //nolint:contextcheck // the browser is asked in its own context, not in the print's that ran out
	}
}
