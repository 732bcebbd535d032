package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/bucket/sweep"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

type object struct {
	content  string
	modified time.Time
}

// shelf is a bucket in memory whose every operation lets others act before it.
type shelf struct {
	objects map[string]object
	now     time.Time
	between func() error // nil: nothing happens
	atomic  bool         // nothing happens between Stat and Remove
}

func (s *shelf) step() error {
	if s.between == nil {
		return nil
	}
	return s.between()
}

func (s *shelf) List(_ context.Context, yield func([]bucket.Object) error) error {
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		if err := s.step(); err != nil {
			return err
		}
		o, ok := s.objects[name]
		if !ok {
			continue
		}
		if err := yield([]bucket.Object{{Name: name, Size: int64(len(o.content)), Modified: o.modified}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Stat(_ context.Context, name string) (bucket.Object, error) {
	if err := s.step(); err != nil {
		return bucket.Object{}, err
	}
	o, ok := s.objects[name]
	if !ok {
		return bucket.Object{}, bucket.ErrAbsent
	}
	return bucket.Object{Name: name, Modified: o.modified}, nil
}

func (s *shelf) Owns(_ context.Context, name string) (bool, error) {
	if err := s.step(); err != nil {
		return false, err
	}
	if _, ok := s.objects[name]; !ok {
		return false, bucket.ErrAbsent
	}
	return true, nil
}

func (s *shelf) Remove(_ context.Context, name string) error {
	if !s.atomic {
		if err := s.step(); err != nil {
			return err
		}
	}
	delete(s.objects, name)
	return nil
}

func (s *shelf) RemoveLeftovers(context.Context, time.Time, bool) (int, error) { return 0, s.step() }

// hub issues documents as the pipeline does: the row is reserved, a worker
// writes the file, and the first worker to come back issues it. A worker may
// die, or come back days later and write again.
type hub struct {
	*shelf
	rows    map[string]string // document -> file; "" while reserved
	annul   map[string]bool
	workers []worker
	down    func() bool // nil: never
	next    int
}

type worker struct {
	document, file string
	wrote          time.Time
}

// Referred answers as the database does: by the file of a row, or by a row
// that is still reserved. The grace alone must do where it knows files only (and
// then a worker that takes longer has lost its lease).
func (h *hub) Referred(_ context.Context, names []string) (map[string]bool, error) {
	if err := h.step(); err != nil {
		return nil, err
	}
	if h.down != nil && h.down() {
		return nil, errors.New("the store does not answer")
	}
	out := map[string]bool{}
	for _, name := range names {
		document, _, _ := strings.Cut(name, "-")
		file, ok := h.rows[document]
		out[name] = ok && (file == name || !h.atomic && file == "" && !h.annul[document])
	}
	return out, nil
}

func (h *hub) act(t *rapid.T) {
	switch rapid.SampledFrom([]string{"reserve", "start", "start", "write", "write", "write", "issue", "issue", "annul", "die", "days"}).Draw(t, "act") {
	case "reserve":
		h.next++
		h.rows[fmt.Sprint("d", h.next)] = ""
	case "start": // a worker on any document that is reserved
		if d := h.pick(t, slices.Sorted(maps.Keys(h.rows))); d != "" && h.rows[d] == "" && !h.annul[d] {
			h.workers = append(h.workers, worker{document: d, file: fmt.Sprint(d, "-", rapid.IntRange(0, 2).Draw(t, "rendering"))})
		}
	case "write": // again and again, however late
		if i := h.worker(t); i >= 0 {
			h.workers[i].wrote = h.now
			h.objects[h.workers[i].file] = object{h.workers[i].file, h.now}
		}
	case "issue":
		i := h.worker(t)
		if i < 0 || h.workers[i].wrote.IsZero() {
			return
		}
		w := h.workers[i]
		late := h.atomic && h.now.Sub(w.wrote) >= 24*time.Hour
		if !late && h.rows[w.document] == "" && !h.annul[w.document] {
			h.rows[w.document] = w.file
		}
		h.workers = slices.Delete(h.workers, i, i+1)
	case "annul":
		if d := h.pick(t, slices.Sorted(maps.Keys(h.rows))); d != "" && h.rows[d] == "" {
			h.annul[d] = true
		}
	case "die":
		if i := h.worker(t); i >= 0 {
			h.workers = slices.Delete(h.workers, i, i+1)
		}
	case "days":
		h.now = h.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
	}
}

func (h *hub) pick(t *rapid.T, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return rapid.SampledFrom(list).Draw(t, "which")
}

func (h *hub) worker(t *rapid.T) int {
	if len(h.workers) == 0 {
		return -1
	}
	return rapid.IntRange(0, len(h.workers)-1).Draw(t, "worker")
}

// Whatever happens between the sweeper's steps, no document that is referred to
// is ever missing, and in the end nothing else is left.
func TestNothingReferredToIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &hub{shelf: &shelf{objects: map[string]object{}, now: start, atomic: rapid.Bool().Draw(t, "files only")}, rows: map[string]string{}, annul: map[string]bool{}}
		whole := func() {
			for d, file := range h.rows {
				if file != "" && h.objects[file].content != file {
					t.Fatalf("document %s refers to %s, which is gone", d, file)
				}
			}
		}
		often := make([]bool, 40) // once in forty
		often[17] = true
		h.down = func() bool { return rapid.SampledFrom(often[10:20]).Draw(t, "down") }
		killed := errors.New("the sweeper was killed")
		h.between = func() error {
			for range rapid.SampledFrom([]int{0, 0, 1, 2, 4}).Draw(t, "acts") {
				h.act(t)
				whole()
			}
			if rapid.SampledFrom(often).Draw(t, "kill") {
				return killed
			}
			return nil
		}
		s := &sweep.Sweeper{Bucket: h, Store: h, Now: func() time.Time { return h.now }}
		for range rapid.SampledFrom([]int{2, 4, 8}).Draw(t, "sweeps") {
			for range rapid.SampledFrom([]int{2, 10, 30}).Draw(t, "acts before") {
				h.act(t)
			}
			_, _ = s.Sweep(t.Context())
			whole()
		}
		// All comes to rest: what is reserved is issued or annulled at last.
		h.between, h.down = nil, nil
		for d, file := range h.rows {
			if file == "" {
				h.annul[d] = true
			}
		}
		h.now = h.now.Add(25 * time.Hour)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		whole()
		want := map[string]bool{}
		for _, file := range h.rows {
			if file != "" {
				want[file] = true
			}
		}
		if len(h.objects) != len(want) {
			t.Fatalf("%d objects are left, %d are referred to", len(h.objects), len(want))
		}
	})
}
