package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// auditLine is a line that waits for its place in the chain.
type auditLine struct {
	at                             int64
	actor, action, object, details string
	index                          []byte
}

// Audit appends a line to the chained audit log.
func (t *Tx) Audit(ctx context.Context, l dossier.AuditLine) error {
	return t.AuditAll(ctx, []dossier.AuditLine{l})
}

// AuditAll appends lines in their order. They are written last in the
// transaction: there is one chain over all processes, and whoever adds to it
// holds its end until the commit.
func (t *Tx) AuditAll(_ context.Context, lines []dossier.AuditLine) error {
	for _, l := range lines {
		if l.Detail == nil {
			l.Detail = map[string]string{}
		}
		detail, err := json.Marshal(l.Detail) // keys come out sorted
		if err != nil {
			return fmt.Errorf("writing the audit log: %w", err)
		}
		t.lines = append(t.lines, auditLine{ms(l.At), l.Actor, l.Action, l.Object, string(detail), t.s.personIndex(l.Subject, l.Document)})
	}
	return nil
}

// writeAudit chains the lines of the transaction onto the log. The head keeps the
// last line's id and hash: ids have no gap, for what is rolled back gives its own
// back, and lines that were cut off the end are missed.
func (t *Tx) writeAudit(ctx context.Context) error {
	if len(t.lines) == 0 {
		return nil
	}
	var last int64
	var prev []byte
	if err := t.tx.QueryRowContext(ctx, `SELECT last, hash FROM audit_head WHERE id=1`+t.forUpdate()).Scan(&last, &prev); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	for part := range slices.Chunk(t.lines, rowsAtOnce) {
		args := make([]any, 0, 8*len(part))
		for _, l := range part {
			last++
			prev = t.s.auditHash(prev, l.at, l.actor, l.action, l.object, l.index, l.details)
			args = append(args, last, l.at, l.actor, l.action, l.object, l.index, l.details, prev)
		}
		_, err := t.tx.ExecContext(ctx, `INSERT INTO audit(id, at, actor, action, object, subject_index, detail, hash) VALUES `+rows(8, len(part)), args...)
		if err != nil {
			return fmt.Errorf("writing the audit log: %w", err)
		}
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE audit_head SET last=?, hash=? WHERE id=1`, last, prev); err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	return nil
}

// auditHash is keyed: who has the database alone can neither change a line nor
// append one that fits.
func (s *Store) auditHash(prev []byte, at int64, actor, action, object string, index []byte, detail string) []byte {
	// JSON frames the fields: no two different lines give the same bytes.
	frame, _ := json.Marshal([]any{prev, at, actor, action, object, index, detail})
	return s.vault.Index("audit", string(frame))
}

// VerifyAudit walks the chain and returns how many lines hold; an error names
// the first that does not, or says that the last ones are missing.
func (s *Store) VerifyAudit(ctx context.Context) (int, error) {
	tx, err := s.read.BeginTx(ctx) // one moment for lines and head
	if err != nil {
		return 0, fmt.Errorf("reading the audit log: %w", err)
	}
	defer tx.Rollback()
	c, err := (&account{s: s, q: tx}).Audit(ctx)
	if err == nil && c.Fault != "" {
		err = errors.New(c.Fault)
	}
	return c.Lines, err
}

// AuditOf returns the actions recorded about a person, oldest first.
func (s *Store) AuditOf(ctx context.Context, pinfl personal.PINFL) ([]dossier.AuditLine, error) {
	return s.audit(ctx, `subject_index=?`, s.personIndex(pinfl, ""))
}

// AuditBy returns what was recorded of one action, oldest first.
func (s *Store) AuditBy(ctx context.Context, action string) ([]dossier.AuditLine, error) {
	return s.audit(ctx, `action=?`, action)
}

func (s *Store) audit(ctx context.Context, where string, arg any) ([]dossier.AuditLine, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT at, actor, action, object, detail FROM audit WHERE `+where+` ORDER BY id`, arg)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	defer rows.Close()
	var out []dossier.AuditLine
	for rows.Next() {
		var l dossier.AuditLine
		var when int64
		var detail string
		if err := rows.Scan(&when, &l.Actor, &l.Action, &l.Object, &detail); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		if err := json.Unmarshal([]byte(detail), &l.Detail); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		l.At = at(when)
		out = append(out, l)
	}
	return out, rows.Err()
}
