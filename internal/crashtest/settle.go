package crashtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/internal/client"
)

// Settle waits until every application is final and no job is left. What stands
// in the way after the bound is named.
func (f *Flow) Settle(ctx context.Context, bound time.Duration) error {
	f.Stop()
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	followed := make(chan struct{})
	go func() {
		f.follow.Wait()
		close(followed)
	}()
	select {
	case <-followed:
	case <-ctx.Done():
		return fmt.Errorf("after %s %d of %d applications are not final; %s", bound, len(f.Entries())-f.Done(), len(f.Entries()), f.Stuck()) //nolint:contextcheck // the bound has passed, what stands in the way is asked all the same
	}
	// The gauges are counted once a second at most: twice nothing is nothing.
	for quiet := 0; quiet < 2; {
		left, err := f.w.leftover(ctx)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("after %s jobs are left: %v %w", bound, left, err)
		case err != nil || len(left) > 0:
			quiet = 0
		default:
			quiet++
		}
		select {
		case <-ctx.Done():
		case <-time.After(1100 * time.Millisecond):
		}
	}
	return nil
}

// Stuck says where open applications stand.
func (f *Flow) Stuck() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	states := map[string]int{}
	for _, e := range f.Entries() {
		f.mu.Lock()
		final := !e.Final.IsZero()
		f.mu.Unlock()
		if final {
			continue
		}
		d, err := f.w.Admin(f.w.Processes[0]).Dossier(ctx, e.ID)
		if err != nil {
			return err.Error()
		}
		states[d.State+open(d)]++
	}
	left, err := f.w.leftover(ctx)
	return fmt.Sprintf("they are %v; jobs left: %v %v", states, left, err)
}

// open tells of a dossier which checks keep it.
func open(d client.Dossier) string {
	if d.State != "checking" && d.State != "ready" {
		return ""
	}
	kept := map[string]bool{}
	for _, s := range d.Subjects {
		for _, c := range s.Checks {
			if c.State != "answered" && c.State != "skipped" {
				kept[c.Register+" "+c.State] = true
			}
		}
	}
	return " (" + strings.Join(slices.Sorted(maps.Keys(kept)), ", ") + ")"
}

func (w *World) leftover(ctx context.Context) (map[string]int, error) {
	var last error
	for _, p := range w.Processes {
		if p.Running() {
			left, err := w.jobs(ctx, p)
			if err == nil {
				return left, nil
			}
			last = err
		}
	}
	return nil, fmt.Errorf("no process tells: %w", last)
}
