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

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/queue"
)

// childVariable names the place in which a re-executed test binary writes
// until it is killed.
const childVariable = "HUB_TEST_WRITE_UNTIL_KILLED"

// childKeys names the folder of its keys.
const childKeys = "HUB_TEST_KEYS"

func childFolder() (string, bool) { return os.LookupEnv(childVariable) }

// child writes applications with their first jobs from several hands and prints
// each id once the store has answered for it.
func child(place string) {
	ctx := context.Background()
	o := options(place)
	o.Keys = func(fresh bool) (*vault.Vault, error) { return vault.Open(os.Getenv(childKeys), fresh) }
	s, err := store.Open(ctx, o)
	if err == nil {
		err = writeFor(ctx, s)
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
	each(t, func(t *testing.T, where where) {
		place, folder := where(t), filepath.Join(t.TempDir(), "keys")
		var acknowledged []string
		for range 5 {
			acknowledged = append(acknowledged, killAfter(t, place, folder, 1+rand.IntN(200))...)
		}
		o := options(place)
		o.Keys = func(fresh bool) (*vault.Vault, error) { return vault.Open(folder, fresh) }
		s := openWith(t, o)
		if o.URL == "" {
			if got, err := s.Text(t.Context(), `PRAGMA integrity_check`); err != nil || got != "ok" {
				t.Errorf("integrity check: %q, %v", got, err)
			}
		}
		whole(t, s, acknowledged)
		t.Logf("%d acknowledged over five kills", len(acknowledged))
	})
}

// whole checks that applications which were acknowledged are there with all that
// belongs to them, and that no number is missing or given twice.
func whole(t *testing.T, s *store.Store, acknowledged []string) {
	t.Helper()
	for _, id := range acknowledged {
		a, err := s.Application(t.Context(), id)
		if err != nil || len(a.Subjects) != 2 {
			t.Fatalf("application %s was acknowledged and is not whole: %d subjects, %v", id, len(a.Subjects), err)
		}
		if n, err := s.Text(t.Context(), `SELECT count(*) FROM job WHERE ref=? AND state='ready'`, id); err != nil || n != "1" {
			t.Fatalf("application %s has %s first jobs, want 1 (%v)", id, n, err)
		}
	}
	wrong, err := s.Text(t.Context(), `SELECT (SELECT count(*) FROM application) - (SELECT last FROM series WHERE kind='application')`)
	if err != nil || wrong != "0" {
		t.Errorf("numbers have a gap: %s, %v", wrong, err)
	}
	if n, err := s.Text(t.Context(), `SELECT count(*) FROM application a WHERE (SELECT count(*) FROM job WHERE ref=a.id) <> 1`); err != nil || n != "0" {
		t.Errorf("%s applications without their one job (%v)", n, err)
	}
}

// killAfter runs a writing child, kills it at some moment after its n-th
// acknowledgement, and returns all it acknowledged.
func killAfter(t *testing.T, place, folder string, n int) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), childVariable+"="+place, childKeys+"="+folder)
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
