package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/queue"
)

// handles are a database's: two where two processes may have it open.
func handles(t *testing.T, where where) []*store.Store {
	t.Helper()
	place := where(t)
	list := []*store.Store{open(t, place, time.Now)}
	if options(place).URL != "" {
		list = append(list, open(t, place, time.Now))
	}
	return list
}

// atOnce runs f n times at once, over all handles.
func atOnce(t *testing.T, list []*store.Store, n int, f func(ctx context.Context, i int, tx *store.Tx) error) {
	t.Helper()
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		s := list[i%len(list)]
		wg.Go(func() {
			<-begin
			if err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return f(ctx, i, tx) }); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	wg.Wait()
}

// Of the last subjects of an application, assessed at once, one sees that none is
// left.
func TestLastSubjectsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		list := handles(t, where)
		const rounds, subjects = 8, 4
		for range rounds {
			a := application("TEC-0001", subjects)
			a.State = dossier.Checking
			add(t, list[0], a)
			last := make([]bool, subjects)
			atOnce(t, list, subjects, func(ctx context.Context, i int, tx *store.Tx) error {
				last[i] = false
				if _, err := tx.AddAssessment(ctx, eligibility.Assessment{Subject: a.Subjects[i].ID, FindingsVersion: 1, Verdict: eligibility.Eligible}); err != nil {
					return err
				}
				left, err := tx.Unassessed(ctx, a.ID)
				if err != nil || left > 0 {
					return err
				}
				last[i] = true
				return tx.Move(ctx, a.ID, dossier.Checking, dossier.DossierReady, "")
			})
			last = slices.DeleteFunc(last, func(is bool) bool { return !is })
			if got, err := list[0].Application(t.Context(), a.ID); err != nil || got.State != dossier.DossierReady || len(last) != 1 {
				t.Errorf("the application is %s, %d saw the end of it (%v)", got.State, len(last), err)
			}
		}
	})
}

func TestRevisionsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		list := handles(t, where)
		a := add(t, list[0], application("TEC-0001", 1))
		const n = 12
		got := make([]int, n)
		atOnce(t, list, n, func(ctx context.Context, i int, tx *store.Tx) (err error) {
			got[i], err = tx.AddAssessment(ctx, eligibility.Assessment{Subject: a.Subjects[0].ID, FindingsVersion: i + 1, Verdict: eligibility.Eligible})
			return err
		})
		slices.Sort(got)
		for i, r := range got {
			if r != i+1 {
				t.Fatalf("revisions %v, want 1 to %d", got, n)
			}
		}
	})
}

// What looks and then writes does both before the next one looks.
func TestLooksAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		list := handles(t, where)
		const rounds, n = 5, 6
		for round := range rounds {
			phone, key := fmt.Sprintf("99890111%04d", round), fmt.Sprint("key ", round)
			var mu sync.Mutex
			codes, results := map[int]bool{}, map[int]bool{}
			note := func(of map[int]bool, i int, is bool) {
				mu.Lock()
				defer mu.Unlock()
				of[i] = is
			}
			atOnce(t, list, n, func(ctx context.Context, i int, tx *store.Tx) error {
				earlier, err := tx.CodesOf(ctx, personal.Phone(phone), time.Now().Add(-time.Hour))
				if note(codes, i, len(earlier) == 0); err != nil || len(earlier) > 0 {
					return err
				}
				now := time.Now()
				return tx.AddCode(ctx, login.Code{ID: id(), State: login.Open, At: now, ExpiresAt: now.Add(time.Minute)}, personal.Phone(phone))
			})
			atOnce(t, list, n, func(ctx context.Context, i int, tx *store.Tx) error {
				_, _, found, err := tx.Remembered(ctx, "key-1", key)
				if note(results, i, !found); err != nil || found {
					return err
				}
				return tx.Remember(ctx, "key-1", key, []byte{1}, "app", time.Now())
			})
			for what, of := range map[string]map[int]bool{"codes": codes, "results": results} {
				made := 0
				for _, is := range of {
					if is {
						made++
					}
				}
				if made != 1 {
					t.Errorf("%d %s made at once, want one", made, what)
				}
			}
		}
	})
}

func TestReplaysAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		list := handles(t, where)
		const jobs = 30
		for i := range jobs {
			if err := write(t.Context(), list[0], enqueue(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			j, _, err := list[0].Claim(t.Context(), queue.Claim{Stage: "work", Now: time.Now(), Lease: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			f := queue.Failure{Kind: fault.Rejected, At: time.Now()}
			if err := list[0].Fail(t.Context(), j.Lease, f, func(context.Context, queue.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		all := 0
		for i := range 4 {
			wg.Go(func() {
				n, err := list[i%len(list)].Replay(t.Context(), store.FailureFilter{Stage: "work"}, "official:1", "again")
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				all += n
			})
		}
		wg.Wait()
		if n, err := list[0].Text(t.Context(), `SELECT count(*) FROM job WHERE generation=1 AND state='ready'`); err != nil || n != fmt.Sprint(jobs) || all != jobs {
			t.Errorf("%d replayed, %s of them once; want %d (%v)", all, n, jobs, err)
		}
	})
}

// The audit log is one chain, whoever writes to it.
func TestAuditAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		list := handles(t, where)
		const hands, lines = 16, 40
		atOnce(t, list, hands, func(ctx context.Context, i int, tx *store.Tx) error {
			for n := range lines {
				if err := tx.Audit(ctx, dossier.AuditLine{At: time.Now(), Actor: fmt.Sprint(i), Action: "a", Object: fmt.Sprint(n)}); err != nil {
					return err
				}
			}
			return nil
		})
		for _, s := range list {
			if n, err := s.VerifyAudit(t.Context()); err != nil || n != hands*lines {
				t.Errorf("%d lines hold, want %d (%v)", n, hands*lines, err)
			}
		}
	})
}

// Two operations that wait for each other: the database undoes one, which runs
// again.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	list := handles(t, places["postgres"])
	a := add(t, list[0], application("TEC-0001", 2))
	var met sync.WaitGroup
	met.Add(2)
	var runs [2]int
	atOnce(t, list, 2, func(ctx context.Context, i int, tx *store.Tx) error {
		runs[i]++
		if _, err := tx.RaiseFindings(ctx, a.Subjects[i].ID); err != nil {
			return err
		}
		if runs[i] == 1 {
			met.Done()
			met.Wait()
		}
		_, err := tx.RaiseFindings(ctx, a.Subjects[1-i].ID)
		return err
	})
	if n := runs[0] + runs[1]; n != 3 {
		t.Errorf("%d runs, want one of the two to run twice", n)
	}
	if got, err := list[0].Text(t.Context(), `SELECT min(findings_version) || ' ' || max(findings_version) FROM subject`); err != nil || got != "2 2" {
		t.Errorf("versions %s, want 2 of each (%v)", got, err)
	}
}

// An operation that goes on after a statement failed is our own mistake.
func TestSwallowedError(t *testing.T) {
	t.Parallel()
	s := open(t, places["postgres"](t), time.Now)
	a := add(t, s, application("TEC-0001", 1))
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddApplication(ctx, a); err == nil {
			return errors.New("the same application twice")
		}
		return nil
	})
	if fault.KindOf(err) != fault.Defect {
		t.Errorf("got %v, want a defect", err)
	}
}

// A newcomer's turn comes after what other processes have claimed, not before
// everything.
func TestClockOfOthers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		place := where(t)
		s := open(t, place, time.Now)
		var jobs []queue.New
		for i := range 40 {
			jobs = append(jobs, queue.New{Stage: "work", Key: fmt.Sprint(i), Applicant: "A"})
		}
		if err := write(t.Context(), s, func(ctx context.Context, tx queue.Tx) error { return tx.Enqueue(ctx, jobs...) }); err != nil {
			t.Fatal(err)
		}
		other := s
		if options(place).URL != "" {
			other = open(t, place, time.Now)
		}
		for range 30 {
			if _, ok, err := s.Claim(t.Context(), queue.Claim{Stage: "work", Now: time.Now(), Lease: time.Minute}); err != nil || !ok {
				t.Fatal(ok, err)
			}
		}
		for _, h := range []*store.Store{s, other} {
			if _, _, err := h.Promote(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if err := write(t.Context(), other, func(ctx context.Context, tx queue.Tx) error {
			return tx.Enqueue(ctx, queue.New{Stage: "work", Key: "single", Applicant: "B"})
		}); err != nil {
			t.Fatal(err)
		}
		if other == s { // the next process, not the same
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			other = open(t, place, time.Now)
		}
		if got, err := other.Text(t.Context(), `SELECT rank FROM job WHERE key='single'`); err != nil || got != "29" {
			t.Errorf("the newcomer's rank is %s, want 29 (%v)", got, err)
		}
		if got, err := other.Text(t.Context(), `SELECT rank FROM stage_clock WHERE stage='work'`); err != nil || got != "29" {
			t.Errorf("the saved clock says %s, want 29 (%v)", got, err)
		}
	})
}
