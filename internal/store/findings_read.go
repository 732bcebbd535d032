package store

import (
	"context"
	"database/sql"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// findingBody is the sealed part of a finding.
type findingBody struct {
	Facts   []byte            `json:"facts,omitempty"`
	Columns []register.Column `json:"columns,omitempty"`
}

const findingColumns = `f.id, f.check_id, f.subject_id, f.register, f.status, f.transaction_id, f.sealed_body, f.source, f.at`

func (s *Store) scanFinding(r *sql.Rows) (dossier.Finding, error) {
	var f dossier.Finding
	var body []byte
	var when int64
	if err := r.Scan(&f.ID, &f.Check, &f.Subject, &f.Register, &f.Status, &f.Transaction, &body, &f.Source, &when); err != nil {
		return f, err
	}
	var b findingBody
	if err := s.unseal("finding", "body", f.ID, body, &b); err != nil {
		return f, err
	}
	f.Facts, f.Columns, f.At = b.Facts, b.Columns, at(when)
	return f, nil
}

// NewestFindings returns the newest finding of each register about a subject.
func (s *Store) NewestFindings(ctx context.Context, subject string) (map[register.ID]dossier.Finding, error) {
	return s.findings(ctx, s.read, subject)
}

func (s *Store) findings(ctx context.Context, q querier, subject string) (map[register.ID]dossier.Finding, error) {
	all, err := collect(ctx, q, `SELECT `+findingColumns+` FROM finding f WHERE f.subject_id=? ORDER BY f.id`, s.scanFinding, subject)
	out := map[register.ID]dossier.Finding{}
	for _, f := range all {
		out[f.Register] = f // later ones replace earlier ones
	}
	return out, err
}
