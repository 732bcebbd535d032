package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/crashtest"
)

// Somebody sets the machine's clock back an hour while the hub runs: its own goes
// on, and nothing stands still for an hour.
func TestClockSetBackWhileRunning(t *testing.T) {
	t.Parallel()
	if !soaking() {
		t.Skip("long: make soak runs it; internal/clock tests the clock itself")
	}
	embeddedFirst(t, func(t *testing.T, e crashtest.Edition) {
		w, set := withClock(t, e)
		w.Fail(t)
		f := w.Flow(t.Context(), crashtest.FlowOptions{Open: 8})
		t.Cleanup(f.Close)
		wait(t, "the first applications", func() bool { return f.Done() > 1 }, f.Stuck)
		set(-time.Hour)
		done := f.Done()
		wait(t, "applications after it", func() bool { return f.Done() > done+3 }, f.Stuck)
		if err := f.Settle(t.Context(), settle); err != nil {
			t.Error(err)
		}
		prove(t, w, f, nil, "clock-running-"+e.Name)
	})
}

// The clock is set back between two lives: what waited in the first one is not
// held up for an hour in the second, and numbers, times and leases hold.
func TestClockSetBackBetweenLives(t *testing.T) {
	t.Parallel()
	embeddedFirst(t, func(t *testing.T, e crashtest.Edition) {
		w, set := withClock(t, e)
		w.Fail(t) // so that jobs wait for their next try
		f := w.Flow(t.Context(), crashtest.FlowOptions{Open: 8})
		t.Cleanup(f.Close)
		wait(t, "the first applications", func() bool { return f.Done() > 1 }, f.Stuck)
		for _, p := range w.Processes {
			p.Kill()
		}
		set(-time.Hour)
		for _, p := range w.Processes {
			if err := p.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		done := f.Done()
		wait(t, "applications after it", func() bool { return f.Done() > done+3 }, f.Stuck)
		if err := f.Settle(t.Context(), settle); err != nil {
			t.Error(err)
		}
		prove(t, w, f, nil, "clock-lives-"+e.Name)
	})
}

// withClock starts a hub whose wall clock the test sets.
func withClock(t *testing.T, e crashtest.Edition) (w *crashtest.World, set func(offset time.Duration)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clock")
	set = func(offset time.Duration) {
		// By another name first: a file that is being written is read as it is.
		if err := os.WriteFile(file+".new", []byte(offset.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	set(0)
	return crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: append([]string{"HUB_TEST_CLOCK=" + file}, isHub...)}), set
}
