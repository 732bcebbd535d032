package fleet

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/internal/store"
)

const (
	// ahead is how long before its time a try may be booked, and how many tries,
	// in time, are booked at once. Work that a person waits for stands behind
	// what is booked, so it must not be long.
	ahead = 100 * time.Millisecond
	// lapse is how long after its time a booked try may still be made: what a
	// process slept through must not come in a burst.
	lapse = 200 * time.Millisecond
	// bookTime is how long the store may take for a booking.
	bookTime = 2 * time.Second
	// herd spreads those who ask again at the same moment.
	herd = 20 * time.Millisecond
)

// Books gives tries out to all processes.
type Books interface {
	Book(ctx context.Context, b store.Booking) (store.Booked, error)
}

// bucket is the shared rate limit of one operation as this process sees it: tries
// are booked in the store, about as many at once as were lately made, and handed
// to those who wait, first come first served in each lane.
//
// In any time w all processes together make at most rate*(w+lapse+skew)+burst
// tries, where skew is how far their clocks differ (half a round trip to the
// database each); a try for which the time had come when its process was stopped
// may come late besides, at most as many as the process's bulkhead has places.
type bucket struct {
	books       Books
	now         func() time.Time // of the clock all processes share
	name        string
	all, queued store.Rate
	lanes       [2]lane
}

// The lanes.
const (
	laneQueued = iota
	laneInteractive
)

func newBucket(op call.Operation, books Books, now func() time.Time) *bucket {
	l := op.Limits
	share := 1 - float64(l.Reserved)/float64(l.Bulkhead)
	b := &bucket{
		books: books, now: now, name: op.System + "/" + op.ID,
		all:    store.Rate{Step: step(l.RatePerSecond), Burst: l.Burst},
		queued: store.Rate{Step: step(l.RatePerSecond * share), Burst: max(1, int(float64(l.Burst)*share))},
	}
	b.lanes[laneQueued] = lane{bucket: b, queued: true, step: b.queued.Step, idle: make(chan struct{}, 1)}
	b.lanes[laneInteractive] = lane{bucket: b, step: b.all.Step, idle: make(chan struct{}, 1)}
	return b
}

// step is the time of one try, rounded so that the rate is never more.
func step(rate float64) time.Duration {
	return max(1, time.Duration(min(math.Ceil(float64(time.Second)/rate), float64(24*time.Hour))))
}

// Wait implements call.Quota.
func (b *bucket) Wait(ctx context.Context, interactive bool) (time.Duration, error) {
	if interactive {
		return b.lanes[laneInteractive].wait(ctx)
	}
	return b.lanes[laneQueued].wait(ctx)
}

// lane is one lane's share of a bucket.
type lane struct {
	bucket *bucket
	queued bool
	step   time.Duration
	idle   chan struct{} // nobody waits any more

	mu      sync.Mutex
	stock   []time.Time // when each booked try may be made
	waiters []*waiter
	filling bool
	next    time.Time     // before it nothing is to be had, as far as is known
	scarce  bool          // what was booked last lay in the future
	took    time.Duration // of the last booking
	used    float64       // tries handed out lately: a tenth of a second's worth
	counted time.Time
}

// waiter waits for its turn until limit.
type waiter struct {
	limit time.Time
	told  chan turn // holds one
}

// turn is what a waiter is told: a time, or why there is none.
type turn struct {
	at   time.Time
	late time.Duration
	err  error
}

func (l *lane) wait(ctx context.Context) (time.Duration, error) {
	limit := time.Now().Add(call.LongestPace)
	if d, ok := ctx.Deadline(); ok && d.Before(limit) {
		limit = d
	}
	for {
		t, err := l.turn(ctx, limit)
		if err != nil || t.late > 0 {
			return t.late, err
		}
		if err := until(ctx, t.at); err != nil {
			return 0, err
		}
		if time.Since(t.at) <= lapse {
			return 0, nil
		}
		// We slept through it, and perhaps through a good deal more.
	}
}

func until(ctx context.Context, at time.Time) error {
	d := time.Until(at)
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn takes a try out of the stock, or waits for one.
func (l *lane) turn(ctx context.Context, limit time.Time) (turn, error) {
	now := time.Now()
	l.mu.Lock()
	if len(l.waiters) == 0 {
		if at, ok := l.take(now, limit); ok {
			if !l.filling && l.low(now) {
				l.filling = true
				go l.fill() //nolint:contextcheck,gosec // for those to come
			}
			l.mu.Unlock()
			return turn{at: at}, nil
		}
	}
	if l.next.After(now) {
		if soonest := l.next.Add(time.Duration(len(l.waiters)) * l.step); soonest.After(limit) {
			l.mu.Unlock()
			return turn{late: soonest.Sub(now)}, nil
		}
	}
	w := &waiter{limit: limit, told: make(chan turn, 1)}
	l.waiters = append(l.waiters, w)
	if !l.filling {
		l.filling = true
		go l.fill() //nolint:contextcheck,gosec // for all who wait, whoever leaves
	}
	l.mu.Unlock()
	timer := time.NewTimer(limit.Sub(now))
	defer timer.Stop()
	select {
	case t := <-w.told:
		return t, t.err
	case <-ctx.Done():
		l.leave(w)
		return turn{}, ctx.Err()
	case <-timer.C:
		l.leave(w)
		return turn{late: max(l.step, time.Second)}, nil
	}
}

// leave takes a waiter off the list. A try it was given meanwhile is lost.
func (l *lane) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiters = slices.DeleteFunc(l.waiters, func(o *waiter) bool { return o == w })
	if len(l.waiters) == 0 {
		select {
		case l.idle <- struct{}{}:
		default:
		}
	}
}

// take takes the next try of the stock that has not lapsed and may be made by limit.
func (l *lane) take(now, limit time.Time) (time.Time, bool) {
	for len(l.stock) > 0 && now.Sub(l.stock[0]) > lapse {
		l.stock = l.stock[1:]
	}
	if len(l.stock) == 0 || l.stock[0].After(limit) {
		return time.Time{}, false
	}
	at := l.stock[0]
	l.stock = l.stock[1:]
	l.used = l.lately(now) + 1
	l.counted = now
	return at, true
}

// lately is how many tries were handed out, the older the less they count: at a
// steady pace, those of the time that is booked at once.
func (l *lane) lately(now time.Time) float64 {
	return l.used * math.Exp(-now.Sub(l.counted).Seconds()/ahead.Seconds())
}

// low reports that the stock would be used up before a booking that begins now is
// done, and that there is enough for all.
func (l *lane) low(now time.Time) bool {
	return !l.scarce && float64(len(l.stock)) < 2*l.lately(now)*l.took.Seconds()/ahead.Seconds()
}

// fill books and hands out until nobody waits and there is stock enough.
func (l *lane) fill() {
	for {
		most := l.wanted()
		if most == 0 {
			return
		}
		began, now := time.Now(), l.bucket.now()
		booking := store.Booking{Operation: l.bucket.name, Now: now, Most: most, All: l.bucket.all, Ahead: ahead}
		if l.queued {
			booking.Queued = &l.bucket.queued
		}
		ctx, cancel := context.WithTimeout(context.Background(), bookTime)
		got, err := l.bucket.books.Book(ctx, booking)
		cancel()
		l.mu.Lock()
		l.took = min(time.Since(began), lapse)
		l.mu.Unlock()
		switch {
		case err != nil:
			l.refuse(err)
		case got.N > 0:
			l.add(got, began, now)
		default:
			l.pause(got, began, now)
		}
	}
}

// wanted hands out what is there and says how much to book: for those who wait,
// or as much as was lately used when that is more and there is enough for all.
// Zero ends the filling.
func (l *lane) wanted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for len(l.waiters) > 0 {
		at, ok := l.take(now, l.waiters[0].limit)
		if !ok {
			if len(l.stock) == 0 {
				break
			}
			l.waiters[0].told <- turn{late: l.stock[0].Sub(now)} // its limit is before the next
			l.waiters = l.waiters[1:]
			continue
		}
		l.waiters[0].told <- turn{at: at}
		l.waiters = l.waiters[1:]
	}
	if len(l.waiters) == 0 && !l.low(now) {
		l.filling = false
		return 0
	}
	want := max(1, len(l.waiters))
	if !l.scarce {
		want = max(want, int(l.lately(now)))
	}
	return min(want, max(1, int((ahead+l.took)/l.step))) // a slow store is asked for more at once
}

// add takes booked tries in stock. Times of the shared clock become ours by the
// moment when the booking began.
func (l *lane) add(got store.Booked, began, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scarce = false
	for i := range got.N {
		from := got.From.Add(time.Duration(i) * l.bucket.all.Step)
		if l.queued {
			if q := got.Queued.Add(time.Duration(i) * l.bucket.queued.Step); q.After(from) {
				from = q
			}
		}
		at := began.Add(max(from.Sub(now), 0))
		l.scarce = l.scarce || at.After(began)
		l.stock = append(l.stock, at)
	}
	l.next = time.Time{}
}

// pause waits until asking again has sense; those who have no time for it are told
// at once.
func (l *lane) pause(got store.Booked, began, now time.Time) {
	from := got.From
	if l.queued && got.Queued.After(from) {
		from = got.Queued
	}
	at := began.Add(from.Sub(now))
	l.mu.Lock()
	l.scarce, l.next = true, at
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if !at.After(w.limit) {
			return false
		}
		w.told <- turn{late: at.Sub(began)}
		return true
	})
	waiting := len(l.waiters) > 0
	l.mu.Unlock()
	if !waiting {
		return
	}
	timer := time.NewTimer(max(time.Until(at)-ahead, 0) + rand.N(herd)) // #nosec G404 -- jitter, not a secret
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.idle:
	}
}

// refuse tells everybody that nothing can be had.
func (l *lane) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.waiters {
		w.told <- turn{err: err}
	}
	l.waiters, l.next = nil, time.Time{}
}
