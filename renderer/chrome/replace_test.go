//go:build linux

package chrome

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// await waits for a condition that other goroutines and processes bring about.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
		<-tick.C
	}
}

// A browser is replaced for its age or its size, and no print ever finds the
// pool without a warm tab: the new one is warm before the old one goes.
func TestReplacedBeforeRetired(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"after its documents": {Workers: 1, MaxDocuments: 5},
		"for its memory":      {Workers: 1, PageMemory: 1, Every: 20 * time.Millisecond},
		"for the whole":       {Workers: 1, Memory: 1, Every: 20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, cfg)
			first := current(b)
			p := sheet(t, "id", "right")
			if err := b.Warm(t.Context(), p.Name, p.Shell); err != nil {
				t.Fatal(err)
			}
			await(t, "a warm worker", func() bool { return current(b).holds(keyOf(p.Shell)) })
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			var watching sync.WaitGroup
			watching.Go(func() { // at every moment
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for ctx.Err() == nil {
					b.mu.Lock()
					i := b.workers[0].i
					b.mu.Unlock()
					if i == nil || !i.holds(keyOf(p.Shell)) {
						t.Error("no warm worker")
						return
					}
					<-tick.C
				}
			})
			for b.Health().Workers[0].Replaced < 2 {
				if got := mustPrint(t, b, p); strings.TrimSpace(got) != "right" {
					t.Fatalf("text %q", got)
				}
			}
			if n := b.cold.Load(); n != 0 {
				t.Errorf("%d prints opened a tab of their own", n)
			}
			stop()
			watching.Wait()
			if !gone(first) {
				t.Error("the first browser is left")
			}
		})
	}
}

// The browser under a print ends only when the print has.
func TestWornBrowserEndsItsPrint(t *testing.T) {
	t.Parallel()
	b := start(t, Config{MaxDocuments: 2, Workers: 1})
	first := current(b)
	mustPrint(t, b, sheet(t, "a", "a"))
	hold, held := make(chan struct{}), make(chan struct{})
	b.filled = func(i *instance, _ *tab) {
		if i == first {
			close(held)
			<-hold
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if got := mustPrint(t, b, sheet(t, "b", "b")); strings.TrimSpace(got) != "b" {
			t.Errorf("text %q", got)
		}
	})
	<-held
	b.workers[0].look()
	await(t, "a new browser", func() bool { return current(b) != first })
	if len(process.Members(first.Group)) == 0 {
		t.Error("the worn browser ended before its last print")
	}
	close(hold)
	wg.Wait()
	if !gone(first) {
		t.Error("the worn browser is left")
	}
}

func TestWornTabIsReplacedByAWarmOne(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1, TabDocuments: 3})
	p := sheet(t, "id", "x")
	if err := b.Warm(t.Context(), p.Name, p.Shell); err != nil {
		t.Fatal(err)
	}
	first := current(b).idle[0]
	for range 3 {
		mustPrint(t, b, p)
	}
	await(t, "a new tab", func() bool { return first.ctx.Err() != nil })
	mustPrint(t, b, p)
	if n := b.cold.Load(); n != 0 {
		t.Errorf("%d prints opened a tab of their own", n)
	}
	if i := current(b); len(i.idle) != 1 || i.idle[0].prints.Load() != 1 {
		t.Errorf("%d tabs", len(i.idle))
	}
}

// A browser that dies or hangs while nothing is printed is brought back without
// waiting for a print, with the tabs it had.
func TestSupervisorBringsBack(t *testing.T) {
	t.Parallel()
	cfg := Config{Workers: 1, Every: 20 * time.Millisecond, Silence: time.Second}
	for name, strike := range strikes() {
		if name == "the page's process is killed" {
			continue // see TestCrashWhileIdle
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, cfg)
			p := sheet(t, "id", "right")
			mustPrint(t, b, p)
			before := current(b)
			strike(t, before)
			await(t, "a warm browser", func() bool {
				i := current(b)
				return i != before && i.holds(keyOf(p.Shell))
			})
			if !gone(before) {
				t.Error("processes of the old browser are left")
			}
			if h := b.Health(); h.Alive() != 1 || h.Workers[0].Replaced != 1 || h.Workers[0].Prints != 1 {
				t.Errorf("health %+v", h)
			}
			if got := mustPrint(t, b, p); strings.TrimSpace(got) != "right" || b.cold.Load() != 1 {
				t.Errorf("text %q, %d tabs opened by prints", got, b.cold.Load())
			}
		})
	}
}

// Two workers, one of which is struck under load again and again: every
// document comes, once and right.
func TestOneOfTwoDiesUnderLoad(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 2, Timeout: 5 * time.Second, Every: 100 * time.Millisecond, Silence: time.Second})
	var prints, came atomic.Int64
	b.filled = func(i *instance, _ *tab) {
		switch prints.Add(1) {
		case 10, 40:
			kill(t, i.Group, sigKill)
		case 25:
			kill(t, i.Group, sigStop)
		}
	}
	var wg sync.WaitGroup
	for n := range 60 {
		wg.Go(func() {
			id := string(rune('0'+n/10)) + string(rune('0'+n%10))
			if got := mustPrint(t, b, sheet(t, id, "text "+id)); strings.TrimSpace(got) != "text "+id {
				t.Errorf("%s reads %q", id, got)
			}
			came.Add(1)
		})
	}
	wg.Wait()
	if came.Load() != 60 {
		t.Errorf("%d of 60 documents came", came.Load())
	}
	await(t, "both workers", func() bool { return b.Health().Alive() == 2 })
	total := int64(0)
	for _, w := range b.Health().Workers {
		total += w.Prints
	}
	if total != 60 {
		t.Errorf("%d documents were printed, want 60", total)
	}
}
