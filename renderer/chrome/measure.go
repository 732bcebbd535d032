package chrome

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const pxPerMM = 96 / mmPerInch

// Finding is what Measure saw of one element that carries data-line and shows
// text or a picture. Lengths are in CSS pixels (1/96 inch); it judges nothing.
type Finding struct {
	Line    int    // of the template's source, from data-line
	Element string // its name, such as td
	Text    string // the first 60 letters; empty for a picture
	Box     Box    // from the upper left corner of the paper's first page

	Overflow Sides     // of the text beyond its own box
	Clipped  Sides     // of the text beyond an element around it that clips
	Paper    Sides     // beyond the paper; below, it runs on to the next page
	Overlaps []Overlap // with the text of other elements

	Colour     string  // of the text with the worst contrast, as #rrggbb on its background
	Background string  // behind it, as #rrggbb; white where nothing is painted
	Pictured   bool    // an image or a gradient lies behind: Contrast does not know it
	Contrast   float64 // WCAG ratio, 1 to 21; 0 for a picture
	Size       float64 // of the font
	Weight     int     // of the font, 100 to 900
	Large      bool    // as WCAG counts: from 24 px, or from 18.66 px if bold

	Fonts      []string // families of the shell's faces that it is set in
	Decorative bool     // aria-hidden
}

// Box is a place on the paper.
type Box struct{ X, Y, Width, Height float64 }

// Sides are lengths at the four sides of a box; 0: nothing there.
type Sides struct{ Top, Right, Bottom, Left float64 }

// Max is the longest of them.
func (s Sides) Max() float64 { return max(s.Top, s.Right, s.Bottom, s.Left) }

// Overlap is how far a text lies over that of another element.
type Overlap struct {
	Line          int // of the other
	Width, Height float64
}

// Measure lays a page out for its paper, as one long column of the width that
// the margins of @page leave, and returns what it sees of each element that
// carries data-line, in the order of the page. It is for checking templates:
// it takes a tab of its own and a fifth of a second. The errors are those of
// Print.
func (b *Browser) Measure(ctx context.Context, p Page) ([]Finding, error) {
	p, err := b.accept(p)
	if err != nil {
		return nil, err
	}
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.work.Done()
	return again(ctx, b, p, func(l lease, _ bool) ([]Finding, error) {
		t, err := b.open(ctx, l.i, shell{p.Name, p.key, p.Shell})
		if err != nil {
			return nil, b.suspect(ctx, l.i, err)
		}
		defer b.drop([]*tab{t})
		found, err := t.measure(ctx, p, b.cfg.Timeout)
		if err != nil {
			return nil, b.suspect(ctx, l.i, err)
		}
		l.i.answer()
		return found, nil
	})
}

func (t *tab) measure(ctx context.Context, p Page, limit time.Duration) ([]Finding, error) {
	op, end := t.operation(ctx, limit)
	defer end()
	t.laidOut = true
	return chromedp.Run(op, func(ctx context.Context, target *chromedp.Target) ([]Finding, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		if err != nil {
			return nil, fmt.Errorf("measuring: %w", err)
		}
		width, height := p.WidthMM*pxPerMM, p.HeightMM*pxPerMM
		var margin Sides
		if err := t.call(ctx, target, &margin, margins); err != nil {
			return nil, fmt.Errorf("measuring: %w", err)
		}
		column := width - margin.Left - margin.Right
		if column < 1 {
			return nil, fmt.Errorf("%w: the margins leave no room", errIdentity)
		}
		_, err = cdp.Call(ctx, target, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(math.Round(column)), Height: int64(math.Round(height - margin.Top - margin.Bottom)), DeviceScaleFactor: 1,
		})
		if err != nil {
			return nil, fmt.Errorf("measuring: %w", err)
		}
		if _, err := t.fill(ctx, target, p, false); err != nil {
			return nil, err
		}
		var found []Finding
		if err := t.call(ctx, target, &found, measure, width, height, column, margin); err != nil {
			return nil, fmt.Errorf("measuring: %w", err)
		}
		if t.strayed.Load() {
			return nil, errors.Join(errIdentity, errors.New("the tab went elsewhere"))
		}
		return found, nil
	})
}
