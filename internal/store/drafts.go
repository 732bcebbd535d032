package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// SaveDraft stores an application's draft; one that was there gives way.
func (t *Tx) SaveDraft(ctx context.Context, d dossier.Draft) error {
	doc, err := t.s.sealBytes("draft", "document", d.ID, d.Document)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO draft(application_id, id, drafted_by, version, sealed_document, at) VALUES(?,?,?,?,?,?)
		ON CONFLICT(application_id) DO UPDATE SET id=excluded.id, drafted_by=excluded.drafted_by, version=excluded.version,
		sealed_document=excluded.sealed_document, at=excluded.at`, d.Application, d.ID, d.DraftedBy, d.Version, doc, ms(d.At))
	if err != nil {
		return fmt.Errorf("storing a draft: %w", err)
	}
	return nil
}

// DropDraft forgets an application's draft, if there is one.
func (t *Tx) DropDraft(ctx context.Context, application string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM draft WHERE application_id=?`, application); err != nil {
		return fmt.Errorf("dropping a draft: %w", err)
	}
	return nil
}

// Draft returns an application's draft.
func (s *Store) Draft(ctx context.Context, application string) (dossier.Draft, bool, error) {
	var d dossier.Draft
	var doc []byte
	var when int64
	err := s.read.QueryRowContext(ctx, `SELECT application_id, id, drafted_by, version, sealed_document, at FROM draft WHERE application_id=?`, application).
		Scan(&d.Application, &d.ID, &d.DraftedBy, &d.Version, &doc, &when)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("reading a draft: %w", err)
	}
	d.At = at(when)
	d.Document, err = s.unsealBytes("draft", "document", d.ID, doc)
	return d, err == nil, err
}
