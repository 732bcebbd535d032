package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// AddEvidence keeps a verdict with what proves it. The verdict is sealed whole:
// signers, reason and the service's answer.
func (t *Tx) AddEvidence(ctx context.Context, e dossier.Evidence) error {
	envelope, err := t.s.sealBytes("signature_evidence", "pkcs7", e.ID, e.PKCS7)
	if err != nil {
		return err
	}
	verdict, err := t.s.seal("signature_evidence", "evidence", e.ID, e.Verdict)
	if err != nil {
		return err
	}
	proof := e.Verdict.Evidence
	_, err = t.tx.ExecContext(ctx, `INSERT INTO signature_evidence(id, application, act, method, ref, at, document_hash, sealed_pkcs7, sealed_evidence,
		claimed_at, stamped_at, verified_at, reason, trusted) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		e.ID, e.Application, e.Act, cmp.Or(e.Method, dossier.ByEDS), e.Ref, ms(e.At), proof.Document, envelope, verdict,
		ms(proof.Claimed), ms(proof.Stamped), ms(proof.Verified), e.Verdict.Reason, e.Verdict.Trusted)
	if err != nil {
		return fmt.Errorf("storing the evidence of a signature: %w", err)
	}
	return nil
}

// Evidence returns the verdicts on an application and its decisions, oldest
// first. It is for auditors and tests: the API has no way to it.
func (s *Store) Evidence(ctx context.Context, application string) ([]dossier.Evidence, error) {
	return collect(ctx, s.read, `SELECT id, application, act, method, ref, at, sealed_pkcs7, sealed_evidence FROM signature_evidence WHERE application=? ORDER BY id`,
		func(r *sql.Rows) (dossier.Evidence, error) {
			var e dossier.Evidence
			var when int64
			var envelope, verdict []byte
			err := r.Scan(&e.ID, &e.Application, &e.Act, &e.Method, &e.Ref, &when, &envelope, &verdict)
			if err != nil {
				return e, err
			}
			e.At = at(when)
			if e.PKCS7, err = s.unsealBytes("signature_evidence", "pkcs7", e.ID, envelope); err != nil {
				return e, err
			}
			return e, s.unseal("signature_evidence", "evidence", e.ID, verdict, &e.Verdict)
		}, application)
}

// OrganisationNow reads an organisation as the transaction sees it: what a
// verdict rests on is looked at again where it is written, and stays until then.
func (t *Tx) OrganisationNow(ctx context.Context, id string) (dossier.Organisation, bool, error) {
	var o dossier.Organisation
	var body []byte
	err := t.tx.QueryRowContext(ctx, `SELECT sealed_body FROM organisation WHERE id=?`+t.forShare(), id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("reading an organisation: %w", err)
	}
	return o, true, t.s.unseal("organisation", "body", id, body, &o)
}

// OfficialsNow reads a commission's officials as the transaction sees them.
func (t *Tx) OfficialsNow(ctx context.Context, commission string) ([]dossier.Official, error) {
	return collect(ctx, t.tx, `SELECT id, sealed_body FROM official WHERE commission=? ORDER BY id`+t.forShare(), func(r *sql.Rows) (dossier.Official, error) {
		var id string
		var body []byte
		var o dossier.Official
		if err := r.Scan(&id, &body); err != nil {
			return o, err
		}
		return o, t.s.unseal("official", "body", id, body, &o)
	}, commission)
}
