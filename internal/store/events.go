package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

var _ event.Store = (*Store)(nil)

// AddEvent writes events into this transaction, each with the next number of its
// subject. That number's row stays locked to the commit, so the numbers of a
// subject are without gaps and rise in the order in which they can be seen.
func (t *Tx) AddEvent(ctx context.Context, events ...event.Event) error {
	for _, e := range events {
		subject := cmp.Or(e.Subject, e.Application)
		if subject == "" {
			return fmt.Errorf("an event of type %s is about nothing", e.Fact.Type())
		}
		body, err := json.Marshal(e.Fact)
		if err != nil {
			return fmt.Errorf("writing an event of type %s: %w", e.Fact.Type(), err)
		}
		if e.Commission == "" && e.Application != "" {
			if err := t.tx.QueryRowContext(ctx, `SELECT commission FROM application WHERE id=?`, e.Application).Scan(&e.Commission); err != nil {
				return notFound(err, "application")
			}
		}
		var sequence int64
		err = t.tx.QueryRowContext(ctx, `INSERT INTO event_sequence(subject, last) VALUES(?,1)
			ON CONFLICT(subject) DO UPDATE SET last=event_sequence.last+1 RETURNING last`, subject).Scan(&sequence)
		if err != nil {
			return fmt.Errorf("numbering an event: %w", err)
		}
		_, err = t.tx.ExecContext(ctx, `INSERT INTO event(uuid, subject, application, commission, sequence, type, body, at) VALUES(?,?,?,?,?,?,?,?)`,
			uuid.Must(uuid.NewV7()).String(), subject, e.Application, e.Commission, sequence, string(e.Fact.Type()), string(body), ms(e.At))
		if err != nil {
			return fmt.Errorf("writing an event: %w", err)
		}
		t.commit.Stages = append(t.commit.Stages, event.Written)
	}
	return nil
}

// StampEvents gives up to limit events their positions, in the order in which
// they were written, fenced by the lease of the stream. Without a broker they
// count as published at once. It returns how many.
func (s *Store) StampEvents(ctx context.Context, lease string, token int64, limit int, published bool) (int, error) {
	var n int64
	err := s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		n = 0
		if err := tx.HoldsLease(ctx, lease, token); err != nil {
			return err
		}
		var last int64
		if err := tx.tx.QueryRowContext(ctx, `SELECT stamped FROM stream WHERE name='hub'`).Scan(&last); err != nil {
			return fmt.Errorf("reading the stream: %w", err)
		}
		res, err := tx.tx.ExecContext(ctx, `UPDATE event SET position=?1+turn.n FROM
			(SELECT id, row_number() OVER (ORDER BY id) AS n FROM event WHERE position IS NULL ORDER BY id LIMIT ?2) AS turn WHERE event.id=turn.id`, last, limit)
		if err != nil {
			return fmt.Errorf("stamping events: %w", err)
		}
		if n, err = res.RowsAffected(); err != nil {
			return fmt.Errorf("stamping events: %w", err)
		}
		last += n
		if n > 0 {
			if _, err := tx.tx.ExecContext(ctx, `UPDATE stream SET stamped=? WHERE name='hub'`, last); err != nil {
				return fmt.Errorf("stamping events: %w", err)
			}
			tx.commit.Stages = append(tx.commit.Stages, event.Stamped)
		}
		if !published {
			return nil
		}
		if _, err := tx.tx.ExecContext(ctx, `UPDATE stream SET published=stamped WHERE name='hub' AND published <> stamped`); err != nil {
			return fmt.Errorf("stamping events: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

// UnpublishedEvents returns the next events that the broker has not confirmed.
func (s *Store) UnpublishedEvents(ctx context.Context, limit int) ([]event.Stored, error) {
	return collect(ctx, s.read, `SELECT `+eventColumns+` FROM event WHERE position > (SELECT published FROM stream WHERE name='hub') ORDER BY position LIMIT ?`,
		scanEvent, limit)
}

// EventsPublished writes how far the broker has confirmed the stream, fenced by
// its lease.
func (s *Store) EventsPublished(ctx context.Context, lease string, token, position int64) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.HoldsLease(ctx, lease, token); err != nil {
			return err
		}
		if _, err := tx.tx.ExecContext(ctx, `UPDATE stream SET published=?1 WHERE name='hub' AND published < ?1 AND stamped >= ?1`, position); err != nil {
			return fmt.Errorf("moving the stream on: %w", err)
		}
		return nil
	})
}

const eventColumns = `uuid, type, subject, commission, sequence, position, at, body`

func scanEvent(r *sql.Rows) (event.Stored, error) {
	var e event.Stored
	var when int64
	var body string
	err := r.Scan(&e.ID, &e.Type, &e.Subject, &e.Commission, &e.Sequence, &e.Position, &when, &body)
	e.At, e.Data = at(when), json.RawMessage(body)
	return e, err
}

// EventFilter says which events are meant; empty fields match all.
type EventFilter struct {
	Types       []string
	Application string
	Commission  string
}

// Events returns up to limit events after a position, in order, and the position
// up to which there is no other that the filter means: the stream's end, which
// lies before after when that is none of its positions. Positions are given in
// order, so nothing appears later at or before it.
func (s *Store) Events(ctx context.Context, f EventFilter, after int64, limit int) (list []event.Stored, upTo int64, err error) {
	// The end is read first: what is stamped in between is for the next time.
	if upTo, err = s.StreamEnd(ctx); err != nil {
		return nil, 0, err
	}
	if upTo <= after {
		return nil, upTo, nil
	}
	where, args := []string{"position > ?", "position <= ?"}, []any{after, upTo}
	if f.Application != "" {
		where, args = append(where, "subject=?"), append(args, f.Application)
	}
	if f.Commission != "" {
		where, args = append(where, "commission=?"), append(args, f.Commission)
	}
	if len(f.Types) > 0 {
		where = append(where, "type IN (?"+strings.Repeat(",?", len(f.Types)-1)+")")
		for _, t := range f.Types {
			args = append(args, t)
		}
	}
	list, err = collect(ctx, s.read, `SELECT `+eventColumns+` FROM event WHERE `+strings.Join(where, " AND ")+` ORDER BY position LIMIT ?`,
		scanEvent, append(args, limit)...)
	if err != nil {
		return nil, 0, err
	}
	if len(list) == limit {
		upTo = list[limit-1].Position
	}
	return list, upTo, nil
}

// StreamEnd returns the last position of the stream.
func (s *Store) StreamEnd(ctx context.Context) (int64, error) {
	var last int64
	if err := s.read.QueryRowContext(ctx, `SELECT stamped FROM stream WHERE name='hub'`).Scan(&last); err != nil {
		return 0, fmt.Errorf("reading the stream: %w", err)
	}
	return last, nil
}

// Stream tells how far the stream of events has come.
type Stream struct {
	Stamped   int64 // the last position given
	Published int64 // the last one that the broker has confirmed; without a broker, as Stamped
	Waiting   int64 // events without a position yet
}

// Stream tells how far the stream of events has come.
func (s *Store) Stream(ctx context.Context) (Stream, error) {
	var v Stream
	err := s.read.QueryRowContext(ctx, `SELECT stamped, published, (SELECT count(*) FROM event WHERE position IS NULL) FROM stream WHERE name='hub'`).
		Scan(&v.Stamped, &v.Published, &v.Waiting)
	if err != nil {
		return v, fmt.Errorf("reading the stream: %w", err)
	}
	return v, nil
}

// failureRaised tells that a job became a failure, failureReplayed that it was
// sent through again.
func (t *Tx) failureRaised(ctx context.Context, job int64, f queue.Failure) error {
	return t.tellOfJob(ctx, job, f.At, func(stage string, _ int) event.Fact {
		return event.Raised{Job: job, Stage: stage, Cause: string(f.Kind), System: f.System, Operation: f.Operation}
	})
}

func (t *Tx) failureReplayed(ctx context.Context, job int64, at time.Time) error {
	return t.tellOfJob(ctx, job, at, func(stage string, generation int) event.Fact {
		return event.Replayed{Job: job, Stage: stage, Generation: generation}
	})
}

func (t *Tx) tellOfJob(ctx context.Context, job int64, at time.Time, fact func(stage string, generation int) event.Fact) error {
	var stage, application, commission string
	var generation int
	err := t.tx.QueryRowContext(ctx, `SELECT job.stage, job.generation, coalesce(application.id, ''), coalesce(application.commission, document.commission, '')
		FROM job LEFT JOIN application ON application.id=job.application
		LEFT JOIN document ON job.application='' AND job.stage='issuing.render' AND document.id=job.ref WHERE job.id=?`, job).Scan(&stage, &generation, &application, &commission)
	if err != nil {
		return fmt.Errorf("telling of job %d: %w", job, err)
	}
	return t.AddEvent(ctx, event.Event{
		Application: application, Subject: cmp.Or(application, fmt.Sprintf("job-%d", job)), Commission: commission, At: at, Fact: fact(stage, generation),
	})
}
