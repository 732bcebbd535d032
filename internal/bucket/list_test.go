package bucket_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/bucket"
)

func listed(t testing.TB, b *bucket.Bucket) []string {
	t.Helper()
	var names []string
	err := b.List(t.Context(), func(page []bucket.Object) error {
		for _, o := range page {
			names = append(names, o.Name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestListPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		var want []string
		for i := range 2300 {
			name := fmt.Sprintf("%04d.pdf", i)
			want = append(want, name)
			s.set(t, name+".sealed", []byte("sealed"))
		}
		for _, foreign := range []string{"readme.txt", ".new-123", ".probe-1", "0001.pdf.sealed.18ab.tmp", ".hidden.sealed"} {
			s.set(t, foreign, []byte("x"))
		}
		start, pages := time.Now().Add(-time.Minute), 0
		err := s.List(t.Context(), func(page []bucket.Object) error {
			if pages++; len(page) > 1000 {
				t.Errorf("a page of %d", len(page))
			}
			for _, o := range page {
				if o.Size != 6 || o.Modified.Before(start) || o.Modified.After(time.Now().Add(time.Minute)) {
					t.Fatalf("%+v", o)
				}
			}
			return nil
		})
		if err != nil || pages < 3 {
			t.Errorf("%d pages, %v", pages, err)
		}
		if diff := cmp.Diff(want, listed(t, s.Bucket)); diff != "" {
			t.Error(diff)
		}
		stop := errors.New("stop")
		if err := s.List(t.Context(), func([]bucket.Object) error { return stop }); err != stop { //nolint:errorlint // the very same
			t.Errorf("the yield's error came back as %v", err)
		}
	})
}

func TestProbeAndLeftovers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s shelf) {
		if err := s.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if raw := s.raw(t); len(raw) != 0 {
			t.Errorf("the probe left %d objects", len(raw))
		}
		for _, key := range []string{".new-1", ".probe-1", "a.pdf.sealed.18ab.tmp", "a.pdf.sealed", "notes.tmp", ".other", "a.tmp.sealed"} {
			s.set(t, key, []byte("x"))
		}
		soon := time.Now().Add(time.Minute)
		for _, c := range []struct {
			name        string
			before      time.Time
			dry         bool
			count, left int
		}{{"young", soon.Add(-time.Hour), false, 0, 7}, {"dry", soon, true, 3, 7}, {"old", soon, false, 3, 4}, {"again", soon, false, 0, 4}} {
			n, err := s.RemoveLeftovers(t.Context(), c.before, c.dry)
			if raw := s.raw(t); err != nil || n != c.count || len(raw) != c.left {
				t.Errorf("%s: %d removed, %d left, %v", c.name, n, len(raw), err)
			}
		}
	})
}
