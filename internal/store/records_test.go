package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Many hands take numbers, some of them change their mind: no gap, no double.
func TestNumbers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		var mu sync.Mutex
		seen := map[int]int{}
		var wg sync.WaitGroup
		for hand := range 10 {
			wg.Go(func() {
				for i := range 12 {
					var n int
					err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
						n, err = tx.NextNumber(ctx, "mandate", "TEC-0001", "local-2026")
						if err == nil && (hand+i)%3 == 0 {
							return errors.New("changed its mind")
						}
						return err
					})
					if err != nil {
						continue
					}
					mu.Lock()
					seen[n]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 80 {
			t.Errorf("%d numbers taken, want 80", len(seen))
		}
		for n := range len(seen) {
			if seen[n+1] != 1 {
				t.Errorf("number %d taken %d times", n+1, seen[n+1])
			}
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			if n, err := tx.NextNumber(ctx, "mandate", "TEC-0002", "local-2026"); err != nil || n != 1 {
				t.Errorf("another commission's first number: %d, %v", n, err)
			}
			return nil
		})
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		first, second := application("TEC-0001", 1), application("TEC-0002", 1)
		second.Subjects[0].PINFL = first.Subjects[0].PINFL // the same person, named twice
		add(t, s, first)
		add(t, s, second)
		a, b := first.Subjects[0], second.Subjects[0]
		taken := func(s *store.Store, election string, sub dossier.Subject) (is bool) {
			do(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
				held, err := tx.RolesNow(ctx, election, sub)
				is = len(held) > 0
				return err
			})
			return is
		}
		if taken(s, first.Election, b) {
			t.Error("taken before anybody took it")
		}
		// Two decisions at once: each looks and takes in its own transaction.
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for _, sub := range []dossier.Subject{a, b} {
			wg.Go(func() {
				err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					if held, err := tx.RolesNow(ctx, first.Election, sub); err != nil || len(held) > 0 {
						return errors.Join(err, errors.New("taken"))
					}
					return tx.TakeRole(ctx, roleOf(first, sub), sub)
				})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d of two decisions about one person took effect, want 1", won)
		}
		if taken(s, first.Election, a) == taken(s, first.Election, b) {
			t.Error("the holder's own role bars it, or another's does not")
		}
		if taken(s, "another-2027", a) || taken(s, "another-2027", b) {
			t.Error("a role of one election bars another")
		}
		for _, sub := range []dossier.Subject{a, b} {
			if err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.TakeRole(ctx, roleOf(first, sub), sub) }); err == nil {
				t.Error("a second role was taken without a look")
			}
		}
	})
}

func roleOf(a *dossier.Application, s dossier.Subject) dossier.Role {
	return dossier.Role{ID: s.ID, Election: a.Election, Role: s.Role, Slot: "one", Application: a.ID, TakenAt: time.Unix(1, 0)}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		remember := func(caller, result string) error {
			return s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return tx.Remember(ctx, caller, "k", []byte{1, 2}, result, time.Now())
			})
		}
		if _, _, found, err := s.Remembered(t.Context(), "key-1", "k"); found || err != nil {
			t.Errorf("found before anything was recorded: %v", err)
		}
		if err := remember("key-1", "app-1"); err != nil {
			t.Fatal(err)
		}
		if err := remember("key-1", "app-2"); err == nil {
			t.Error("a key was recorded twice")
		}
		if err := remember("key-2", "app-3"); err != nil {
			t.Errorf("another caller's equal key: %v", err)
		}
		fingerprint, result, found, err := s.Remembered(t.Context(), "key-1", "k")
		if !found || err != nil || result != "app-1" || string(fingerprint) != "\x01\x02" {
			t.Errorf("remembered %q %x %v %v", result, fingerprint, found, err)
		}
	})
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a, other := add(t, s, application("TEC-0001", 1)), add(t, s, application("TEC-0001", 1))
		at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		want := []dossier.Entry{{At: at, Actor: "hub", Act: "one", Detail: "1"}, {At: at, Actor: "hub", Act: "two", Detail: "2"}, {At: at.Add(-time.Hour), Actor: "hub", Act: "three"}}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, e := range want {
				if err := errors.Join(tx.AddEntry(ctx, a.ID, e), tx.AddEntry(ctx, other.ID, dossier.Entry{At: at, Act: "other"})); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := s.Timeline(t.Context(), a.ID)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("in the order written: %s %v", d, err)
		}
	})
}

// Moves go by the table and from the state they say.
func TestMove(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-0001", 1))
		move := func(from, to dossier.State) error {
			return s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.Move(ctx, a.ID, from, to, "") })
		}
		if err := move(dossier.Submitted, dossier.Executed); err == nil {
			t.Error("a move that the table does not have")
		}
		if err := move(dossier.Checking, dossier.DossierReady); err == nil {
			t.Error("a move from a state it is not in")
		}
		if err := move(dossier.Submitted, dossier.Checking); err != nil {
			t.Error(err)
		}
		got, err := s.Application(t.Context(), a.ID)
		if err != nil || got.State != dossier.Checking || got.Version != 2 {
			t.Errorf("%s version %d, %v", got.State, got.Version, err)
		}
	})
}

// Whatever order the last checks end in, and however close together, the last
// version is assessed, and once.
func TestGather(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		registers := []register.ID{register.Personal, register.Criminal, register.Capacity}
		for round := range 6 {
			a := add(t, s, application("TEC-0001", 1))
			sub := a.Subjects[0].ID
			var list []dossier.Check
			for _, r := range registers {
				list = append(list, dossier.Check{ID: id(), Subject: sub, Register: r, State: dossier.Open})
			}
			do(t, s, func(ctx context.Context, tx *store.Tx) error {
				return tx.AddChecks(ctx, list, time.Now().Add(time.Hour))
			})
			var wg sync.WaitGroup
			for i, c := range list {
				ends := dossier.Answered
				if i == round%3 {
					ends = dossier.FailedC
				}
				wg.Go(func() {
					err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
						if err := tx.SetCheck(ctx, c.ID, ends, ""); err != nil {
							return err
						}
						g, err := tx.RaiseFindings(ctx, sub)
						if err != nil {
							return err
						}
						return checks.AssessIfDue(ctx, tx, g, sub, a.Applicant, 10)
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			keys, err := s.Text(t.Context(), `SELECT count(*) || ' ' || coalesce(max(key), '') FROM job WHERE ref=?`, sub)
			if want := fmt.Sprintf("1 %s:%s:%d", checks.StageAssess, sub, len(list)); err != nil || keys != want {
				t.Errorf("assess jobs %q, want exactly %q (%v)", keys, want, err)
			}
		}
	})
}

// A replay of many leaves each its key and its own record of who and why.
func TestReplayMany(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-0001", 1))
		ctx := t.Context()
		for i := range 6 {
			n := queue.New{Application: a.ID, Applicant: "A", Stage: "check", Key: fmt.Sprint(i), Limit: time.Hour}
			do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Enqueue(ctx, n) })
			j, _, err := s.Claim(ctx, queue.Claim{Stage: "check", Now: time.Now(), Lease: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			f := queue.Failure{Kind: "unavailable", System: []string{"portal", "eds"}[i%2], Text: "made up", At: time.Now()}
			if err := s.Fail(ctx, j.Lease, f, func(context.Context, queue.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		failures, err := s.Failures(ctx, store.FailureFilter{System: "portal"}, 0, 100)
		if err != nil || len(failures) != 3 {
			t.Fatalf("%d failures of one system, want 3 (%v)", len(failures), err)
		}
		if n, err := s.Replay(ctx, store.FailureFilter{System: "portal"}, "official:1", "the portal is back"); err != nil || n != 3 {
			t.Errorf("%d replayed, want 3 (%v)", n, err)
		}
		if n, err := s.Replay(ctx, store.FailureFilter{System: "portal"}, "official:1", "again"); err != nil || n != 0 {
			t.Errorf("%d replayed a second time, want none (%v)", n, err)
		}
		tally, err := s.Tally(ctx)
		if d := cmp.Diff(map[string]map[queue.State]int{"check": {queue.Ready: 3, queue.Failed: 3}}, tally); d != "" || err != nil {
			t.Error(d, err)
		}
		lines, err := s.AuditBy(ctx, "failure.replayed")
		if err != nil || len(lines) != 3 || lines[0].Actor != "official:1" || lines[0].Detail["reason"] != "the portal is back" {
			t.Errorf("audit %+v %v", lines, err)
		}
		entries, err := s.Timeline(ctx, a.ID)
		if err != nil || len(entries) != 3 {
			t.Errorf("%d lines of the timeline, want 3 (%v)", len(entries), err)
		}
		if tries, err := s.Attempts(ctx, failures[0].ID); err != nil || len(tries) != 1 || tries[0].Text != "made up" {
			t.Errorf("attempts %+v %v", tries, err)
		}
	})
}
