package store_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
)

var dawn = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

func inTx(t *testing.T, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		one := store.Process{ID: "1", Host: "h", PID: 7, Address: "http://a", Version: "v", StartedAt: dawn, SeenAt: dawn}
		two := store.Process{ID: "2", Host: "h", PID: 8, Address: "http://b", Version: "v", StartedAt: dawn.Add(time.Second), SeenAt: dawn.Add(time.Minute)}
		for _, p := range []store.Process{two, one} {
			inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Beat(ctx, p) })
		}
		one.SeenAt = dawn.Add(time.Hour)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Beat(ctx, one) })
		list := func(want ...store.Process) {
			t.Helper()
			got, err := s.Processes(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		}
		list(one, two)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Forget(ctx, dawn.Add(2*time.Minute), dawn) })
		list(one)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Left(ctx, "1") })
		list()
	})
}

func TestResting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		row := func(process string, since, until int) store.Resting {
			return store.Resting{
				System: "portal", Operation: "a", Process: process, Host: "h",
				Since: dawn.Add(time.Duration(since) * time.Second), Until: dawn.Add(time.Duration(until) * time.Second),
			}
		}
		rest := func(r store.Resting, stale int) {
			t.Helper()
			inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
				return tx.Rest(ctx, r, dawn.Add(time.Duration(stale)*time.Second))
			})
		}
		is := func(what string, want ...store.Resting) {
			t.Helper()
			got, err := s.Held(t.Context())
			if diff := cmp.Diff(want, got.Resting); diff != "" || err != nil {
				t.Errorf("%s: %v %s", what, err, diff)
			}
		}
		rest(row("1", 0, 30), 0)
		rest(row("2", 1, 31), 5)
		is("the first stands", row("1", 0, 30))
		rest(row("1", 0, 60), 30)
		is("it goes on", row("1", 0, 60))
		rest(row("2", 1, 91), 61)
		is("stale ones are taken over", row("2", 1, 91))
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Rested(ctx, "portal", "a", "1") })
		is("only who holds it ends it", row("2", 1, 91))
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.Disproved(ctx, "portal", "a", dawn, dawn.Add(time.Minute))
		})
		is("another opening", row("2", 1, 91))
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.Disproved(ctx, "portal", "a", dawn.Add(time.Second), dawn.Add(time.Minute))
		})
		worked := row("2", 1, 91)
		worked.Worked = dawn.Add(time.Minute)
		is("shown to work", worked)
		rest(row("2", 1, 121), 0)
		is("it stays shown, whatever its owner goes through", worked)
		rest(row("2", 70, 121), 0)
		is("but anew", row("2", 70, 121))
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Rested(ctx, "portal", "a", "2") })
		is("over")
		rest(row("1", 0, 30), 0)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Forget(ctx, dawn.Add(time.Minute), dawn) })
		is("forgotten")
	})
}

func TestStopped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		at := func(n int) time.Time { return dawn.Add(time.Duration(n) * time.Second) }
		row := store.Stopped{System: "portal", Operation: "a", Process: "1", Host: "h", Since: at(0), Code: "900908", Hint: "subscribe", Next: at(30)}
		stop := func(r store.Stopped) (first bool) {
			t.Helper()
			inTx(t, s, func(ctx context.Context, tx *store.Tx) (err error) { first, err = tx.Stop(ctx, r); return err })
			return first
		}
		worked := func(since, now int) (first bool) {
			t.Helper()
			inTx(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
				first, err = tx.Worked(ctx, "portal", "a", at(since), "2", at(now))
				return err
			})
			return first
		}
		is := func(what string, want ...store.Stopped) {
			t.Helper()
			got, err := s.Held(t.Context())
			if diff := cmp.Diff(want, got.Stopped); diff != "" || err != nil {
				t.Errorf("%s: %v %s", what, err, diff)
			}
		}
		other := row
		other.Process, other.Since = "2", at(1)
		if !stop(row) || stop(other) {
			t.Error("the first alone raises the alarm")
		}
		is("the first stands", row)
		var wg sync.WaitGroup
		for _, p := range []string{"1", "2", "3"} { // at once
			wg.Go(func() {
				if err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.TakeTurn(ctx, row, p, at(30), at(60)) }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := s.Held(t.Context())
		if err != nil || got.Stopped[0].Turn == "" || !got.Stopped[0].Next.Equal(at(60)) {
			t.Fatalf("%+v %v", got, err)
		}
		row.Turn, row.Next = got.Stopped[0].Turn, at(60)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.TakeTurn(ctx, row, "4", at(59), at(90)) })
		is("a turn lasts", row)
		if worked(1, 70) || !worked(0, 70) || worked(0, 71) {
			t.Error("told once, of this stop")
		}
		row.Worked, row.WorkedIn = at(70), "2"
		is("it works", row)
		if !stop(other) {
			t.Error("and stops anew")
		}
		is("anew", other)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DropStop(ctx, "portal", "a") })
		is("an operator's word")
		stop(row)
		worked(0, 80)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Forget(ctx, dawn, at(81)) })
		is("forgotten")
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddHold(ctx, store.Hold{System: "portal", Operation: "b", Actor: "key:a", Reason: "r", At: at(3)})
		})
		held, err := s.Held(t.Context())
		if diff := cmp.Diff([]store.Hold{{System: "portal", Operation: "b", Actor: "key:a", Reason: "r", At: at(3)}}, held.Holds); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	})
}

// Book does what it says, word for word the same as plain arithmetic does.
func TestBook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		r := rand.New(rand.NewPCG(1, 2))
		for _, c := range []struct {
			name        string
			all, queued store.Rate
		}{
			{"fast", store.Rate{Step: 333333, Burst: 3000}, store.Rate{Step: 444444, Burst: 2250}},
			{"usual", store.Rate{Step: 20 * time.Millisecond, Burst: 50}, store.Rate{Step: 26666667, Burst: 37}},
			{"no burst", store.Rate{Step: 20 * time.Millisecond, Burst: 1}, store.Rate{Step: 40 * time.Millisecond, Burst: 1}},
			{"slow", store.Rate{Step: 2 * time.Second, Burst: 1}, store.Rate{Step: 3 * time.Second, Burst: 1}},
		} {
			now := dawn.UnixNano()
			all, lane := int64(0), int64(0)
			for i := range 300 {
				now += r.Int64N(int64(c.all.Step) * 4)
				asked := now - r.Int64N(2)*r.Int64N(int64(50*time.Millisecond)) // some clocks are behind
				k := store.Booking{Operation: c.name, Now: time.Unix(0, asked), Most: 1 + r.IntN(6), All: c.all, Ahead: 100 * time.Millisecond}
				if r.IntN(3) > 0 {
					k.Queued = &c.queued
				}
				got, err := s.Book(t.Context(), k)
				if err != nil {
					t.Fatal(err)
				}
				all, lane = max(all, asked), max(lane, asked)
				early := func(r store.Rate) int64 { return int64(r.Burst-1) * int64(r.Step) }
				want := store.Booked{N: k.Most, From: time.Unix(0, all-early(c.all))}
				if k.Queued != nil {
					want.Queued = time.Unix(0, lane-early(c.queued))
				}
				if all-early(c.all) > asked+int64(k.Ahead) || k.Queued != nil && lane-early(c.queued) > asked+int64(k.Ahead) {
					want.N = 0
				}
				all += int64(want.N) * int64(c.all.Step)
				if k.Queued != nil {
					lane += int64(want.N) * int64(c.queued.Step)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s, booking %d of %+v: %s", c.name, i, k, diff)
				}
			}
		}
	})
}

// What a clock that was wrong has left does not stop an operation for good, and
// what is put right does not begin with a burst.
func TestBookAfterAWrongClock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		rate := store.Rate{Step: 100 * time.Millisecond, Burst: 10}
		k := store.Booking{Operation: "o", Now: dawn.Add(time.Hour), Most: 5, All: rate, Queued: &rate, Ahead: 100 * time.Millisecond}
		if got, err := s.Book(t.Context(), k); err != nil || got.N != 5 {
			t.Fatalf("%+v %v", got, err)
		}
		k.Now = dawn
		got, err := s.Book(t.Context(), k)
		if err != nil || got.N != 5 || got.From.Before(dawn.Add(rate.Step)) || got.Queued.Before(dawn.Add(rate.Step)) || got.From.After(dawn.Add(time.Second)) {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestDatabaseTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		place := where(t)
		got, ok, err := open(t, place, time.Now).DatabaseTime(t.Context())
		if err != nil || ok != (options(place).URL != "") {
			t.Fatalf("%v %v %v", got, ok, err)
		}
		if ok && time.Since(got).Abs() > time.Minute { // it is this machine's
			t.Errorf("got %v", got)
		}
	})
}
