package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/queuetest"
)

func TestMain(m *testing.M) {
	if dir, ok := childFolder(); ok {
		child(dir) // never returns
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(keyFolder)
		os.Exit(code)
	}))
}

// keyFolder holds one set of keys for all tests.
var keyFolder = filepath.Join(os.TempDir(), fmt.Sprintf("hub-store-test-%d", os.Getpid()))

var keys = sync.OnceValues(func() (*vault.Vault, error) { return vault.Open(keyFolder, true) })

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open opens a store in a folder with the shared keys; it closes with the test.
func open(t testing.TB, dir string, now func() time.Time) *store.Store {
	t.Helper()
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Vault: v, Now: now, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// fixture is the store as the queue's suites want it.
func fixture(t *testing.T, now func() time.Time) queuetest.Fixture {
	t.Helper()
	s := open(t, t.TempDir(), now)
	return queuetest.Fixture{
		Store: s,
		Write: func(ctx context.Context, e queue.Effect) error { return write(ctx, s, e) },
		Job:   s.Job,
		Replay: func(ctx context.Context, id int64) error {
			_, err := s.Replay(ctx, store.FailureFilter{ID: id}, "official:test", "the register is back")
			return err
		},
		OnCommit: func(told func([]string, time.Time)) {
			s.OnCommit(func(c store.Commit) { told(c.Stages, c.Due) })
		},
	}
}

func write(ctx context.Context, s *store.Store, e queue.Effect) error {
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return e(ctx, tx) })
}

func TestQueue(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, fixture)
}

func TestStages(t *testing.T) {
	t.Parallel()
	queuetest.Stages(t, fixture)
}
