package crashtest

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
)

// Audit verifies the chain of the audit log that the processes left; all of them
// must be down.
func (w *World) Audit(ctx context.Context) (int64, error) {
	v, err := vault.Open(filepath.Join(w.Dir, "keys"), false)
	if err != nil {
		return 0, err
	}
	s, err := store.Open(ctx, store.Options{URL: w.Edition.StoreURL, Dir: w.Dir, Vault: v, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, err
	}
	defer s.Close() //nolint:errcheck // only read
	n, err := s.VerifyAudit(ctx)
	return int64(n), err
}
