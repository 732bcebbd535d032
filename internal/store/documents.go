package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// NextNumber takes the next number of a series.
func (t *Tx) NextNumber(ctx context.Context, kind, commission, election string) (int, error) {
	return t.NextNumbers(ctx, kind, commission, election, 1)
}

// NextNumbers takes the next n numbers of a series, a block of which nobody else
// gets one, and returns the first. Whoever takes of the same series waits for
// this transaction.
func (t *Tx) NextNumbers(ctx context.Context, kind, commission, election string, n int) (first int, err error) {
	var last int
	err = t.tx.QueryRowContext(ctx, `INSERT INTO series(kind, commission, election, last) VALUES(?1,?2,?3,CAST(?4 AS BIGINT))
		ON CONFLICT(kind, commission, election) DO UPDATE SET last=series.last+CAST(?4 AS BIGINT) RETURNING last`, kind, commission, election, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("taking a number: %w", err)
	}
	return last - n + 1, nil
}

// documentsAtOnce is how many documents one statement stores.
const documentsAtOnce = 50

// AddDocument stores documents with their reserved numbers. One that is to take
// the place of another, which a third is about to take, is refused.
func (t *Tx) AddDocument(ctx context.Context, list ...dossier.Document) error {
	const columns = 19
	for part := range slices.Chunk(list, documentsAtOnce) {
		args := make([]any, 0, columns*len(part))
		for _, d := range part {
			data, err := t.s.sealBytes("document", "data", d.ID, d.Data)
			if err != nil {
				return err
			}
			args = append(args, d.ID, d.Key, d.Kind, d.Template, d.Language, d.Commission, d.Election, d.Number, d.State, orNull(d.Application), d.Subject,
				orNull(d.Decision), d.Batch, d.Relation, d.Replaces, d.ValidUntil.String(), d.CodeHash, data, ms(d.ReservedAt))
		}
		_, err := t.tx.ExecContext(ctx, `INSERT INTO document(id, key, kind, template, language, commission, election, number, state, application_id, subject_id,
			decision_id, batch, relation, replaces, valid_until, code_hash, sealed_data, reserved_at) VALUES `+rows(columns, len(part)), args...)
		if err != nil && t.s.breaks(err, "document_replaces", "document.replaces") {
			return dossier.Refusef(dossier.WrongState, "another document is taking its place already")
		}
		if err != nil {
			return fmt.Errorf("reserving a document: %w", err)
		}
	}
	return nil
}

// orNull keeps what refers to nothing from being a reference.
func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
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

// IssueDocument makes a reserved document an issued one; not done: it is not
// reserved any more, somebody was quicker.
func (t *Tx) IssueDocument(ctx context.Context, id string, p dossier.Passport, file string, when time.Time) (done bool, err error) {
	passport, err := marshal(p)
	if err != nil {
		return false, err
	}
	return t.oneRow(ctx, "issuing a document", `UPDATE document SET state='issued', passport=?, file=?, file_sha256=?, sealed_by=?, issued_at=?
		WHERE id=? AND state='reserved'`, passport, file, p.SHA256, p.Seal, ms(when), id)
}

// EndDocument takes a document out of force: revoked, replaced or annulled. Not
// done: it is not in the state that the table of states wants.
func (t *Tx) EndDocument(ctx context.Context, id string, from, to dossier.DocumentState, when time.Time) (done bool, err error) {
	if !from.CanBecome(to) {
		return false, fmt.Errorf("a document that is %s cannot become %s", from, to)
	}
	return t.oneRow(ctx, "ending a document", `UPDATE document SET state=?, ended_at=? WHERE id=? AND state=?`, to, ms(when), id, from)
}

func (t *Tx) oneRow(ctx context.Context, what, query string, args ...any) (bool, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	return n == 1, nil
}

// LockDocument returns a document's state and the id of the reserved document
// that is to take its place, if there is one. Neither changes before the commit.
func (t *Tx) LockDocument(ctx context.Context, id string) (state dossier.DocumentState, successor string, err error) {
	if err := t.tx.QueryRowContext(ctx, `SELECT state FROM document WHERE id=?`+t.forUpdate(), id).Scan(&state); err != nil {
		return "", "", notFound(err, "document")
	}
	err = t.tx.QueryRowContext(ctx, `SELECT id FROM document WHERE replaces=? AND replaces<>'' AND state<>'annulled' AND state='reserved'`, id).Scan(&successor)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("reading a document: %w", err)
	}
	return state, successor, nil
}

// AddActs writes lines of documents' history. They get their ids here, in order.
func (t *Tx) AddActs(ctx context.Context, acts ...dossier.DocumentAct) error {
	const columns = 7
	for part := range slices.Chunk(acts, rowsAtOnce) {
		args := make([]any, 0, columns*len(part))
		for _, a := range part {
			id := uuid.Must(uuid.NewV7()).String()
			var reason []byte
			if a.Reason != "" {
				var err error
				if reason, err = t.s.sealBytes("document_act", "reason", id, []byte(a.Reason)); err != nil {
					return err
				}
			}
			args = append(args, id, a.Document, ms(a.At), a.Actor, a.Deed, reason, a.Detail)
		}
		_, err := t.tx.ExecContext(ctx, `INSERT INTO document_act(id, document_id, at, actor, act, sealed_reason, detail) VALUES `+rows(columns, len(part)), args...)
		if err != nil {
			return fmt.Errorf("recording what was done with a document: %w", err)
		}
	}
	return nil
}

// WithdrawJob ends a job that nobody works on, because what it was to do is done
// or will not be done; leased: somebody works on it, and it is left alone.
func (t *Tx) WithdrawJob(ctx context.Context, key string) (leased bool, err error) {
	done, err := t.oneRow(ctx, "withdrawing a job", `UPDATE job SET state='done' WHERE key=? AND state IN ('ready','waiting','failed')`, key)
	if err != nil || done {
		return false, err
	}
	var n int
	if err := t.tx.QueryRowContext(ctx, `SELECT count(*) FROM job WHERE key=? AND state='leased'`, key).Scan(&n); err != nil {
		return false, fmt.Errorf("withdrawing a job: %w", err)
	}
	return n > 0, nil
}

// Hasten makes a job that waits due at a time, with its whole time limit from then
// on.
func (t *Tx) Hasten(ctx context.Context, key string, due time.Time) error {
	hastened, err := t.oneRow(ctx, "hastening a job", `UPDATE job SET due_at=?1, expires_at=CASE WHEN time_limit > 0 THEN ?1 + time_limit ELSE 0 END
		WHERE key=?2 AND state='waiting' AND due_at > ?1`, ms(due), key)
	if hastened {
		t.noteWork("", queue.Waiting, due)
	}
	return err
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
