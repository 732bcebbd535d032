package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/pipelines/dossier"
)

var _ reconcile.Source = (*Store)(nil)

// Ledger reads for a ledger, as of one moment, beside everybody's work.
func (s *Store) Ledger(ctx context.Context, read func(ctx context.Context, m reconcile.Moment) error) error {
	tx, err := s.read.BeginTx(ctx)
	if err != nil {
		return fmt.Errorf("reading the database as of one moment: %w", err)
	}
	defer tx.Rollback()
	return read(ctx, &account{s: s, q: tx})
}

// account is the store as of one moment.
type account struct {
	s *Store
	q querier
}

// Fingerprint names the keys that the database is sealed with.
func (a *account) Fingerprint() string { return a.s.vault.Fingerprint() }

// each runs a query and hands its rows on.
func (a *account) each(ctx context.Context, query string, row func(*sql.Rows) error, args ...any) error {
	rows, err := a.q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("querying: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("reading rows: %w", err)
		}
	}
	return rows.Err()
}

// Applications reads every application, in no order.
func (a *account) Applications(ctx context.Context, each func(reconcile.Application)) error {
	var v reconcile.Application
	return a.each(ctx, `SELECT id, number, commission, state FROM application`, func(r *sql.Rows) error {
		if err := r.Scan(&v.ID, &v.Number, &v.Commission, &v.State); err != nil {
			return err
		}
		each(v)
		return nil
	})
}

// openWork are the jobs that are not done; the list of states is job_open's, so that
// its index serves. A job is open unless it failed.
const openWork = `SELECT id, application, stage, ref, key, CASE WHEN state='failed' THEN 0 ELSE 1 END AS open,
	CASE WHEN state='failed' THEN 1 ELSE 0 END AS failed FROM job WHERE state IN ('ready','waiting','leased','failed')`

// workBy sums up jobs of some stages by what they are about.
func workBy(column, stages string) string {
	return `(SELECT ` + column + ` AS about, max(open) AS open, max(failed) AS failed FROM (` + openWork + ` AND ` + stages + `) o GROUP BY ` + column + `)`
}

// ledgerThings are, by kind, one row for each thing: id, application, state, since,
// and whether a job (open) or a failure (failed) goes on with it. Which stages
// those are is said here.
var ledgerThings = map[reconcile.Kind]string{
	// The stages that bring an application out of a state. The deadline of the
	// checks does so only while somebody is not assessed.
	reconcile.Applications: `SELECT a.id AS id, a.id AS application, a.state AS state, a.submitted_at AS since,
		CASE WHEN j.open=1 OR d.open=1 AND EXISTS (SELECT 1 FROM subject s WHERE s.application_id=a.id
			AND NOT EXISTS (SELECT 1 FROM assessment x WHERE x.subject_id=s.id)) THEN 1 ELSE 0 END AS open,
		CASE WHEN j.failed=1 OR d.failed=1 THEN 1 ELSE 0 END AS failed
		FROM application a
		LEFT JOIN (SELECT application, moves, max(open) AS open, max(failed) AS failed FROM (SELECT application, open, failed,
			CASE WHEN stage='intake.verify' THEN 'submitted' WHEN stage IN ('checks.scatter','checks.assess') OR stage LIKE 'check.%' THEN 'checking'
			WHEN stage='decision.verify' THEN 'deciding' WHEN stage LIKE 'issuing.%' THEN 'executing' ELSE '' END AS moves
			FROM (` + openWork + ` AND application<>'') w) m GROUP BY application, moves) j ON j.application=a.id AND j.moves=a.state
		LEFT JOIN ` + workBy("application", `stage='checks.deadline'`) + ` d ON d.about=a.id AND a.state='checking'`,

	// A person is assessed, or its deadline, its assessment or the scattering of
	// its application is still to come.
	reconcile.Persons: `SELECT s.id AS id, a.id AS application, a.state AS state, a.submitted_at AS since,
		CASE WHEN j.open=1 OR k.open=1 THEN 1 ELSE 0 END AS open, CASE WHEN j.failed=1 OR k.failed=1 THEN 1 ELSE 0 END AS failed
		FROM subject s JOIN application a ON a.id=s.application_id
		LEFT JOIN ` + workBy("ref", `stage IN ('checks.deadline','checks.assess')`) + ` j ON j.about=s.id
		LEFT JOIN ` + workBy("application", `stage='checks.scatter'`) + ` k ON k.about=a.id
		WHERE NOT EXISTS (SELECT 1 FROM assessment x WHERE x.subject_id=s.id)`,

	reconcile.Checks: `SELECT c.id AS id, (SELECT application_id FROM subject WHERE id=c.subject_id) AS application, c.state AS state, 0 AS since,
		CASE WHEN c.state='held' THEN (SELECT count(*) FROM check_ p WHERE p.subject_id=c.subject_id AND p.register='personal-data' AND p.state='open')
			WHEN j.open=1 THEN 1 ELSE 0 END AS open,
		CASE WHEN j.failed=1 THEN 1 ELSE 0 END AS failed
		FROM check_ c LEFT JOIN ` + workBy("ref", `stage LIKE 'check.%'`) + ` j ON j.about=c.id
		WHERE c.state NOT IN ('answered','skipped')`,

	// A decision in force counts the documents that are still to be issued: those
	// reserved, and those whose job to reserve is not done.
	reconcile.Decisions: `SELECT d.id AS id, d.application_id AS application, d.at AS since,
		CASE WHEN d.state<>'signed' THEN d.state
			WHEN a.state='executed' AND d.documents_open=0 AND coalesce(r.n,0)+coalesce(q.n,0)=0 THEN 'executed'
			WHEN a.state='executing' AND d.documents_open>0 AND d.documents_open=coalesce(r.n,0)+coalesce(q.n,0) THEN 'executing'
			ELSE 'disagrees' END AS state,
		CASE WHEN d.state='verifying' THEN coalesce(v.open,0) ELSE coalesce(i.open,0) END AS open,
		CASE WHEN d.state='verifying' THEN coalesce(v.failed,0) ELSE coalesce(i.failed,0) END AS failed
		FROM decision d JOIN application a ON a.id=d.application_id
		LEFT JOIN (SELECT decision_id, count(*) AS n FROM document WHERE state='reserved' GROUP BY decision_id) r ON r.decision_id=d.id
		LEFT JOIN (SELECT about, count(*) AS n FROM (SELECT CAST(substr(key, 10, 36) AS TEXT) AS about FROM (` + openWork + ` AND stage='issuing.reserve') w) x GROUP BY about) q ON q.about=d.id
		LEFT JOIN ` + workBy("ref", `stage='decision.verify'`) + ` v ON v.about=d.id
		LEFT JOIN ` + workBy("application", `stage LIKE 'issuing.%'`) + ` i ON i.about=d.application_id`,

	reconcile.Documents: `SELECT d.id AS id, d.application_id AS application, d.state AS state, d.reserved_at AS since,
		coalesce(j.open,0) AS open, coalesce(j.failed,0) AS failed
		FROM document d LEFT JOIN ` + workBy("ref", `stage='issuing.render'`) + ` j ON j.about=d.id`,

	// A code whose outcome is unknown is left to its end, which its login has a job for.
	reconcile.Notices: `SELECT n.id AS id, coalesce(n.application_id,'') AS application,
		CASE WHEN n.state='sent' AND n.delivery<>'' THEN 'sent_'||n.delivery ELSE n.state END AS state, n.at AS since,
		CASE WHEN j.open=1 OR n.state='sending' AND e.open=1 THEN 1 ELSE 0 END AS open, coalesce(j.failed,0) AS failed
		FROM notice n LEFT JOIN ` + workBy("ref", `stage LIKE 'notice.%'`) + ` j ON j.about=n.id
		LEFT JOIN (SELECT l.notice_id AS about, max(w.open) AS open FROM login_code l JOIN (` + openWork + ` AND stage='login.expire') w ON w.ref=l.id
			GROUP BY l.notice_id) e ON e.about=n.id`,
}

// ledgerRest are, by kind, the things that need no job to go on: state and how
// many. An empty state means all things of the kind, the others included.
var ledgerRest = map[reconcile.Kind]string{
	reconcile.Persons: `SELECT '', count(*) FROM subject`,
	reconcile.Checks:  `SELECT state, count(*) FROM check_ WHERE state IN ('answered','skipped') GROUP BY state`,
}

// Groups counts the things of a kind by how they stand.
func (a *account) Groups(ctx context.Context, k reconcile.Kind) ([]reconcile.Group, error) {
	var out []reconcile.Group
	err := a.each(ctx, `SELECT state, open, failed, count(*), min(since) FROM (`+ledgerThings[k]+`) t GROUP BY state, open, failed`, func(r *sql.Rows) error {
		var g reconcile.Group
		var open, failed, since int64
		if err := r.Scan(&g.State, &open, &failed, &g.N, &since); err != nil {
			return err
		}
		g.Open, g.Failed, g.Since = open > 0, failed > 0, at(since)
		out = append(out, g)
		return nil
	})
	if err != nil || ledgerRest[k] == "" {
		return out, err
	}
	return out, a.each(ctx, ledgerRest[k], func(r *sql.Rows) error {
		var g reconcile.Group
		if err := r.Scan(&g.State, &g.N); err != nil {
			return err
		}
		if g.State == "" {
			g.State = "assessed"
			for _, other := range out {
				g.N -= other.N
			}
		}
		out = append(out, g)
		return nil
	})
}

// Members names the first things of a group.
func (a *account) Members(ctx context.Context, k reconcile.Kind, g reconcile.Group, limit int) ([]reconcile.Item, error) {
	number := map[bool]int{true: 1}
	return a.items(ctx, `SELECT id, application, '', since FROM (`+ledgerThings[k]+`) t WHERE state=? AND (open > 0)=(? > 0) AND failed=? ORDER BY id LIMIT ?`,
		g.State, number[g.Open], number[g.Failed], limit)
}

// items reads rows of id, application, detail and time.
func (a *account) items(ctx context.Context, query string, args ...any) ([]reconcile.Item, error) {
	out := []reconcile.Item{}
	return out, a.each(ctx, query, func(r *sql.Rows) error {
		var it reconcile.Item
		var when int64
		if err := r.Scan(&it.ID, &it.Application, &it.Detail, &when); err != nil {
			return err
		}
		if t := at(when); !t.IsZero() {
			it.Since = &t
		}
		out = append(out, it)
		return nil
	}, args...)
}

// ledgerOddities are rows of id, application and detail that nothing valid has.
var ledgerOddities = map[reconcile.Oddity]string{
	reconcile.Unanswered: `SELECT c.id, coalesce((SELECT application_id FROM subject s WHERE s.id=c.subject_id),''), c.register FROM check_ c
		WHERE c.state='answered' AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.subject_id=c.subject_id AND f.check_id=c.id)`,
	reconcile.Unasked: `SELECT f.id, coalesce((SELECT application_id FROM subject s WHERE s.id=f.subject_id),''), f.register FROM finding f LEFT JOIN check_ c ON c.id=f.check_id
		WHERE c.id IS NULL OR c.state<>'answered'`,
	reconcile.TwoDecisions: `SELECT application_id, application_id, '' FROM decision WHERE state='signed' GROUP BY application_id HAVING count(*) > 1`,
	reconcile.Undecided: `SELECT a.id, a.id, a.state FROM application a WHERE a.state IN ('executing','executed')
		AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.application_id=a.id AND d.state='signed')`,
	reconcile.NumberTwice: `SELECT kind||' of '||commission||' '||election, '', '' FROM document GROUP BY kind, commission, election, number HAVING count(*) > 1`,
	reconcile.NoticeTwice: `SELECT min(id), coalesce(min(application_id),''), 'key' FROM notice GROUP BY key HAVING count(*) > 1
		UNION ALL SELECT min(id), coalesce(min(application_id),''), 'message id' FROM notice GROUP BY message_id HAVING count(*) > 1`,
	reconcile.EventGap: `SELECT s.subject, coalesce(e.application,''), 'counted up to '||CAST(s.last AS TEXT)||', there are '||CAST(coalesce(e.n,0) AS TEXT)
		FROM event_sequence s LEFT JOIN (SELECT subject, min(application) AS application, count(*) AS n, min(sequence) AS low, max(sequence) AS high FROM event GROUP BY subject) e
		ON e.subject=s.subject WHERE coalesce(e.n,0)<>s.last OR e.low<>1 OR e.high<>s.last`,
	reconcile.NoSequence: `SELECT e.subject, min(e.application), '' FROM event e LEFT JOIN event_sequence s ON s.subject=e.subject WHERE s.subject IS NULL GROUP BY e.subject`,
}

// Oddities counts the rows that break a rule and names the first.
func (a *account) Oddities(ctx context.Context, o reconcile.Oddity, limit int) (int, []reconcile.Item, error) {
	n, first := 0, []reconcile.Item{}
	err := a.each(ctx, ledgerOddities[o], func(r *sql.Rows) error {
		if n++; n > limit {
			return nil
		}
		var it reconcile.Item
		if err := r.Scan(&it.ID, &it.Application, &it.Detail); err != nil {
			return err
		}
		first = append(first, it)
		return nil
	})
	return n, first, err
}

// Deciding counts the dossiers each commission has to decide on, and since when
// the oldest is ready.
func (a *account) Deciding(ctx context.Context) ([]reconcile.Waiting, error) {
	var out []reconcile.Waiting
	return out, a.each(ctx, `SELECT commission, count(*), min(since) FROM (SELECT a.commission, coalesce((SELECT max(t.at) FROM timeline t
		WHERE t.application_id=a.id AND t.act IN ('dossier_ready','decision_signature_refused','decision_conflict')), a.submitted_at) AS since
		FROM application a WHERE a.state='ready') w GROUP BY commission ORDER BY commission`, func(r *sql.Rows) error {
		var w reconcile.Waiting
		var since int64
		if err := r.Scan(&w.Commission, &w.Applications, &since); err != nil {
			return err
		}
		t := at(since)
		w.Since = &t
		out = append(out, w)
		return nil
	})
}

// Series returns every series of numbers with how many of its numbers there
// are; what is missing, doubled or beyond its last number is counted.
func (a *account) Series(ctx context.Context) ([]reconcile.Series, error) {
	type name struct{ kind, commission, election string }
	at := map[name]int{}
	var out []reconcile.Series
	err := a.each(ctx, `SELECT kind, commission, election, last FROM series ORDER BY kind, commission, election`, func(r *sql.Rows) error {
		var s reconcile.Series
		if err := r.Scan(&s.Kind, &s.Commission, &s.Election, &s.Last); err != nil {
			return err
		}
		at[name{s.Kind, s.Commission, s.Election}] = len(out)
		out = append(out, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	counted := map[int]bool{}
	err = a.each(ctx, `SELECT kind, commission, election, count(CASE WHEN state='issued' THEN 1 END), count(CASE WHEN state='reserved' THEN 1 END),
		count(CASE WHEN state='annulled' THEN 1 END), count(*)-count(DISTINCT number), count(DISTINCT number), coalesce(min(number),0), coalesce(max(number),0)
		FROM document GROUP BY kind, commission, election ORDER BY kind, commission, election`, func(r *sql.Rows) error {
		var s reconcile.Series
		var distinct, low, high int
		if err := r.Scan(&s.Kind, &s.Commission, &s.Election, &s.Issued, &s.Reserved, &s.Annulled, &s.Doubled, &distinct, &low, &high); err != nil {
			return err
		}
		i, known := at[name{s.Kind, s.Commission, s.Election}]
		if !known {
			i = len(out)
			out = append(out, s)
		}
		s.Last = out[i].Last
		s.Beyond, s.Missing = max(0, high-s.Last), max(0, s.Last-distinct)
		if low < 1 {
			s.Beyond++
		}
		out[i], counted[i] = s, true
		return nil
	})
	for i := range out {
		if !counted[i] {
			out[i].Missing = out[i].Last // all of them
		}
	}
	return out, err
}

// Numbers reads the numbers of a series of documents, ascending.
func (a *account) Numbers(ctx context.Context, s reconcile.Series, each func(int)) error {
	return a.each(ctx, `SELECT number FROM document WHERE kind=? AND commission=? AND election=? ORDER BY number`, func(r *sql.Rows) error {
		var n int
		if err := r.Scan(&n); err != nil {
			return err
		}
		each(n)
		return nil
	}, s.Kind, s.Commission, s.Election)
}

// Filed reads every document that is issued or has a file, in no order.
func (a *account) Filed(ctx context.Context, each func(reconcile.Filed)) error {
	var d reconcile.Filed
	var state string
	return a.each(ctx, `SELECT id, application_id, file, state FROM document WHERE state='issued' OR file<>''`, func(r *sql.Rows) error {
		if err := r.Scan(&d.ID, &d.Application, &d.File, &state); err != nil {
			return err
		}
		d.Issued = state == string(dossier.Issued)
		each(d)
		return nil
	})
}

// Stages counts the jobs that are not done.
func (a *account) Stages(ctx context.Context) ([]reconcile.StageRow, error) {
	var out []reconcile.StageRow
	return out, a.each(ctx, `SELECT stage, state, count(*), count(CASE WHEN state='leased' AND lease_until < CAST(? AS BIGINT) THEN 1 END), min(created_at), min(due_at)
		FROM job WHERE state IN ('ready','waiting','leased','failed') GROUP BY stage, state`, func(r *sql.Rows) error {
		var s reconcile.StageRow
		var made, due int64
		if err := r.Scan(&s.Stage, &s.State, &s.N, &s.RunOut, &made, &due); err != nil {
			return err
		}
		s.Oldest, s.Due = at(made), at(due)
		out = append(out, s)
		return nil
	}, ms(a.s.now()))
}

// Putoff reads what jobs that wait were told last.
func (a *account) Putoff(ctx context.Context, each func(string, json.RawMessage)) error {
	return a.each(ctx, `SELECT stage, last_error FROM job WHERE state='waiting' AND last_error<>''`, func(r *sql.Rows) error {
		var stage string
		var last []byte
		if err := r.Scan(&stage, &last); err != nil {
			return err
		}
		each(stage, last)
		return nil
	})
}

// FailureGroups counts failures by their cause.
func (a *account) FailureGroups(ctx context.Context) ([]reconcile.FailureGroup, error) {
	var out []reconcile.FailureGroup
	return out, a.each(ctx, `SELECT stage, failed_kind, failed_system, count(*), min(failed_at) FROM job WHERE state='failed' GROUP BY stage, failed_kind, failed_system`, func(r *sql.Rows) error {
		var g reconcile.FailureGroup
		var since int64
		if err := r.Scan(&g.Stage, &g.Kind, &g.System, &g.N, &since); err != nil {
			return err
		}
		g.Oldest = at(since)
		out = append(out, g)
		return nil
	})
}

// Failures names the oldest failures of a cause.
func (a *account) Failures(ctx context.Context, g reconcile.FailureGroup, limit int) ([]reconcile.FailureRow, error) {
	var out []reconcile.FailureRow
	return out, a.each(ctx, `SELECT id, application, last_error, failed_at FROM job WHERE state='failed' AND stage=? AND failed_kind=? AND failed_system=? ORDER BY failed_at, id LIMIT ?`, func(r *sql.Rows) error {
		var f reconcile.FailureRow
		var last []byte
		var when int64
		if err := r.Scan(&f.Job, &f.Application, &last, &when); err != nil {
			return err
		}
		f.Last, f.At = last, at(when)
		out = append(out, f)
		return nil
	}, g.Stage, g.Kind, g.System, limit)
}

// Stream tells how far the events have come.
func (a *account) Stream(ctx context.Context) (reconcile.Positions, error) {
	var p reconcile.Positions
	var since int64
	err := a.q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM event), (SELECT count(position) FROM event), (SELECT coalesce(max(position),0) FROM event), stamped, published,
		(SELECT count(*) FROM event WHERE position IS NULL OR position > stream.published),
		(SELECT coalesce(min(at),0) FROM event WHERE position IS NULL OR position > stream.published) FROM stream WHERE name='hub'`).
		Scan(&p.Events, &p.Stamped, &p.Highest, &p.StreamStamped, &p.StreamPublished, &p.Waiting, &since)
	if err != nil {
		return p, fmt.Errorf("reading the stream of events: %w", err)
	}
	p.Since = at(since)
	return p, nil
}

// Audit walks the audit log's chain.
func (a *account) Audit(ctx context.Context) (reconcile.Chain, error) {
	var c reconcile.Chain
	var last int64
	err := a.each(ctx, `SELECT id, at, actor, action, object, subject_index, detail, hash FROM audit ORDER BY id`, func(r *sql.Rows) error {
		var id, when int64
		var actor, action, object, detail string
		var index, hash []byte
		if err := r.Scan(&id, &when, &actor, &action, &object, &index, &detail, &hash); err != nil {
			return err
		}
		if c.Fault == "" && string(a.s.auditHash(c.Head, when, actor, action, object, index, detail)) != string(hash) {
			c.Fault = "audit line " + strconv.FormatInt(id, 10) + " does not follow from the one before: the log was altered"
		}
		if c.Fault == "" {
			c.Lines++
		}
		c.Head, last = hash, id
		return nil
	})
	if err != nil || c.Fault != "" {
		return c, err
	}
	var given int64
	var hash []byte
	if err := a.q.QueryRowContext(ctx, `SELECT last, hash FROM audit_head WHERE id=1`).Scan(&given, &hash); err != nil {
		return c, fmt.Errorf("reading the audit log: %w", err)
	}
	switch {
	case given != last:
		c.Fault = fmt.Sprintf("the audit log ends at line %d of %d: its end was removed", last, given)
	case string(hash) != string(c.Head):
		c.Fault = fmt.Sprintf("the audit log ends at line %d with another line than was written: the log was altered", last)
	}
	return c, nil
}
