package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/queue"
)

// childVariable names the folder in which a re-executed test binary writes
// until it is killed.
const childVariable = "HUB_TEST_WRITE_UNTIL_KILLED"

func childFolder() (string, bool) { return os.LookupEnv(childVariable) }

// child writes applications with their first jobs from several hands and prints
// each id once the store has answered for it.
func child(dir string) {
	ctx := context.Background()
	v, err := vault.Open(filepath.Join(dir, "keys"), true)
	if err == nil {
		var s *store.Store
		s, err = store.Open(ctx, store.Options{Dir: dir, Vault: v, Now: time.Now, Log: quiet()})
		if err == nil {
			err = writeFor(ctx, s)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func writeFor(ctx context.Context, s *store.Store) error {
	var mu sync.Mutex
	ends := make(chan error, 8)
	for range cap(ends) {
		go func() {
			for {
				a := application("TEC-0001", 2)
				err := s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
					if err := tx.AddApplication(ctx, a); err != nil {
						return err
					}
					return tx.Enqueue(ctx, queue.New{Application: a.ID, Applicant: a.Applicant, Stage: "verify", Key: "verify:" + a.ID, Ref: a.ID})
				})
				if err != nil {
					ends <- err
					return
				}
				mu.Lock()
				_, err = os.Stdout.WriteString(a.ID + "\n")
				mu.Unlock()
				if err != nil {
					ends <- err
					return
				}
			}
		}()
	}
	return <-ends
}

// What was acknowledged is there after a kill -9 at any moment.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var acknowledged []string
	for range 5 {
		acknowledged = append(acknowledged, killAfter(t, dir, 1+rand.IntN(200))...)
	}
	v, err := vault.Open(filepath.Join(dir, "keys"), false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Vault: v, Now: time.Now, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if got, err := s.Text(t.Context(), `PRAGMA integrity_check`); err != nil || got != "ok" {
		t.Errorf("integrity check: %q, %v", got, err)
	}
	for _, id := range acknowledged {
		a, err := s.Application(t.Context(), id)
		if err != nil || len(a.Subjects) != 2 {
			t.Fatalf("application %s was acknowledged and is not whole: %d subjects, %v", id, len(a.Subjects), err)
		}
		if n, err := s.Text(t.Context(), `SELECT count(*) FROM job WHERE ref=? AND state='ready'`, id); err != nil || n != "1" {
			t.Fatalf("application %s has %s first jobs, want 1 (%v)", id, n, err)
		}
	}
	numbers, err := s.Text(t.Context(), `SELECT count(*) = max(last) FROM application, series WHERE series.kind='application'`)
	if err != nil || numbers != "1" {
		t.Errorf("numbers have a gap: %s, %v", numbers, err)
	}
	t.Logf("%d acknowledged over five kills", len(acknowledged))
}

// killAfter runs a writing child, kills it at some moment after its n-th
// acknowledgement, and returns all it acknowledged.
func killAfter(t *testing.T, dir string, n int) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), childVariable+"="+dir)
	var complaint strings.Builder
	c.Stderr = &complaint
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if ids = append(ids, lines.Text()); len(ids) == n {
			if err := c.Process.Kill(); err != nil { // SIGKILL; what it printed before is still read
				t.Error(err)
			}
		}
	}
	_ = c.Wait() // killed is how it must end
	if len(ids) < n {
		t.Fatalf("the child ended by itself after %d: %s", len(ids), complaint.String())
	}
	return ids
}
