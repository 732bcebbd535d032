package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// AddDecision stores a decision. A number the commission used that day already
// is refused.
func (t *Tx) AddDecision(ctx context.Context, d dossier.Decision) error {
	doc, err := t.s.sealBytes("decision", "document", d.ID, d.Document)
	if err != nil {
		return err
	}
	sig, err := t.s.sealBytes("decision", "signature", d.ID, d.Signature)
	if err != nil {
		return err
	}
	whole, err := marshal(d.Whole)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO decision(id, application_id, commission, number, date, state, drafted_by, sealed_document, sealed_signature, at, whole)
		VALUES(?,?,?,?,?,?,?,?,?,?,?)`, d.ID, d.Application, d.Commission, d.Number, d.Date.String(), d.State, d.DraftedBy, doc, sig, ms(d.At), whole)
	if err != nil {
		if t.s.breaks(err, "decision_number", "decision.commission, decision.number, decision.date") {
			return dossier.Refuse(dossier.Taken, "/number", "the commission has a decision of this number and date")
		}
		return fmt.Errorf("storing a decision: %w", err)
	}
	for _, o := range d.Outcomes {
		_, err := t.tx.ExecContext(ctx, `INSERT INTO decision_subject(decision_id, subject_id, revision, outcome, reason) VALUES(?,?,?,?,?)`,
			d.ID, o.Subject, o.Revision, o.Outcome, o.Reason)
		if err != nil {
			return fmt.Errorf("storing a decision: %w", err)
		}
	}
	return nil
}

// SetDecision moves a decision on; documents is how many are to be issued.
func (t *Tx) SetDecision(ctx context.Context, id string, state dossier.DecisionState, reason string, signer *signature.Signer, documents int) error {
	var verdict []byte
	if signer != nil {
		var err error
		if verdict, err = t.s.seal("decision", "verdict", id, signer); err != nil {
			return err
		}
	}
	_, err := t.tx.ExecContext(ctx, `UPDATE decision SET state=?, reason=?, sealed_verdict=?, documents_open=? WHERE id=?`, state, reason, verdict, documents, id)
	if err != nil {
		return fmt.Errorf("moving a decision: %w", err)
	}
	return nil
}

// Decision returns a decision with its outcomes.
func (s *Store) Decision(ctx context.Context, id string) (dossier.Decision, error) {
	list, err := s.decisions(ctx, `id=?`, id)
	if err != nil {
		return dossier.Decision{}, err
	}
	if len(list) == 0 {
		return dossier.Decision{}, dossier.Refusef(dossier.NotFound, "no such decision")
	}
	return list[0], nil
}

// Decisions returns an application's decisions, oldest first.
func (s *Store) Decisions(ctx context.Context, application string) ([]dossier.Decision, error) {
	return s.decisions(ctx, `application_id=?`, application)
}

func (s *Store) decisions(ctx context.Context, where string, arg any) ([]dossier.Decision, error) {
	list, err := collect(ctx, s.read, `SELECT id, application_id, commission, number, date, state, reason, drafted_by, sealed_document, sealed_signature, sealed_verdict, at, whole
		FROM decision WHERE `+where+` ORDER BY id`, s.scanDecision, arg)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Outcomes, err = collect(ctx, s.read, `SELECT d.subject_id, d.revision, d.outcome, d.reason FROM decision_subject d
			JOIN subject s ON s.id=d.subject_id WHERE d.decision_id=? ORDER BY s.position`, func(r *sql.Rows) (dossier.Outcome, error) {
			var o dossier.Outcome
			return o, r.Scan(&o.Subject, &o.Revision, &o.Outcome, &o.Reason)
		}, list[i].ID)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) scanDecision(r *sql.Rows) (dossier.Decision, error) {
	var d dossier.Decision
	var date, whole string
	var doc, sig, verdict []byte
	var when int64
	err := r.Scan(&d.ID, &d.Application, &d.Commission, &d.Number, &date, &d.State, &d.Reason, &d.DraftedBy, &doc, &sig, &verdict, &when, &whole)
	if err != nil {
		return d, err
	}
	d.At = at(when)
	if err := unmarshal(whole, &d.Whole); err != nil {
		return d, err
	}
	if d.Date, err = civil.Parse(date); err != nil {
		return d, err
	}
	if d.Document, err = s.unsealBytes("decision", "document", d.ID, doc); err != nil {
		return d, err
	}
	if d.Signature, err = s.unsealBytes("decision", "signature", d.ID, sig); err != nil {
		return d, err
	}
	if verdict != nil {
		d.Signer = new(signature.Signer)
		return d, s.unseal("decision", "verdict", d.ID, verdict, d.Signer)
	}
	return d, nil
}
