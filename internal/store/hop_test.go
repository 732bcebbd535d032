package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
)

// hands work at once in a benchmark, each on a connection where there are many.
const hands = 16

// BenchmarkHop is a job's way through one stage into the next: claimed, ended
// with the job that follows. floor is what the database alone takes for the
// statements no hop can do without; store is ours; runner is the whole runner,
// with nothing that follows.
func BenchmarkHop(b *testing.B) {
	for name, where := range places {
		b.Run(name+"/floor", func(b *testing.B) {
			place := where(b)
			s := open(b, place, time.Now)
			fill(b, s, b.N)
			_ = s.Close()
			if name == "sqlite" {
				floorSQLite(b, place)
			} else {
				floorPostgres(b, place)
			}
		})
		b.Run(name+"/store", func(b *testing.B) {
			o := options(where(b))
			o.Connections = hands + hands/2 // a third reads
			s := openWith(b, o)
			fill(b, s, b.N)
			hops(b, func() (bool, error) {
				j, ok, err := s.Claim(b.Context(), queue.Claim{Stage: "work", Now: time.Now(), Lease: time.Minute})
				if err != nil || !ok {
					return false, err
				}
				return true, s.Finish(b.Context(), j.Lease, func(ctx context.Context, tx queue.Tx) error {
					return tx.Enqueue(ctx, queue.New{Stage: "next", Key: "next:" + j.Key, Applicant: j.Applicant, Priority: j.Priority})
				})
			})
		})
		b.Run(name+"/runner", func(b *testing.B) {
			s := open(b, where(b), time.Now)
			fill(b, s, b.N)
			var left sync.WaitGroup
			left.Add(b.N)
			r, err := queue.NewRunner(queue.Config{
				Store: s, Transport: embedded.New(quiet()), Now: time.Now, Log: quiet(), Observer: observer(left.Done),
				Stages: []queue.Stage{{
					Name: "work", Workers: hands, Policy: queue.DefaultPolicy(),
					Handle: func(context.Context, queue.Job, queue.Keeper) (queue.Effect, error) { return nil, nil },
				}},
			})
			if err != nil {
				b.Fatal(err)
			}
			s.OnCommit(func(c store.Commit) { r.Wake(c.Stages, c.Due) })
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			b.ResetTimer()
			go func() { ended <- r.Run(ctx) }()
			left.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hops/s")
			cancel()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		})
	}
}

// hops has all hands hop until nothing is left.
func hops(b *testing.B, hop func() (bool, error)) {
	b.Helper()
	var wg sync.WaitGroup
	var n atomic.Int64
	b.ResetTimer()
	for range hands {
		wg.Go(func() {
			for {
				ok, err := hop()
				if err != nil {
					b.Error(err)
				}
				if err != nil || !ok {
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if int(n.Load()) != b.N {
		b.Errorf("%d hops, want %d", n.Load(), b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hops/s")
}

const (
	floorClaim = `UPDATE job SET state='leased', lease_token=?1, lease_until=?2 WHERE id=(SELECT id FROM job WHERE stage='work' AND state='ready'
		ORDER BY priority, rank, id LIMIT 1%s) RETURNING id, application, applicant, stage, ref, key, priority, rank, attempt, due_at`
	floorDone = `UPDATE job SET state='done', lease_token='', lease_until=0 WHERE id=?1 AND lease_token=?2`
	floorNext = `INSERT INTO job(applicant, stage, key, priority, rank, due_at, state, created_at) VALUES('A', 'next', ?1, 50, 1, 1, 'ready', 1)`
)

func floorPostgres(b *testing.B, place string) {
	c, err := pgxpool.ParseConfig(place)
	if err != nil {
		b.Fatal(err)
	}
	c.MaxConns = hands
	pool, err := pgxpool.NewWithConfig(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	claim, done, next := store.Dollars(fmt.Sprintf(floorClaim, " FOR UPDATE SKIP LOCKED")), store.Dollars(floorDone), store.Dollars(floorNext)
	hops(b, func() (bool, error) {
		ctx, token := b.Context(), uuid.NewString()
		rows, err := pool.Query(ctx, claim, token, time.Now().UnixMilli())
		if err != nil {
			return false, err
		}
		var id int64
		found := rows.Next()
		if found {
			v, err := rows.Values()
			if err != nil {
				return false, err
			}
			id, _ = v[0].(int64)
		}
		rows.Close()
		if rows.Err() != nil || !found {
			return false, rows.Err()
		}
		tx, err := pool.Begin(ctx)
		if err != nil {
			return false, err
		}
		if _, err := tx.Exec(ctx, done, id, token); err != nil {
			return false, err
		}
		if _, err := tx.Exec(ctx, next, fmt.Sprint("next:", id)); err != nil {
			return false, err
		}
		return true, tx.Commit(ctx)
	})
}

// floorSQLite has one hand: the database takes one writer, and sharing commits is
// ours.
func floorSQLite(b *testing.B, folder string) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "hub.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	var st [3]*sql.Stmt
	for i, q := range []string{fmt.Sprintf(floorClaim, ""), floorDone, floorNext} {
		if st[i], err = db.PrepareContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for range b.N {
		token := uuid.NewString()
		var id, due, priority, rank, attempt int64
		var application, applicant, stage, ref, key string
		err := st[0].QueryRowContext(b.Context(), token, time.Now().UnixMilli()).Scan(&id, &application, &applicant, &stage, &ref, &key, &priority, &rank, &attempt, &due)
		if err != nil {
			b.Fatal(err)
		}
		tx, err := db.BeginTx(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		_, err = tx.StmtContext(b.Context(), st[1]).ExecContext(b.Context(), id, token)
		if err == nil {
			_, err = tx.StmtContext(b.Context(), st[2]).ExecContext(b.Context(), fmt.Sprint("next:", id))
		}
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hops/s")
}
