package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// asked writes what a refusal brings all the same: registers whose answers are too
// old to decide on are asked anew by whoever wanted to decide.
func (s *server) asked(ctx context.Context, err error) error {
	stale, ok := errors.AsType[*decision.Stale](err)
	if !ok {
		return err
	}
	if e := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return stale.Again(ctx, tx) }); e != nil {
		return e
	}
	return err
}

func (s *server) submitDecision(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.accept(r, func() (deed, error) {
		_, doc, sig, err := r.signedBytes()
		if err != nil {
			return deed{}, err
		}
		d, write, err := s.Decisions.Accept(r.Context(), decision.Submission{
			Application: r.PathValue("id"), Document: doc, Signature: sig, Version: r.ifMatch(), By: r.key.ID, Commission: r.key.Commission,
		})
		return deed{
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
			done:  func() accepted { return accepted{ID: d.ID, Number: d.Number, State: string(d.State)} },
		}, s.asked(r.Context(), err)
	})
}

// draftView is a draft as callers see it.
type draftView struct {
	ID          string    `json:"id"`
	Application string    `json:"application"`
	DraftedBy   string    `json:"drafted_by"`
	Version     int       `json:"version"`  // of the application as it was drafted on
	Document    string    `json:"document"` // base64: the very bytes to be signed
	At          time.Time `json:"at"`
	Current     bool      `json:"current"` // the application has not changed since
}

func draftOf(d dossier.Draft, a dossier.Application) draftView {
	return draftView{
		ID: d.ID, Application: d.Application, DraftedBy: d.DraftedBy, Version: d.Version, Document: base64.StdEncoding.EncodeToString(d.Document), At: d.At,
		Current: d.Version == a.Version && a.State == dossier.DossierReady,
	}
}

func (s *server) draftDecision(w http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		DraftedBy string `json:"drafted_by"`
		Number    string
		Date      civil.Date
		Subjects  []decision.Part
		Whole     *decision.Part
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	_, _, err := s.deed(r, func() (deed, error) {
		d, write, err := s.Decisions.Draft(r.Context(), decision.Order{
			Application: r.PathValue("id"), DraftedBy: b.DraftedBy, Number: b.Number, Date: b.Date, Subjects: b.Subjects, Whole: b.Whole,
			Version: r.ifMatch(), Commission: r.key.Commission,
		})
		return deed{
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
			done:  func() accepted { return accepted{ID: d.ID} },
			audit: dossier.AuditLine{Action: "decision.drafted", Object: r.PathValue("id"), Detail: map[string]string{"official": b.DraftedBy}},
		}, s.asked(r.Context(), err)
	})
	if err != nil {
		return 0, nil, err
	}
	return s.getDraft(w, r)
}

func (s *server) getDraft(w http.ResponseWriter, r *request) (int, any, error) {
	a, err := s.mine(r)
	if err != nil {
		return 0, nil, err
	}
	d, ok, err := s.Store.Draft(r.Context(), a.ID)
	if err == nil && !ok {
		err = dossier.Refusef(dossier.NotFound, "no draft of a decision on this application")
	}
	if err != nil {
		return 0, nil, err
	}
	w.Header().Set("ETag", etag(a.Version))
	return http.StatusOK, draftOf(d, a), nil
}
