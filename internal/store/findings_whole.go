package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// assessedVersion is the sum of the findings versions that an application's
// subjects are assessed by, and of what is confirmed about the whole: it grows with
// every assessment of a subject and every such confirmation.
const assessedVersion = `SELECT coalesce(sum(v), 0) FROM (SELECT max(a.findings_version) AS v FROM assessment a JOIN subject s ON s.id=a.subject_id
	WHERE s.application_id=? GROUP BY s.id UNION ALL SELECT count(*) AS v FROM whole_confirmation WHERE application_id=?) x`

// AssessedVersion is the sum of the findings versions that the subjects of an
// application are assessed by.
func (t *Tx) AssessedVersion(ctx context.Context, application string) (int, error) {
	return version(ctx, t.tx, application)
}

// WholeVersion is the same as of now.
func (s *Store) WholeVersion(ctx context.Context, application string) (int, error) {
	return version(ctx, s.read, application)
}

func version(ctx context.Context, q querier, application string) (int, error) {
	var n int
	if err := q.QueryRowContext(ctx, assessedVersion, application, application).Scan(&n); err != nil {
		return 0, fmt.Errorf("reading how far an application is assessed: %w", err)
	}
	return n, nil
}

// WholeInput reads all that the rules over a whole application look at.
func (s *Store) WholeInput(ctx context.Context, application string) (checks.KnownWhole, error) {
	var k checks.KnownWhole
	a, err := s.Application(ctx, application)
	if err != nil {
		return k, err
	}
	k.Type = a.Type
	// Read first: an assessment that comes in between makes the version another
	// one by the time this one is written.
	if k.Version, err = version(ctx, s.read, application); err != nil {
		return k, err
	}
	el, err := s.electionOf(ctx, s.read, a.Election)
	if err != nil {
		return k, err
	}
	k.Election = el
	k.Whole = eligibility.Whole{ElectionDay: el.Day, SubmittedOn: civil.Of(a.SubmittedAt), Ballot: dossier.BallotOf(a, el)}
	if k.Whole.Form, err = dossier.ReadForm(a.Document); err != nil {
		return k, err
	}
	if k.Whole.Applicant, _, err = s.Applicant(ctx, a.Applicant); err != nil {
		return k, err
	}
	if k.Whole.Standing, err = s.Standing(ctx, el.Roles(), k.Whole.Ballot, k.Whole.Applicant, dossier.Seats(a.Subjects)); err != nil {
		return k, err
	}
	for _, d := range a.Subjects {
		if d.Part == dossier.Leaving {
			k.Whole.Leaving = append(k.Whole.Leaving, d)
		}
	}
	if k.Whole.Members, err = s.members(ctx, a); err != nil {
		return k, err
	}
	k.Whole.Confirmations, err = confirmationsOf(ctx, s.read, application)
	return k, err
}

// members are an application's subjects that come, in the form's order.
func (s *Store) members(ctx context.Context, a dossier.Application) ([]eligibility.Member, error) {
	people, err := s.People(ctx, a.ID, "")
	if err != nil {
		return nil, err
	}
	verdicts, err := s.verdicts(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	var out []eligibility.Member
	for _, d := range a.Subjects {
		if d.Part == dossier.Leaving {
			continue
		}
		m := eligibility.Member{Subject: d, Verdict: verdicts[d.ID]}
		if p, ok := people[d.ID]; ok {
			m.Personal = &p
		}
		out = append(out, m)
	}
	return out, nil
}

// verdicts are the latest ones of an application's subjects.
func (s *Store) verdicts(ctx context.Context, application string) (map[string]eligibility.Verdict, error) {
	out := map[string]eligibility.Verdict{}
	_, err := collect(ctx, s.read, `SELECT a.subject_id, a.verdict FROM assessment a JOIN subject s ON s.id=a.subject_id
		WHERE s.application_id=? ORDER BY a.subject_id, a.revision`, func(r *sql.Rows) (struct{}, error) {
		var id string
		var v eligibility.Verdict
		err := r.Scan(&id, &v)
		out[id] = v // later ones replace earlier ones
		return struct{}{}, err
	}, application)
	return out, err
}

// AddWhole stores an application's next revision as a whole; zero when this
// version is assessed already.
func (t *Tx) AddWhole(ctx context.Context, application string, version int, verdict eligibility.Verdict, answers []eligibility.Answer) (int, error) {
	if err := t.lock(ctx, "application", application); err != nil { // two at once must not take one revision
		return 0, err
	}
	var revision int
	if err := t.tx.QueryRowContext(ctx, `SELECT coalesce(max(revision), 0) + 1 FROM whole_assessment WHERE application_id=?`, application).Scan(&revision); err != nil {
		return 0, fmt.Errorf("storing an assessment: %w", err)
	}
	body, err := t.s.seal("whole_assessment", "body", fmt.Sprintf("%s:%d", application, revision), answers)
	if err != nil {
		return 0, err
	}
	res, err := t.tx.ExecContext(ctx, `INSERT INTO whole_assessment(application_id, revision, findings_version, verdict, sealed_body, at) VALUES(?,?,?,?,?,?)
		ON CONFLICT(application_id, findings_version) DO NOTHING`, application, revision, version, verdict, body, ms(t.s.now()))
	if err != nil {
		return 0, fmt.Errorf("storing an assessment: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, err
	}
	return revision, nil
}

// LatestWhole returns the latest revision of the rules over a whole application;
// false: it was not assessed as a whole.
func (s *Store) LatestWhole(ctx context.Context, application string) (eligibility.Assessment, bool, error) {
	return s.latestWhole(ctx, s.read, application)
}

// WholeNow returns the same as of this transaction; no later one is written before
// its end.
func (t *Tx) WholeNow(ctx context.Context, application string) (eligibility.Assessment, bool, error) {
	if err := t.lock(ctx, "application", application); err != nil {
		return eligibility.Assessment{}, false, err
	}
	return t.s.latestWhole(ctx, t.tx, application)
}

func (s *Store) latestWhole(ctx context.Context, q querier, application string) (eligibility.Assessment, bool, error) {
	var a eligibility.Assessment
	var body []byte
	err := q.QueryRowContext(ctx, `SELECT revision, findings_version, verdict, sealed_body FROM whole_assessment WHERE application_id=?
		ORDER BY revision DESC LIMIT 1`, application).Scan(&a.Revision, &a.FindingsVersion, &a.Verdict, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("reading an assessment: %w", err)
	}
	return a, true, s.unseal("whole_assessment", "body", fmt.Sprintf("%s:%d", application, a.Revision), body, &a.Answers)
}
