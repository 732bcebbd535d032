package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
)

// mailingBody is what of a mailing nothing is searched by.
type mailingBody struct {
	Audience notice.Audience   `json:"audience"`
	Params   map[string]string `json:"params,omitempty"`
}

// AddMailing stores a mailing; one of the same key is never made twice.
func (t *Tx) AddMailing(ctx context.Context, m notice.Mailing) (bool, error) {
	body, err := marshal(mailingBody{m.Audience, m.Params})
	if err != nil {
		return false, err
	}
	res, err := t.tx.ExecContext(ctx, `INSERT INTO mailing(id, key, election, notice, body, per_second, state, actor, at, total)
		VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO NOTHING`, m.ID, m.Key, m.Election, m.Notice, body, m.PerSecond, m.State, m.Actor, ms(m.At), m.Total)
	if err != nil {
		return false, fmt.Errorf("storing a mailing: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SaveMailing writes how far a mailing has come.
func (t *Tx) SaveMailing(ctx context.Context, m notice.Mailing) error {
	_, err := t.tx.ExecContext(ctx, `UPDATE mailing SET state=?, cursor=?, made=?, ended_at=? WHERE id=?`, m.State, m.Cursor, m.Made, ms(m.EndedAt), m.ID)
	if err != nil {
		return fmt.Errorf("moving a mailing: %w", err)
	}
	return nil
}

// ExpireQueued ends the notices of a mailing that were not sent yet.
func (t *Tx) ExpireQueued(ctx context.Context, mailing string) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE notice SET state='expired' WHERE mailing=? AND mailing<>'' AND state IN ('queued','failed')`, mailing); err != nil {
		return fmt.Errorf("ending notices: %w", err)
	}
	return nil
}

const mailingColumns = `id, key, election, notice, body, per_second, state, actor, at, cursor, total, made, ended_at`

func scanMailing(r scanner) (notice.Mailing, error) {
	var m notice.Mailing
	var body string
	var began, ended int64
	err := r.Scan(&m.ID, &m.Key, &m.Election, &m.Notice, &body, &m.PerSecond, &m.State, &m.Actor, &began, &m.Cursor, &m.Total, &m.Made, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return m, dossier.Refusef(dossier.NotFound, "no such mailing")
	}
	if err != nil {
		return m, fmt.Errorf("reading a mailing: %w", err)
	}
	m.At, m.EndedAt = at(began), at(ended)
	var b mailingBody
	err = unmarshal(body, &b)
	m.Audience, m.Params = b.Audience, b.Params
	return m, err
}

// MailingNow returns a mailing as the transaction sees it, and keeps it for it.
func (t *Tx) MailingNow(ctx context.Context, id string) (notice.Mailing, error) {
	return scanMailing(t.tx.QueryRowContext(ctx, `SELECT `+mailingColumns+` FROM mailing WHERE id=?`+t.forUpdate(), id))
}

// Mailing returns a mailing.
func (s *Store) Mailing(ctx context.Context, id string) (notice.Mailing, error) {
	return scanMailing(s.read.QueryRowContext(ctx, `SELECT `+mailingColumns+` FROM mailing WHERE id=?`, id))
}

// MailingState returns how far a mailing has come.
func (s *Store) MailingState(ctx context.Context, id string) (notice.MailingState, error) {
	m, err := s.Mailing(ctx, id)
	return m.State, err
}

// Mailings lists mailings, newest first, before an id (empty: from the newest).
func (s *Store) Mailings(ctx context.Context, before string, limit int) ([]notice.Mailing, error) {
	if before == "" {
		before = "~" // behind every id
	}
	return collect(ctx, s.read, `SELECT `+mailingColumns+` FROM mailing WHERE id < ? ORDER BY id DESC LIMIT ?`,
		func(r *sql.Rows) (notice.Mailing, error) { return scanMailing(r) }, before, limit)
}

// MailingProgress counts a mailing's notices by what became of them.
func (s *Store) MailingProgress(ctx context.Context, id string) (notice.Progress, error) {
	type group struct {
		state    dossier.NoticeState
		delivery dossier.Delivery
		n        int
	}
	groups, err := collect(ctx, s.read, `SELECT state, delivery, count(*) FROM notice WHERE mailing=? AND mailing<>'' GROUP BY state, delivery`, func(r *sql.Rows) (group, error) {
		var g group
		return g, r.Scan(&g.state, &g.delivery, &g.n)
	}, id)
	var p notice.Progress
	for _, g := range groups {
		switch g.state {
		case dossier.NoticeQueued, dossier.NoticeSending:
			p.Waiting += g.n
		case dossier.NoticeFailed:
			p.Failed += g.n
		case dossier.NoticeExpired:
			p.Expired += g.n
		case dossier.NoticeSent:
			p.Sent += g.n
		}
		switch g.delivery {
		case dossier.Delivered:
			p.Delivered += g.n
		case dossier.Undelivered:
			p.Undelivered += g.n
		case dossier.Absent, dossier.InFlight, dossier.Unknown:
		}
	}
	return p, err
}

// VotesAfter returns the elections whose day is not before one, by day.
func (s *Store) VotesAfter(ctx context.Context, day time.Time) ([]dossier.Election, error) {
	return collect(ctx, s.read, `SELECT body FROM election WHERE day >= ? ORDER BY day, id`, func(r *sql.Rows) (dossier.Election, error) {
		var e dossier.Election
		var body string
		if err := r.Scan(&body); err != nil {
			return e, err
		}
		return e, unmarshal(body, &e)
	}, day.Format(time.DateOnly))
}
