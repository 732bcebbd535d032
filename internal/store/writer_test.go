package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/queue"
)

func enqueue(key string) queue.Effect {
	return func(ctx context.Context, tx queue.Tx) error {
		return tx.Enqueue(ctx, queue.New{Stage: "work", Key: key})
	}
}

func ready(t *testing.T, s *store.Store) int {
	t.Helper()
	n, err := s.CountReady(t.Context(), "work", false, time.Now(), 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// held keeps the writer busy, so that what is submitted meanwhile shares one
// commit.
func held(t *testing.T, s *store.Store) (release func()) {
	t.Helper()
	began, goOn := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.Write(context.WithoutCancel(t.Context()), func(context.Context, *store.Tx) error {
			close(began)
			<-goOn
			return nil
		})
	}()
	<-began
	return func() {
		close(goOn)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestOneOperationFailsAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		errNo := errors.New("no")
		release := held(t, s)
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := write(t.Context(), s, func(ctx context.Context, tx queue.Tx) error {
					if err := enqueue(fmt.Sprint(i))(ctx, tx); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return errNo
					case 2:
						panic("998901112233")
					}
					return nil
				})
				switch {
				case i%3 == 0 && err != nil:
					t.Errorf("an innocent neighbour failed: %v", err)
				case i%3 == 1 && !errors.Is(err, errNo):
					t.Errorf("got %v, want the operation's own error", err)
				case i%3 == 2 && (fault.KindOf(err) != fault.Defect || strings.Contains(err.Error(), "99890")):
					t.Errorf("got %v, want a defect that does not repeat what was panicked with", err)
				}
			})
		}
		release()
		wg.Wait()
		if n := ready(t, s); n != 20 {
			t.Errorf("%d jobs, want those of the 20 that went well", n)
		}
		if err := write(t.Context(), s, enqueue("after")); err != nil {
			t.Errorf("the writer after panics: %v", err)
		}
	})
}

// A caller is answered after the commit: what it reads next is there.
func TestAnsweredAfterCommit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		var wg sync.WaitGroup
		for hand := range 8 {
			wg.Go(func() {
				for i := range 20 {
					key := fmt.Sprintf("%d:%d", hand, i)
					if err := write(t.Context(), s, enqueue(key)); err != nil {
						t.Error(err)
					}
					if n, err := s.Text(t.Context(), `SELECT count(*) FROM job WHERE key=?`, key); err != nil || n != "1" {
						t.Errorf("answered, but another connection reads %s rows (%v)", n, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestCallerGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := write(ctx, s, enqueue("gone")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		if n := ready(t, s); n != 0 {
			t.Errorf("%d jobs of a caller that was told no", n)
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		dir := where(t)
		s := open(t, dir, time.Now)
		release := held(t, s)
		var wg sync.WaitGroup
		var mu sync.Mutex
		stood := 0
		for i := range 100 {
			wg.Go(func() {
				err := write(t.Context(), s, enqueue(fmt.Sprint(i)))
				switch {
				case err == nil:
					mu.Lock()
					stood++
					mu.Unlock()
				case !errors.Is(err, store.ErrClosed):
					t.Errorf("got %v, want nil or closed", err)
				}
			})
		}
		for range 2 { // a second Close is harmless
			wg.Go(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		release()
		wg.Wait()
		if err := write(t.Context(), s, enqueue("late")); !errors.Is(err, store.ErrClosed) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("a write after Close: %v, want closed, an unavailable kind", err)
		}
		if n := ready(t, open(t, dir, time.Now)); n != stood {
			t.Errorf("%d jobs on disk, %d were acknowledged", n, stood)
		}
	})
}

func TestSecondOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	o := store.Options{Dir: dir, Vault: v, Now: time.Now, Log: quiet()}
	_, err = store.Open(t.Context(), o)
	if !errors.Is(err, store.ErrInUse) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "another data folder") {
		t.Errorf("got %v, want one sentence that says what to do", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	_ = s.Close()
}

func TestWrongKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		dir := where(t)
		if err := open(t, dir, time.Now).Close(); err != nil {
			t.Fatal(err)
		}
		other, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
		if err != nil {
			t.Fatal(err)
		}
		o := options(dir)
		o.Keys = func(fresh bool) (*vault.Vault, error) {
			if fresh {
				t.Error("the database counts as fresh")
			}
			return other, nil
		}
		_, err = store.Open(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "keys") {
			t.Errorf("a foreign key opened the database: %v", err)
		}
		open(t, dir, time.Now) // and it still opens with its own
	})
}

func TestLeasesVoidedAtOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	if err := write(t.Context(), s, enqueue("k")); err != nil {
		t.Fatal(err)
	}
	claim := queue.Claim{Stage: "work", Now: time.Now(), Lease: time.Hour}
	j, ok, err := s.Claim(t.Context(), claim)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, time.Now)
	again, ok, err := s.Claim(t.Context(), claim)
	if err != nil || !ok || again.ID != j.ID {
		t.Fatalf("the job of a dead holder: %v %v", ok, err)
	}
	if err := s.Finish(t.Context(), j.Lease, enqueue("effect")); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the dead holder's token: %v, want lease lost", err)
	}
}

// The database is made from nothing, and opening it again changes nothing.
func TestMigrations(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "data")
	schema := func() string {
		s := open(t, dir, time.Now)
		defer func() { _ = s.Close() }()
		v, err := s.Text(t.Context(), `SELECT group_concat(name || ':' || sql, ';') FROM (SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name)`)
		if err != nil {
			t.Fatal(err)
		}
		for _, pragma := range [][2]string{{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}} {
			got, err := s.Text(t.Context(), "PRAGMA "+pragma[0])
			if err != nil || got != pragma[1] {
				t.Errorf("%s is %q, want %q (%v)", pragma[0], got, pragma[1], err)
			}
		}
		return v
	}
	first := schema()
	if !strings.Contains(first, "job_ready:") || first != schema() {
		t.Error("the schema is not whole, or not the same the second time")
	}
}

// However much is committed, the log stays small.
func TestTheLogStaysSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	const commits = 3000
	for i := range commits {
		if err := write(t.Context(), s, enqueue(fmt.Sprint("k", i))); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "hub.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(32 << 20); info.Size() > most {
		t.Errorf("the log holds %d bytes after %d commits, want at most %d", info.Size(), commits, most)
	}
	db, err := os.Stat(filepath.Join(dir, "hub.db"))
	if err != nil || db.Size() < 200<<10 {
		t.Errorf("the database holds %d bytes: nothing was carried over (%v)", db.Size(), err)
	}
}
