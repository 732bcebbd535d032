package sweep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/bucket/sweep"
	"github.com/saylovhub/hub/internal/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rows is a store that knows some names.
type rows struct {
	names map[string]bool
	err   error
	asked [][]string
	hook  func(names []string)
}

func (r *rows) Referred(_ context.Context, names []string) (map[string]bool, error) {
	r.asked = append(r.asked, names)
	if r.hook != nil {
		r.hook(names)
	}
	return r.names, r.err
}

// folder is a real bucket in a folder with files of any age.
func folder(t *testing.T) (b *bucket.Bucket, dir string, v *vault.Vault) {
	t.Helper()
	v, err := vault.Open(filepath.Join(t.TempDir(), "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if b, err = bucket.Open(t.Context(), bucket.Options{Dir: dir, Vault: v}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, dir, v
}

func put(t *testing.T, b *bucket.Bucket, dir, name string, age time.Duration) {
	t.Helper()
	if err := b.Put(t.Context(), name, []byte(name)); err != nil {
		t.Fatal(err)
	}
	grow(t, filepath.Join(dir, name+".sealed"), age)
}

func grow(t *testing.T, path string, age time.Duration) {
	t.Helper()
	when := time.Now().Add(-age)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func files(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

const day = 24 * time.Hour

func TestSweep(t *testing.T) {
	t.Parallel()
	down := errors.New("the store does not answer")
	for _, c := range []struct {
		name  string
		bend  func(t *testing.T, s *sweep.Sweeper, r *rows, b *bucket.Bucket, dir string)
		want  sweep.Report
		fails bool
		left  string
	}{
		{
			"old ones without a row go", nil,
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2), Removed: 1, Foreign: 1, Leftovers: 1},
			false, "foreign.pdf.sealed issued.pdf.sealed young.pdf.sealed",
		},
		{
			"a dry run removes nothing", func(_ *testing.T, s *sweep.Sweeper, _ *rows, _ *bucket.Bucket, _ string) { s.DryRun = true },
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2), Leftovers: 1},
			false, ".new-1 foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"a longer grace spares", func(_ *testing.T, s *sweep.Sweeper, _ *rows, _ *bucket.Bucket, _ string) { s.Grace = 4 * day },
			sweep.Report{Held: true, Seen: 4, Young: 4},
			false, ".new-1 foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"a store that cannot answer", func(_ *testing.T, _ *sweep.Sweeper, r *rows, _ *bucket.Bucket, _ string) { r.err = down },
			sweep.Report{Held: true, Seen: 4, Young: 1},
			true, ".new-1 foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"a store that stops answering before the removal", func(_ *testing.T, _ *sweep.Sweeper, r *rows, _ *bucket.Bucket, _ string) {
				r.hook = func([]string) {
					if len(r.asked) > 1 {
						r.err = down
					}
				}
			},
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2), Leftovers: 1},
			true, "foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"more orphans than can be", func(_ *testing.T, s *sweep.Sweeper, _ *rows, _ *bucket.Bucket, _ string) { s.Most = 1 },
			sweep.Report{Held: true, Orphans: make([]bucket.Object, 2)},
			true, ".new-1 foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"issued since it was listed", func(_ *testing.T, _ *sweep.Sweeper, r *rows, _ *bucket.Bucket, _ string) {
				r.hook = func(names []string) {
					if len(r.asked) > 1 {
						r.names = map[string]bool{names[0]: true}
					}
				}
			},
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2), Spared: 1, Foreign: 1, Leftovers: 1},
			false, "foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"written anew since it was listed", func(t *testing.T, _ *sweep.Sweeper, r *rows, b *bucket.Bucket, dir string) {
				r.hook = func(names []string) {
					if len(r.asked) > 1 {
						put(t, b, dir, names[0], 0)
					}
				}
			},
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2), Spared: 1, Foreign: 1, Leftovers: 1},
			false, "foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"gone since it was listed", func(t *testing.T, _ *sweep.Sweeper, r *rows, b *bucket.Bucket, _ string) {
				r.hook = func([]string) {
					if len(r.asked) == 1 {
						if err := b.Remove(t.Context(), "orphan.pdf"); err != nil {
							t.Error(err)
						}
					}
				}
			},
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2), Spared: 1, Foreign: 1, Leftovers: 1},
			false, "foreign.pdf.sealed issued.pdf.sealed young.pdf.sealed",
		},
		{
			"another process sweeps", func(_ *testing.T, s *sweep.Sweeper, _ *rows, _ *bucket.Bucket, _ string) {
				s.Leased = func(_ context.Context, name string, _ func(context.Context) error) error {
					if name != sweep.LeaseName {
						return errors.New("another lease")
					}
					return nil
				}
			},
			sweep.Report{},
			false, ".new-1 foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
		{
			"the lease is lost", func(_ *testing.T, s *sweep.Sweeper, r *rows, _ *bucket.Bucket, _ string) {
				s.Leased = func(ctx context.Context, _ string, work func(context.Context) error) error {
					ctx, lose := context.WithCancel(ctx)
					r.hook = func([]string) { lose() }
					return work(ctx)
				}
			},
			sweep.Report{Held: true, Seen: 4, Young: 1, Referred: 1, Orphans: make([]bucket.Object, 2)},
			true, ".new-1 foreign.pdf.sealed issued.pdf.sealed orphan.pdf.sealed young.pdf.sealed",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, dir, _ := folder(t)
			put(t, b, dir, "issued.pdf", 3*day)
			put(t, b, dir, "orphan.pdf", 3*day)
			put(t, b, dir, "young.pdf", time.Hour)
			for _, name := range []string{"foreign.pdf.sealed", ".new-1"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("not ours"), 0o600); err != nil {
					t.Fatal(err)
				}
				grow(t, filepath.Join(dir, name), 3*day)
			}
			r := &rows{names: map[string]bool{"issued.pdf": true}}
			s := &sweep.Sweeper{Bucket: b, Store: r}
			told := 0
			s.Observe = func(sweep.Report, error) { told++ }
			if c.bend != nil {
				c.bend(t, s, r, b, dir)
			}
			got, err := s.Sweep(t.Context())
			if (err != nil) != c.fails {
				t.Errorf("error %v", err)
			}
			if c.want.Seen == 0 { // it stopped early, somewhere in the list
				got.Seen, got.Young, got.Referred = 0, 0, 0
			}
			got.Bytes = 0
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreTypes(bucket.Object{})); diff != "" {
				t.Error(diff)
			}
			if len(got.Orphans) != len(c.want.Orphans) {
				t.Errorf("%d orphans", len(got.Orphans))
			}
			if left := files(t, dir); left != c.left {
				t.Errorf("left: %s", left)
			}
			if (told == 1) != got.Held {
				t.Errorf("told %d times", told)
			}
			if c.want.Seen == 0 && c.fails && fault.KindOf(err) != fault.Misconfigured {
				t.Errorf("too many orphans: %v", err)
			}
		})
	}
}

// The store is asked in batches that fit a statement.
func TestBatches(t *testing.T) {
	t.Parallel()
	s := &shelf{objects: map[string]object{}, now: start}
	names := map[string]bool{}
	for i := range 1203 {
		name := fmt.Sprintf("%04d.pdf", i)
		s.objects[name], names[name] = object{modified: start.Add(-2 * day)}, true
	}
	r := &rows{names: names}
	got, err := (&sweep.Sweeper{Bucket: s, Store: r, Now: func() time.Time { return s.now }}).Sweep(t.Context())
	if err != nil || got.Referred != 1203 || len(got.Orphans) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, names := range r.asked {
		if len(names) > 500 {
			t.Errorf("asked for %d at a time", len(names))
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &shelf{objects: map[string]object{}}
		r := &rows{err: errors.New("down")}
		begun := time.Now()
		var mu sync.Mutex
		var turns []time.Duration
		sw := &sweep.Sweeper{
			Bucket: s, Store: r, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Observe: func(sweep.Report, error) {
				mu.Lock()
				defer mu.Unlock()
				if turns = append(turns, time.Since(begun)); len(turns) == 1 {
					s.objects["a.pdf"] = object{modified: begun.Add(-3 * day)}
				}
				if len(turns) == 2 {
					r.err = nil
				}
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			sw.Run(ctx, time.Hour)
		}()
		time.Sleep(3*time.Hour + time.Minute) // of the bubble's clock
		cancel()
		<-done
		if diff := cmp.Diff([]time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour}, turns); diff != "" {
			t.Error(diff)
		}
		if len(s.objects) != 0 {
			t.Error("a sweep after a failed one removed nothing")
		}
		if text := log.String(); strings.Count(text, "not swept") != 1 || strings.Count(text, "bucket swept") != 1 {
			t.Errorf("logged: %s", text)
		}
	})
}
