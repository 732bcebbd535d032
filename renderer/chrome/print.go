package chrome

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

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
	t, spoilt := i.take(p.key, fresh)
	b.drop(spoilt)
	good := false
	defer func() { b.drop(i.give(t, good, b.cfg.TabDocuments)) }()
	if t == nil {
		b.cold.Add(1)
		var err error
		if t, err = b.open(ctx, i, shell{p.Name, p.key, p.Shell}); err != nil {
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
		paper, err := prove(out.Data, shown, p, t.families)
		proved <- proof{paper, err}
	}()
	beside := make(chan struct{})
	go func() {
		defer close(beside)
		if p.Beside != nil {
			p.Beside(out.Data)
		}
	}()
	err = t.empty(ctx, target, p)
	read := <-proved
	<-beside
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
