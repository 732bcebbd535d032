package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

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
	res, err := t.tx.ExecContext(ctx, `INSERT INTO notice(id, key, application_id, subject_id, notice, recipient, language, parts, priority, secret, sealed_body, message_id, state, at, expires_at, mailing)
		VALUES(?,?,nullif(?,''),?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO NOTHING`, n.ID, n.Key, n.Application, n.Subject, n.Notice, n.Recipient, n.Language, n.Parts,
		n.Priority, n.Secret, body, n.MessageID, n.State, ms(n.At), ms(n.ExpiresAt), n.Mailing)
	if err != nil {
		return false, fmt.Errorf("storing a notice: %w", err)
	}
	made, err := res.RowsAffected()
	return made == 1, err
}

// SaveNotice writes how far a notice has come. One without a text gets its
// sealed text wiped; any other text, and the phone, stay as they were made.
func (t *Tx) SaveNotice(ctx context.Context, n dossier.Notice) error {
	_, err := t.tx.ExecContext(ctx, `UPDATE notice SET state=?, provider=?, ref=?, refused=?, round=?, called_at=?, sent_at=?, delivery=?, word=?, delivered_at=? WHERE id=?`,
		n.State, n.Provider, n.Ref, strings.Join(n.Refused, " "), n.Round, ms(n.CalledAt), ms(n.SentAt), n.Delivery, n.Word, ms(n.DeliveredAt), n.ID)
	if err != nil {
		return fmt.Errorf("moving a notice: %w", err)
	}
	if n.Text != "" {
		return nil
	}
	body, err := t.s.seal("notice", "body", n.ID, noticeBody{Phone: n.Phone})
	if err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE notice SET sealed_body=? WHERE id=?`, body, n.ID); err != nil {
		return fmt.Errorf("wiping a notice: %w", err)
	}
	return nil
}

// Notice returns one notice as the transaction sees it, and keeps it for it.
func (t *Tx) Notice(ctx context.Context, id string) (dossier.Notice, error) {
	return one(t.s.notices(ctx, t.tx, `id=?`, t.forUpdate(), id))
}

// NoticeOf finds the notice that a provider speaks of: by our message id, else
// by its own.
func (t *Tx) NoticeOf(ctx context.Context, provider, messageID, ref string) (dossier.Notice, bool, error) {
	n, err := one(t.s.notices(ctx, t.tx, `message_id=? AND provider=?`, t.forUpdate(), messageID, provider))
	if isNotFound(err) && ref != "" {
		n, err = one(t.s.notices(ctx, t.tx, `provider=? AND ref=? AND ref <> ''`, t.forUpdate(), provider, ref))
	}
	if isNotFound(err) {
		return n, false, nil
	}
	return n, err == nil, err
}

func isNotFound(err error) bool {
	r, ok := errors.AsType[*dossier.Refusal](err)
	return ok && r.Code == dossier.NotFound
}

func one(list []dossier.Notice, err error) (dossier.Notice, error) {
	if err != nil {
		return dossier.Notice{}, err
	}
	if len(list) == 0 {
		return dossier.Notice{}, dossier.Refusef(dossier.NotFound, "no such notice")
	}
	return list[0], nil
}

// Notice returns one notice.
func (s *Store) Notice(ctx context.Context, id string) (dossier.Notice, error) {
	return one(s.notices(ctx, s.read, `id=?`, "", id))
}

// Notices returns an application's notices, oldest first.
func (s *Store) Notices(ctx context.Context, application string) ([]dossier.Notice, error) {
	return s.notices(ctx, s.read, `application_id=?`, "", application)
}

func (s *Store) notices(ctx context.Context, q querier, where, lock string, args ...any) ([]dossier.Notice, error) {
	return collect(ctx, q, `SELECT id, key, coalesce(application_id, ''), subject_id, notice, recipient, language, parts, priority, secret, sealed_body,
		provider, message_id, ref, refused, round, state, at, expires_at, called_at, sent_at, delivery, word, delivered_at, mailing
		FROM notice WHERE `+where+` ORDER BY id`+lock, func(r *sql.Rows) (dossier.Notice, error) {
		var n dossier.Notice
		var body []byte
		var refused string
		var made, expires, called, sent, delivered int64
		err := r.Scan(&n.ID, &n.Key, &n.Application, &n.Subject, &n.Notice, &n.Recipient, &n.Language, &n.Parts, &n.Priority, &n.Secret, &body,
			&n.Provider, &n.MessageID, &n.Ref, &refused, &n.Round, &n.State, &made, &expires, &called, &sent, &n.Delivery, &n.Word, &delivered, &n.Mailing)
		if err != nil {
			return n, err
		}
		n.At, n.ExpiresAt, n.CalledAt, n.SentAt, n.DeliveredAt = at(made), at(expires), at(called), at(sent), at(delivered)
		n.Refused = strings.Fields(refused)
		var b noticeBody
		err = s.unseal("notice", "body", n.ID, body, &b)
		n.Phone, n.Text = b.Phone, b.Text
		return n, err
	}, args...)
}
