package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// querier is what reads need; a transaction and the read pool both have it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// seal seals a value as JSON, bound to its row and column.
func (s *Store) seal(table, column, row string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("sealing %s.%s: %w", table, column, err)
	}
	return s.sealBytes(table, column, row, plain)
}

func (s *Store) sealBytes(table, column, row string, plain []byte) ([]byte, error) {
	b, err := s.vault.Seal(plain, vault.Place{Table: table, Column: column, Row: row})
	if err != nil {
		return nil, fmt.Errorf("sealing %s.%s: %w", table, column, err)
	}
	return b, nil
}

func (s *Store) unseal(table, column, row string, sealed []byte, v any) error {
	plain, err := s.unsealBytes(table, column, row, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("reading %s.%s: %w", table, column, err)
	}
	return nil
}

func (s *Store) unsealBytes(table, column, row string, sealed []byte) ([]byte, error) {
	plain, err := s.vault.Unseal(sealed, vault.Place{Table: table, Column: column, Row: row})
	if err != nil {
		return nil, fmt.Errorf("unsealing %s.%s: %w", table, column, err)
	}
	return plain, nil
}

// personIndex is the look-up hash of a person; nil for nobody.
func (s *Store) personIndex(pinfl personal.PINFL, document personal.Document) []byte {
	switch {
	case pinfl != "":
		return s.vault.Index("pinfl", string(pinfl))
	case document != "":
		return s.vault.Index("document", string(document))
	}
	return nil
}

func notFound(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return dossier.Refusef(dossier.NotFound, "no such %s", what)
	}
	return fmt.Errorf("reading a %s: %w", what, err)
}

// Audit appends a line to the chained audit log.
func (t *Tx) Audit(ctx context.Context, l dossier.AuditLine) error {
	return t.AuditAll(ctx, []dossier.AuditLine{l})
}

// AuditAll appends lines in their order, as one statement.
func (t *Tx) AuditAll(ctx context.Context, lines []dossier.AuditLine) error {
	if len(lines) == 0 {
		return nil
	}
	var prev []byte
	err := t.tx.QueryRowContext(ctx, `SELECT hash FROM audit ORDER BY id DESC LIMIT 1`).Scan(&prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	args := make([]any, 0, 7*len(lines))
	for _, l := range lines {
		if l.Detail == nil {
			l.Detail = map[string]string{}
		}
		detail, err := json.Marshal(l.Detail) // keys come out sorted
		if err != nil {
			return fmt.Errorf("writing the audit log: %w", err)
		}
		index := t.s.personIndex(l.Subject, l.Document)
		prev = t.s.auditHash(prev, ms(l.At), l.Actor, l.Action, l.Object, index, string(detail))
		args = append(args, ms(l.At), l.Actor, l.Action, l.Object, index, string(detail), prev)
	}
	const row = `(?,?,?,?,?,?,?)`
	_, err = t.tx.ExecContext(ctx, `INSERT INTO audit(at, actor, action, object, subject_index, detail, hash) VALUES `+row+strings.Repeat(","+row, len(lines)-1), args...)
	if err != nil {
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
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one moment for lines and count
	if err != nil {
		return 0, fmt.Errorf("reading the audit log: %w", err)
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(ctx, `SELECT id, at, actor, action, object, subject_index, detail, hash FROM audit ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("reading the audit log: %w", err)
	}
	defer rows.Close()
	var prev []byte
	var last int64
	n := 0
	for rows.Next() {
		var id, at int64
		var actor, action, object, detail string
		var index, hash []byte
		if err := rows.Scan(&id, &at, &actor, &action, &object, &index, &detail, &hash); err != nil {
			return n, fmt.Errorf("reading the audit log: %w", err)
		}
		if string(s.auditHash(prev, at, actor, action, object, index, detail)) != string(hash) {
			return n, fmt.Errorf("audit line %d does not follow from the one before: the log was altered", id)
		}
		prev, last = hash, id
		n++
	}
	if err := rows.Err(); err != nil {
		return n, fmt.Errorf("reading the audit log: %w", err)
	}
	var given int64 // ids are given without a gap: what is rolled back gives its own back
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name='audit'), 0)`).Scan(&given)
	if err != nil {
		return n, fmt.Errorf("reading the audit log: %w", err)
	}
	if given != last {
		return n, fmt.Errorf("the audit log ends at line %d of %d: its end was removed", last, given)
	}
	return n, nil
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
	rows, err := s.read.QueryContext(ctx, `SELECT at, actor, action, object, detail FROM audit WHERE `+where+` ORDER BY id`, arg) //nolint:gosec // parts of ours only
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
