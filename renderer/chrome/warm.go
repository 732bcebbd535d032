package chrome

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Warm opens a tab of a template's shell on every worker that has none, ahead
// of the first print; browsers that come later open it, too. name is the
// template's, for messages. It may run while documents are printed.
func (b *Browser) Warm(ctx context.Context, name, html string) error {
	if err := b.enter(); err != nil {
		return err
	}
	defer b.work.Done()
	s := shell{name, b.keys.of(html), html}
	b.mu.Lock()
	if !slices.ContainsFunc(b.warmed, func(o shell) bool { return o.key == s.key }) {
		b.warmed = append(b.warmed, s)
		if len(b.warmed) > b.cfg.Tabs {
			b.warmed = b.warmed[1:]
		}
	}
	b.mu.Unlock()
	var failed []error
	for _, w := range b.workers {
		failed = append(failed, b.warm(ctx, w, s))
	}
	if err := errors.Join(failed...); err != nil {
		return unavailable(fmt.Errorf("opening a tab of %s: %w", name, err), 0)
	}
	return nil
}

// warm opens a tab on one worker. A browser that dies or is replaced meanwhile
// is no failure: its successor opens what was asked for.
func (b *Browser) warm(ctx context.Context, w *worker, s shell) error {
	b.mu.Lock()
	i := w.i
	b.mu.Unlock()
	if i == nil || i.holds(s.key) {
		return nil
	}
	t, err := b.open(ctx, i, s)
	if err != nil {
		if i.Dead() {
			return nil
		}
		return err
	}
	b.drop(i.keep(t, b.cfg.TabDocuments))
	return nil
}

// warmLike opens the tabs that the predecessor had and those that Warm was
// asked for; what fails is opened by the print that needs it.
func (b *Browser) warmLike(i *instance, shells []shell) {
	b.mu.Lock()
	all := append(slices.Clone(b.warmed), shells...)
	b.mu.Unlock()
	for _, s := range all {
		if i.holds(s.key) {
			continue
		}
		t, err := b.open(b.life, i, s)
		if err != nil {
			b.log.WarnContext(b.life, "a tab could not be opened ahead", "template", s.name, "error", err)
			return
		}
		b.drop(i.keep(t, b.cfg.TabDocuments))
	}
}
