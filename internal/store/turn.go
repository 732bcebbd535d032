package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// lane is where jobs queue: turns are counted within a priority, for the urgent
// work of one applicant must not put off the ordinary work of another.
type lane struct {
	stage    string
	priority int
}

// clock keeps the highest rank claimed in each lane: by this process, and by
// others as far as the table stage_clock tells. One that is behind lets a
// newcomer go before some who came earlier, which is no harm.
type clock struct {
	mu    sync.Mutex
	ranks map[lane]int64
	known map[lane]int64 // as the table has them
	next  time.Time      // before it, nothing is saved again
}

// savedEvery bounds how often a process writes its clocks.
const savedEvery = time.Second

func (c *clock) at(l lane) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ranks[l]
}

func (c *clock) raise(l lane, rank int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ranks == nil {
		c.ranks = map[lane]int64{}
	}
	c.ranks[l] = max(c.ranks[l], rank)
}

// unsaved returns what the table does not have, if it is time to write it; nil:
// it is not.
func (c *clock) unsaved(now time.Time) map[lane]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.next) {
		return nil
	}
	c.next = now.Add(savedEvery)
	out := map[lane]int64{}
	for l, rank := range c.ranks {
		if rank > c.known[l] {
			out[l] = rank
		}
	}
	return out
}

func (c *clock) saved(list map[lane]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[lane]int64{}
	}
	for l, rank := range list {
		c.known[l] = max(c.known[l], rank)
	}
}

// saveClock writes clocks, always in one order: two processes that do so at once
// wait for each other and not both for ever.
func (t *Tx) saveClock(ctx context.Context, list map[lane]int64) error {
	order := slices.SortedFunc(maps.Keys(list), func(a, b lane) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.priority, b.priority))
	})
	for part := range slices.Chunk(order, rowsAtOnce) {
		var args []any
		for _, l := range part {
			args = append(args, l.stage, l.priority, list[l])
		}
		_, err := t.tx.ExecContext(ctx, `INSERT INTO stage_clock(stage, priority, rank) VALUES `+rows(3, len(part))+` ON CONFLICT(stage, priority)
			DO UPDATE SET rank=CASE WHEN excluded.rank > stage_clock.rank THEN excluded.rank ELSE stage_clock.rank END`, args...)
		if err != nil {
			return fmt.Errorf("saving the clocks of stages: %w", err)
		}
	}
	return nil
}

// loadClock reads how far the stages have come.
func (s *Store) loadClock(ctx context.Context, q querier) error {
	type row struct {
		lane
		rank int64
	}
	list, err := collect(ctx, q, `SELECT stage, priority, rank FROM stage_clock`, func(r *sql.Rows) (row, error) {
		var v row
		return v, r.Scan(&v.stage, &v.priority, &v.rank)
	})
	if err != nil {
		return fmt.Errorf("reading the clocks of stages: %w", err)
	}
	known := map[lane]int64{}
	for _, v := range list {
		s.clock.raise(v.lane, v.rank)
		known[v.lane] = v.rank
	}
	s.clock.saved(known)
	return nil
}

// turns are the next ranks of applicants within one call, so that each is looked
// up once.
type turns map[turnOf]int64

type turnOf struct {
	lane
	applicant string
}

// turn is the rank an applicant's next job gets: the later of the lane's clock
// and the turn after the last of the applicant's open jobs, so that one
// applicant's thousands do not hold up another's single one. Nothing is locked:
// what one applicant sends at once may get equal ranks, which is no harm.
func (t *Tx) turn(ctx context.Context, next turns, l lane, applicant string) (int64, error) {
	who := turnOf{l, applicant}
	rank, ok := next[who]
	if !ok {
		rank = t.s.clock.at(l)
		var last int64
		// The list of states is job_turn's, so that its index serves.
		err := t.tx.QueryRowContext(ctx, `SELECT rank FROM job WHERE stage=? AND priority=? AND applicant=? AND state IN ('ready','waiting','leased')
			ORDER BY rank DESC LIMIT 1`, l.stage, l.priority, applicant).Scan(&last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, fmt.Errorf("ranking a job of %s: %w", l.stage, err)
		}
		if err == nil {
			rank = max(rank, last+1)
		}
	}
	next[who] = rank + 1
	return rank, nil
}

// requeue gives a job that comes back (a retry, a replay) its applicant's next
// turn. With its old one, all that failed in an outage would come before
// whatever others have sent since.
func (t *Tx) requeue(ctx context.Context, id int64, l lane, applicant string) error {
	rank, err := t.turn(ctx, turns{}, l, applicant)
	if err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE job SET rank=? WHERE id=?`, rank, id); err != nil {
		return fmt.Errorf("ranking job %d: %w", id, err)
	}
	return nil
}
