package api

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/vault"
)

// While no more prints may wait, whoever orders a document is told when to come
// again, and nothing is looked at, let alone a number taken.
func TestIssueWhileCrowded(t *testing.T) {
	t.Parallel()
	h := bare(t, func(d *Deps) {
		d.Store = newDesk(t).store // for the record of refusals
		d.AdminHash = vault.HashSecret(adminSecret)
		d.Crowded = func() error {
			return &fault.Fault{Kind: fault.Unavailable, System: "chrome", Wait: 5 * time.Second, Err: errors.New("too many prints are waiting")}
		}
	})
	w := ask(t, h, http.MethodPost, "/v1/documents", `{"template":"observer-party","election":"e","commission":"1726","data":{}}`)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "6" {
		t.Errorf("%d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
}
