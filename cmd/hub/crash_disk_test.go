package main

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/crashtest"
)

// The disk is full for some seconds under load: whoever submits is told 503 in a
// problem document, nothing that was accepted is lost, and once there is room
// again all goes on by itself. The quota is the kernel's limit on the size of
// the files that the store's processes write.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	embeddedFirst(t, func(t *testing.T, e crashtest.Edition) {
		w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub})
		f := w.Flow(t.Context(), crashtest.FlowOptions{Open: 8})
		t.Cleanup(f.Close)
		wait(t, "the first applications", func() bool { return f.Done() > 1 }, f.Stuck)
		lift := fill(t, w)
		told := f.Answers.Busy.Load()
		for until := time.Now().Add(4 * time.Second); time.Now().Before(until) || f.Answers.Busy.Load() < told+5; {
			pause(t, 100*time.Millisecond)
		}
		lift()
		done := f.Done()
		wait(t, "more applications once there is room", func() bool { return f.Done() > done+2 }, f.Stuck)
		if err := f.Settle(t.Context(), settle); err != nil {
			t.Error(err)
		}
		for _, p := range w.Processes {
			if p.Lives() != 1 {
				t.Errorf("%s had to be started again", p.Name)
			}
		}
		prove(t, w, f, nil, "disk-full-"+e.Name)
	})
}

// fill takes the room away from whoever writes the store's files.
func fill(t *testing.T, w *crashtest.World) (lift func()) {
	t.Helper()
	undo, err := w.FillDisk()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := undo(); err != nil {
			t.Fatal(err)
		}
	}
}

// wait polls until a condition holds; why tells what stands in its way.
func wait(t *testing.T, what string, holds func() bool, why ...func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			for _, one := range why {
				t.Log(one())
			}
			t.Fatalf("waited for %s in vain", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// pause lets the processes go on for a while: what the test is about takes its
// time.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}
