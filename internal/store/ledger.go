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
		count(CASE WHEN state='annulled' THEN 1 END),
		count(CASE WHEN state='revoked' THEN 1 END), count(CASE WHEN state='replaced' THEN 1 END), count(*)-count(DISTINCT number), count(DISTINCT number), coalesce(min(number),0), coalesce(max(number),0)
		FROM document GROUP BY kind, commission, election ORDER BY kind, commission, election`, func(r *sql.Rows) error {
		var s reconcile.Series
		var distinct, low, high int
		if err := r.Scan(&s.Kind, &s.Commission, &s.Election, &s.Issued, &s.Reserved, &s.Annulled, &s.Revoked, &s.Replaced, &s.Doubled, &distinct, &low, &high); err != nil {
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
	return a.each(ctx, `SELECT id, coalesce(application_id, ''), file, state FROM document WHERE state IN ('issued','revoked','replaced') OR file<>''`, func(r *sql.Rows) error {
		if err := r.Scan(&d.ID, &d.Application, &d.File, &state); err != nil {
			return err
		}
		d.Issued = dossier.DocumentState(state).Made()
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
