package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// FailureFilter says which failures are meant; empty fields match all.
type FailureFilter struct {
	System, Stage, Kind, Application string
	ID                               int64
	Commission                       string // only applications and documents of this commission
}

const failureWhere = ` job.state='failed' AND (?1='' OR failed_system=?1) AND (?2='' OR stage=?2) AND (?3='' OR failed_kind=?3)
	AND (?4='' OR application=?4) AND (CAST(?5 AS BIGINT)=0 OR job.id=?5)
	AND (?6='' OR application IN (SELECT id FROM application WHERE commission=?6)
		OR application='' AND stage='issuing.render' AND ref IN (SELECT id FROM document WHERE commission=?6))`

func (f FailureFilter) args() []any {
	return []any{f.System, f.Stage, f.Kind, f.Application, f.ID, f.Commission}
}

// Failures lists failures, oldest first, after a cursor id.
func (s *Store) Failures(ctx context.Context, f FailureFilter, after int64, limit int) ([]queue.Job, error) {
	return collect(ctx, s.read, `SELECT `+jobColumns+` FROM job WHERE `+failureWhere+` AND job.id > ?7 ORDER BY job.id LIMIT ?8`,
		func(r *sql.Rows) (queue.Job, error) { return scanJob(r) }, append(f.args(), after, limit)...)
}

// Attempt is one recorded try of a job.
type Attempt struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	Text string    `json:"text"`
}

// Attempts returns what a job's tries ended with, oldest first.
func (s *Store) Attempts(ctx context.Context, job int64) ([]Attempt, error) {
	return collect(ctx, s.read, `SELECT at, kind, text FROM attempt WHERE job_id=? ORDER BY id`, func(r *sql.Rows) (Attempt, error) {
		var a Attempt
		var when int64
		err := r.Scan(&when, &a.Kind, &a.Text)
		a.At = at(when)
		return a, err
	}, job)
}

// Job returns one job in whatever state.
func (s *Store) Job(ctx context.Context, id int64) (queue.Job, error) {
	j, err := scanJob(s.read.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM job WHERE id=?`, id))
	if err != nil {
		return j, notFound(err, "job")
	}
	return j, nil
}

// Replay sends failures through again: the same rows, with their keys, a fresh
// time limit and no attempt burnt. Who and why goes to the audit log and the
// timelines. It returns how many.
func (s *Store) Replay(ctx context.Context, f FailureFilter, actor, reason string) (int, error) {
	n := 0
	err := s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		now := s.now()
		jobs, err := collect(ctx, tx.tx, `SELECT `+jobColumns+` FROM job WHERE `+failureWhere+` ORDER BY job.id`+tx.forUpdate(), func(r *sql.Rows) (queue.Job, error) { return scanJob(r) }, f.args()...)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			_, err := tx.tx.ExecContext(ctx, `UPDATE job SET state='ready', attempt=0, asks=0, generation=generation+1, due_at=?1, failed_at=0,
				expires_at=CASE WHEN time_limit > 0 THEN ?1 + time_limit ELSE 0 END WHERE id=?2`, ms(now), j.ID)
			if err != nil {
				return fmt.Errorf("replaying a failure: %w", err)
			}
			if err := tx.requeue(ctx, j.ID, lane{j.Stage, j.Priority}, j.Applicant); err != nil {
				return err
			}
			tx.noteWork(j.Stage, queue.Ready, now)
			detail := map[string]string{"stage": j.Stage, "reason": reason, "job": fmt.Sprint(j.ID), "generation": fmt.Sprint(j.Generation + 1)}
			if err := tx.Audit(ctx, dossier.AuditLine{At: now, Actor: actor, Action: "failure.replayed", Object: j.Application, Detail: detail}); err != nil {
				return err
			}
			if j.Application != "" {
				if err := tx.AddEntry(ctx, j.Application, dossier.Entry{At: now, Actor: actor, Act: "replayed", Detail: j.Stage + ": " + reason}); err != nil {
					return err
				}
			}
			if err := tx.failureReplayed(ctx, j.ID, now); err != nil {
				return err
			}
		}
		n = len(jobs)
		return nil
	})
	return n, err
}

// Tally counts jobs by stage and state, done ones left out.
func (s *Store) Tally(ctx context.Context) (map[string]map[queue.State]int, error) {
	type row struct {
		stage string
		state queue.State
		n     int
	}
	rows, err := collect(ctx, s.read, `SELECT stage, state, count(*) FROM job WHERE state IN ('ready','waiting','leased','failed') GROUP BY stage, state`,
		func(r *sql.Rows) (row, error) {
			var v row
			return v, r.Scan(&v.stage, &v.state, &v.n)
		})
	out := map[string]map[queue.State]int{}
	for _, v := range rows {
		if out[v.stage] == nil {
			out[v.stage] = map[queue.State]int{}
		}
		out[v.stage][v.state] = v.n
	}
	return out, err
}
