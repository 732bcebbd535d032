package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// subjectBody is the sealed part of a subject.
type subjectBody struct {
	PINFL        personal.PINFL    `json:"pinfl,omitempty"`
	Document     personal.Document `json:"document,omitempty"`
	BirthDate    civil.Date        `json:"birth_date"`
	Phone        personal.Phone    `json:"phone"`
	Territory    string            `json:"territory,omitempty"`
	Constituency string            `json:"constituency,omitempty"`
	Statements   map[string]bool   `json:"statements,omitempty"`
	Papers       []dossier.Paper   `json:"papers,omitempty"`
}

// AddApplication stores an application with its subjects and attachments and
// gives it its number, unique over the commission.
func (t *Tx) AddApplication(ctx context.Context, a *dossier.Application) error {
	n, err := t.NextNumber(ctx, "application", a.Commission, "")
	if err != nil {
		return err
	}
	a.Number = fmt.Sprintf("%s-%06d", a.Commission, n)
	doc, err := t.s.sealBytes("application", "document", a.ID, a.Document)
	if err != nil {
		return err
	}
	sig, err := t.s.sealBytes("application", "signature", a.ID, a.Signature)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO application(id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?)`, a.ID, a.Number, a.Type, a.Election, a.Commission, a.Applicant, a.Language, a.State, doc, sig, a.SubmittedBy, ms(a.SubmittedAt))
	if err != nil {
		return fmt.Errorf("storing an application: %w", err)
	}
	for i, s := range a.Subjects {
		if err := t.addSubject(ctx, i, s); err != nil {
			return err
		}
	}
	for _, f := range a.Attachments {
		content, err := t.s.sealBytes("attachment", "content", f.ID, f.Content)
		if err != nil {
			return err
		}
		_, err = t.tx.ExecContext(ctx, `INSERT INTO attachment(id, application_id, name, media_type, sha256, sealed_content) VALUES(?,?,?,?,?,?)`,
			f.ID, a.ID, f.Name, f.MediaType, f.SHA256, content)
		if err != nil {
			return fmt.Errorf("storing an attachment: %w", err)
		}
	}
	return nil
}

func (t *Tx) addSubject(ctx context.Context, n int, s dossier.Subject) error {
	body, err := t.s.seal("subject", "body", s.ID, bodyOf(s))
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO subject(id, application_id, position, ref, role, pinfl_index, phone_index, sealed_body) VALUES(?,?,?,?,?,?,?,?)`,
		s.ID, s.Application, n, s.Ref, s.Role, t.s.personIndex(s.PINFL, ""), t.s.phoneIndex(s.Phone), body)
	if err != nil {
		return fmt.Errorf("storing a subject: %w", err)
	}
	return nil
}

func bodyOf(s dossier.Subject) subjectBody {
	return subjectBody{s.PINFL, s.Document, s.BirthDate, s.Phone, s.Territory, s.Constituency, s.Statements, s.Papers}
}

// Identify writes who a subject turned out to be by the personal data.
func (t *Tx) Identify(ctx context.Context, subject string, pinfl personal.PINFL, document personal.Document) error {
	s, err := t.s.subject(ctx, t.tx, subject)
	if err != nil {
		return err
	}
	s.PINFL = pinfl
	if s.Document == "" {
		s.Document = document
	}
	body, err := t.s.seal("subject", "body", s.ID, bodyOf(s))
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `UPDATE subject SET pinfl_index=?, sealed_body=? WHERE id=?`, t.s.personIndex(pinfl, ""), body, subject)
	if err != nil {
		return fmt.Errorf("identifying a subject: %w", err)
	}
	return nil
}

// Move takes an application from one state to another; both must be as said,
// and the table of states must allow it.
func (t *Tx) Move(ctx context.Context, application string, from, to dossier.State, reason string) error {
	if err := from.CanBecome(to); err != nil {
		return err
	}
	res, err := t.tx.ExecContext(ctx, `UPDATE application SET state=?, reason=?, version=version+1 WHERE id=? AND state=?`, to, reason, application, from)
	if err != nil {
		return fmt.Errorf("moving an application: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return dossier.Refusef(dossier.WrongState, "the application is no longer %s", from)
	}
	return nil
}

// StateOf returns an application's state.
func (t *Tx) StateOf(ctx context.Context, application string) (dossier.State, error) {
	var s dossier.State
	if err := t.tx.QueryRowContext(ctx, `SELECT state FROM application WHERE id=?`, application).Scan(&s); err != nil {
		return "", notFound(err, "application")
	}
	return s, nil
}

// SetVerdict stores who signed an application.
func (t *Tx) SetVerdict(ctx context.Context, application string, signer signature.Signer) error {
	b, err := t.s.seal("application", "verdict", application, signer)
	if err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE application SET sealed_verdict=? WHERE id=?`, b, application); err != nil {
		return fmt.Errorf("storing a verdict: %w", err)
	}
	return nil
}

// AddEntry appends a line to an application's timeline.
func (t *Tx) AddEntry(ctx context.Context, application string, e dossier.Entry) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO timeline(application_id, at, actor, act, detail) VALUES(?,?,?,?,?)`,
		application, ms(e.At), e.Actor, e.Act, e.Detail)
	if err != nil {
		return fmt.Errorf("writing the timeline: %w", err)
	}
	return nil
}

// Timeline returns an application's timeline, oldest first.
func (s *Store) Timeline(ctx context.Context, application string) ([]dossier.Entry, error) {
	return collect(ctx, s.read, `SELECT at, actor, act, detail FROM timeline WHERE application_id=? ORDER BY id`, func(r *sql.Rows) (dossier.Entry, error) {
		var e dossier.Entry
		var when int64
		err := r.Scan(&when, &e.Actor, &e.Act, &e.Detail)
		e.At = at(when)
		return e, err
	}, application)
}

// collect reads rows into a slice.
func collect[T any](ctx context.Context, q querier, query string, scan func(*sql.Rows) (T, error), args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("querying: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("reading rows: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Application returns an application with its subjects; of attachments all but
// the content.
func (s *Store) Application(ctx context.Context, id string) (dossier.Application, error) {
	var a dossier.Application
	var doc, sig, verdict []byte
	var when int64
	err := s.read.QueryRowContext(ctx, `SELECT id, number, type, election, commission, applicant, language, state, reason, version,
		sealed_document, sealed_signature, sealed_verdict, submitted_by, submitted_at FROM application WHERE id=?`, id).Scan(
		&a.ID, &a.Number, &a.Type, &a.Election, &a.Commission, &a.Applicant, &a.Language, &a.State, &a.Reason, &a.Version,
		&doc, &sig, &verdict, &a.SubmittedBy, &when)
	if err != nil {
		return a, notFound(err, "application")
	}
	a.SubmittedAt = at(when)
	if a.Document, err = s.unsealBytes("application", "document", id, doc); err != nil {
		return a, err
	}
	if a.Signature, err = s.unsealBytes("application", "signature", id, sig); err != nil {
		return a, err
	}
	if verdict != nil {
		a.Signer = new(signature.Signer)
		if err := s.unseal("application", "verdict", id, verdict, a.Signer); err != nil {
			return a, err
		}
	}
	if a.Subjects, err = s.subjects(ctx, s.read, id, 0, -1); err != nil {
		return a, err
	}
	a.Attachments, err = collect(ctx, s.read, `SELECT id, name, media_type, sha256 FROM attachment WHERE application_id=? ORDER BY id`, func(r *sql.Rows) (dossier.Attachment, error) {
		var f dossier.Attachment
		return f, r.Scan(&f.ID, &f.Name, &f.MediaType, &f.SHA256)
	}, id)
	return a, err
}

// Attachment returns one attachment with its content.
func (s *Store) Attachment(ctx context.Context, application, name string) (dossier.Attachment, error) {
	var f dossier.Attachment
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT id, name, media_type, sha256, sealed_content FROM attachment WHERE application_id=? AND name=?`, application, name).
		Scan(&f.ID, &f.Name, &f.MediaType, &f.SHA256, &sealed)
	if err != nil {
		return f, notFound(err, "attachment")
	}
	f.Content, err = s.unsealBytes("attachment", "content", f.ID, sealed)
	return f, err
}

// Applications lists a commission's applications (all for an empty one), newest
// first, after a cursor id.
func (s *Store) Applications(ctx context.Context, commission, before string, limit int) ([]dossier.Application, error) {
	return collect(ctx, s.read, `SELECT id, number, type, election, commission, applicant, state, reason, version, submitted_at FROM application
		WHERE (?1='' OR commission=?1) AND (?2='' OR id < ?2) ORDER BY id DESC LIMIT ?3`, func(r *sql.Rows) (dossier.Application, error) {
		var a dossier.Application
		var when int64
		err := r.Scan(&a.ID, &a.Number, &a.Type, &a.Election, &a.Commission, &a.Applicant, &a.State, &a.Reason, &a.Version, &when)
		a.SubmittedAt = at(when)
		return a, err
	}, commission, before, limit)
}

const subjectColumns = `id, application_id, ref, role, sealed_body, findings_version`

func (s *Store) scanSubject(r scanner) (dossier.Subject, error) {
	var d dossier.Subject
	var body []byte
	if err := r.Scan(&d.ID, &d.Application, &d.Ref, &d.Role, &body, &d.FindingsVersion); err != nil {
		return d, err
	}
	var b subjectBody
	if err := s.unseal("subject", "body", d.ID, body, &b); err != nil {
		return d, err
	}
	d.PINFL, d.Document, d.BirthDate, d.Phone = b.PINFL, b.Document, b.BirthDate, b.Phone
	d.Territory, d.Constituency, d.Statements, d.Papers = b.Territory, b.Constituency, b.Statements, b.Papers
	return d, nil
}

func (s *Store) subject(ctx context.Context, q querier, id string) (dossier.Subject, error) {
	d, err := s.scanSubject(q.QueryRowContext(ctx, `SELECT `+subjectColumns+` FROM subject WHERE id=?`, id))
	if err != nil {
		return d, notFound(err, "subject")
	}
	return d, nil
}

func (s *Store) subjects(ctx context.Context, q querier, application string, from, n int) ([]dossier.Subject, error) {
	return collect(ctx, q, `SELECT `+subjectColumns+` FROM subject WHERE application_id=? ORDER BY position LIMIT ? OFFSET ?`,
		func(r *sql.Rows) (dossier.Subject, error) { return s.scanSubject(r) }, application, n, from)
}
