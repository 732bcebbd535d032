package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// People returns who an application's subjects are by the newest answers of the
// personal data register, by the subject's id and without the photo; who is not
// identified is left out. An empty subject means all of them.
func (s *Store) People(ctx context.Context, application, subject string) (map[string]register.PersonalData, error) {
	out := map[string]register.PersonalData{}
	_, err := collect(ctx, s.read, `SELECT f.id, f.subject_id, f.status, f.sealed_body FROM finding f JOIN subject s ON s.id=f.subject_id
		WHERE s.application_id=?1 AND (?2='' OR s.id=?2) AND f.register=?3 ORDER BY f.id`, func(r *sql.Rows) (struct{}, error) {
		var id, subject string
		var status register.Status
		var body []byte
		if err := r.Scan(&id, &subject, &status, &body); err != nil {
			return struct{}{}, err
		}
		delete(out, subject) // a later answer stands for the earlier ones
		if status != register.Found {
			return struct{}{}, nil
		}
		var b findingBody
		if err := s.unseal("finding", "body", id, body, &b); err != nil {
			return struct{}{}, err
		}
		var p register.PersonalData
		if err := json.Unmarshal(b.Facts, &p); err != nil {
			return struct{}{}, fmt.Errorf("reading personal data: %w", err)
		}
		p.Photo = nil
		out[subject] = p
		return struct{}{}, nil
	}, application, subject, register.Personal)
	return out, err
}

// FindingTimes returns when which register last answered about an application's
// subjects, by the subject's id: findings without what they say.
func (s *Store) FindingTimes(ctx context.Context, application string) (map[string]map[register.ID]dossier.Finding, error) {
	out := map[string]map[register.ID]dossier.Finding{}
	_, err := collect(ctx, s.read, `SELECT f.id, f.subject_id, f.register, f.status, f.at FROM finding f JOIN subject s ON s.id=f.subject_id
		WHERE s.application_id=? ORDER BY f.id`, func(r *sql.Rows) (struct{}, error) {
		var f dossier.Finding
		var when int64
		if err := r.Scan(&f.ID, &f.Subject, &f.Register, &f.Status, &when); err != nil {
			return struct{}{}, err
		}
		f.At = at(when)
		if out[f.Subject] == nil {
			out[f.Subject] = map[register.ID]dossier.Finding{}
		}
		out[f.Subject][f.Register] = f
		return struct{}{}, nil
	}, application)
	return out, err
}

// DocumentsOf returns the documents of one subject of an application, oldest first.
func (s *Store) DocumentsOf(ctx context.Context, application, subject string) ([]dossier.Document, error) {
	return s.documents(ctx, `application_id=? AND subject_id=?`, application, subject)
}

// StatesOf returns how far the documents of one subject have come, by their ids. No
// row is locked: who ends one of them takes its job first.
func (t *Tx) StatesOf(ctx context.Context, application, subject string) (map[string]dossier.DocumentState, error) {
	out := map[string]dossier.DocumentState{}
	_, err := collect(ctx, t.tx, `SELECT id, state FROM document WHERE application_id=? AND subject_id=? ORDER BY id`, func(r *sql.Rows) (struct{}, error) {
		var id string
		var state dossier.DocumentState
		err := r.Scan(&id, &state)
		out[id] = state
		return struct{}{}, err
	}, application, subject)
	return out, err
}
