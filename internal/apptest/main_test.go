package apptest_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/internal/apptest"
)

// shared is the hub of all tests that break nothing of the outside: each takes
// an election and people of its own.
var shared struct {
	once sync.Once
	hub  *apptest.Hub
	dir  string
	main apptest.Main
	err  error
}

func hub(t *testing.T) *apptest.Hub {
	t.Helper()
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "hub-test-*"); shared.err == nil { //nolint:usetesting // outlives this test
			shared.hub, shared.err = apptest.Open(context.Background(), &shared.main, shared.dir) //nolint:usetesting // outlives this test
		}
	})
	if shared.err != nil {
		t.Fatalf("starting the shared hub: %v", shared.err)
	}
	return shared.hub
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.hub != nil {
		if err := shared.hub.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "closing the shared hub:", err)
			code = 1
		}
		if code != 0 {
			fmt.Fprintln(os.Stderr, "the shared hub's warnings:\n"+shared.hub.Log.Warnings())
		}
	}
	shared.main.Done()
	_ = os.RemoveAll(shared.dir)
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
