package chrome

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/saylovhub/hub/contracts/fault"
)

// CodeUnsettled is the code of a page that twice did not come to an end in time
// while its browser answered: too much of it, or a style that never settles.
const CodeUnsettled = "page_unsettled"

// Print prints one document and proves whose it is: before and after printing
// the tab holds exactly one element with data-document and it is p.ID, the
// title is p.Title, all fonts and images are there; the PDF then has that
// title, that paper, the structure if it was asked for and only then, no font
// but the shell's, and every letter that the page showed. A print that fails to
// prove it is a defect and its tab is thrown away.
//
// A crash or a hang is tried again once in a new tab and once in another
// browser; then it is unavailable, as are a full queue (with a Wait) and a
// cancelled context. A body above the limit is rejected.
func (b *Browser) Print(ctx context.Context, p Page) (Print, error) {
	return b.print(ctx, p, false)
}

func (b *Browser) print(ctx context.Context, p Page, trusted bool) (Print, error) {
	p, err := b.accept(p)
	if err != nil {
		return Print{}, err
	}
	if err := b.enter(); err != nil {
		return Print{}, err
	}
	defer b.work.Done()
	begun := time.Now()
	out, err := again(ctx, b, p, func(l lease, fresh bool) (Print, error) {
		return b.try(ctx, l, p, fresh, trusted)
	})
	if err == nil {
		b.took(time.Since(begun))
	}
	return out, err
}

func (b *Browser) accept(p Page) (Page, error) {
	p.Title = strings.Join(strings.Fields(p.Title), " ") // as the page's title reads back
	if p.ID == "" || p.Title == "" || p.Shell == "" || p.WidthMM <= 0 || p.HeightMM <= 0 {
		return p, failure(fault.Defect, errors.New("a page needs an id, a title, a shell and a size"))
	}
	if len(p.Body) > b.cfg.MaxBody {
		return p, failure(fault.Rejected, fmt.Errorf("printing %s: the document is too big: %d bytes, at most %d", p.Name, len(p.Body), b.cfg.MaxBody))
	}
	return p, nil
}

// enter counts a piece of work that Close waits for.
func (b *Browser) enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return unavailable(errClosed, 0)
	}
	b.work.Add(1)
	return nil
}

// again does a piece of work in a worker and repeats it after a crash or a hang:
// once in a new tab, once in another browser.
func again[T any](ctx context.Context, b *Browser, p Page, do func(l lease, fresh bool) (T, error)) (T, error) {
	var none T
	var l lease
	var last error
	key := keyOf(p.Shell)
	slow := 0
	for try := range 3 {
		if l.i == nil {
			var err error
			if l, err = b.acquire(ctx, key, try > 0); err != nil {
				return none, err
			}
		}
		out, err := do(l, try > 0)
		if err == nil {
			b.release(l)
			return out, nil
		}
		if errors.Is(err, errSlow) {
			slow++
		}
		hopeless := ctx.Err() != nil || errors.Is(err, errIdentity) || slow == 2
		if try == 1 && !hopeless {
			l.i.Abort() // two tabs failed in it
		}
		if hopeless || try == 2 || l.i.Dead() {
			b.release(l)
			l = lease{}
		}
		switch {
		case ctx.Err() != nil:
			return none, unavailable(fmt.Errorf("printing %s: %w", p.Name, context.Cause(ctx)), 0)
		case b.life.Err() != nil:
			return none, unavailable(errClosed, 0)
		case errors.Is(err, errIdentity):
			return none, failure(fault.Defect, fmt.Errorf("printing %s: %w", p.Name, err))
		case slow == 2:
			return none, b.unsettled(p)
		}
		last = err
		b.log.WarnContext(ctx, "a print is tried again", "template", p.Name, "try", try+1, "error", err)
	}
	return none, unavailable(fmt.Errorf("printing %s: %w", p.Name, last), 0)
}

func (b *Browser) unsettled(p Page) error {
	f := fault.Of(unavailable(fmt.Errorf("printing %s: the page did not come to an end in %v, twice", p.Name, b.cfg.Timeout), 0))
	f.Code, f.Hint = CodeUnsettled, "the document has too many rows, or the template's style never settles: hub templates check"
	return f
}

func keyOf(shell string) string {
	sum := sha256.Sum256([]byte(shell))
	return string(sum[:])
}

// open makes a tab of the instance.
func (b *Browser) open(ctx context.Context, i *instance, s shell) (*tab, error) {
	t, err := openTab(ctx, i.Context, s, b.cfg.Timeout)
	if err != nil {
		b.drop([]*tab{t})
		return nil, err
	}
	i.answer()
	return t, nil
}

// errSlow marks a try that ran out of time in a browser that answers.
var errSlow = errors.New("the page did not come to an end in time")

// try prints once. Whatever goes wrong, the tab is not used again.
func (b *Browser) try(ctx context.Context, l lease, p Page, fresh, trusted bool) (Print, error) {
	i := l.i
	key := keyOf(p.Shell)
	t, spoilt := i.take(key, fresh)
	b.drop(spoilt)
	good := false
	defer func() { b.drop(i.give(t, good, b.cfg.TabDocuments)) }()
	if t == nil {
		b.cold.Add(1)
		var err error
		if t, err = b.open(ctx, i, shell{p.Name, key, p.Shell}); err != nil {
			return Print{}, b.suspect(ctx, i, err)
		}
		i.use(t)
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
		return Print{}, b.suspect(ctx, i, err)
	}
	if t.strayed.Load() {
		return Print{}, fmt.Errorf("%w: the tab went elsewhere", errIdentity)
	}
	i.answer()
	l.w.prints.Add(1)
	good = true
	got.Browser = i.Version
	return got, nil
}

// suspect looks whether the whole browser hangs after a tab did not answer. A
// hung one is killed, one that answers has a slow page.
func (b *Browser) suspect(ctx context.Context, i *instance, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || i.Dead() {
		return err
	}
	if i.Ping(probeLimit) != nil { //nolint:contextcheck // the browser is asked in its own context, not in the print's that ran out
		i.Abort()
		return err
	}
	i.answer()
	return fmt.Errorf("%w: %w", errSlow, err)
}

// probeLimit is how long a browser has to answer after a page did not.
const probeLimit = 2 * time.Second

// print fills the tab, prints, checks and empties it again. The print is read
// back while the tab is emptied.
func (t *tab) print(ctx context.Context, p Page, limit time.Duration, trusted bool) (Print, error) {
	op, end := t.operation(ctx, limit)
	defer end()
	t.prints.Add(1)
	return chromedp.Run(op, func(ctx context.Context, target *chromedp.Target) (Print, error) {
		out, err := t.once(ctx, target, p, trusted)
		if errors.Is(err, errLetters) && !t.laidOut {
			// The style changes or hides letters: this template's text must be
			// read as it is laid out.
			t.laidOut = true
			out, err = t.once(ctx, target, p, trusted)
		}
		return out, err
	})
}

func (t *tab) once(ctx context.Context, target *chromedp.Target, p Page, trusted bool) (Print, error) {
	shown, err := t.fill(ctx, target, p, trusted)
	if err != nil {
		return Print{}, err
	}
	if t.filled != nil {
		t.filled(t)
	}
	yes, no, zero := true, false, 0.0
	out, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{
		PaperWidth: p.WidthMM / mmPerInch, PaperHeight: p.HeightMM / mmPerInch,
		MarginTop: &zero, MarginBottom: &zero, MarginLeft: &zero, MarginRight: &zero,
		PrintBackground: &yes, PreferCSSPageSize: &yes, DisplayHeaderFooter: &no,
		GenerateTaggedPDF: &p.Tagged, GenerateDocumentOutline: &no,
	})
	if err != nil {
		return Print{}, fmt.Errorf("printing: %w", err)
	}
	type proof struct {
		print Print
		err   error
	}
	proved := make(chan proof, 1)
	go func() {
		print, err := prove(out.Data, shown, p, t.families)
		proved <- proof{print, err}
	}()
	err = t.empty(ctx, target, p)
	read := <-proved
	if err != nil {
		return Print{}, err
	}
	return read.print, read.err
}

// fill puts the document into the tab and returns the text it shows.
func (t *tab) fill(ctx context.Context, target *chromedp.Target, p Page, trusted bool) (string, error) {
	var before struct{ Fault, Text string }
	if err := t.call(ctx, target, &before, fill, p.ID, p.Title, p.Body, p.Lang, p.Sample, t.laidOut, trusted); err != nil {
		return "", fmt.Errorf("filling the tab: %w", err)
	}
	if before.Fault != "" {
		return "", fmt.Errorf("%w before the print: %s", errIdentity, before.Fault)
	}
	return before.Text, nil
}

// empty checks the tab once more and leaves nothing of the document in it.
func (t *tab) empty(ctx context.Context, target *chromedp.Target, p Page) error {
	var found string
	if err := t.call(ctx, target, &found, empty, p.ID, p.Title); err != nil {
		return fmt.Errorf("emptying the tab: %w", err)
	}
	if found != "" {
		return fmt.Errorf("%w after the print: %s", errIdentity, found)
	}
	return nil
}
