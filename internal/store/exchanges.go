package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Exchange is the record of one call to an outside system.
type Exchange struct {
	ID          string // a UUID of version 7: in the order of time
	At          time.Time
	System      string
	Operation   string
	Number      string // transaction id
	Outcome     string // answer, or the kind of fault
	Code        string
	Status      int // HTTP status; 0: no answer came
	Took        time.Duration
	Tries       int
	Interactive bool
	Asked       []byte // sealed in the store; nil: private, wiped or none
	Answered    []byte
}

// rowsAtOnce bounds the rows of a statement, and with it how many statements of
// different lengths the writer keeps.
const rowsAtOnce = 32

// rows are the placeholders of n rows of so many columns.
func rows(columns, n int) string {
	row := "(?" + strings.Repeat(",?", columns-1) + ")"
	return row + strings.Repeat(","+row, n-1)
}

// AddExchanges records calls. They are sealed before the writer's turn comes,
// and written many in a statement: others wait for it.
func (s *Store) AddExchanges(ctx context.Context, list []Exchange) error {
	var statements [][]any
	for part := range slices.Chunk(list, rowsAtOnce) {
		args := make([]any, 0, 13*len(part))
		for _, e := range part {
			var sealed [2]any // nil: NULL
			for i, body := range [2][]byte{e.Asked, e.Answered} {
				if len(body) == 0 {
					continue
				}
				b, err := s.sealBytes("exchange", [2]string{"asked", "answered"}[i], e.ID, squeeze(body))
				if err != nil {
					return err
				}
				sealed[i] = b
			}
			args = append(args, e.ID, ms(e.At), e.System, e.Operation, e.Number, e.Outcome, e.Code, e.Status, e.Took.Microseconds(), e.Tries, e.Interactive,
				sealed[0], sealed[1])
		}
		statements = append(statements, args)
	}
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		for _, args := range statements {
			_, err := tx.tx.ExecContext(ctx, `INSERT INTO exchange(id, at, system, operation, number, outcome, code, status, took, tries, interactive, sealed_asked, sealed_answered)
				VALUES `+rows(13, len(args)/13), args...)
			if err != nil {
				return fmt.Errorf("recording exchanges: %w", err)
			}
		}
		return nil
	})
}

// ExchangeFilter says which exchanges are meant; empty fields match all.
type ExchangeFilter struct{ System, Operation, Number, Outcome string }

const exchangeColumns = `id, at, system, operation, number, outcome, code, status, took, tries, interactive`

// Exchanges lists records without bodies, newest first, before a cursor id.
func (s *Store) Exchanges(ctx context.Context, f ExchangeFilter, before string, limit int) ([]Exchange, error) {
	return collect(ctx, s.read, `SELECT `+exchangeColumns+` FROM exchange
		WHERE (?1='' OR system=?1) AND (?2='' OR operation=?2) AND (?3='' OR number=?3) AND (?4='' OR outcome=?4) AND (?5='' OR id < ?5)
		ORDER BY id DESC LIMIT ?6`, func(r *sql.Rows) (Exchange, error) { return scanExchange(r) },
		f.System, f.Operation, f.Number, f.Outcome, before, limit)
}

func scanExchange(r interface{ Scan(...any) error }, more ...any) (Exchange, error) {
	var e Exchange
	var when, took int64
	err := r.Scan(append([]any{&e.ID, &when, &e.System, &e.Operation, &e.Number, &e.Outcome, &e.Code, &e.Status, &took, &e.Tries, &e.Interactive}, more...)...)
	e.At, e.Took = at(when), time.Duration(took)*time.Microsecond
	return e, err
}

// Exchange returns one record with its bodies, as far as they still stand.
func (s *Store) Exchange(ctx context.Context, id string) (Exchange, error) {
	var asked, answered []byte
	e, err := scanExchange(s.read.QueryRowContext(ctx, `SELECT `+exchangeColumns+`, sealed_asked, sealed_answered FROM exchange WHERE id=?`, id), &asked, &answered)
	if err != nil {
		return e, notFound(err, "exchange")
	}
	if e.Asked, err = s.body(id, "asked", asked); err != nil {
		return e, err
	}
	e.Answered, err = s.body(id, "answered", answered)
	return e, err
}

// body opens one of a record; nil when there is none (any more).
func (s *Store) body(id, column string, sealed []byte) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	b, err := s.unsealBytes("exchange", column, id, sealed)
	if err != nil {
		return nil, err
	}
	return unsqueeze(b)
}

// forgetAtOnce bounds a transaction of the clearing.
const forgetAtOnce = 500

// ForgetExchanges wipes bodies recorded before the one time and lines before the
// other, a part at a time; more says that some are left.
func (s *Store) ForgetExchanges(ctx context.Context, bodies, lines time.Time) (more bool, err error) {
	err = s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		more = false
		for _, step := range []struct {
			query string
			until time.Time
		}{
			{`UPDATE exchange SET sealed_asked=NULL, sealed_answered=NULL WHERE id IN
				(SELECT id FROM exchange WHERE at < ? AND (sealed_asked IS NOT NULL OR sealed_answered IS NOT NULL) LIMIT ?)`, bodies},
			{`DELETE FROM exchange WHERE id IN (SELECT id FROM exchange WHERE at < ? LIMIT ?)`, lines},
		} {
			res, err := tx.tx.ExecContext(ctx, step.query, ms(step.until), forgetAtOnce)
			if err != nil {
				return fmt.Errorf("clearing exchanges: %w", err)
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			more = more || n == forgetAtOnce
		}
		return nil
	})
	return more, err
}

// Hold is an operation that an operator keeps back.
type Hold struct {
	System, Operation string
	Actor, Reason     string
	At                time.Time
}

// AddHold keeps an operation back; a later word replaces an earlier one.
func (t *Tx) AddHold(ctx context.Context, h Hold) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO hold(system, operation, actor, reason, at) VALUES(?,?,?,?,?)
		ON CONFLICT(system, operation) DO UPDATE SET actor=excluded.actor, reason=excluded.reason, at=excluded.at`, h.System, h.Operation, h.Actor, h.Reason, ms(h.At))
	if err != nil {
		return fmt.Errorf("holding an operation: %w", err)
	}
	return nil
}

// DropHold lets an operation go.
func (t *Tx) DropHold(ctx context.Context, system, operation string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM hold WHERE system=? AND operation=?`, system, operation); err != nil {
		return fmt.Errorf("letting an operation go: %w", err)
	}
	return nil
}

// Holds lists what is kept back.
func (s *Store) Holds(ctx context.Context) ([]Hold, error) {
	return collect(ctx, s.read, `SELECT system, operation, actor, reason, at FROM hold ORDER BY system, operation`, func(r *sql.Rows) (Hold, error) {
		var h Hold
		var when int64
		err := r.Scan(&h.System, &h.Operation, &h.Actor, &h.Reason, &when)
		h.At = at(when)
		return h, err
	})
}
