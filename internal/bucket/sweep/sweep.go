// Package sweep removes the documents nobody refers to from a bucket: what a
// process wrote before it died, what a slower one wrote after another had
// issued the document, and what interrupted writes left.
//
// It deletes only what is older than a grace, has no row in the store (asked
// again right before), opens with our keys, and was not written anew meanwhile.
// When the store cannot answer, or when so much has no row that this database
// can hardly belong to this bucket, it deletes nothing.
package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/bucket"
)

// Objects is the bucket that is swept; *bucket.Bucket is one.
type Objects interface {
	List(ctx context.Context, yield func(page []bucket.Object) error) error
	Stat(ctx context.Context, name string) (bucket.Object, error)
	Owns(ctx context.Context, name string) (bool, error)
	Remove(ctx context.Context, name string) error
	RemoveLeftovers(ctx context.Context, before time.Time, dry bool) (int, error)
}

// Store knows which documents are referred to: by an issued document's row, or
// by a reserved one whose file is still being made. At most 500 names a call.
type Store interface {
	Referred(ctx context.Context, names []string) (map[string]bool, error)
}

// Leased runs work while this process alone holds the named lease, and cancels
// its context when the lease is lost. When another process holds it, it returns
// nil without running work.
type Leased func(ctx context.Context, name string, work func(ctx context.Context) error) error

// LeaseName is the lease a sweep is made under.
const LeaseName = "bucket.sweep"

const batch = 500

// Sweeper sweeps one bucket. Its zero fields mean what they say there.
type Sweeper struct {
	Bucket Objects
	Store  Store
	Leased Leased           // nil: no other process can sweep
	Now    func() time.Time // nil: time.Now
	Grace  time.Duration    // zero: 24 h
	Most   int              // orphans a sweep takes on; more is a fault. Zero: 1,000
	DryRun bool             // counts and names, removes nothing
	Log    *slog.Logger     // nil: silent
	// Observe is told of every sweep that was made; nil: nobody.
	Observe func(Report, error)
}

// Report counts what a sweep saw and did.
type Report struct {
	Held      bool            // the sweep was made; false: another process makes it
	Seen      int             // documents in the bucket
	Bytes     int64           // and their sealed bytes
	Young     int             // within the grace, not asked about
	Referred  int             // with a row
	Orphans   []bucket.Object // old and without a row, at most Most and one
	Spared    int             // orphans that were referred to, written anew or gone in the end
	Foreign   int             // orphans that do not open with our keys: left alone
	Removed   int
	Leftovers int // of interrupted writes, removed (counted in a dry run)
}

// Sweep makes one sweep, if no other process makes one.
func (s *Sweeper) Sweep(ctx context.Context) (Report, error) {
	var r Report
	work := func(ctx context.Context) error {
		r = Report{Held: true}
		return s.sweep(ctx, &r)
	}
	var err error
	if s.Leased == nil {
		err = work(ctx)
	} else {
		err = s.Leased(ctx, LeaseName, work)
	}
	if r.Held && s.Observe != nil {
		s.Observe(r, err)
	}
	return r, err
}

func (s *Sweeper) sweep(ctx context.Context, r *Report) error {
	now, grace, most := time.Now, cmp.Or(s.Grace, 24*time.Hour), cmp.Or(s.Most, 1000)
	if s.Now != nil {
		now = s.Now
	}
	before := now().Add(-grace)
	if err := s.find(ctx, before, most, r); err != nil {
		return err
	}
	if len(r.Orphans) > most {
		return &fault.Fault{
			Kind: fault.Misconfigured, System: "bucket", Operation: "sweep", Code: "too_many_orphans",
			Hint: "an administrator: look whether this database belongs to this bucket (a restored backup?); if so, raise documents.sweep.most",
			Err:  fmt.Errorf("more than %d documents in the bucket have no row in the database, so none was removed", most),
		}
	}
	var err error
	if r.Leftovers, err = s.Bucket.RemoveLeftovers(ctx, before, s.DryRun); err != nil || s.DryRun {
		return err
	}
	for _, o := range r.Orphans {
		if err := s.remove(ctx, o, before, r); err != nil {
			return err
		}
	}
	return nil
}

var errEnough = errors.New("enough orphans")

// find lists the bucket and asks the store about what is old.
func (s *Sweeper) find(ctx context.Context, before time.Time, most int, r *Report) error {
	err := s.Bucket.List(ctx, func(page []bucket.Object) error {
		var old []bucket.Object
		for _, o := range page {
			r.Seen++
			r.Bytes += o.Size
			if o.Modified.Before(before) {
				old = append(old, o)
			} else {
				r.Young++
			}
		}
		for some := range slices.Chunk(old, batch) {
			names := make([]string, len(some))
			for i, o := range some {
				names[i] = o.Name
			}
			referred, err := s.Store.Referred(ctx, names)
			if err != nil {
				return fmt.Errorf("asking which documents are referred to: %w", err)
			}
			for _, o := range some {
				if referred[o.Name] {
					r.Referred++
				} else if r.Orphans = append(r.Orphans, o); len(r.Orphans) > most {
					return errEnough
				}
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// remove deletes one orphan. The store is asked before the object's time is
// read: what is written anew for a document that is being made shows in one of
// the two, and a document that was issued or annulled is never made again.
func (s *Sweeper) remove(ctx context.Context, o bucket.Object, before time.Time, r *Report) error {
	if err := ctx.Err(); err != nil {
		return err // the lease is lost, or the hub stops
	}
	ours, err := s.Bucket.Owns(ctx, o.Name)
	if errors.Is(err, bucket.ErrAbsent) {
		r.Spared++
		return nil
	}
	if err != nil {
		return err
	}
	if !ours {
		r.Foreign++
		return nil
	}
	referred, err := s.Store.Referred(ctx, []string{o.Name})
	if err != nil {
		return fmt.Errorf("asking whether a document is referred to: %w", err)
	}
	now, err := s.Bucket.Stat(ctx, o.Name)
	gone := errors.Is(err, bucket.ErrAbsent)
	if err != nil && !gone {
		return err
	}
	if gone || referred[o.Name] || !now.Modified.Before(before) {
		r.Spared++
		return nil
	}
	if err := s.Bucket.Remove(ctx, o.Name); err != nil {
		return err
	}
	r.Removed++
	return nil
}

// Run sweeps every so often until the context ends. A sweep that fails is
// logged and made again at its next turn.
func (s *Sweeper) Run(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		r, err := s.Sweep(ctx)
		if ctx.Err() != nil {
			return
		}
		s.tell(ctx, r, err)
	}
}

func (s *Sweeper) tell(ctx context.Context, r Report, err error) {
	if s.Log == nil || !r.Held && err == nil {
		return
	}
	attrs := []any{
		"seen", r.Seen, "young", r.Young, "referred", r.Referred, "orphans", len(r.Orphans), "spared", r.Spared,
		"foreign", r.Foreign, "removed", r.Removed, "leftovers", r.Leftovers, "dry_run", s.DryRun,
	}
	switch {
	case err != nil:
		f := fault.Of(err)
		s.Log.WarnContext(ctx, "documents' bucket not swept", append(attrs, "err", err, "hint", f.Hint)...)
	case len(r.Orphans)+r.Leftovers > 0:
		s.Log.InfoContext(ctx, "documents' bucket swept", attrs...)
	default:
		s.Log.DebugContext(ctx, "documents' bucket swept", attrs...)
	}
}
