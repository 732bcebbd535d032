package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// noticeBody is the sealed part of a notice.
type noticeBody struct {
	Phone personal.Phone `json:"phone"`
	Text  string         `json:"text"`
}

// AddNotice stores a notice; one of the same key is never made twice.
func (t *Tx) AddNotice(ctx context.Context, n dossier.Notice) (bool, error) {
	body, err := t.s.seal("notice", "body", n.ID, noticeBody{n.Phone, n.Text})
	if err != nil {
		return false, err
	}
	res, err := t.tx.ExecContext(ctx, `INSERT INTO notice(id, key, application_id, subject_id, notice, recipient, language, parts, sealed_body, message_id, state, at)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO NOTHING`, n.ID, n.Key, n.Application, n.Subject, n.Notice, n.Recipient, n.Language, n.Parts, body, n.MessageID, n.State, ms(n.At))
	if err != nil {
		return false, fmt.Errorf("storing a notice: %w", err)
	}
	made, err := res.RowsAffected()
	return made == 1, err
}

// SetNotice moves a notice on.
func (t *Tx) SetNotice(ctx context.Context, id string, state dossier.NoticeState, provider string, when time.Time) error {
	sent := int64(0)
	if state == dossier.NoticeSent {
		sent = ms(when)
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE notice SET state=?, provider=?, sent_at=? WHERE id=?`, state, provider, sent, id); err != nil {
		return fmt.Errorf("moving a notice: %w", err)
	}
	return nil
}

// FailNotice marks a notice as failed that is surely not sent: one in state
// sending stays as it is.
func (t *Tx) FailNotice(ctx context.Context, id string) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE notice SET state='failed' WHERE id=? AND state='queued'`, id); err != nil {
		return fmt.Errorf("failing a notice: %w", err)
	}
	return nil
}

// Notice returns one notice.
func (s *Store) Notice(ctx context.Context, id string) (dossier.Notice, error) {
	list, err := s.notices(ctx, `id=?`, id)
	if err != nil {
		return dossier.Notice{}, err
	}
	if len(list) == 0 {
		return dossier.Notice{}, dossier.Refusef(dossier.NotFound, "no such notice")
	}
	return list[0], nil
}

// Notices returns an application's notices, oldest first.
func (s *Store) Notices(ctx context.Context, application string) ([]dossier.Notice, error) {
	return s.notices(ctx, `application_id=?`, application)
}

func (s *Store) notices(ctx context.Context, where string, arg any) ([]dossier.Notice, error) {
	return collect(ctx, s.read, `SELECT id, key, application_id, subject_id, notice, recipient, language, parts, sealed_body, provider, message_id, state, at, sent_at
		FROM notice WHERE `+where+` ORDER BY id`, func(r *sql.Rows) (dossier.Notice, error) {
		var n dossier.Notice
		var body []byte
		var made, sent int64
		err := r.Scan(&n.ID, &n.Key, &n.Application, &n.Subject, &n.Notice, &n.Recipient, &n.Language, &n.Parts, &body, &n.Provider, &n.MessageID, &n.State, &made, &sent)
		if err != nil {
			return n, err
		}
		n.At, n.SentAt = at(made), at(sent)
		var b noticeBody
		err = s.unseal("notice", "body", n.ID, body, &b)
		n.Phone, n.Text = b.Phone, b.Text
		return n, err
	}, arg)
}
