package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// jobColumnsIn are the columns a job is made with; its rank is the last.
const jobColumnsIn = `application, applicant, stage, ref, key, priority, due_at, time_limit, expires_at, state, created_at, rank`

// enqueueOne makes one job and finds its turn (see Tx.turn) in one statement: a
// hop's share of the way to the database is felt.
const enqueueOne = `INSERT INTO job(` + jobColumnsIn + `) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,
	coalesce((SELECT CASE WHEN rank >= CAST(?12 AS BIGINT) THEN rank + 1 ELSE CAST(?12 AS BIGINT) END FROM job
		WHERE stage=?3 AND priority=?6 AND applicant=?2 AND state IN ('ready','waiting','leased') ORDER BY rank DESC LIMIT 1), CAST(?12 AS BIGINT)))
	ON CONFLICT(key) DO NOTHING`

// Enqueue makes jobs, each with its applicant's next turn.
func (t *Tx) Enqueue(ctx context.Context, jobs ...queue.New) error {
	now := t.s.now()
	next := turns{}
	for part := range slices.Chunk(jobs, rowsAtOnce) {
		var made Commit
		insert := enqueueOne
		if len(jobs) > 1 {
			insert = `INSERT INTO job(` + jobColumnsIn + `) VALUES ` + rows(12, len(part)) + ` ON CONFLICT(key) DO NOTHING`
		}
		args := make([]any, 0, 12*len(part))
		for _, n := range part {
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
			of := lane{n.Stage, n.Priority}
			rank := t.s.clock.at(of)
			if len(jobs) > 1 {
				var err error
				if rank, err = t.turn(ctx, next, of, n.Applicant); err != nil {
					return err
				}
			}
			args = append(args, n.Application, n.Applicant, n.Stage, n.Ref, n.Key, n.Priority, ms(due), n.Limit.Milliseconds(), expires, state, ms(now), rank)
			made.work(n.Stage, state, due)
		}
		res, err := t.tx.ExecContext(ctx, insert, args...)
		if err != nil {
			return fmt.Errorf("making a job of %s: %w", part[0].Stage, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("making a job of %s: %w", part[0].Stage, err)
		}
		if n > 0 { // else their keys exist: they were made before
			t.commit.add(made)
		}
	}
	return nil
}

func (t *Tx) noteWork(stage string, state queue.State, due time.Time) {
	t.commit.work(stage, state, due)
}

func (c *Commit) work(stage string, state queue.State, due time.Time) {
	if state == queue.Ready {
		c.Stages = append(c.Stages, stage)
		return
	}
	c.Due = earlier(c.Due, due)
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

// Claim leases the best ready job of a stage, in one statement.
func (s *Store) Claim(ctx context.Context, c queue.Claim) (queue.Job, bool, error) {
	var j queue.Job
	found := false
	err := s.engine.once(ctx, func(ctx context.Context, tx *Tx) error {
		pick := `SELECT id FROM job WHERE stage=? AND state='ready' ORDER BY priority, rank, id LIMIT 1`
		args := []any{uuid.NewString(), ms(c.Now.Add(c.Lease)), c.Stage}
		if c.ExpiredOnly {
			pick = `SELECT id FROM job WHERE stage=? AND state='ready' AND expires_at > 0 AND expires_at <= ? ORDER BY expires_at, id LIMIT 1`
			args = append(args, ms(c.Now))
		}
		var err error
		j, err = scanJob(tx.tx.QueryRowContext(ctx,
			`UPDATE job SET state='leased', lease_token=?, lease_until=? WHERE id=(`+pick+tx.skipLocked()+`) RETURNING `+jobColumns, args...))
		found = err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("claiming a job of %s: %w", c.Stage, err)
		}
		return nil
	})
	if err != nil || !found {
		return queue.Job{}, false, err
	}
	s.clock.raise(lane{j.Stage, j.Priority}, j.Rank)
	return j, true, nil
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
	return s.engine.once(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.fenced(ctx, l, `lease_until=?`, ms(until))
	})
}

// Keep writes effects while the job stays leased.
func (s *Store) Keep(ctx context.Context, l queue.Lease, e queue.Effect) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		var id int64
		err := tx.tx.QueryRowContext(ctx, `SELECT id FROM job WHERE id=? AND state='leased' AND lease_token=?`+tx.forUpdate(), l.JobID, l.Token).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return queue.ErrLeaseLost
		}
		if err != nil {
			return fmt.Errorf("reading job %d: %w", l.JobID, err)
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
		var of lane
		var applicant string
		err := tx.tx.QueryRowContext(ctx, `UPDATE job SET state='waiting', lease_token='', lease_until=0, due_at=?, attempt=attempt+?, asks=asks+?, last_error=?,
			failed_kind=?, expires_at=CASE WHEN ? AND time_limit > 0 THEN ? + time_limit ELSE expires_at END
			WHERE id=? AND state='leased' AND lease_token=? RETURNING stage, priority, applicant`,
			ms(r.DueAt), burn, ask, string(last), r.Failure.Kind, r.FreshLimit, ms(r.DueAt), l.JobID, l.Token).Scan(&of.stage, &of.priority, &applicant)
		if errors.Is(err, sql.ErrNoRows) {
			return queue.ErrLeaseLost
		}
		if err != nil {
			return fmt.Errorf("putting job %d off: %w", l.JobID, err)
		}
		if err := tx.requeue(ctx, l.JobID, of, applicant); err != nil {
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
		if err := e(ctx, tx); err != nil {
			return err
		}
		return tx.failureRaised(ctx, l.JobID, f)
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
		var stage string
		err := tx.tx.QueryRowContext(ctx, `UPDATE job SET state='ready', lease_token='', lease_until=0 WHERE id=? AND state='leased' AND lease_token=? RETURNING stage`,
			l.JobID, l.Token).Scan(&stage)
		if errors.Is(err, sql.ErrNoRows) {
			return queue.ErrLeaseLost
		}
		if err != nil {
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
		res, err := tx.tx.ExecContext(ctx, `UPDATE job SET due_at=?1 WHERE stage=?2 AND state='waiting' AND due_at > ?1 AND failed_kind=?3`,
			ms(now), stage, fault.Misconfigured)
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
	q, args := `SELECT count(*) FROM (SELECT 1 FROM job WHERE stage=? AND state='ready' LIMIT ?) AS found`, []any{stage, limit}
	if expiredOnly {
		q, args = `SELECT count(*) FROM (SELECT 1 FROM job WHERE stage=? AND state='ready' AND expires_at > 0 AND expires_at <= ? LIMIT ?) AS found`,
			[]any{stage, ms(now), limit}
	}
	var n int
	if err := s.read.QueryRowContext(ctx, q, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting jobs of %s: %w", stage, err)
	}
	return n, nil
}
