package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// AddChecks stores a subject's checks and until when they should be answered.
func (t *Tx) AddChecks(ctx context.Context, list []dossier.Check, due time.Time) error {
	for part := range slices.Chunk(list, rowsAtOnce) {
		var args []any
		for _, c := range part {
			args = append(args, c.ID, c.Subject, c.Register, c.State)
		}
		if _, err := t.tx.ExecContext(ctx, `INSERT INTO check_(id, subject_id, register, state) VALUES `+rows(4, len(part)), args...); err != nil {
			return fmt.Errorf("storing checks: %w", err)
		}
	}
	done := map[string]bool{}
	for _, c := range list {
		if done[c.Subject] {
			continue
		}
		done[c.Subject] = true
		if err := t.SetChecksDue(ctx, c.Subject, due); err != nil {
			return err
		}
	}
	return nil
}

// SetCheck moves a check on.
func (t *Tx) SetCheck(ctx context.Context, check string, state dossier.CheckState, token string) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE check_ SET state=?, token=? WHERE id=?`, state, token, check); err != nil {
		return fmt.Errorf("moving a check: %w", err)
	}
	return nil
}

// FailCheck ends a check as failed; its token stays for a replay.
func (t *Tx) FailCheck(ctx context.Context, check string) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE check_ SET state=? WHERE id=?`, dossier.FailedC, check); err != nil {
		return fmt.Errorf("ending a check: %w", err)
	}
	return nil
}

// OpenAgain opens, in their next round, those of a subject's checks of some
// registers that have ended, and returns them.
func (t *Tx) OpenAgain(ctx context.Context, subject string, registers []register.ID, state dossier.CheckState) ([]dossier.Check, error) {
	var out []dossier.Check
	for _, id := range registers {
		list, err := collect(ctx, t.tx, `UPDATE check_ SET state=?, token='', round=round+1 WHERE subject_id=? AND register=? AND state IN ('answered','failed','skipped')
			RETURNING id, subject_id, register, state, token, round`, scanCheck, state, subject, id)
		if err != nil {
			return nil, fmt.Errorf("opening a check again: %w", err)
		}
		out = append(out, list...)
	}
	return out, nil
}

// SetChecksDue says until when a subject's checks should be answered.
func (t *Tx) SetChecksDue(ctx context.Context, subject string, due time.Time) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE subject SET checks_due=? WHERE id=?`, ms(due), subject); err != nil {
		return fmt.Errorf("storing checks: %w", err)
	}
	return nil
}

// CheckNow returns a check and keeps it for this transaction.
func (t *Tx) CheckNow(ctx context.Context, check string) (dossier.Check, error) {
	list, err := checksWhere(ctx, t.tx, `id=?`, t.forUpdate(), check)
	if err == nil && len(list) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return dossier.Check{}, notFound(err, "check")
	}
	return list[0], nil
}

// ChecksIn returns a subject's checks in a state and keeps them for this
// transaction.
func (t *Tx) ChecksIn(ctx context.Context, subject string, state dossier.CheckState) ([]dossier.Check, error) {
	return checksWhere(ctx, t.tx, `subject_id=? AND state=?`, t.forUpdate(), subject, state)
}

func checksWhere(ctx context.Context, q querier, where, lock string, args ...any) ([]dossier.Check, error) {
	return collect(ctx, q, `SELECT id, subject_id, register, state, token, round FROM check_ WHERE `+where+` ORDER BY id`+lock, scanCheck, args...)
}

func scanCheck(r *sql.Rows) (dossier.Check, error) {
	var c dossier.Check
	return c, r.Scan(&c.ID, &c.Subject, &c.Register, &c.State, &c.Token, &c.Round)
}

// ChecksOf returns all checks of a subject.
func (s *Store) ChecksOf(ctx context.Context, subject string) ([]dossier.Check, error) {
	return checksWhere(ctx, s.read, `subject_id=?`, "", subject)
}

// AddFinding stores a finding; none is ever altered.
func (t *Tx) AddFinding(ctx context.Context, f dossier.Finding) error {
	body, err := t.s.seal("finding", "body", f.ID, findingBody{f.Facts, f.Columns})
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO finding(id, check_id, subject_id, register, status, transaction_id, sealed_body, source, at, round)
		VALUES(?,?,?,?,?,?,?,?,?,(SELECT round FROM check_ WHERE id=?))`,
		f.ID, f.Check, f.Subject, f.Register, f.Status, f.Transaction, body, f.Source, ms(f.At), f.Check)
	if err != nil {
		return fmt.Errorf("storing a finding: %w", err)
	}
	return nil
}

// RaiseFindings says that a proof arrived or a check ended: the subject's
// version goes up by one. The subject is this transaction's from then on, so that
// of two last checks that end at once the second sees the first.
func (t *Tx) RaiseFindings(ctx context.Context, subject string) (checks.Gathered, error) {
	return t.gathered(ctx, subject, `UPDATE subject SET findings_version=findings_version+1 WHERE id=? RETURNING application_id, findings_version, checks_due`)
}

// Gathered says where a subject's findings stand; the subject is this
// transaction's from then on.
func (t *Tx) Gathered(ctx context.Context, subject string) (checks.Gathered, error) {
	return t.gathered(ctx, subject, `SELECT application_id, findings_version, checks_due FROM subject WHERE id=?`+t.forUpdate())
}

func (t *Tx) gathered(ctx context.Context, subject, query string) (checks.Gathered, error) {
	var g checks.Gathered
	var due int64
	if err := t.tx.QueryRowContext(ctx, query, subject).Scan(&g.Application, &g.Version, &due); err != nil {
		return g, notFound(err, "subject")
	}
	// Counted by a statement of its own: it sees what was committed while the one
	// before waited for the subject.
	err := t.tx.QueryRowContext(ctx, `SELECT count(*) FROM check_ WHERE subject_id=? AND state IN ('held','open')`, subject).Scan(&g.Open)
	if err != nil {
		return g, fmt.Errorf("counting checks: %w", err)
	}
	g.Overdue = due > 0 && due <= ms(t.s.now())
	return g, nil
}

// CheckSubjects returns some subjects of an application with what checks need.
func (s *Store) CheckSubjects(ctx context.Context, application string, from, n int) ([]checks.Subject, error) {
	head, err := s.head(ctx, s.read, application)
	if err != nil {
		return nil, err
	}
	list, err := s.subjects(ctx, s.read, application, from, n)
	out := make([]checks.Subject, 0, len(list))
	for _, d := range list {
		sub := head
		sub.Subject = d
		out = append(out, sub)
	}
	return out, err
}

// head is what a subject's checks need of its application.
func (s *Store) head(ctx context.Context, q querier, application string) (checks.Subject, error) {
	var h checks.Subject
	var when int64
	err := q.QueryRowContext(ctx, `SELECT type, number, election, ballot, commission, applicant, language, state, submitted_at FROM application WHERE id=?`, application).
		Scan(&h.Type, &h.Number, &h.Election, &h.Ballot, &h.Commission, &h.Applicant, &h.Language, &h.State, &when)
	if err != nil {
		return h, notFound(err, "application")
	}
	h.SubmittedAt = at(when)
	return h, nil
}

// CheckSubject returns a subject with what checks need of its application.
func (s *Store) CheckSubject(ctx context.Context, id string) (checks.Subject, error) {
	return s.checkSubject(ctx, s.read, id)
}

func (s *Store) checkSubject(ctx context.Context, q querier, id string) (checks.Subject, error) {
	d, err := s.subject(ctx, q, id, "")
	if err != nil {
		return checks.Subject{}, err
	}
	h, err := s.head(ctx, q, d.Application)
	h.Subject = d
	return h, err
}

// Check returns a check with its subject.
func (s *Store) Check(ctx context.Context, id string) (dossier.Check, checks.Subject, error) {
	list, err := checksWhere(ctx, s.read, `id=?`, "", id)
	if err == nil && len(list) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil { // a database that is away says nothing about the check
		return dossier.Check{}, checks.Subject{}, notFound(err, "check")
	}
	sub, err := s.checkSubject(ctx, s.read, list[0].Subject)
	return list[0], sub, err
}

// AssessInput reads all proofs about a subject as of one moment; who applies and
// what the person was given are read after it.
func (s *Store) AssessInput(ctx context.Context, subject string) (checks.Known, error) {
	k, err := s.proofs(ctx, subject)
	if err != nil {
		return k, err
	}
	if k.Input.Applicant, _, err = s.Applicant(ctx, k.Subject.Applicant); err != nil {
		return k, err
	}
	if k.Subject.IssuedDocument != "" {
		k.Input.Documents, err = s.documentsOfPerson(ctx, k)
	}
	return k, err
}

func (s *Store) proofs(ctx context.Context, subject string) (checks.Known, error) {
	var k checks.Known
	tx, err := s.read.BeginTx(ctx)
	if err != nil {
		return k, fmt.Errorf("reading proofs: %w", err)
	}
	defer tx.Rollback()
	if k.Subject, err = s.checkSubject(ctx, tx, subject); err != nil {
		return k, err
	}
	in := &k.Input
	in.Subject, in.SubmittedOn = k.Subject.Subject, civil.Of(k.Subject.SubmittedAt)
	if in.Findings, err = s.findings(ctx, tx, subject); err != nil {
		return k, err
	}
	if in.Confirmations, err = confirmations(ctx, tx, subject); err != nil {
		return k, err
	}
	if k.Election, err = s.electionOf(ctx, tx, k.Subject.Election); err != nil {
		return k, err
	}
	in.ElectionDay = k.Election.Day
	in.Ballot = dossier.BallotOf(dossier.Application{Ballot: k.Subject.Ballot}, k.Election)
	in.Roles, err = s.rolesHeld(ctx, tx, k.Election.Roles(), k.Subject.Subject)
	return k, err
}

// documentsOfPerson are what a subject's person was given in an election, in
// whatever state.
func (s *Store) documentsOfPerson(ctx context.Context, k checks.Known) ([]dossier.Document, error) {
	return s.documents(ctx, `subject_id IN (SELECT id FROM subject WHERE pinfl_index=?) AND election IN (?, ?)`,
		s.personOf(k.Subject.Subject), k.Election.ID, k.Election.Roles())
}

func (s *Store) electionOf(ctx context.Context, q querier, id string) (dossier.Election, error) {
	el, ok, err := s.election(ctx, q, id)
	if err == nil && !ok {
		err = sql.ErrNoRows
	}
	if err != nil {
		return el, notFound(err, "election")
	}
	return el, nil
}

func scanConfirmation(r *sql.Rows) (dossier.Confirmation, error) {
	var c dossier.Confirmation
	var when int64
	err := r.Scan(&c.ID, &c.Subject, &c.Kind, &c.Attachment, &c.Official, &when)
	c.At = at(when)
	return c, err
}

func confirmations(ctx context.Context, q querier, subject string) ([]dossier.Confirmation, error) {
	return collect(ctx, q, `SELECT id, subject_id, kind, attachment, official, at FROM confirmation WHERE subject_id=? ORDER BY id`, scanConfirmation, subject)
}

// confirmationsOf are those about an application's subjects and about it as a whole.
func confirmationsOf(ctx context.Context, q querier, application string) ([]dossier.Confirmation, error) {
	return collect(ctx, q, `SELECT c.id, c.subject_id, c.kind, c.attachment, c.official, c.at FROM confirmation c JOIN subject s ON s.id=c.subject_id WHERE s.application_id=?
		UNION ALL SELECT id, '', kind, attachment, official, at FROM whole_confirmation WHERE application_id=? ORDER BY 1`, scanConfirmation, application, application)
}

// AddConfirmation stores a confirmation about a subject, or about an application as
// a whole; the first of a kind stands.
func (t *Tx) AddConfirmation(ctx context.Context, application string, c dossier.Confirmation) (bool, error) {
	insert, about := `INSERT INTO confirmation(id, subject_id, kind, attachment, official, at) VALUES(?,?,?,?,?,?) ON CONFLICT(subject_id, kind) DO NOTHING`, c.Subject
	if c.Subject == "" {
		insert = `INSERT INTO whole_confirmation(id, application_id, kind, attachment, official, at) VALUES(?,?,?,?,?,?) ON CONFLICT(application_id, kind) DO NOTHING`
		about = application
	}
	res, err := t.tx.ExecContext(ctx, insert, c.ID, about, c.Kind, c.Attachment, c.Official, ms(c.At))
	if err != nil {
		return false, fmt.Errorf("storing a confirmation: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// AddAssessment stores a subject's next revision; zero when this version of the
// findings is assessed already.
func (t *Tx) AddAssessment(ctx context.Context, a eligibility.Assessment) (int, error) {
	if err := t.lock(ctx, "subject", a.Subject); err != nil { // two at once must not take one revision
		return 0, err
	}
	var revision int
	if err := t.tx.QueryRowContext(ctx, `SELECT coalesce(max(revision), 0) + 1 FROM assessment WHERE subject_id=?`, a.Subject).Scan(&revision); err != nil {
		return 0, fmt.Errorf("storing an assessment: %w", err)
	}
	body, err := t.s.seal("assessment", "body", fmt.Sprintf("%s:%d", a.Subject, revision), a.Answers)
	if err != nil {
		return 0, err
	}
	res, err := t.tx.ExecContext(ctx, `INSERT INTO assessment(subject_id, revision, findings_version, verdict, sealed_body, at) VALUES(?,?,?,?,?,?)
		ON CONFLICT(subject_id, findings_version) DO NOTHING`, a.Subject, revision, a.FindingsVersion, a.Verdict, body, ms(t.s.now()))
	if err != nil {
		return 0, fmt.Errorf("storing an assessment: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, err
	}
	return revision, nil
}

// LatestVerdict returns what a subject's latest assessment says; no later one is
// written before this transaction's end.
func (t *Tx) LatestVerdict(ctx context.Context, subject string) (eligibility.Verdict, error) {
	if err := t.lock(ctx, "subject", subject); err != nil {
		return "", err
	}
	var v eligibility.Verdict
	err := t.tx.QueryRowContext(ctx, `SELECT verdict FROM assessment WHERE subject_id=? ORDER BY revision DESC LIMIT 1`, subject).Scan(&v)
	if err != nil {
		return "", notFound(err, "assessment")
	}
	return v, nil
}

// LastVerdict returns what a subject's latest assessment says, empty where there
// is none; no later one is written before this transaction's end.
func (t *Tx) LastVerdict(ctx context.Context, subject string) (eligibility.Verdict, error) {
	v, err := t.LatestVerdict(ctx, subject)
	if r := new(dossier.Refusal); errors.As(err, &r) && r.Code == dossier.NotFound {
		return "", nil
	}
	return v, err
}

// Unassessed counts the subjects of an application without an assessment. The
// application is this transaction's from then on: of two last subjects that are
// assessed at once the second sees the first.
func (t *Tx) Unassessed(ctx context.Context, application string) (int, error) {
	if err := t.lock(ctx, "application", application); err != nil {
		return 0, err
	}
	var n int
	err := t.tx.QueryRowContext(ctx, `SELECT count(*) FROM subject WHERE application_id=? AND NOT EXISTS (SELECT 1 FROM assessment WHERE subject_id=subject.id)`, application).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting subjects: %w", err)
	}
	return n, nil
}

// LatestAssessments returns the latest revision of each subject.
func (s *Store) LatestAssessments(ctx context.Context, application string) (map[string]eligibility.Assessment, error) {
	list, err := collect(ctx, s.read, `SELECT a.subject_id, a.revision, a.findings_version, a.verdict, a.sealed_body FROM assessment a
		JOIN subject s ON s.id=a.subject_id WHERE s.application_id=? ORDER BY a.subject_id, a.revision`, func(r *sql.Rows) (eligibility.Assessment, error) {
		var a eligibility.Assessment
		var body []byte
		if err := r.Scan(&a.Subject, &a.Revision, &a.FindingsVersion, &a.Verdict, &body); err != nil {
			return a, err
		}
		return a, s.unseal("assessment", "body", fmt.Sprintf("%s:%d", a.Subject, a.Revision), body, &a.Answers)
	}, application)
	out := map[string]eligibility.Assessment{}
	for _, a := range list {
		out[a.Subject] = a
	}
	return out, err
}
