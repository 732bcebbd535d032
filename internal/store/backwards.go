package store

import (
	"context"
	"fmt"
	"time"
)

// Newest is the latest time that the database knows of; zero when it holds nothing.
func (s *Store) Newest(ctx context.Context) (time.Time, error) {
	var last int64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM (
		SELECT created_at AS at FROM job WHERE id=(SELECT max(id) FROM job)
		UNION ALL SELECT at FROM audit WHERE id=(SELECT max(id) FROM audit)
		UNION ALL SELECT at FROM timeline WHERE id=(SELECT max(id) FROM timeline)) AS known`).Scan(&last)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the latest time: %w", err)
	}
	return at(last), nil
}

// MoveWaiting makes due by so much earlier what waits: when a clock was set back
// by days, a retry that was due in five seconds must not wait for them.
func (s *Store) MoveWaiting(ctx context.Context, by time.Duration) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.tx.ExecContext(ctx, `UPDATE job SET due_at=due_at-?1, expires_at=CASE WHEN expires_at > 0 THEN expires_at-?1 ELSE 0 END
			WHERE state IN ('ready','waiting')`, by.Milliseconds())
		if err != nil {
			return fmt.Errorf("moving what waits: %w", err)
		}
		return nil
	})
}
