package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

// deed is one act upon documents, checked through and ready to be written.
type deed struct {
	id    string // of the document or batch
	write func(ctx context.Context, tx *store.Tx) error
	audit dossier.AuditLine // without time and actor
}

// deed writes an act together with its audit line and the caller's idempotency
// key. The same key with the same body acts once: repeated says that it was done
// before, by the act whose id is returned.
func (s *server) deed(r *request, prepare func() (deed, error)) (id string, repeated bool, err error) {
	ctx, key := r.Context(), r.Header.Get("Idempotency-Key")
	sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), r.body...))
	seen := func(fingerprint []byte, result string, found bool, err error) error {
		if err != nil || !found {
			return err
		}
		_, body, err := again(fingerprint, sum, result)
		if err == nil {
			id, repeated = body.(accepted).ID, true
		}
		return err
	}
	if key != "" {
		if err := seen(s.Store.Remembered(ctx, r.key.ID, key)); err != nil || repeated {
			return id, repeated, err
		}
	}
	d, err := prepare()
	if err != nil {
		if key == "" {
			return "", false, err
		}
		// Two at once: the first may have been taken since we looked, and what it
		// changed is why the second does not fit any more.
		if e := seen(s.Store.Remembered(ctx, r.key.ID, key)); e != nil || !repeated {
			return "", false, errors.Join(err, e)
		}
		return id, true, nil
	}
	err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, repeated = d.id, false
		if key != "" {
			if err := seen(tx.Remembered(ctx, r.key.ID, key)); err != nil || repeated {
				return err
			}
		}
		if err := d.write(ctx, tx); err != nil {
			return err
		}
		line := d.audit
		line.At, line.Actor = s.Now(), "key:"+r.key.ID
		if err := tx.Audit(ctx, line); err != nil || key == "" {
			return err
		}
		result, err := json.Marshal(accepted{ID: d.id})
		if err != nil {
			return fmt.Errorf("recording an answer: %w", err)
		}
		return tx.Remember(ctx, r.key.ID, key, sum[:], string(result), s.Now())
	})
	return id, repeated, err
}

// reasonView is the body of an act.
type reasonView struct {
	Reason string
	Patch  json.RawMessage
}

// end is an act that takes a document out of force.
func (s *server) end(r *request, action string, effect func(ctx context.Context, d dossier.Document, actor, reason string) (queue.Effect, error)) (int, any, error) {
	var b reasonView
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	id, _, err := s.deed(r, func() (deed, error) {
		d, err := s.ownDocument(r, r.PathValue("id"))
		if err != nil {
			return deed{}, err
		}
		write, err := effect(r.Context(), d, "key:"+r.key.ID, b.Reason)
		return deed{
			id: d.ID, audit: dossier.AuditLine{Action: action, Object: d.ID},
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
		}, err
	})
	if err != nil {
		return 0, nil, err
	}
	d, err := s.Store.Document(r.Context(), id)
	return http.StatusOK, recordOf(d), err
}

func (s *server) revokeDocument(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.end(r, "document.revoked", func(_ context.Context, d dossier.Document, actor, reason string) (queue.Effect, error) {
		return s.Issuing.Revoke(d, actor, reason)
	})
}

func (s *server) annulDocument(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.end(r, "document.annulled", s.Issuing.Annul)
}

func (s *server) duplicateDocument(w http.ResponseWriter, r *request) (int, any, error) {
	return s.replace(w, r, dossier.Duplicate)
}

func (s *server) correctDocument(w http.ResponseWriter, r *request) (int, any, error) {
	return s.replace(w, r, dossier.Correction)
}

// replace makes a document that takes an issued one's place.
func (s *server) replace(w http.ResponseWriter, r *request, relation dossier.Relation) (int, any, error) {
	var b reasonView
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	return s.makeNow(w, r, func() (*issuing.Draft, error) {
		old, err := s.ownDocument(r, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return s.Issuing.Replace(r.Context(), old, issuing.Replacement{Relation: relation, Actor: "key:" + r.key.ID, Reason: b.Reason, Patch: b.Patch})
	})
}
