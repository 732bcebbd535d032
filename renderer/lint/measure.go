package lint

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/templates"
)

// What is allowed, in mm and points.
const (
	overBox    = 0.3 // that ink of a letter may reach over its box
	overPaper  = 0.2
	smallest   = 6.5 // pt of type
	smallCode  = 22  // mm of a QR code with its quiet zone
	tolerance  = 0.1 // mm or pt: what comes of rounding
	pageID     = "lint"
	longSuffix = " with long texts"
)

// trial is one print of a document.
type trial struct {
	sample, language string
	data             []byte
	long             bool
}

// measured prints every document with every sample and looks at the page.
func measured(ctx context.Context, fsys fs.FS, names []string, o Options) ([]Finding, error) {
	set, err := templates.LoadFrom(markedFiles{fsys}, templates.Options{})
	if set == nil { // of one document alone, what does not load has its finding
		return nil, err
	}
	var out []Finding
	for _, name := range names {
		t, ok := set.Get(name)
		if !ok {
			continue
		}
		f, err := readFolder(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading the document %s: %w", name, err)
		}
		for _, one := range f.trials(t, cmp.Or(o.Long, usual)) {
			if err := f.measure(ctx, o.Browser, t, one); err != nil {
				return nil, err
			}
		}
		out = append(out, f.found...)
	}
	return out, nil
}

// trials are the prints that show how a document comes out: every sample, each
// language, and every sample once more with long texts.
func (f *folder) trials(t *templates.Template, long float64) (out []trial) {
	spoken := map[string]bool{}
	for _, name := range t.Samples() {
		data, language := t.SampleNamed(name)
		spoken[language] = true
		out = append(out, trial{name, language, data, false})
		if long < 0 || f.model == nil {
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

func (f *folder) measure(ctx context.Context, b Browser, t *templates.Template, one trial) error {
	body, err := t.Body(one.language, one.data)
	if err != nil {
		if one.long {
			f.tell(one, f.path("schema.json"), 0, Warning, Sample, "long texts do not fit their own schema: "+err.Error())
		}
		return nil
	}
	page := chrome.Page{
		Name: t.Name, Shell: t.Shell(), Body: markCodes(body), ID: pageID, Title: pageID, Lang: one.language, WidthMM: t.WidthMM, HeightMM: t.HeightMM,
	}
	printed, err := b.Print(ctx, page)
	if err == nil && t.Pages > 0 && printed.Pages > t.Pages {
		f.tell(one, f.path("template.html"), 0, Error, Pages, fmt.Sprintf("%d pages, at most %d may be", printed.Pages, t.Pages))
	}
	var found []Element
	if m, ok := b.(Measurer); ok && err == nil {
		found, err = m.Measure(ctx, page)
	}
	if err != nil {
		if k := fault.KindOf(err); ctx.Err() != nil || k != fault.Defect && k != fault.Rejected {
			return fmt.Errorf("printing %s: %w", t.Name, err)
		}
		f.tell(one, f.path("template.html"), 0, Error, Print, "it cannot be printed: "+err.Error())
		return nil
	}
	for _, e := range found {
		f.element(one, t, e)
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
func (f *folder) element(one trial, t *templates.Template, e Element) {
	file, number, _ := strings.Cut(e.Line, ":")
	line, _ := strconv.Atoi(number)
	bad := func(r Rule, text string, args ...any) {
		f.tell(one, file, line, Error, r, fmt.Sprintf(text, args...))
	}
	classes := strings.Fields(e.Class)
	code := slices.Contains(classes, "qr")
	switch {
	case e.Cut:
		bad(Overflow, "text is cut off at the edge of its box")
	case e.OverX > overBox || e.OverY > overBox:
		bad(Overflow, "the text runs over its box by %.1f mm", max(e.OverX, e.OverY))
	case (e.Text || code) && (e.Left < -overPaper || e.Left+e.Width > t.WidthMM+overPaper):
		bad(Overflow, "it reaches over the paper's edge by %.1f mm", max(-e.Left, e.Left+e.Width-t.WidthMM))
	}
	if code && min(e.Width, e.Height) < smallCode-tolerance {
		bad(SmallCode, "the QR code is %.1f mm wide with its quiet zone, want %d", min(e.Width, e.Height), smallCode)
	}
	if !e.Text {
		return
	}
	if e.SizePt < smallest-tolerance/2 {
		bad(SmallType, "type of %.1f pt, want %.1f or more", e.SizePt, smallest)
	}
	if got, want := contrast(e.Colour, e.Background), wanted(e.SizePt, e.Weight); got < want-0.005 {
		bad(Contrast, "contrast of %.1f:1, want %.1f:1", got, want)
	}
}
