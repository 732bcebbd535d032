package chrome

import (
	"context"
	"errors"
	"fmt"
)

// Warm opens a tab of a template's shell on every worker that has none, ahead
// of the first print. name is the template's, for messages. It may run while
// documents are printed.
func (b *Browser) Warm(ctx context.Context, name, html string) error {
	if err := b.enter(); err != nil {
		return err
	}
	defer b.work.Done()
	b.mu.Lock()
	var all []*instance
	for _, w := range b.workers {
		if w.i != nil {
			all = append(all, w.i)
		}
	}
	b.mu.Unlock()
	s := shell{name, keyOf(html), html}
	var failed []error
	for _, i := range all {
		if i.holds(s.key) {
			continue
		}
		t, err := b.open(ctx, i, s)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		b.drop(i.keep(t, b.cfg.TabDocuments))
	}
	if err := errors.Join(failed...); err != nil {
		return unavailable(fmt.Errorf("opening a tab of %s: %w", name, err), 0)
	}
	return nil
}
