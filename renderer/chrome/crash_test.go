//go:build linux

package chrome

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

func kill(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Errorf("signal %v: %v", s, err)
	}
}

const (
	sigKill = syscall.SIGKILL
	sigStop = syscall.SIGSTOP
)

// strikes are the ways in which a browser fails.
func strikes() map[string]func(*testing.T, *instance) {
	return map[string]func(*testing.T, *instance){
		"the browser is killed":        func(t *testing.T, i *instance) { kill(t, i.Group, sigKill) },
		"the browser is stopped":       func(t *testing.T, i *instance) { kill(t, i.Group, sigStop) },
		"the whole group is stopped":   func(t *testing.T, i *instance) { kill(t, -i.Group, sigStop) },
		"the page's process is killed": killRenderers,
	}
}

func killRenderers(t *testing.T, i *instance) {
	t.Helper()
	for _, p := range process.Members(i.Group) {
		if p.Kind == process.Page {
			kill(t, p.PID, syscall.SIGKILL)
		}
	}
}

// gone waits until a process no longer lives; the scheduler decides when.
func gone(i *instance) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		if len(process.Members(i.Group)) == 0 {
			return true
		}
		<-tick.C
	}
	return false
}

// In each the document comes, once and right.
func TestCrashWhilePrinting(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		strike     func(*testing.T, *instance)
		times      int64 // how many tries are struck
		newBrowser bool
		limit      time.Duration
	}{
		{"the browser is killed", func(t *testing.T, i *instance) { kill(t, i.Group, syscall.SIGKILL) }, 1, true, 0},
		{"the browser is killed twice", func(t *testing.T, i *instance) { kill(t, i.Group, syscall.SIGKILL) }, 2, true, 0},
		{"the page's process is killed", killRenderers, 1, false, 0},
		{"the page's process is killed twice", killRenderers, 2, true, 0},
		{"the browser hangs", func(t *testing.T, i *instance) { kill(t, i.Group, syscall.SIGSTOP) }, 1, true, time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, Config{Timeout: c.limit, Workers: 1})
			mustPrint(t, b, sheet(t, "warm", "warm"))
			before := current(b)
			var struck atomic.Int64
			b.filled = func(i *instance, _ *tab) {
				if struck.Add(1) <= c.times {
					c.strike(t, i)
				}
			}
			if got := mustPrint(t, b, sheet(t, "id", "right")); strings.TrimSpace(got) != "right" {
				t.Errorf("text %q", got)
			}
			if n := struck.Load(); n != c.times+1 {
				t.Errorf("%d tries, want %d", n, c.times+1)
			}
			if c.newBrowser {
				if current(b) == before {
					t.Error("the old browser is still in use")
				}
				if !gone(before) {
					t.Error("processes of the old browser are left")
				}
			} else if current(b) != before {
				t.Error("the browser was replaced for a page's crash")
			}
		})
	}
}

func TestCrashThreeTimesIsUnavailable(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	b.filled = func(i *instance, _ *tab) { kill(t, i.Group, syscall.SIGKILL) }
	_, err := b.Print(t.Context(), sheet(t, "id", "x"))
	wantKind(t, err, fault.Unavailable)
	b.filled = nil
	if got := mustPrint(t, b, sheet(t, "id", "again")); strings.TrimSpace(got) != "again" {
		t.Errorf("text %q", got)
	}
}

func TestCrashWhileIdle(t *testing.T) {
	t.Parallel()
	for name, strike := range strikes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, Config{Workers: 1, Silence: time.Second})
			mustPrint(t, b, sheet(t, "a", "a"))
			strike(t, current(b))
			begun := time.Now()
			if got := mustPrint(t, b, sheet(t, "b", "b")); strings.TrimSpace(got) != "b" {
				t.Errorf("text %q", got)
			}
			if took := time.Since(begun); took > b.cfg.Timeout/2 {
				t.Errorf("took %v: the crash was not noticed", took)
			}
		})
	}
}

func TestTabsAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Tabs: 2, Workers: 1})
	shells := []string{"<!--1-->", "<!--2-->", "<!--3-->"}
	for _, s := range shells {
		p := sheet(t, "id", "x")
		p.Shell += s
		mustPrint(t, b, p)
	}
	if n := len(current(b).idle); n != 2 {
		t.Fatalf("%d tabs, want 2", n)
	}
	kept := current(b).idle[0]
	p := sheet(t, "id", "x")
	p.Shell += shells[1] // the older of the two that are left
	mustPrint(t, b, p)
	if current(b).idle[1] != kept {
		t.Error("the most recently used tab is not the last to go")
	}
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1, Queue: 1})
	hold, held := make(chan struct{}), make(chan struct{}, 1)
	b.filled = func(*instance, *tab) { held <- struct{}{}; <-hold }
	var wg sync.WaitGroup
	wg.Go(func() { mustPrint(t, b, sheet(t, "a", "a")) })
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan error, 2)
	for range 2 { // one may wait, the other is refused at once
		wg.Go(func() {
			_, err := b.Print(ctx, sheet(t, "b", "b"))
			refused <- err
		})
	}
	err := <-refused
	wantKind(t, err, fault.Unavailable)
	if f := fault.Of(err); !errors.Is(err, errFull) || f.Wait < time.Second || f.Wait > 30*time.Second {
		t.Errorf("error %v, to wait %v", err, f.Wait)
	}
	if h := b.Health(); !h.Full || h.Waiting != 1 || h.Queue != 1 || !h.Workers[0].Busy || h.Alive() != 1 {
		t.Errorf("health %+v", h)
	}
	cancel()
	err = <-refused
	wantKind(t, err, fault.Unavailable)
	if !strings.Contains(err.Error(), "canceled") {
		t.Errorf("error %v", err)
	}
	close(hold)
	wg.Wait()
	if h := b.Health(); h.Full || h.Waiting != 0 || h.Workers[0].Busy || h.Workers[0].Prints != 1 || h.Workers[0].Tabs != 1 {
		t.Errorf("health %+v", h)
	}
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1, Patience: 50 * time.Millisecond})
	hold, held := make(chan struct{}), make(chan struct{}, 1)
	b.filled = func(*instance, *tab) { held <- struct{}{}; <-hold }
	var wg sync.WaitGroup
	wg.Go(func() { mustPrint(t, b, sheet(t, "a", "a")) })
	<-held
	_, err := b.Print(t.Context(), sheet(t, "b", "b"))
	wantKind(t, err, fault.Unavailable)
	if f := fault.Of(err); f.Wait < time.Second {
		t.Errorf("to wait %v", f.Wait)
	}
	close(hold)
	wg.Wait()
}

// Those who wait hear of the end.
func TestCloseWhileWaiting(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	hold, held := make(chan struct{}), make(chan struct{}, 1)
	b.filled = func(*instance, *tab) { held <- struct{}{}; <-hold }
	var wg sync.WaitGroup
	for _, id := range []string{"printing", "waiting"} {
		wg.Go(func() {
			_, err := b.Print(t.Context(), sheet(t, id, id))
			if fault.KindOf(err) != fault.Unavailable {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	<-held
	await(t, "one that waits", func() bool { return b.Health().Waiting == 1 })
	before := current(b)
	wg.Go(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	await(t, "the browser to end", func() bool { return before.Dead() })
	close(hold)
	wg.Wait()
	if h := b.Health(); h.Alive() != 0 || h.Waiting != 0 {
		t.Errorf("health %+v", h)
	}
}

// A caller that gives up leaves no half-filled tab behind.
func TestCancelledWhilePrinting(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	b.filled = func(*instance, *tab) { cancel() }
	_, err := b.Print(ctx, sheet(t, "a", "secret"))
	wantKind(t, err, fault.Unavailable)
	b.filled = nil
	if n := len(current(b).idle); n != 0 {
		t.Errorf("%d tabs kept", n)
	}
	if got := mustPrint(t, b, sheet(t, "b", "b")); strings.TrimSpace(got) != "b" {
		t.Errorf("text %q", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 3})
	var wg sync.WaitGroup
	for n := range 24 {
		wg.Go(func() {
			id := string(rune('a' + n))
			if got := mustPrint(t, b, sheet(t, id, "text "+id)); strings.TrimSpace(got) != "text "+id {
				t.Errorf("%s reads %q", id, got)
			}
		})
	}
	wg.Wait()
	if n := len(current(b).idle); n > 3 {
		t.Errorf("%d tabs for 3 workers", n)
	}
}
