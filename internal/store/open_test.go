package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/internal/servicetest"
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

// where makes an empty place for a database: a folder for SQLite, the address of a
// schema for PostgreSQL.
type where func(t testing.TB) string

var places = map[string]where{
	"sqlite":   func(t testing.TB) string { return t.TempDir() },
	"postgres": servicetest.Postgres,
}

// each runs a test on both databases.
func each(t *testing.T, f func(t *testing.T, where where)) {
	t.Helper()
	for name, w := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, w)
		})
	}
}

// options are those of a place.
func options(place string) store.Options {
	o := store.Options{Now: time.Now, Log: quiet(), Keys: func(bool) (*vault.Vault, error) { return keys() }, Connections: 12}
	if strings.Contains(place, "://") {
		o.URL = place
	} else {
		o.Dir = place
	}
	return o
}

// open opens a store in a place with the shared keys; it closes with the test.
func open(t testing.TB, place string, now func() time.Time) *store.Store {
	t.Helper()
	o := options(place)
	o.Now = now
	return openWith(t, o)
}

func openWith(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// fixture is the store as the queue's suites want it.
func fixture(where where) queuetest.Open {
	return func(t *testing.T, now func() time.Time) queuetest.Fixture {
		t.Helper()
		return fixtureAt(t, where(t), now)
	}
}

func fixtureAt(t *testing.T, place string, now func() time.Time) queuetest.Fixture {
	t.Helper()
	o := options(place)
	o.Now = now
	store.Deaf(&o)
	s := openWith(t, o)
	f := queuetest.Fixture{
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
		Gather: gathering(s),
	}
	if o.URL != "" {
		f.Second = openWith(t, o)
	}
	return f
}

func write(ctx context.Context, s *store.Store, e queue.Effect) error {
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return e(ctx, tx) })
}

func TestQueue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) { queuetest.Run(t, fixture(where)) })
}

// The place is made outside the bubble: in there it is another year.
func TestStages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		queuetest.Stages(t, func(t *testing.T) queuetest.Open {
			place := where(t)
			return func(t *testing.T, now func() time.Time) queuetest.Fixture { return fixtureAt(t, place, now) }
		})
	})
}
