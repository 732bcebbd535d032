package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/crashtest"
)

// A process hangs for longer than its lease in the middle of work (SIGSTOP) and
// wakes: others have taken its jobs over and brought them to their end, what it
// still wants to write is thrown away, nobody gets an SMS twice.
func TestHangingProcess(t *testing.T) {
	t.Parallel()
	e := distributed(t, 3)
	w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub})
	w.Late(t, 400*time.Millisecond) // so that calls are under way at any time
	f := w.Flow(t.Context(), crashtest.FlowOptions{Open: 8})
	t.Cleanup(f.Close)
	wait(t, "the first applications", func() bool { return f.Done() > 1 }, f.Stuck)
	thrown := 0
	rounds := 0
	for round := range 3 {
		if thrown > 0 && !soaking() {
			break
		}
		rounds++
		p := w.Processes[round%len(w.Processes)]
		wait(t, "calls of its own under way", func() bool { return w.InFlight(t.Context(), p) > 1 })
		before, open := w.Lost(t.Context(), p), f.Open()
		if err := p.Hang(); err != nil {
			t.Fatal(err)
		}
		asleep := time.Now()
		wait(t, "what it held to be done by others", func() bool {
			for _, one := range open {
				if !f.FinalOf(one) {
					return false
				}
			}
			return time.Since(asleep) > 2*e.Lease
		})
		if err := p.Wake(); err != nil {
			t.Fatal(err)
		}
		if err := p.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		pause(t, time.Second) // it has time to do harm
		thrown += w.Lost(t.Context(), p) - before
	}
	if thrown == 0 {
		t.Error("no result of a hanging process was thrown away: it held no job, and the test proves nothing")
	}
	if err := f.Settle(t.Context(), settle); err != nil {
		t.Error(err)
	}
	prove(t, w, f, nil, "hang-"+e.Name, fmt.Sprintf("%d times a process hung for longer than its lease; %d late results were thrown away", rounds, thrown))
}

// Each process in turn is asked to end, drains, and is started again, behind a
// front that heeds /readyz, under a steady load: no request fails.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	e := distributed(t, 3)
	e.Env = append(e.Env, "HUB_SHUTDOWN_DELAY=1s")
	w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub})
	front := w.Front(t)
	f := w.Flow(t.Context(), crashtest.FlowOptions{Front: front.URL})
	t.Cleanup(f.Close)
	ctx, stop := context.WithCancel(t.Context())
	var asked atomic.Int64
	var asking sync.WaitGroup
	admin := *w.Admin(w.Processes[0])
	admin.URL = front.URL
	for range 4 {
		asking.Go(func() { load(ctx, t, &admin, &asked) })
	}
	for _, p := range w.Processes {
		before := asked.Load()
		wait(t, "requests to all processes", func() bool { return front.Ready() == len(w.Processes) && asked.Load() > before+20 })
		ending, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := p.Stop(ending)
		cancel()
		if err != nil {
			t.Error(err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, "all processes behind the front", func() bool { return front.Ready() == len(w.Processes) })
	stop()
	asking.Wait()
	if err := f.Settle(t.Context(), settle); err != nil {
		t.Error(err)
	}
	if n := f.Answers.Repeats.Load(); n > 0 {
		t.Errorf("%d requests of the flow failed; the last answer: %s", n, f.Answers.Last())
	}
	prove(t, w, f, nil, "rolling-"+e.Name, fmt.Sprintf("each of %d processes was ended and started again; of %d further requests none failed", len(w.Processes), asked.Load()))
}

// load asks, one request after another, and none may fail.
func load(ctx context.Context, t *testing.T, c *client.Client, asked *atomic.Int64) {
	for ctx.Err() == nil {
		_, _, err := c.Applications(ctx, "", 5)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.Errorf("a request failed while processes were restarted: %v", err)
			return
		}
		asked.Add(1)
		select {
		case <-ctx.Done():
		case <-time.After(25 * time.Millisecond):
		}
	}
}
