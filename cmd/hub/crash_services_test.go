package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/crashtest"
	"github.com/saylovhub/hub/internal/servicetest"
)

// The broker is dead for a while: intake and work go on. It comes back without
// anything it had: nothing is lost. PostgreSQL fails over, its connections cut,
// and goes on.
func TestServicesFail(t *testing.T) {
	t.Parallel()
	e, s := distributedOn(t, 2)
	dead := 15 * time.Second
	if soaking() {
		dead = time.Minute
	}
	w := crashtest.Start(t, crashtest.Options{Edition: e, Program: os.Args[0], Env: isHub})
	w.Edition.Broker = nil // a wiped broker forgets its subscribers' queues
	listeners := w.Listen(t)
	f := w.Flow(t.Context(), crashtest.FlowOptions{Open: 8})
	t.Cleanup(f.Close)
	wait(t, "the first applications", func() bool { return f.Done() > 1 }, f.Stuck)
	s.Kill(servicetest.Broker)
	down, accepted, done := time.Now(), len(f.Entries()), f.Done()
	wait(t, "intake and work without the broker", func() bool {
		return time.Since(down) > dead && len(f.Entries()) > accepted && f.Done() > done
	}, f.Stuck)
	s.Wipe(servicetest.Broker)
	s.Start(servicetest.Broker)
	done = f.Done()
	wait(t, "work with an empty broker", func() bool { return f.Done() > done+1 }, f.Stuck)
	s.Stop(servicetest.PostgreSQL)
	s.Start(servicetest.PostgreSQL)
	done = f.Done()
	wait(t, "work after a restart of PostgreSQL", func() bool { return f.Done() > done+1 }, f.Stuck)
	s.CutConnections()
	done = f.Done()
	wait(t, "work after all connections were cut", func() bool { return f.Done() > done+1 }, f.Stuck)
	if err := f.Settle(t.Context(), settle); err != nil {
		t.Error(err)
	}
	prove(t, w, f, listeners, "services-"+e.Name,
		fmt.Sprintf("the broker was dead for %s and came back empty, PostgreSQL was restarted, then all its connections were cut", dead))
}
