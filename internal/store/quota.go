package store

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Rate is what a shared rate limit allows: a try a Step, Burst of them at once.
type Rate struct {
	Step  time.Duration
	Burst int
}

// tolerance is how far before its place in the row of tries one may be made.
func (r Rate) tolerance() int64 { return int64(r.Burst-1) * int64(r.Step) }

// Booking asks for tries of an operation, Most of them or none.
type Booking struct {
	Operation string
	Now       time.Time // of the clock that all processes share
	Most      int
	All       Rate
	Queued    *Rate         // nil: not of the queued lane
	Ahead     time.Duration // how long the first may have to wait for its time
}

// Booked are tries given out: the first may be made at From, and each other a Step
// later, by both rates. When none were given, From is when the first could be made
// if nobody else asked.
type Booked struct {
	N            int
	From, Queued time.Time
}

// tooFar is how far into the future tries given out may lie before the row is
// taken for the work of a clock that was wrong.
const tooFar = time.Minute

// book is one statement: it locks the row for as long as it runs. What was given
// never moves back, so a clock behind the others' gives out less and never more.
//
// ?2 now, ?3 how many, ?4 and ?5 the steps, ?6 and ?7 the latest starts, ?8 whether
// of the queued lane, ?9 and ?10 the furthest that can be true, ?11 and ?12 what is
// put in the place of what cannot.
const book = `INSERT INTO quota(operation, given_until, queued_until, given)
	VALUES(CAST(?1 AS TEXT), CAST(?2 AS BIGINT)+CAST(?3 AS BIGINT)*CAST(?4 AS BIGINT),
		CAST(?2 AS BIGINT)+CAST(?8 AS BIGINT)*CAST(?3 AS BIGINT)*CAST(?5 AS BIGINT), CAST(?3 AS BIGINT))
	ON CONFLICT(operation) DO UPDATE SET
		given_until = ` + given + ` + CASE WHEN ` + fits + ` THEN CAST(?3 AS BIGINT)*CAST(?4 AS BIGINT) ELSE 0 END,
		queued_until = ` + queued + ` + CASE WHEN ` + fits + ` THEN CAST(?8 AS BIGINT)*CAST(?3 AS BIGINT)*CAST(?5 AS BIGINT) ELSE 0 END,
		given = CASE WHEN ` + fits + ` THEN CAST(?3 AS BIGINT) ELSE 0 END
	RETURNING given, given_until, queued_until`

const (
	given = `(CASE WHEN quota.given_until > CAST(?9 AS BIGINT) THEN CAST(?11 AS BIGINT)
		WHEN quota.given_until > CAST(?2 AS BIGINT) THEN quota.given_until ELSE CAST(?2 AS BIGINT) END)`
	queued = `(CASE WHEN quota.queued_until > CAST(?10 AS BIGINT) THEN CAST(?12 AS BIGINT)
		WHEN quota.queued_until > CAST(?2 AS BIGINT) THEN quota.queued_until ELSE CAST(?2 AS BIGINT) END)`
	fits = given + ` <= CAST(?6 AS BIGINT) AND (CAST(?8 AS BIGINT)=0 OR ` + queued + ` <= CAST(?7 AS BIGINT))`
)

// Book gives tries out. Over all processes, in any time w by clocks that agree, the
// times of what is given out are no more than w/Step + Burst.
func (s *Store) Book(ctx context.Context, b Booking) (Booked, error) {
	var out Booked
	now := b.Now.UnixNano()
	q, lane := Rate{Step: 1, Burst: 1}, 0
	if b.Queued != nil {
		q, lane = *b.Queued, 1
	}
	latest := func(r Rate) int64 { return now + r.tolerance() + int64(b.Ahead) }
	// What can be true: everything given out, the longest booking and a wrong clock.
	furthest := func(r Rate) int64 { return latest(r) + int64(b.Most+1)*int64(r.Step) + int64(tooFar) }
	if lane == 0 {
		q.Burst = 0
	}
	queuedFurthest, queuedInstead := furthest(q), now+q.tolerance()+int64(q.Step)
	if lane == 0 {
		queuedFurthest = math.MaxInt64
	}
	err := s.engine.once(ctx, func(ctx context.Context, tx *Tx) error {
		var n, all, lanes int64
		err := tx.tx.QueryRowContext(ctx, book, b.Operation, now, b.Most, int64(b.All.Step), int64(q.Step), latest(b.All), latest(q), lane,
			furthest(b.All), queuedFurthest, now+b.All.tolerance()+int64(b.All.Step), queuedInstead).Scan(&n, &all, &lanes)
		if err != nil {
			return fmt.Errorf("booking tries: %w", err)
		}
		out = Booked{N: int(n), From: time.Unix(0, all-n*int64(b.All.Step)-b.All.tolerance())}
		if lane == 1 {
			out.Queued = time.Unix(0, lanes-n*int64(q.Step)-q.tolerance())
		}
		return nil
	})
	return out, err
}
