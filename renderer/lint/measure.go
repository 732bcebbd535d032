package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/templates"
)

// What is allowed: of what is measured in CSS pixels, mm and points.
const (
	overBox     = 1.1      // px that the ink of a letter may reach over its box
	smallest    = 6.5      // pt of type
	smallCode   = 22       // mm of a QR code with its quiet zone
	tolerance   = 0.1      // mm or pt: what comes of rounding
	enough      = 4.5      // contrast
	enoughLarge = 3.0      // of large type
	longTable   = 64 << 10 // bytes of a sample whose rows are many: those of the others are made long
)

const (
	pageID     = "lint"
	longSuffix = " with long texts"
)

// Browser prints and measures pages; *chrome.Browser is one.
type Browser interface {
	Print(ctx context.Context, p chrome.Page) (chrome.Print, error)
	Measure(ctx context.Context, p chrome.Page) ([]chrome.Finding, error)
}

// trial is one print of a document.
type trial struct {
	sample, language string
	data             []byte
	long             bool
}

// measured prints every document with every sample and looks at the page.
func measured(ctx context.Context, fsys fs.FS, names []string, o Options) ([]Finding, error) {
	numbers := &marks{}
	set, err := templates.LoadFrom(markedFiles{fsys, numbers}, templates.Options{})
	if set == nil { // of one document alone, what does not load has its finding
		return nil, err
	}
	found, errs := make([][]Finding, len(names)), make([]error, len(names))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				if t, ok := set.Get(names[i]); ok {
					found[i], errs[i] = try(ctx, fsys, t, numbers, o)
				}
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	wg.Wait()
	return slices.Concat(found...), errors.Join(errs...)
}

// try prints one document with every sample.
func try(ctx context.Context, fsys fs.FS, t *templates.Template, numbers *marks, o Options) ([]Finding, error) {
	f, err := readFolder(fsys, t.Name)
	if err != nil {
		return nil, fmt.Errorf("reading the document %s: %w", t.Name, err)
	}
	f.found = nil // what reading it finds is told by the static checks
	for _, one := range f.trials(t, cmp.Or(o.Long, usual)) {
		if err := f.measure(ctx, o.Browser, t, numbers, one); err != nil {
			return nil, err
		}
	}
	return f.found, nil
}

// trials are the prints that show how a document comes out: every sample, each
// language, and every sample once more with long texts.
func (f *folder) trials(t *templates.Template, long float64) (out []trial) {
	spoken := map[string]bool{}
	for _, name := range t.Samples() {
		data, language := t.SampleNamed(name)
		spoken[language] = true
		out = append(out, trial{name, language, data, false})
		if long < 0 || f.model == nil || len(data) > longTable {
			continue
		}
		if longer, err := f.model.longer(data, long); err == nil {
			out = append(out, trial{name, language, longer, true})
		}
	}
	for _, l := range t.Languages {
		if !spoken[l] {
			out = append(out, trial{"sample", l, t.Sample(), false})
		}
	}
	return out
}

func (f *folder) measure(ctx context.Context, b Browser, t *templates.Template, numbers *marks, one trial) error {
	body, err := t.Body(one.language, one.data)
	if err != nil {
		if one.long {
			f.tell(one, f.path("schema.json"), 0, Warning, Sample, "long texts do not fit their own schema: "+err.Error())
		}
		return nil
	}
	page := chrome.Page{
		Name: t.Name, Shell: t.Shell(), Body: numbers.codes(body), ID: pageID, Title: pageID, Lang: one.language, WidthMM: t.WidthMM, HeightMM: t.HeightMM,
	}
	found, err := b.Measure(ctx, page)
	if err == nil {
		for _, e := range found {
			f.element(one, numbers, e)
		}
		var printed chrome.Print
		if t.Pages > 0 || !one.long {
			printed, err = b.Print(ctx, page)
		}
		if err == nil && t.Pages > 0 && printed.Pages > t.Pages {
			f.tell(one, f.path("template.html"), 0, Error, Pages, fmt.Sprintf("%d pages, at most %d may be", printed.Pages, t.Pages))
		}
	}
	if err == nil {
		return nil
	}
	if k := fault.KindOf(err); ctx.Err() != nil || k != fault.Defect && k != fault.Rejected {
		return fmt.Errorf("printing %s: %w", t.Name, err)
	}
	over := func(x Finding) bool { return x.Rule == Overflow }
	if !slices.ContainsFunc(f.found, over) { // else it is said why letters are missing
		f.tell(one, f.path("template.html"), 0, Error, Print, "it cannot be printed: "+err.Error())
	}
	return nil
}

// tell adds a finding that a print shows.
func (f *folder) tell(one trial, file string, line int, s Severity, r Rule, text string) {
	sample := one.sample
	if one.long {
		sample += longSuffix
	}
	f.found = append(f.found, Finding{Template: f.name, File: file, Line: line, Severity: s, Rule: r, Text: text, Sample: sample, Language: one.language})
}

// element judges one element of the page.
func (f *folder) element(one trial, numbers *marks, e chrome.Finding) {
	at, ok := numbers.of(e.Line)
	if !ok {
		return
	}
	bad := func(r Rule, text string, args ...any) {
		f.tell(one, at.file, at.line, Error, r, e.Element+": "+fmt.Sprintf(text, args...))
	}
	paper := e.Paper
	paper.Bottom = 0 // it goes on on the next page, and pages are counted
	switch {
	case e.Clipped.Max() > overBox:
		bad(Overflow, "%.1f mm are cut off by a box around it", mm(e.Clipped.Max()))
	case paper.Max() > overBox:
		bad(Overflow, "it reaches over the paper's edge by %.1f mm", mm(paper.Max()))
	case e.Overflow.Max() > overBox:
		bad(Overflow, "the text runs over its box by %.1f mm", mm(e.Overflow.Max()))
	}
	for _, o := range e.Overlaps {
		other, _ := numbers.of(o.Line)
		if min(o.Width, o.Height) > overBox {
			bad(Overlap, "the text lies over that of %s:%d by %.1f × %.1f mm", other.file, other.line, mm(o.Width), mm(o.Height))
		}
	}
	if side := mm(min(e.Box.Width, e.Box.Height)); at.code && side < smallCode-tolerance {
		bad(SmallCode, "the QR code is %.1f mm wide with its quiet zone, want %d", side, smallCode)
	}
	if e.Text == "" || e.Decorative || e.Element == "svg" { // a drawing's letters are part of it
		return
	}
	if size := e.Size * 0.75; size < smallest-tolerance/2 {
		bad(SmallType, "type of %.1f pt, want %.1f or more", size, smallest)
	}
	want := enough
	if e.Large {
		want = enoughLarge
	}
	if !e.Pictured && e.Contrast < want-0.005 {
		bad(Contrast, "%s on %s has a contrast of %.1f:1, want %.1f:1", e.Colour, e.Background, e.Contrast, want)
	}
}

// mm of CSS pixels.
func mm(px float64) float64 { return px * 25.4 / 96 }
