package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// ledgerRest is how soon somebody may ask again while a ledger is being made.
const ledgerRest = 10 * time.Second

// reconcile makes the ledger. That it was made, and what it comes to, goes on
// record before it is handed out: the next ledger's audit log holds this one.
func (s *server) reconcile(w http.ResponseWriter, r *request) (int, any, error) {
	if err := everybodys(r); err != nil {
		return 0, nil, err
	}
	// It may take longer than the server lets others take.
	c, until := http.NewResponseController(w), time.Now().Add(reconcile.Limit+time.Minute)
	if err := errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)); err != nil {
		s.Log.DebugContext(r.Context(), "giving a ledger its time", "error", err)
	}
	l, signed, err := s.Reconcile.Make(r.Context(), r.URL.Query().Get("ids") == "true")
	if errors.Is(err, reconcile.ErrBusy) {
		return 0, nil, Problem{
			Title: "A ledger is being made", Status: http.StatusTooManyRequests, Code: "busy", Detail: "one ledger at a time: it reads everything there is",
			Hint: "ask again when it is done", retryAfter: ledgerRest,
		}
	}
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256(signed.Ledger)
	if err := s.audit(r.Context(), dossier.AuditLine{
		At: s.Now(), Actor: "key:" + r.key.ID, Action: "reconcile.made", Object: l.Hub.Database,
		Detail: map[string]string{"verdict": string(l.Verdict), "sha256": hex.EncodeToString(sum[:])},
	}); err != nil {
		return 0, nil, err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(signed.Bytes()) // byte for byte: they are signed
	if err != nil {
		s.Log.DebugContext(r.Context(), "writing an answer", "error", err)
	}
	return 0, nil, nil
}
