package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Run is the conformance suite of a queue.Store.
func Run(t *testing.T, open Open) {
	t.Helper()
	cases := []struct {
		name string
		f    func(s *suite)
	}{
		{"a key makes one job only, for ever", keys},
		{"claims by priority, rank, id", order},
		{"a job tells what it was made with", whole},
		{"thousands of one applicant do not hold up another", fairness},
		{"urgent work of one does not put off ordinary work of another", fairAcrossPriorities},
		{"what an outage put off does not hold up what came since", fairAfterRetry},
		{"a lease hides the job and a heart-beat keeps it", leases},
		{"a lease that ran out makes the job ready", leaseExpiry},
		{"a stale lease ends nothing and writes nothing", fencing},
		{"what is due later waits", due},
		{"a time limit wakes a waiting job", limits},
		{"a gated stage hands out expired jobs only", expiredOnly},
		{"trying again burns an attempt or does not", again},
		{"a failure keeps its last error and its effects", failing},
		{"effects that fail are undone and the job stays leased", rollback},
		{"effects are written in the middle of a job", keeping},
		{"a job is given back untried", releasing},
		{"concurrent claims never hand out a job twice", concurrency},
		{"a stale holder and the holder finish at once: one is written", finishers},
		{"two last parts at once make one job", gather},
		{"a replay is the same job, fresh", replay},
		{"a commit tells what it made possible", notices},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := newClock()
			c.f(&suite{Fixture: open(t, k.now), t: t, clock: k})
		})
	}
}

func keys(s *suite) {
	s.enqueue(queue.New{Stage: stage, Key: "a"}, queue.New{Stage: stage, Key: "a", Ref: "second"})
	s.enqueue(queue.New{Stage: "another", Key: "a"})
	if n := s.ready(stage, false) + s.ready("another", false); n != 1 {
		s.t.Fatalf("%d jobs of one key, want 1", n)
	}
	j := s.claim()
	if j.Ref != "" {
		s.t.Error("the second replaced the first")
	}
	s.must(s.Store.Finish(s.t.Context(), j.Lease, mark("done")))
	s.enqueue(queue.New{Stage: stage, Key: "a"})
	s.nothingToClaim()
}

func order(s *suite) {
	s.enqueue(
		queue.New{Stage: stage, Key: "a1", Applicant: "A", Priority: 50},
		queue.New{Stage: stage, Key: "a2", Applicant: "A", Priority: 50},
		queue.New{Stage: stage, Key: "a3", Applicant: "A", Priority: 50},
		queue.New{Stage: stage, Key: "b1", Applicant: "B", Priority: 50},
		queue.New{Stage: stage, Key: "b2", Applicant: "B", Priority: 50},
		queue.New{Stage: stage, Key: "urgent", Applicant: "A", Priority: 10},
		queue.New{Stage: "another", Key: "elsewhere", Applicant: "A", Priority: 1},
	)
	var got []string
	for {
		j, ok := s.tryClaim()
		if !ok {
			break
		}
		got = append(got, j.Key)
	}
	want := []string{"urgent", "a1", "b1", "a2", "b2", "a3"}
	if d := cmp.Diff(want, got); d != "" {
		s.t.Error(d)
	}
}

func whole(s *suite) {
	now := s.clock.now()
	n := queue.New{Application: "app", Applicant: "A", Stage: stage, Ref: "ref", Key: "k", Priority: 7, Limit: time.Hour}
	j := s.one(n)
	want := queue.Job{
		ID: j.ID, Application: "app", Applicant: "A", Stage: stage, Ref: "ref", Key: "k", Priority: 7, Rank: j.Rank, DueAt: now,
		ExpiresAt: now.Add(time.Hour), State: queue.Leased, Lease: queue.Lease{JobID: j.ID, Token: j.Lease.Token, Until: now.Add(lease)}, CreatedAt: now,
	}
	if d := cmp.Diff(want, j); d != "" {
		s.t.Errorf("claimed job: %s", d)
	}
	if j.Lease.Token == "" || j.ID == 0 {
		s.t.Error("a claimed job needs an id and a token")
	}
	if d := cmp.Diff(want, s.job(j.ID)); d != "" {
		s.t.Errorf("read job: %s", d)
	}
}

// turns claims until a key comes and returns how many came before it.
func (s *suite) turns(key string) int {
	s.t.Helper()
	for n := range 10_000 {
		if s.claim().Key == key {
			return n
		}
	}
	s.t.Fatalf("%s never came", key)
	return 0
}

// many are n jobs of one applicant.
func many(applicant string, n, priority int) []queue.New {
	jobs := make([]queue.New, n)
	for i := range jobs {
		jobs[i] = queue.New{Stage: stage, Key: fmt.Sprintf("%s%d", applicant, i), Applicant: applicant, Priority: priority}
	}
	return jobs
}

func fairness(s *suite) {
	for chunk := range slices.Chunk(many("A", 5000, 50), 500) {
		s.enqueue(chunk...)
	}
	for range 40 {
		s.claim()
	}
	s.enqueue(queue.New{Stage: stage, Key: "single", Applicant: "B", Priority: 50})
	if n := s.turns("single"); n > 2 {
		s.t.Errorf("the single job came after %d others, want 2 at most", n)
	}
}

func fairAcrossPriorities(s *suite) {
	s.enqueue(many("A", 80, 50)...)
	s.enqueue(many("C", 80, 10)...)
	for range 90 { // all of C, some of A
		s.claim()
	}
	s.enqueue(queue.New{Stage: stage, Key: "single", Applicant: "B", Priority: 50})
	if n := s.turns("single"); n > 2 {
		s.t.Errorf("the single job came after %d others, want 2 at most", n)
	}
	s.enqueue(queue.New{Stage: stage, Key: "urgent", Applicant: "A", Priority: 10}, queue.New{Stage: stage, Key: "other", Applicant: "D", Priority: 10})
	if j := s.claim(); j.Key != "urgent" {
		s.t.Errorf("%s came first: an applicant's ordinary work put off its urgent one", j.Key)
	}
}

func fairAfterRetry(s *suite) {
	s.enqueue(many("A", 60, 50)...)
	for range 60 {
		j := s.claim()
		s.must(s.Store.Again(s.t.Context(), j.Lease, queue.Reschedule{DueAt: s.clock.now().Add(time.Minute), BurnAttempt: true, Failure: unavailable(s)}))
	}
	s.clock.add(time.Hour)
	s.enqueue(queue.New{Stage: stage, Key: "single", Applicant: "B", Priority: 50})
	s.promote()
	if n := s.turns("single"); n > 2 {
		s.t.Errorf("the single job came after %d others, want 2 at most", n)
	}
}

func leases(s *suite) {
	j := s.one(queue.New{})
	s.nothingToClaim()
	s.clock.add(lease - time.Second)
	s.must(s.Store.Extend(s.t.Context(), j.Lease, s.clock.now().Add(lease)))
	s.clock.add(lease - time.Second)
	next, _ := s.promote()
	s.nothingToClaim()
	if want := s.job(j.ID).Lease.Until; !next.Equal(want) {
		s.t.Errorf("next promotion at %s, want when the lease ends, %s", next, want)
	}
	s.must(s.Store.Finish(s.t.Context(), j.Lease, mark("done")))
	if got := s.job(j.ID).State; got != queue.Done {
		s.t.Errorf("state %s, want done", got)
	}
	if next, _ := s.promote(); !next.IsZero() {
		s.t.Errorf("next promotion at %s, want none: nothing waits", next)
	}
}

func leaseExpiry(s *suite) {
	j := s.one(queue.New{})
	s.clock.add(lease)
	if _, stages := s.promote(); !slices.Equal(stages, []string{stage}) {
		s.t.Errorf("stages with new work %v, want %s", stages, stage)
	}
	again := s.claim()
	if again.ID != j.ID || again.Lease.Token == j.Lease.Token || again.Attempt != 1 {
		s.t.Errorf("claimed %+v, want the same job under another token, the dead holder's attempt burnt", again)
	}
}

func unavailable(s *suite) queue.Failure {
	return queue.Failure{Kind: fault.Unavailable, System: "portal", Operation: "search", Code: "502", Hint: "wait", Text: "bad gateway", At: s.clock.now()}
}

func fencing(s *suite) {
	ctx := s.t.Context()
	stale := s.one(queue.New{})
	s.clock.add(lease)
	s.promote()
	held := s.claim()
	before := s.job(held.ID)
	ops := map[string]func(queue.Lease) error{
		"extend": func(l queue.Lease) error { return s.Store.Extend(ctx, l, s.clock.now().Add(time.Hour)) },
		"keep":   func(l queue.Lease) error { return s.Store.Keep(ctx, l, mark("keep")) },
		"finish": func(l queue.Lease) error { return s.Store.Finish(ctx, l, mark("finish")) },
		"again": func(l queue.Lease) error {
			return s.Store.Again(ctx, l, queue.Reschedule{DueAt: s.clock.now(), Failure: unavailable(s)})
		},
		"fail":    func(l queue.Lease) error { return s.Store.Fail(ctx, l, unavailable(s), mark("fail")) },
		"release": func(l queue.Lease) error { return s.Store.Release(ctx, l) },
	}
	refused := func(l queue.Lease, why string) {
		s.t.Helper()
		for name, op := range ops {
			if err := op(l); !errors.Is(err, queue.ErrLeaseLost) {
				s.t.Errorf("%s with %s: %v, want lease lost", name, why, err)
			}
		}
	}
	refused(stale.Lease, "a stale token")
	refused(queue.Lease{JobID: held.ID}, "no token")
	refused(queue.Lease{JobID: held.ID + 1, Token: held.Lease.Token}, "another job's id")
	if d := cmp.Diff(before, s.job(held.ID)); d != "" {
		s.t.Errorf("the job was changed: %s", d)
	}
	s.must(s.Store.Finish(ctx, held.Lease, mark("right")))
	refused(held.Lease, "the token of a finished job")
	if n := s.marked(); n != 1 {
		s.t.Errorf("%d effects written, want the holder's alone", n)
	}
}

func due(s *suite) {
	at := s.clock.now().Add(time.Minute)
	s.enqueue(queue.New{Stage: stage, Key: "later", DueAt: at}, queue.New{Stage: stage, Key: "much later", DueAt: at.Add(time.Hour)})
	s.nothingToClaim()
	s.clock.add(time.Minute - time.Millisecond)
	next, stages := s.promote()
	if !next.Equal(at) || len(stages) != 0 {
		s.t.Errorf("a millisecond early: next %s, stages %v; want %s and none", next, stages, at)
	}
	s.clock.add(time.Millisecond)
	next, stages = s.promote()
	if !next.Equal(at.Add(time.Hour)) || !slices.Equal(stages, []string{stage}) {
		s.t.Errorf("when due: next %s, stages %v; want %s and %s", next, stages, at.Add(time.Hour), stage)
	}
	if j := s.claim(); j.Key != "later" || !j.DueAt.Equal(at) {
		s.t.Errorf("claimed %s due %s", j.Key, j.DueAt)
	}
	s.nothingToClaim()
}

func limits(s *suite) {
	ctx := s.t.Context()
	start := s.clock.now()
	j := s.one(queue.New{Limit: time.Hour})
	s.must(s.Store.Again(ctx, j.Lease, queue.Reschedule{DueAt: start.Add(24 * time.Hour), Failure: unavailable(s)}))
	next, _ := s.promote()
	if !next.Equal(start.Add(time.Hour)) {
		s.t.Errorf("next promotion at %s, want at the time limit", next)
	}
	s.clock.add(time.Hour)
	s.promote()
	got := s.claim()
	if !got.Expired(s.clock.now()) || got.Expired(s.clock.now().Add(-time.Millisecond)) {
		s.t.Errorf("expires at %s, want an hour after %s", got.ExpiresAt, start)
	}
	s.must(s.Store.Finish(ctx, got.Lease, mark("done")))
	later := s.clock.now().Add(time.Minute)
	s.enqueue(queue.New{Stage: stage, Key: "later", DueAt: later, Limit: time.Hour})
	s.clock.add(time.Minute)
	s.promote()
	if j := s.claim(); !j.ExpiresAt.Equal(later.Add(time.Hour)) {
		s.t.Errorf("the limit ends at %s, want an hour after the due time", j.ExpiresAt)
	}
}

func expiredOnly(s *suite) {
	s.enqueue(
		queue.New{Stage: stage, Key: "unlimited"}, queue.New{Stage: stage, Key: "long", Limit: 2 * time.Hour},
		queue.New{Stage: stage, Key: "short", Limit: time.Hour}, queue.New{Stage: stage, Key: "shorter", Limit: time.Minute},
	)
	s.clock.add(time.Hour)
	if n := s.ready(stage, true); n != 2 {
		s.t.Errorf("%d expired jobs counted, want 2", n)
	}
	var got []string
	for {
		j, ok, err := s.Store.Claim(s.t.Context(), queue.Claim{Stage: stage, Now: s.clock.now(), Lease: lease, ExpiredOnly: true})
		s.must(err)
		if !ok {
			break
		}
		got = append(got, j.Key)
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"short", "shorter"}, got); d != "" {
		s.t.Error(d)
	}
	n, err := s.Store.CountReady(s.t.Context(), stage, false, s.clock.now(), 1)
	if s.must(err); n != 1 {
		s.t.Errorf("counted %d up to 1", n)
	}
}
