package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

// compile-time proof that the store is the queue of record.
var (
	_ queue.Store = (*Store)(nil)
	_ queue.Tx    = (*Tx)(nil)
)

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

// Enqueue makes jobs, each with its applicant's next turn.
func (t *Tx) Enqueue(ctx context.Context, jobs ...queue.New) error {
	now := t.s.now()
	for _, n := range jobs {
		due, state := n.DueAt, queue.Waiting
		if !due.After(now) {
			state = queue.Ready
			if due.IsZero() {
				due = now
			}
		}
		var expires int64
		if n.Limit > 0 {
			expires = ms(due.Add(n.Limit))
		}
		rank, err := t.turn(ctx, n.Stage, n.Priority, n.Applicant)
		if err != nil {
			return err
		}
		res, err := t.tx.ExecContext(ctx, `INSERT INTO job(application, applicant, stage, ref, key, priority, rank, due_at, time_limit, expires_at, state, created_at)
			VALUES(?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO NOTHING`,
			n.Application, n.Applicant, n.Stage, n.Ref, n.Key, n.Priority, rank, ms(due), n.Limit.Milliseconds(), expires, state, ms(now))
		if err != nil {
			return fmt.Errorf("making a job of %s: %w", n.Stage, err)
		}
		made, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("making a job of %s: %w", n.Stage, err)
		}
		if made == 0 {
			continue // the key exists: this job was made before
		}
		if err := t.taken(ctx, n.Stage, n.Priority, n.Applicant, rank); err != nil {
			return err
		}
		t.noteWork(n.Stage, state, due)
	}
	return nil
}

// turn is the rank an applicant's next job gets: the later of the stage's clock
// (the latest rank claimed) and the turn after the applicant's last, so that one
// applicant's thousands do not hold up another's single one.
func (t *Tx) turn(ctx context.Context, stage string, priority int, applicant string) (int64, error) {
	var rank int64
	err := t.tx.QueryRowContext(ctx, `SELECT max(
		coalesce((SELECT rank FROM stage_clock WHERE stage=?1 AND priority=?2), 0),
		coalesce((SELECT rank + 1 FROM stage_rank WHERE stage=?1 AND priority=?2 AND applicant=?3), 0))`,
		stage, priority, applicant).Scan(&rank)
	if err != nil {
		return 0, fmt.Errorf("ranking a job of %s: %w", stage, err)
	}
	return rank, nil
}

func (t *Tx) taken(ctx context.Context, stage string, priority int, applicant string, rank int64) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO stage_rank(stage, priority, applicant, rank) VALUES(?,?,?,?)
		ON CONFLICT(stage, priority, applicant) DO UPDATE SET rank=excluded.rank`, stage, priority, applicant, rank)
	if err != nil {
		return fmt.Errorf("ranking a job of %s: %w", stage, err)
	}
	return nil
}

// requeue gives a job that comes back (a retry, a replay) its applicant's next
// turn. With its old one, all that failed in an outage would come before
// whatever others have sent since.
func (t *Tx) requeue(ctx context.Context, id int64) error {
	var stage, applicant string
	var priority int
	err := t.tx.QueryRowContext(ctx, `SELECT stage, priority, applicant FROM job WHERE id=?`, id).Scan(&stage, &priority, &applicant)
	if err != nil {
		return fmt.Errorf("ranking job %d: %w", id, err)
	}
	rank, err := t.turn(ctx, stage, priority, applicant)
	if err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE job SET rank=? WHERE id=?`, rank, id); err != nil {
		return fmt.Errorf("ranking job %d: %w", id, err)
	}
	return t.taken(ctx, stage, priority, applicant, rank)
}

func (t *Tx) noteWork(stage string, state queue.State, due time.Time) {
	if state == queue.Ready {
		t.commit.Stages = append(t.commit.Stages, stage)
		return
	}
	t.commit.Due = earlier(t.commit.Due, due)
}

const jobColumns = `id, application, applicant, stage, ref, key, priority, rank, attempt, asks, generation,
	due_at, expires_at, state, lease_token, lease_until, last_error, created_at`

type scanner interface{ Scan(...any) error }

func scanJob(r scanner) (queue.Job, error) {
	var j queue.Job
	var due, expires, until, created int64
	var last string
	err := r.Scan(&j.ID, &j.Application, &j.Applicant, &j.Stage, &j.Ref, &j.Key, &j.Priority, &j.Rank, &j.Attempt,
		&j.Asks, &j.Generation, &due, &expires, &j.State, &j.Lease.Token, &until, &last, &created)
	if err != nil {
		return queue.Job{}, err
	}
	j.DueAt, j.ExpiresAt, j.Lease.Until, j.CreatedAt, j.Lease.JobID = at(due), at(expires), at(until), at(created), j.ID
	if last != "" {
		j.Last = new(queue.Failure)
		if err := json.Unmarshal([]byte(last), j.Last); err != nil {
			return queue.Job{}, fmt.Errorf("reading the last failure of job %d: %w", j.ID, err)
		}
	}
	return j, nil
}

// Claim leases the best ready job of a stage.
func (s *Store) Claim(ctx context.Context, c queue.Claim) (queue.Job, bool, error) {
	var j queue.Job
	found := false
	err := s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		pick := `SELECT id FROM job WHERE stage=? AND state='ready' ORDER BY priority, rank, id LIMIT 1`
		args := []any{uuid.NewString(), ms(c.Now.Add(c.Lease)), c.Stage}
		if c.ExpiredOnly {
			pick = `SELECT id FROM job WHERE stage=? AND state='ready' AND expires_at > 0 AND expires_at <= ? ORDER BY expires_at, id LIMIT 1`
			args = append(args, ms(c.Now))
		}
		var err error
		j, err = scanJob(tx.tx.QueryRowContext(ctx,
			`UPDATE job SET state='leased', lease_token=?, lease_until=? WHERE id=(`+pick+`) RETURNING `+jobColumns, args...))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("claiming a job of %s: %w", c.Stage, err)
		}
		found = true
		_, err = tx.tx.ExecContext(ctx, `INSERT INTO stage_clock(stage, priority, rank) VALUES(?,?,?)
			ON CONFLICT(stage, priority) DO UPDATE SET rank=max(rank, excluded.rank)`, j.Stage, j.Priority, j.Rank)
		if err != nil {
			return fmt.Errorf("claiming a job of %s: %w", c.Stage, err)
		}
		return nil
	})
	return j, found && err == nil, err
}

// fenced runs an update that must hit the leased row and answers ErrLeaseLost
// when the lease is another's by now.
func (t *Tx) fenced(ctx context.Context, l queue.Lease, set string, args ...any) error {
	args = append(args, l.JobID, l.Token)
	res, err := t.tx.ExecContext(ctx, `UPDATE job SET `+set+` WHERE id=? AND state='leased' AND lease_token=?`, args...)
	if err != nil {
		return fmt.Errorf("updating job %d: %w", l.JobID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return queue.ErrLeaseLost
	}
	return nil
}

// Extend is the heart-beat.
func (s *Store) Extend(ctx context.Context, l queue.Lease, until time.Time) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.fenced(ctx, l, `lease_until=?`, ms(until))
	})
}

// Keep writes effects while the job stays leased.
func (s *Store) Keep(ctx context.Context, l queue.Lease, e queue.Effect) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.fenced(ctx, l, `lease_until=lease_until`); err != nil {
			return err
		}
		return e(ctx, tx)
	})
}

// Finish writes effects and ends the job as done.
func (s *Store) Finish(ctx context.Context, l queue.Lease, e queue.Effect) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.fenced(ctx, l, `state='done', lease_token='', lease_until=0`); err != nil {
			return err
		}
		return e(ctx, tx)
	})
}

// Again makes the job waiting; it goes behind what its applicant has queued.
func (s *Store) Again(ctx context.Context, l queue.Lease, r queue.Reschedule) error {
	last, err := json.Marshal(r.Failure)
	if err != nil {
		return fmt.Errorf("writing a failure: %w", err)
	}
	burn, ask := 0, 1
	if r.BurnAttempt {
		burn, ask = 1, 0
	}
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		err := tx.fenced(ctx, l, `state='waiting', lease_token='', lease_until=0, due_at=?, attempt=attempt+?, asks=asks+?, last_error=?,
			expires_at=CASE WHEN ? AND time_limit > 0 THEN ? + time_limit ELSE expires_at END`,
			ms(r.DueAt), burn, ask, string(last), r.FreshLimit, ms(r.DueAt))
		if err != nil {
			return err
		}
		if err := tx.requeue(ctx, l.JobID); err != nil {
			return err
		}
		tx.noteWork("", queue.Waiting, r.DueAt)
		return tx.logAttempt(ctx, l.JobID, r.Failure)
	})
}

// Fail writes effects and ends the job as a failure.
func (s *Store) Fail(ctx context.Context, l queue.Lease, f queue.Failure, e queue.Effect) error {
	last, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("writing a failure: %w", err)
	}
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.fenced(ctx, l, `state='failed', lease_token='', lease_until=0, last_error=?, failed_kind=?, failed_system=?, failed_at=?`,
			string(last), f.Kind, f.System, ms(f.At)); err != nil {
			return err
		}
		if err := tx.logAttempt(ctx, l.JobID, f); err != nil {
			return err
		}
		return e(ctx, tx)
	})
}

func (t *Tx) logAttempt(ctx context.Context, job int64, f queue.Failure) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO attempt(job_id, at, kind, text) VALUES(?,?,?,?)`, job, ms(f.At), f.Kind, f.Text)
	if err != nil {
		return fmt.Errorf("recording an attempt: %w", err)
	}
	return nil
}

// Release gives the job back untried.
func (s *Store) Release(ctx context.Context, l queue.Lease) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.fenced(ctx, l, `state='ready', lease_token='', lease_until=0`); err != nil {
			return err
		}
		var stage string
		if err := tx.tx.QueryRowContext(ctx, `SELECT stage FROM job WHERE id=?`, l.JobID).Scan(&stage); err != nil {
			return fmt.Errorf("giving job %d back: %w", l.JobID, err)
		}
		tx.noteWork(stage, queue.Ready, time.Time{})
		return nil
	})
}

// Refresh gives a stage's ready and waiting jobs a fresh time limit; those that a
// stop put off are due now.
func (s *Store) Refresh(ctx context.Context, stage string, now time.Time) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		res, err := tx.tx.ExecContext(ctx, `UPDATE job SET due_at=?1 WHERE stage=?2 AND state='waiting' AND due_at > ?1
			AND last_error <> '' AND json_extract(last_error, '$.kind') = ?3`, ms(now), stage, fault.Misconfigured)
		if err != nil {
			return fmt.Errorf("calling in the jobs of %s: %w", stage, err)
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			tx.noteWork("", queue.Waiting, now)
		}
		_, err = tx.tx.ExecContext(ctx, `UPDATE job SET expires_at=? + time_limit WHERE stage=? AND state IN ('ready','waiting') AND time_limit > 0`, ms(now), stage)
		if err != nil {
			return fmt.Errorf("renewing time limits of %s: %w", stage, err)
		}
		return nil
	})
}

// CountReady counts claimable jobs of a stage, up to limit.
func (s *Store) CountReady(ctx context.Context, stage string, expiredOnly bool, now time.Time, limit int) (int, error) {
	q, args := `SELECT count(*) FROM (SELECT 1 FROM job WHERE stage=? AND state='ready' LIMIT ?)`, []any{stage, limit}
	if expiredOnly {
		q, args = `SELECT count(*) FROM (SELECT 1 FROM job WHERE stage=? AND state='ready' AND expires_at > 0 AND expires_at <= ? LIMIT ?)`,
			[]any{stage, ms(now), limit}
	}
	var n int
	if err := s.read.QueryRowContext(ctx, q, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting jobs of %s: %w", stage, err)
	}
	return n, nil
}

// promoted bounds how many jobs of one condition a promotion touches: everybody
// waits for it. The rest is due as well, so the caller is back at once.
const promoted = 1000

// promote makes jobs of one condition ready, those of the least order first,
// and returns their stages.
func (t *Tx) promote(ctx context.Context, condition, order string, now int64) ([]string, error) {
	rows, err := t.tx.QueryContext(ctx, `UPDATE job SET state='ready', lease_token='', lease_until=0, attempt=attempt + CASE WHEN state='leased' THEN 1 ELSE 0 END
		WHERE id IN (SELECT id FROM job WHERE `+condition+` ORDER BY `+order+` LIMIT ?) RETURNING stage`, now, promoted)
	if err != nil {
		return nil, fmt.Errorf("promoting jobs: %w", err)
	}
	return scanStrings(rows)
}

// scanStrings reads rows of one text column and closes them.
func scanStrings(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("reading rows: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Promote makes due jobs, jobs past their time limit and jobs of dead holders
// ready.
func (s *Store) Promote(ctx context.Context, now time.Time) (time.Time, []string, error) {
	var next time.Time
	var stages []string
	err := s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		n := ms(now)
		seen := map[string]bool{}
		for _, of := range [][2]string{
			{`state='waiting' AND due_at <= ?`, `due_at`},
			{`state='waiting' AND expires_at > 0 AND expires_at <= ?`, `expires_at`},
			{`state='leased' AND lease_until <= ?`, `lease_until`},
		} {
			got, err := tx.promote(ctx, of[0], of[1], n)
			if err != nil {
				return err
			}
			for _, st := range got {
				if !seen[st] {
					seen[st] = true
					stages = append(stages, st)
				}
			}
		}
		var due, exp, lease sql.NullInt64
		err := tx.tx.QueryRowContext(ctx, `SELECT (SELECT min(due_at) FROM job WHERE state='waiting'),
			(SELECT min(expires_at) FROM job WHERE state='waiting' AND expires_at > 0),
			(SELECT min(lease_until) FROM job WHERE state='leased')`).Scan(&due, &exp, &lease)
		if err != nil {
			return fmt.Errorf("reading the next due time: %w", err)
		}
		for _, v := range []sql.NullInt64{due, exp, lease} {
			if v.Valid {
				next = earlier(next, at(v.Int64))
			}
		}
		return nil
	})
	return next, stages, err
}
