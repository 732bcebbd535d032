package queuetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/saylovhub/hub/pipelines/queue"
)

// handle is one of the store's handles, taken in turn.
func (s *suite) handle(n int) queue.Store {
	if s.Second != nil && n%2 == 1 {
		return s.Second
	}
	return s.Store
}

func concurrency(s *suite) {
	ctx := s.t.Context()
	const jobs, hands = 120, 16
	s.enqueue(many("A", jobs, 1)...)
	var mu sync.Mutex
	got := map[int64]int{}
	tokens := map[string]bool{}
	var wg sync.WaitGroup
	for hand := range hands {
		from := s.handle(hand)
		wg.Go(func() {
			for {
				j, ok, err := from.Claim(ctx, queue.Claim{Stage: stage, Now: s.clock.now(), Lease: lease})
				if err != nil {
					s.t.Error(err)
				}
				if err != nil || !ok {
					return
				}
				mu.Lock()
				got[j.ID]++
				tokens[j.Lease.Token] = true
				mu.Unlock()
				if err := from.Finish(ctx, j.Lease, mark(j.Key)); err != nil {
					s.t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for id, n := range got {
		if n != 1 {
			s.t.Errorf("job %d handed out %d times", id, n)
		}
	}
	if len(got) != jobs || len(tokens) != jobs || s.marked() != jobs {
		s.t.Errorf("%d jobs, %d tokens, %d effects; want %d of each", len(got), len(tokens), s.marked(), jobs)
	}
}

// finishers lets a holder whose lease ran out end the job while the next holder
// does.
func finishers(s *suite) {
	ctx := s.t.Context()
	const rounds = 20
	for n := range rounds {
		stale := s.one(queue.New{Key: fmt.Sprint("job ", n)})
		s.clock.add(lease)
		s.promote()
		held := s.claim()
		var wg sync.WaitGroup
		for i, l := range []queue.Lease{stale.Lease, held.Lease} {
			wg.Go(func() {
				err := s.handle(i).Finish(ctx, l, mark(fmt.Sprint(n, " ", i)))
				if i == 0 && !errors.Is(err, queue.ErrLeaseLost) || i == 1 && err != nil {
					s.t.Errorf("holder %d: %v", i, err)
				}
			})
		}
		wg.Wait()
	}
	if n := s.marked(); n != rounds {
		s.t.Errorf("%d effects of %d jobs", n, rounds)
	}
}

// gather ends the parts of something at once: whoever comes last sees that the
// others have come.
func gather(s *suite) {
	if s.Gather == nil {
		s.t.Skip("the store gathers nothing")
	}
	ctx := s.t.Context()
	const rounds, parts = 10, 3
	for n := range rounds {
		ends, of, err := s.Gather(ctx, parts)
		s.must(err)
		before := s.ready(of, false)
		var leases []queue.Lease
		for i := range ends {
			s.enqueue(queue.New{Stage: stage, Key: fmt.Sprintf("part %d %d", n, i)})
			leases = append(leases, s.claim().Lease)
		}
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i, end := range ends {
			wg.Go(func() {
				<-begin
				if err := s.handle(i).Finish(ctx, leases[i], end); err != nil {
					s.t.Error(err)
				}
			})
		}
		close(begin)
		wg.Wait()
		if made := s.ready(of, false) - before; made != 1 {
			s.t.Errorf("round %d: %d jobs of %d last parts, want one", n, made, parts)
		}
	}
}
