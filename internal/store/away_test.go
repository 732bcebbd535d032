package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// A database that cannot be asked says nothing about what it holds: what was not
// read is not missing.
func TestAwayIsNotAbsent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		reads := map[string]func(context.Context) error{
			"check":       func(ctx context.Context) error { _, _, err := s.Check(ctx, id()); return err },
			"proofs":      func(ctx context.Context) error { _, err := s.AssessInput(ctx, id()); return err },
			"application": func(ctx context.Context) error { _, err := s.Application(ctx, id()); return err },
			"decision":    func(ctx context.Context) error { _, err := s.Decision(ctx, id()); return err },
			"document":    func(ctx context.Context) error { _, err := s.Document(ctx, id()); return err },
			"notice":      func(ctx context.Context) error { _, err := s.Notice(ctx, id()); return err },
		}
		for name, read := range reads {
			var r *dossier.Refusal
			if err := read(gone); err == nil || errors.As(err, &r) {
				t.Errorf("%s of a database that is away: %v", name, err)
			}
			if err := read(t.Context()); !errors.As(err, &r) || r.Code != dossier.NotFound {
				t.Errorf("%s that is not there: %v", name, err)
			}
		}
	})
}
