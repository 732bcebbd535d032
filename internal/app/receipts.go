package app

import (
	"time"

	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/receipt"
)

// receipts signs with the key of the QR codes and seals with those of the store.
func (a *App) receipts() *receipt.Maker {
	place := func(id string) vault.Place { return vault.Place{Table: "receipt", Column: "body", Row: id} }
	return &receipt.Maker{
		Key: a.vault.Sign, Public: a.vault.PublicKey(), Index: a.vault.Index, Now: a.now, Life: time.Duration(a.cfg.Autofill.Receipt),
		Seal:   func(plain []byte, id string) ([]byte, error) { return a.vault.Seal(plain, place(id)) },
		Unseal: func(sealed []byte, id string) ([]byte, error) { return a.vault.Unseal(sealed, place(id)) },
	}
}
