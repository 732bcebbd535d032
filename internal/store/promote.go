package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// promoted bounds how many jobs of one condition a promotion touches: everybody
// waits for it. The rest is due as well, so the caller is back at once.
const promoted = 1000

// promote makes jobs of one condition ready, those of the least order first,
// and returns their stages.
func (t *Tx) promote(ctx context.Context, condition, order string, now int64) ([]string, error) {
	// MATERIALIZED: chosen once, however the rest is planned.
	rows, err := t.tx.QueryContext(ctx, `WITH due AS MATERIALIZED (SELECT id FROM job WHERE `+condition+` ORDER BY `+order+` LIMIT ?`+t.skipLocked()+`)
		UPDATE job SET state='ready', lease_token='', lease_until=0, attempt=attempt + CASE WHEN state='leased' THEN 1 ELSE 0 END
		WHERE id IN (SELECT id FROM due) RETURNING stage`, now, promoted)
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
// ready. Processes that promote at once share the work. It also saves the stages'
// clocks and learns those of other processes.
func (s *Store) Promote(ctx context.Context, now time.Time) (time.Time, []string, error) {
	var next time.Time
	var stages []string
	saved := s.clock.unsaved(now)
	err := s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		next, stages = time.Time{}, nil
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
		return tx.saveClock(ctx, saved)
	})
	if err == nil && saved != nil {
		s.clock.saved(saved)
		err = s.loadClock(ctx, s.read)
	}
	return next, stages, err
}
