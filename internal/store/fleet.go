package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Process is a hub process that works, or has lately worked, on this database.
type Process struct {
	ID, Host  string
	PID       int
	Address   string
	Version   string
	StartedAt time.Time
	SeenAt    time.Time
}

// Beat says that a process lives, and puts it on the list.
func (t *Tx) Beat(ctx context.Context, p Process) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO process(id, host, pid, address, version, started_at, seen_at) VALUES(?,?,?,?,?,?,?)
		ON CONFLICT(id) DO UPDATE SET seen_at=excluded.seen_at, address=excluded.address`,
		p.ID, p.Host, p.PID, p.Address, p.Version, ms(p.StartedAt), ms(p.SeenAt))
	if err != nil {
		return fmt.Errorf("telling that the process lives: %w", err)
	}
	return nil
}

// Left takes a process off the list.
func (t *Tx) Left(ctx context.Context, id string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM process WHERE id=?`, id); err != nil {
		return fmt.Errorf("telling that the process ends: %w", err)
	}
	return nil
}

// Processes lists who is on the list, the oldest first.
func (s *Store) Processes(ctx context.Context) ([]Process, error) {
	return collect(ctx, s.read, `SELECT id, host, pid, address, version, started_at, seen_at FROM process ORDER BY started_at, id`, func(r *sql.Rows) (Process, error) {
		var p Process
		var started, seen int64
		err := r.Scan(&p.ID, &p.Host, &p.PID, &p.Address, &p.Version, &started, &seen)
		p.StartedAt, p.SeenAt = at(started), at(seen)
		return p, err
	})
}

// Forget takes processes off the list that were last seen before the one time, and
// what is known of operations that nobody can need any more: rests that ended
// before it, and stops that turned out to work before the other.
func (t *Tx) Forget(ctx context.Context, unseen, worked time.Time) error {
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM process WHERE seen_at < ?`, []any{ms(unseen)}},
		{`DELETE FROM resting WHERE until < ?`, []any{ms(unseen)}},
		{`DELETE FROM stopped WHERE worked_at > 0 AND worked_at < ?`, []any{ms(worked)}},
	} {
		if _, err := t.tx.ExecContext(ctx, step.query, step.args...); err != nil {
			return fmt.Errorf("forgetting processes: %w", err)
		}
	}
	return nil
}

// Resting is an operation whose breaker is open in a process.
type Resting struct {
	System, Operation string
	Process, Host     string
	Since, Until      time.Time
	Worked            time.Time // when it worked in another process; zero: not
}

// Stopped is an operation that is misconfigured.
type Stopped struct {
	System, Operation string
	Process, Host     string
	Since             time.Time
	Code, Hint        string
	Turn              string    // the process that may make the next trial
	Next              time.Time // when the turn passes on
	Worked            time.Time // zero: it is still stopped
	WorkedIn          string    // the process that saw it work
}

// Held is what all processes are to know of operations.
type Held struct {
	Holds   []Hold
	Resting []Resting
	Stopped []Stopped
}

// Held reads it, of one moment.
func (s *Store) Held(ctx context.Context) (Held, error) {
	var h Held
	type row struct {
		kind                             string
		system, operation, process, a, b string
		since, until, worked             int64
		c, turn, in                      string
	}
	rows, err := collect(ctx, s.read, `SELECT 'hold', system, operation, actor, reason, '', at, 0, 0, '', '', '' FROM hold
		UNION ALL SELECT 'resting', system, operation, process, host, '', since, until, worked_at, '', '', '' FROM resting
		UNION ALL SELECT 'stopped', system, operation, process, host, code, since, next_at, worked_at, hint, turn, worked_in FROM stopped`,
		func(r *sql.Rows) (row, error) {
			var v row
			err := r.Scan(&v.kind, &v.system, &v.operation, &v.process, &v.a, &v.b, &v.since, &v.until, &v.worked, &v.c, &v.turn, &v.in)
			return v, err
		})
	if err != nil {
		return h, err
	}
	for _, v := range rows {
		switch v.kind {
		case "hold":
			h.Holds = append(h.Holds, Hold{System: v.system, Operation: v.operation, Actor: v.process, Reason: v.a, At: at(v.since)})
		case "resting":
			h.Resting = append(h.Resting, Resting{
				System: v.system, Operation: v.operation, Process: v.process, Host: v.a, Since: at(v.since), Until: at(v.until), Worked: at(v.worked),
			})
		case "stopped":
			h.Stopped = append(h.Stopped, Stopped{
				System: v.system, Operation: v.operation, Process: v.process, Host: v.a, Code: v.b, Hint: v.c, Since: at(v.since), Next: at(v.until),
				Turn: v.turn, Worked: at(v.worked), WorkedIn: v.in,
			})
		}
	}
	return h, nil
}

// Rest tells that an operation rests in a process, or rests on. A row of another's
// stands, unless that one has been shown to work or ended before stale.
func (t *Tx) Rest(ctx context.Context, r Resting, stale time.Time) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO resting(system, operation, process, host, since, until, worked_at) VALUES(?1,?2,?3,?4,?5,?6,0)
		ON CONFLICT(system, operation) DO UPDATE SET process=excluded.process, host=excluded.host, since=excluded.since, until=excluded.until, worked_at=0
		WHERE (resting.process=excluded.process AND (resting.worked_at=0 OR resting.since<>excluded.since))
			OR (resting.process<>excluded.process AND (resting.worked_at>0 OR resting.until < ?7))`,
		r.System, r.Operation, r.Process, r.Host, ms(r.Since), ms(r.Until), ms(stale))
	if err != nil {
		return fmt.Errorf("telling that an operation rests: %w", err)
	}
	return nil
}

// Rested tells that an operation works again in the process where it rested.
func (t *Tx) Rested(ctx context.Context, system, operation, process string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM resting WHERE system=? AND operation=? AND process=?`, system, operation, process); err != nil {
		return fmt.Errorf("telling that an operation works: %w", err)
	}
	return nil
}

// Disproved tells that an operation works in another process than where it rests.
func (t *Tx) Disproved(ctx context.Context, system, operation string, since, now time.Time) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE resting SET worked_at=? WHERE system=? AND operation=? AND since=? AND worked_at=0`,
		ms(now), system, operation, ms(since)); err != nil {
		return fmt.Errorf("telling that an operation works: %w", err)
	}
	return nil
}

// Stop tells that an operation is misconfigured. First says that nobody had told
// yet: whoever is first raises the alarm.
func (t *Tx) Stop(ctx context.Context, st Stopped) (first bool, err error) {
	res, err := t.tx.ExecContext(ctx, `INSERT INTO stopped(system, operation, process, host, since, code, hint, turn, next_at, worked_at, worked_in)
		VALUES(?,?,?,?,?,?,?,?,?,0,'')
		ON CONFLICT(system, operation) DO UPDATE SET process=excluded.process, host=excluded.host, since=excluded.since, code=excluded.code,
			hint=excluded.hint, turn=excluded.turn, next_at=excluded.next_at, worked_at=0, worked_in=''
		WHERE stopped.worked_at > 0`,
		st.System, st.Operation, st.Process, st.Host, ms(st.Since), st.Code, st.Hint, st.Turn, ms(st.Next))
	if err != nil {
		return false, fmt.Errorf("telling that an operation is stopped: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// TakeTurn gives the next trial of a stop to a process, when the turn has passed on
// by now; the next passes on then.
func (t *Tx) TakeTurn(ctx context.Context, st Stopped, process string, now, next time.Time) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE stopped SET turn=?, next_at=? WHERE system=? AND operation=? AND since=? AND next_at <= ? AND worked_at=0`,
		process, ms(next), st.System, st.Operation, ms(st.Since), ms(now)); err != nil {
		return fmt.Errorf("taking the turn of a trial: %w", err)
	}
	return nil
}

// Worked tells that a stopped operation works. First says that nobody had told yet.
func (t *Tx) Worked(ctx context.Context, system, operation string, since time.Time, process string, now time.Time) (first bool, err error) {
	res, err := t.tx.ExecContext(ctx, `UPDATE stopped SET worked_at=?, worked_in=? WHERE system=? AND operation=? AND since=? AND worked_at=0`,
		ms(now), process, system, operation, ms(since))
	if err != nil {
		return false, fmt.Errorf("telling that an operation works: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// DropStop ends a stop on an operator's word; the next call shows whether it holds.
func (t *Tx) DropStop(ctx context.Context, system, operation string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM stopped WHERE system=? AND operation=?`, system, operation); err != nil {
		return fmt.Errorf("ending a stop: %w", err)
	}
	return nil
}

// DatabaseTime is the clock of the database, which all processes see alike; false
// where the database is the process's own and has none.
func (s *Store) DatabaseTime(ctx context.Context) (time.Time, bool, error) {
	if s.advisory == "" {
		return time.Time{}, false, nil
	}
	var micros int64
	if err := s.read.QueryRowContext(ctx, `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp())*1000000 AS BIGINT)`).Scan(&micros); err != nil {
		return time.Time{}, false, trouble(fmt.Errorf("asking the database's clock: %w", err))
	}
	return time.UnixMicro(micros), true, nil
}
