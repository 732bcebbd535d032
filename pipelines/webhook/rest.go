package webhook

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// How much one receiver may take of the hub.
const (
	atOnce    = 2                // deliveries to it at a time, of all workers
	enough    = 3                // failures in a row after which it rests
	firstRest = 10 * time.Second // doubled with every further failure
	longRest  = 5 * time.Minute
	fullRest  = 8 * time.Second // at most, of those for which there is no place
)

// rests keeps each receiver's breaker and its places, in this process.
type rests struct {
	mu  sync.Mutex
	all map[string]*rest
}

type rest struct {
	busy, failures int
	until          time.Time
}

// enter takes a place at a receiver. A fault says how long to wait for it, which
// burns no attempt; else leave must follow.
func (r *rests) enter(id string, now time.Time) (leave func(ok bool, now time.Time), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]*rest{}
	}
	s := r.all[id]
	if s == nil {
		s = &rest{}
		r.all[id] = s
	}
	places := atOnce
	if s.failures >= enough {
		places = 1 // a trial
	}
	switch {
	case now.Before(s.until):
		return nil, wait(fault.CodeBreakerOpen, s.until.Sub(now), "the receiver failed and rests")
	case s.busy >= places:
		return nil, wait(fault.CodeBulkheadFull, 0, "the receiver has as many deliveries as it may have at a time")
	}
	s.busy++
	return func(ok bool, now time.Time) { r.leave(s, ok, now) }, nil
}

func (r *rests) leave(s *rest, ok bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.busy--
	if ok {
		s.failures, s.until = 0, time.Time{}
		return
	}
	if s.failures++; s.failures < enough {
		return
	}
	d := firstRest
	for range s.failures - enough {
		if d = min(2*d, longRest); d == longRest {
			break
		}
	}
	s.until = now.Add(d)
}

// wait puts a delivery off, those of one receiver not all to the same moment.
func wait(code string, d time.Duration, why string) error {
	d += time.Second + rand.N(fullRest) //nolint:gosec // spreads load, hides nothing
	return &fault.Fault{Kind: fault.Unavailable, System: system, Operation: "deliver", Code: code, Wait: d, Err: errors.New(why)}
}
