package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// correctedNumber is the number of the application that corrects another: the
// first one's and which attempt it is, 1726-000001/2.
func (t *Tx) correctedNumber(ctx context.Context, previous string) (string, error) {
	var number string
	if err := t.tx.QueryRowContext(ctx, `SELECT number FROM application WHERE id=?`, previous).Scan(&number); err != nil {
		return "", notFound(err, "application")
	}
	first, attempt, _ := strings.Cut(number, "/")
	n, err := strconv.Atoi(attempt)
	if err != nil {
		n = 1
	}
	return first + "/" + strconv.Itoa(n+1), nil
}

// ApplicationNow reads what acts on an application decide by, and keeps it for
// this transaction: ID, Number, State, Version, ReturnDue and ReviewedAt.
func (t *Tx) ApplicationNow(ctx context.Context, id string) (dossier.Application, error) {
	a := dossier.Application{ID: id}
	var due, reviewed int64
	err := t.tx.QueryRowContext(ctx, `SELECT number, state, version, return_due, reviewed_at FROM application WHERE id=?`+t.forUpdate(), id).
		Scan(&a.Number, &a.State, &a.Version, &due, &reviewed)
	if err != nil {
		return a, notFound(err, "application")
	}
	a.ReturnDue, a.ReviewedAt = at(due), at(reviewed)
	return a, nil
}

// SetReturnDue writes until when a returned application may be corrected.
func (t *Tx) SetReturnDue(ctx context.Context, application string, due time.Time) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE application SET return_due=? WHERE id=?`, ms(due), application); err != nil {
		return fmt.Errorf("returning an application: %w", err)
	}
	return nil
}

// MarkReviewed writes when an application was first opened by its commission;
// false: it was before.
func (t *Tx) MarkReviewed(ctx context.Context, application string, when time.Time) (bool, error) {
	res, err := t.tx.ExecContext(ctx, `UPDATE application SET reviewed_at=?, version=version+1 WHERE id=? AND reviewed_at=0`, ms(when), application)
	if err != nil {
		return false, fmt.Errorf("marking an application: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Touch raises an application's version: something about it changed that is not
// its state.
func (t *Tx) Touch(ctx context.Context, application string) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE application SET version=version+1 WHERE id=?`, application); err != nil {
		return fmt.Errorf("raising an application's version: %w", err)
	}
	return nil
}

// sameContent finds the first application of the same signed bytes that still
// counts: one that ended without a decision may be handed in again as it was. That
// no hash is empty is said for the index.
const sameContent = `SELECT id, number, commission FROM application WHERE content_hash=? AND content_hash<>'' AND state NOT IN ('returned','withdrawn','lapsed','signature_refused')
	ORDER BY id LIMIT 1`

func (s *Store) sameContent(ctx context.Context, q querier, document []byte) (dossier.Application, bool, error) {
	var a dossier.Application
	err := q.QueryRowContext(ctx, sameContent, contentHash(document)).Scan(&a.ID, &a.Number, &a.Commission)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("looking for the same content: %w", err)
	}
	return a, true, nil
}

// SameContent finds an application of the same signed bytes that still counts:
// its id, number and commission.
func (s *Store) SameContent(ctx context.Context, document []byte) (dossier.Application, bool, error) {
	return s.sameContent(ctx, s.read, document)
}

// SameContent is the same inside a transaction, where it decides: another of the
// same content waits for this one.
func (t *Tx) SameContent(ctx context.Context, document []byte) (dossier.Application, bool, error) {
	if err := t.serialize(ctx, "content "+contentHash(document)); err != nil {
		return dossier.Application{}, false, err
	}
	return t.s.sameContent(ctx, t.tx, document)
}

// ApplicantNow reads who may hand in applications under an id as the transaction
// sees it: the organisation with its head, or the role with its holder. It stays
// until the commit.
func (t *Tx) ApplicantNow(ctx context.Context, id string) (dossier.Applicant, bool, error) {
	org, ok, err := t.OrganisationNow(ctx, id)
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	if ok {
		return dossier.Applicant{ID: org.ID, Kind: org.Role, Title: org.Title, TIN: org.TIN, Person: org.Head, Phone: org.Phone, Org: org}, true, nil
	}
	role, err := scanRole(t.tx.QueryRowContext(ctx, `SELECT `+roleColumns+` FROM role WHERE id=?`+t.forShare(), id))
	if errors.Is(err, sql.ErrNoRows) {
		return t.s.commissionApplicant(ctx, t.tx, id, t.forShare())
	}
	if err != nil {
		return dossier.Applicant{}, false, fmt.Errorf("reading a role: %w", err)
	}
	subject, err := t.s.subject(ctx, t.tx, id, "")
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	kind := dossier.HolderKinds[role.Role]
	return dossier.Applicant{ID: id, Kind: kind, Person: subject.PINFL, Phone: subject.Phone, Held: role}, kind != "", nil
}

// amendmentBody is the sealed part of an amendment.
type amendmentBody struct {
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// AddAmendments stores columns that a person changed by hand.
func (t *Tx) AddAmendments(ctx context.Context, application string, list ...dossier.Amendment) error {
	for _, m := range list {
		body, err := t.s.seal("amendment", "body", m.ID, amendmentBody{m.Value, m.Reason})
		if err != nil {
			return err
		}
		_, err = t.tx.ExecContext(ctx, `INSERT INTO amendment(id, application_id, subject_id, name, sealed_body, actor, at) VALUES(?,?,?,?,?,?,?)`,
			m.ID, application, m.Subject, m.Name, body, m.Actor, ms(m.At))
		if err != nil {
			return fmt.Errorf("storing an amendment: %w", err)
		}
	}
	return nil
}

// Amendments returns the columns of an application's subjects that were changed
// by hand, oldest first.
func (s *Store) Amendments(ctx context.Context, application string) ([]dossier.Amendment, error) {
	return collect(ctx, s.read, `SELECT id, subject_id, name, sealed_body, actor, at FROM amendment WHERE application_id=? ORDER BY id`,
		func(r *sql.Rows) (dossier.Amendment, error) {
			var m dossier.Amendment
			var body []byte
			var when int64
			if err := r.Scan(&m.ID, &m.Subject, &m.Name, &body, &m.Actor, &when); err != nil {
				return m, err
			}
			m.At = at(when)
			var b amendmentBody
			err := s.unseal("amendment", "body", m.ID, body, &b)
			m.Value, m.Reason = b.Value, b.Reason
			return m, err
		}, application)
}

// AddWithdrawal stores that an application is being taken back.
func (t *Tx) AddWithdrawal(ctx context.Context, w dossier.Withdrawal) error {
	doc, err := t.s.sealBytes("withdrawal", "document", w.ID, w.Document)
	if err != nil {
		return err
	}
	sig, err := t.s.sealBytes("withdrawal", "signature", w.ID, w.Signature)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO withdrawal(id, application_id, state, reason, sealed_document, sealed_signature, submitted_by, at) VALUES(?,?,?,?,?,?,?,?)`,
		w.ID, w.Application, w.State, w.Reason, doc, sig, w.SubmittedBy, ms(w.At))
	if err != nil {
		return fmt.Errorf("storing a withdrawal: %w", err)
	}
	return nil
}

// EndWithdrawal writes what became of a withdrawal whose signature was being
// verified; false: it had ended before.
func (t *Tx) EndWithdrawal(ctx context.Context, id string, state dossier.WithdrawalState, reason string) (bool, error) {
	res, err := t.tx.ExecContext(ctx, `UPDATE withdrawal SET state=?, reason=? WHERE id=? AND state='verifying'`, state, reason, id)
	if err != nil {
		return false, fmt.Errorf("ending a withdrawal: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Withdrawal returns one withdrawal.
func (s *Store) Withdrawal(ctx context.Context, id string) (dossier.Withdrawal, error) {
	w := dossier.Withdrawal{ID: id}
	var doc, sig []byte
	var when int64
	err := s.read.QueryRowContext(ctx, `SELECT application_id, state, reason, sealed_document, sealed_signature, submitted_by, at FROM withdrawal WHERE id=?`, id).
		Scan(&w.Application, &w.State, &w.Reason, &doc, &sig, &w.SubmittedBy, &when)
	if err != nil {
		return w, notFound(err, "withdrawal")
	}
	w.At = at(when)
	if w.Document, err = s.unsealBytes("withdrawal", "document", id, doc); err != nil {
		return w, err
	}
	w.Signature, err = s.unsealBytes("withdrawal", "signature", id, sig)
	return w, err
}
