package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

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
	done, _, err := s.deed(r, func() (deed, error) {
		d, err := s.ownDocument(r, r.PathValue("id"))
		if err != nil {
			return deed{}, err
		}
		write, err := effect(r.Context(), d, "key:"+r.key.ID, b.Reason)
		return deed{
			done: func() accepted { return accepted{ID: d.ID} }, audit: dossier.AuditLine{Action: action},
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
		}, err
	})
	if err != nil {
		return 0, nil, err
	}
	d, err := s.Store.Document(r.Context(), done.ID)
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
