package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
)

var _ login.Tx = (*Tx)(nil)

// phoneIndex is the look-up hash of a phone; nil for none.
func (s *Store) phoneIndex(p personal.Phone) []byte {
	if p == "" {
		return nil
	}
	return s.vault.Index("phone", string(p))
}

// indexPhones gives the subjects of before their look-up hash, once.
func (s *Store) indexPhones(ctx context.Context, db *sql.DB) error {
	var done int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE key='phones_indexed'`).Scan(&done); err != nil {
		return fmt.Errorf("indexing phones: %w", err)
	}
	if done > 0 {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("indexing phones: %w", err)
	}
	defer tx.Rollback()
	last := ""
	for {
		list, err := collect(ctx, bare{tx}, `SELECT `+subjectColumns+` FROM subject WHERE id > ? ORDER BY id LIMIT 500`,
			func(r *sql.Rows) (dossier.Subject, error) { return s.scanSubject(r) }, last)
		if err != nil {
			return fmt.Errorf("indexing phones: %w", err)
		}
		if len(list) == 0 {
			break
		}
		for _, d := range list {
			if _, err := tx.ExecContext(ctx, `UPDATE subject SET phone_index=? WHERE id=?`, s.phoneIndex(d.Phone), d.ID); err != nil {
				return fmt.Errorf("indexing phones: %w", err)
			}
			last = d.ID
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO meta(key, value) VALUES('phones_indexed', 'yes')`); err != nil {
		return fmt.Errorf("indexing phones: %w", err)
	}
	return tx.Commit()
}

const codeColumns = `id, caller, commission, purpose, content_hash, language, hash, notice_id, attempts, state, at, expires_at`

func scanCode(r scanner) (login.Code, error) {
	var c login.Code
	var made, expires int64
	err := r.Scan(&c.ID, &c.Caller, &c.Commission, &c.Purpose, &c.Content, &c.Language, &c.Hash, &c.Notice, &c.Guesses, &c.State, &made, &expires)
	c.At, c.ExpiresAt = at(made), at(expires)
	return c, err
}

// AddCode stores a login code for a phone.
func (t *Tx) AddCode(ctx context.Context, c login.Code, phone personal.Phone) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO login_code(id, caller, commission, purpose, content_hash, language, phone_index, state, at, expires_at) VALUES(?,?,?,?,?,?,?,?,?,?)`,
		c.ID, c.Caller, c.Commission, c.Purpose, c.Content, c.Language, t.s.phoneIndex(phone), c.State, ms(c.At), ms(c.ExpiresAt))
	if err != nil {
		return fmt.Errorf("storing a login code: %w", err)
	}
	return nil
}

// CodesOf returns the codes of a phone made after a time, newest first. Whoever
// asks of the same phone waits for this transaction, which may make another.
func (t *Tx) CodesOf(ctx context.Context, phone personal.Phone, after time.Time) ([]login.Code, error) {
	if err := t.serialize(ctx, "codes of "+hex.EncodeToString(t.s.phoneIndex(phone))); err != nil {
		return nil, err
	}
	return collect(ctx, t.tx, `SELECT `+codeColumns+` FROM login_code WHERE phone_index=? AND at > ? ORDER BY at DESC, id`,
		func(r *sql.Rows) (login.Code, error) { return scanCode(r) }, t.s.phoneIndex(phone), ms(after))
}

// Code returns a login code and keeps it for this transaction.
func (t *Tx) Code(ctx context.Context, id string) (login.Code, error) {
	c, err := scanCode(t.tx.QueryRowContext(ctx, `SELECT `+codeColumns+` FROM login_code WHERE id=?`+t.forUpdate(), id))
	if err != nil {
		return c, notFound(err, "login code")
	}
	return c, nil
}

// SentTo reports whether a login code is one for this phone.
func (t *Tx) SentTo(ctx context.Context, id string, phone personal.Phone) (bool, error) {
	var n int
	err := t.tx.QueryRowContext(ctx, `SELECT count(*) FROM login_code WHERE id=? AND phone_index=?`, id, t.s.phoneIndex(phone)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("reading a login code: %w", err)
	}
	return n == 1, nil
}

// SaveCode writes how far a login code has come; its guesses are counted by
// CountGuess alone.
func (t *Tx) SaveCode(ctx context.Context, c login.Code) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE login_code SET hash=?, notice_id=?, state=? WHERE id=?`, c.Hash, c.Notice, c.State, c.ID); err != nil {
		return fmt.Errorf("moving a login code: %w", err)
	}
	return nil
}

// CountGuess counts a guess at an open code of a caller, if one is left: in one
// statement, so that guesses at once are counted one after the other.
func (t *Tx) CountGuess(ctx context.Context, id, caller string, now time.Time, most int) (login.Code, bool, error) {
	c, err := scanCode(t.tx.QueryRowContext(ctx, `UPDATE login_code SET attempts=attempts+1
		WHERE id=? AND caller=? AND state='open' AND expires_at > ? AND attempts < ? RETURNING `+codeColumns, id, caller, ms(now), most))
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("counting a guess: %w", err)
	}
	return c, true, nil
}

// DropCodes removes login codes made before a time.
func (t *Tx) DropCodes(ctx context.Context, before time.Time) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM login_code WHERE at < ?`, ms(before)); err != nil {
		return fmt.Errorf("removing old login codes: %w", err)
	}
	return nil
}

// PeopleOf returns who may log in with a code's phone, newest first: candidates
// and proxies who hold an issued document. A code to log in that is bound to a
// commission is for its own alone; one that signs may be handed to another (the
// proxies of a candidate of the CEC apply to the territorial commission).
func (t *Tx) PeopleOf(ctx context.Context, code string) ([]login.Person, error) {
	return collect(ctx, t.tx, `SELECT s.id, s.ref, s.role, s.sealed_body, a.id, a.election, a.commission
		FROM login_code c JOIN subject s ON s.phone_index=c.phone_index JOIN application a ON a.id=s.application_id
		WHERE c.id=? AND (c.commission='' OR c.commission=a.commission OR c.content_hash<>'') AND s.role IN ('candidate','proxy')
			AND EXISTS (SELECT 1 FROM document d WHERE d.application_id=a.id AND d.subject_id=s.id AND d.state='issued')
		ORDER BY s.id DESC LIMIT 20`, func(r *sql.Rows) (login.Person, error) {
		var p login.Person
		var body []byte
		if err := r.Scan(&p.Subject, &p.Ref, &p.Role, &body, &p.Application, &p.Election, &p.Commission); err != nil {
			return p, err
		}
		var b subjectBody
		err := t.s.unseal("subject", "body", p.Subject, body, &b)
		p.Phone, p.PINFL = b.Phone, b.PINFL
		return p, err
	}, code)
}
