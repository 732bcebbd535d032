package client

import (
	"context"
	"net/http"
	"time"
)

// ledgerTime is how long a ledger may take, with what the hub itself allows.
const ledgerTime = 6 * time.Minute

// Reconcile returns the signed ledger byte for byte, as it is to be kept; with
// ids it names every accepted application. Package reconcile reads it.
func (c *Client) Reconcile(ctx context.Context, ids bool) ([]byte, error) {
	patient := *c
	h := *c.HTTP
	h.Timeout = ledgerTime
	patient.HTTP = &h
	path := "/v1/reconcile"
	if ids {
		path += "?ids=true"
	}
	return patient.raw(ctx, http.MethodGet, path, "", nil)
}
