package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/queue"
)

// TakeLease takes a piece of work that one process at a time may do, when it is
// free, has run out, or was this holder's own; it returns the token that fences
// off every earlier holder. A lease that ends later than a clock that is right
// could have promised (by twice its length from now) counts as run out: whoever
// gave it had a clock that was wrong.
func (s *Store) TakeLease(ctx context.Context, name, holder string, until time.Time) (token int64, taken bool, err error) {
	err = s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		token, taken = 0, false
		now := s.now()
		err := tx.tx.QueryRowContext(ctx, `INSERT INTO lease(name, holder, token, until) VALUES(?1,?2,1,?3)
			ON CONFLICT(name) DO UPDATE SET holder=excluded.holder, token=lease.token+1, until=excluded.until
			WHERE lease.until <= ?4 OR lease.until > ?5 OR lease.holder=excluded.holder RETURNING token`,
			name, holder, ms(until), ms(now), ms(now.Add(2*until.Sub(now)))).Scan(&token)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // it is another's
		}
		if err != nil {
			return fmt.Errorf("taking the lease %s: %w", name, err)
		}
		taken = true
		return nil
	})
	return token, taken && err == nil, err
}

// KeepLease is the heart-beat of a lease; queue.ErrLeaseLost when another has it.
func (s *Store) KeepLease(ctx context.Context, name string, token int64, until time.Time) error {
	return s.setLease(ctx, name, token, until)
}

// GiveLease gives a lease back, so that another need not wait for its end.
func (s *Store) GiveLease(ctx context.Context, name string, token int64) error {
	return s.setLease(ctx, name, token, time.Time{})
}

func (s *Store) setLease(ctx context.Context, name string, token int64, until time.Time) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		res, err := tx.tx.ExecContext(ctx, `UPDATE lease SET until=? WHERE name=? AND token=?`, ms(until), name, token)
		if err != nil {
			return fmt.Errorf("keeping the lease %s: %w", name, err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return queue.ErrLeaseLost
		}
		return nil
	})
}

// HoldsLease answers queue.ErrLeaseLost unless the token is still the lease's.
// Nobody takes it until this transaction ends.
func (t *Tx) HoldsLease(ctx context.Context, name string, token int64) error {
	var now int64
	err := t.tx.QueryRowContext(ctx, `SELECT token FROM lease WHERE name=?`+t.forUpdate(), name).Scan(&now)
	if errors.Is(err, sql.ErrNoRows) || err == nil && now != token {
		return queue.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("checking the lease %s: %w", name, err)
	}
	return nil
}
