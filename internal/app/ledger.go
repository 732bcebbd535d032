package app

import (
	"cmp"
	"context"

	"github.com/saylovhub/hub/internal/bucket"
	"github.com/saylovhub/hub/internal/reconcile"
)

// ledger makes the signed account of everything.
func (a *App) ledger() *reconcile.Maker {
	return &reconcile.Maker{
		Source: a.store, Files: a.files, Stages: a.stageNames, Version: cmp.Or(a.version, "dev"), Edition: a.cfg.Edition(), Now: a.now,
		Sign: a.vault.Sign, Key: a.vault.PublicKey(),
	}
}

// files lists the documents' bucket.
func (a *App) files(ctx context.Context, each func(name string) error) error {
	return a.bucket.List(ctx, func(page []bucket.Object) error {
		for _, o := range page {
			if err := each(o.Name); err != nil {
				return err
			}
		}
		return nil
	})
}
