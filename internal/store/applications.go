package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// subjectBody is the sealed part of a subject.
type subjectBody struct {
	PINFL        personal.PINFL     `json:"pinfl,omitempty"`
	Document     personal.Document  `json:"document,omitempty"`
	BirthDate    civil.Date         `json:"birth_date"`
	Phone        personal.Phone     `json:"phone"`
	Language     string             `json:"language,omitempty"`
	Part         string             `json:"part,omitempty"`
	Position     int                `json:"position,omitempty"`
	Post         string             `json:"post,omitempty"`
	Territory    string             `json:"territory,omitempty"`
	Constituency string             `json:"constituency,omitempty"`
	Precinct     string             `json:"precinct,omitempty"`
	Body         string             `json:"body,omitempty"`
	Recommended  string             `json:"recommended_by,omitempty"`
	Issued       string             `json:"issued,omitempty"`
	Party        string             `json:"party,omitempty"`
	Foreigner    *dossier.Foreigner `json:"foreigner,omitempty"`
	Statements   map[string]bool    `json:"statements,omitempty"`
	Papers       []dossier.Paper    `json:"papers,omitempty"`
	Receipt      string             `json:"receipt,omitempty"`
}

// AddApplication stores an application with its subjects and attachments and
// gives it its number, unique over the commission; one that corrects another has
// that one's number and a slash with which attempt it is. What takes long is done before
// the number is taken: the commission's next application waits for this one.
func (t *Tx) AddApplication(ctx context.Context, a *dossier.Application) error {
	doc, err := t.s.sealBytes("application", "document", a.ID, a.Document)
	if err != nil {
		return err
	}
	sig, err := t.s.sealBytes("application", "signature", a.ID, a.Signature)
	if err != nil {
		return err
	}
	subjects := make([][]any, len(a.Subjects))
	for i, s := range a.Subjects {
		body, err := t.s.seal("subject", "body", s.ID, bodyOf(s))
		if err != nil {
			return err
		}
		subjects[i] = []any{s.ID, s.Application, i, s.Ref, s.Role, t.s.personOf(s), t.s.phoneIndex(s.Phone), body}
	}
	attachments := make([][]byte, len(a.Attachments))
	for i, f := range a.Attachments {
		if attachments[i], err = t.s.sealBytes("attachment", "content", f.ID, f.Content); err != nil {
			return err
		}
	}
	if a.Previous == "" {
		n, err := t.NextNumber(ctx, "application", a.Commission, "")
		if err != nil {
			return err
		}
		a.Number = fmt.Sprintf("%s-%06d", a.Commission, n)
	} else if a.Number, err = t.correctedNumber(ctx, a.Previous); err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO application(id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at,
		previous, content_hash, decide_by, ballot, code) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, a.ID, a.Number, a.Type, a.Election, a.Commission, a.Applicant, a.Language, a.State, doc, sig,
		a.SubmittedBy, ms(a.SubmittedAt), a.Previous, contentHash(a.Document), dayText(a.DecideBy), a.Ballot, a.Code)
	if err != nil {
		return fmt.Errorf("storing an application: %w", err)
	}
	for part := range slices.Chunk(subjects, rowsAtOnce) {
		_, err := t.tx.ExecContext(ctx, `INSERT INTO subject(id, application_id, position, ref, role, pinfl_index, phone_index, sealed_body) VALUES `+rows(8, len(part)), slices.Concat(part...)...)
		if err != nil {
			return fmt.Errorf("storing subjects: %w", err)
		}
	}
	for i, f := range a.Attachments {
		_, err = t.tx.ExecContext(ctx, `INSERT INTO attachment(id, application_id, name, media_type, sha256, sealed_content) VALUES(?,?,?,?,?,?)`,
			f.ID, a.ID, f.Name, f.MediaType, f.SHA256, attachments[i])
		if err != nil {
			return fmt.Errorf("storing an attachment: %w", err)
		}
	}
	return nil
}

func bodyOf(s dossier.Subject) subjectBody {
	return subjectBody{
		s.PINFL, s.Document, s.BirthDate, s.Phone, s.Language, s.Part, s.Position, s.Post, s.Territory, s.Constituency, s.Precinct, s.Body, s.RecommendedBy,
		s.IssuedDocument, s.Party, s.Foreigner, s.Statements, s.Papers, s.Receipt,
	}
}

// contentHash is how the same signed content is found again.
func contentHash(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

func dayText(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// Identify writes who a subject turned out to be by the personal data.
func (t *Tx) Identify(ctx context.Context, subject string, pinfl personal.PINFL, document personal.Document) error {
	s, err := t.s.subject(ctx, t.tx, subject, t.forUpdate())
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

// StateOf returns an application's state, which stays until the commit.
func (t *Tx) StateOf(ctx context.Context, application string) (dossier.State, error) {
	var s dossier.State
	if err := t.tx.QueryRowContext(ctx, `SELECT state FROM application WHERE id=?`+t.forUpdate(), application).Scan(&s); err != nil {
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

// lock keeps a row of a table for this transaction. What is counted of its parts
// must be counted by a later statement, which sees what others did until now.
func (t *Tx) lock(ctx context.Context, table, id string) error {
	if t.forUpdate() == "" {
		return nil
	}
	if _, err := t.tx.ExecContext(ctx, `SELECT id FROM `+table+` WHERE id=?`+t.forUpdate(), id); err != nil {
		return fmt.Errorf("locking a row of %s: %w", table, err)
	}
	return nil
}

// Application returns an application with its subjects; of attachments all but
// the content.
func (s *Store) Application(ctx context.Context, id string) (dossier.Application, error) {
	var a dossier.Application
	var doc, sig, verdict []byte
	var when, due, reviewed int64
	var by string
	err := s.read.QueryRowContext(ctx, `SELECT id, number, type, election, commission, applicant, language, state, reason, version,
		sealed_document, sealed_signature, sealed_verdict, submitted_by, submitted_at, previous, return_due, decide_by, ballot, code, reviewed_at
		FROM application WHERE id=?`, id).Scan(
		&a.ID, &a.Number, &a.Type, &a.Election, &a.Commission, &a.Applicant, &a.Language, &a.State, &a.Reason, &a.Version,
		&doc, &sig, &verdict, &a.SubmittedBy, &when, &a.Previous, &due, &by, &a.Ballot, &a.Code, &reviewed)
	if err != nil {
		return a, notFound(err, "application")
	}
	a.SubmittedAt, a.ReturnDue, a.ReviewedAt = at(when), at(due), at(reviewed)
	if by != "" {
		if a.DecideBy, err = civil.Parse(by); err != nil {
			return a, err
		}
	}
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
	if a.Subjects, err = s.subjects(ctx, s.read, id, 0, math.MaxInt32); err != nil {
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
	d.Language, d.Part, d.Position, d.Post, d.Territory, d.Constituency = b.Language, b.Part, b.Position, b.Post, b.Territory, b.Constituency
	d.Precinct, d.Body, d.RecommendedBy, d.IssuedDocument, d.Party, d.Foreigner = b.Precinct, b.Body, b.Recommended, b.Issued, b.Party, b.Foreigner
	d.Statements, d.Papers, d.Receipt = b.Statements, b.Papers, b.Receipt
	return d, nil
}

func (s *Store) subject(ctx context.Context, q querier, id, lock string) (dossier.Subject, error) {
	d, err := s.scanSubject(q.QueryRowContext(ctx, `SELECT `+subjectColumns+` FROM subject WHERE id=?`+lock, id))
	if err != nil {
		return d, notFound(err, "subject")
	}
	return d, nil
}

func (s *Store) subjects(ctx context.Context, q querier, application string, from, n int) ([]dossier.Subject, error) {
	return collect(ctx, q, `SELECT `+subjectColumns+` FROM subject WHERE application_id=? ORDER BY position LIMIT ? OFFSET ?`,
		func(r *sql.Rows) (dossier.Subject, error) { return s.scanSubject(r) }, application, n, from)
}
