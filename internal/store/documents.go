package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// NextNumber takes the next number of a series.
func (t *Tx) NextNumber(ctx context.Context, kind, commission, election string) (int, error) {
	var n int
	err := t.tx.QueryRowContext(ctx, `INSERT INTO series(kind, commission, election, last) VALUES(?,?,?,1)
		ON CONFLICT(kind, commission, election) DO UPDATE SET last=series.last+1 RETURNING last`, kind, commission, election).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("taking a number: %w", err)
	}
	return n, nil
}

// AddDocument stores a document with its reserved number.
func (t *Tx) AddDocument(ctx context.Context, d dossier.Document) error {
	data, err := t.s.sealBytes("document", "data", d.ID, d.Data)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO document(id, key, kind, template, commission, election, number, state, application_id, subject_id, decision_id, sealed_data, reserved_at)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)`, d.ID, d.Key, d.Kind, d.Template, d.Commission, d.Election, d.Number, d.State, d.Application, d.Subject, d.Decision, data, ms(d.ReservedAt))
	if err != nil {
		return fmt.Errorf("reserving a document: %w", err)
	}
	return nil
}

// DocumentByKey finds a document that was reserved before.
func (t *Tx) DocumentByKey(ctx context.Context, key string) (string, bool, error) {
	list, err := collect(ctx, t.tx, `SELECT id FROM document WHERE key=?`, func(r *sql.Rows) (string, error) {
		var id string
		return id, r.Scan(&id)
	}, key)
	if err != nil || len(list) == 0 {
		return "", false, err
	}
	return list[0], true, nil
}

// IssueDocument makes a reserved document an issued one.
func (t *Tx) IssueDocument(ctx context.Context, id string, p dossier.Passport, file string, when time.Time) error {
	passport, err := marshal(p)
	if err != nil {
		return err
	}
	res, err := t.tx.ExecContext(ctx, `UPDATE document SET state='issued', passport=?, file=?, issued_at=? WHERE id=? AND state='reserved'`, passport, file, ms(when), id)
	if err != nil {
		return fmt.Errorf("issuing a document: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("issuing a document: it is not reserved")
	}
	return nil
}

// DocumentDone counts down a decision's documents and returns how many are open.
func (t *Tx) DocumentDone(ctx context.Context, decision string) (int, error) {
	var open int
	err := t.tx.QueryRowContext(ctx, `UPDATE decision SET documents_open=documents_open-1 WHERE id=? RETURNING documents_open`, decision).Scan(&open)
	if err != nil {
		return 0, fmt.Errorf("counting documents: %w", err)
	}
	return open, nil
}

// Document returns one document.
func (s *Store) Document(ctx context.Context, id string) (dossier.Document, error) {
	list, err := s.documents(ctx, `id=?`, id)
	if err != nil {
		return dossier.Document{}, err
	}
	if len(list) == 0 {
		return dossier.Document{}, dossier.Refusef(dossier.NotFound, "no such document")
	}
	return list[0], nil
}

// Documents returns an application's documents, oldest first.
func (s *Store) Documents(ctx context.Context, application string) ([]dossier.Document, error) {
	return s.documents(ctx, `application_id=?`, application)
}

// DocumentsNumbered returns the documents of one kind, commission and number,
// one an election.
func (s *Store) DocumentsNumbered(ctx context.Context, kind, commission string, number int) ([]dossier.Document, error) {
	return s.documents(ctx, `kind=? AND commission=? AND number=?`, kind, commission, number)
}

func (s *Store) documents(ctx context.Context, where string, args ...any) ([]dossier.Document, error) {
	return collect(ctx, s.read, `SELECT id, key, kind, template, commission, election, number, state, application_id, subject_id, decision_id,
		sealed_data, passport, file, reserved_at, issued_at FROM document WHERE `+where+` ORDER BY id`, func(r *sql.Rows) (dossier.Document, error) {
		var d dossier.Document
		var data []byte
		var passport string
		var reserved, issued int64
		err := r.Scan(&d.ID, &d.Key, &d.Kind, &d.Template, &d.Commission, &d.Election, &d.Number, &d.State, &d.Application, &d.Subject, &d.Decision,
			&data, &passport, &d.File, &reserved, &issued)
		if err != nil {
			return d, err
		}
		d.ReservedAt, d.IssuedAt = at(reserved), at(issued)
		if err := unmarshal(passport, &d.Passport); err != nil {
			return d, err
		}
		d.Data, err = s.unsealBytes("document", "data", d.ID, data)
		return d, err
	}, args...)
}
