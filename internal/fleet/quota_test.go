package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
)

func operationOf(rate float64, burst int) call.Operation {
	return call.Operation{System: "s", ID: "o", Limits: call.Limits{RatePerSecond: rate, Burst: burst, Bulkhead: 16, Reserved: 4}}
}

// made are the times of the tries that were made.
type made struct {
	mu sync.Mutex
	at []time.Time
}

func (m *made) add() {
	m.mu.Lock()
	m.at = append(m.at, time.Now())
	m.mu.Unlock()
}

func (m *made) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.at)
}

// worst is how many tries more than rate*w the fullest window of any width has.
func (m *made) worst(rate float64) float64 {
	slices.SortFunc(m.at, time.Time.Compare)
	worst, least := 0.0, 0.0 // the greatest of (i+1 - rate*t) less the least of (i - rate*t) so far
	for i, t := range m.at {
		x := rate * t.Sub(m.at[0]).Seconds()
		if v := float64(i) - x; i == 0 || v < least {
			least = v
		}
		worst = max(worst, float64(i+1)-x-least)
	}
	return worst
}

// Whatever processes do, together they keep the limit, and use it when they want.
func TestSharedRate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		processes := 1 + r.IntN(8)
		rate := []float64{0.8, 5, 50, 400, 1500}[r.IntN(5)]
		burst := 1 + r.IntN(int(rate)+2)
		workers := 1 + r.IntN(12)
		skewed := r.IntN(2) == 1
		t.Run(fmt.Sprintf("%d: %d processes, %d workers, %v/s, burst %d", seed, processes, workers, rate, burst), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ledger := newBooks()
				var dice sync.Mutex
				chance := func(n int) int {
					dice.Lock()
					defer dice.Unlock()
					return r.IntN(n)
				}
				ledger.delay = func() time.Duration { // now and then a process, or the database, hangs
					if chance(60) == 0 {
						return time.Duration(chance(1500)) * time.Millisecond
					}
					return time.Duration(chance(4000)) * time.Microsecond
				}
				var tries made
				var wg sync.WaitGroup
				const skew = 20 * time.Millisecond
				const lasting = 20 * time.Second
				ctx, cancel := context.WithTimeout(t.Context(), lasting)
				defer cancel()
				for p := range processes {
					b := newBucket(operationOf(rate, burst), ledger, func() time.Time {
						if skewed && p%2 == 1 {
							return time.Now().Add(skew)
						}
						return time.Now()
					})
					life, kill := context.WithCancel(ctx)
					if p > 0 && chance(3) == 0 { // some are killed
						time.AfterFunc(time.Duration(chance(12))*time.Second, kill)
					}
					defer kill()
					for w := range workers {
						wg.Go(func() {
							for life.Err() == nil {
								late, err := b.Wait(life, w%3 == 0)
								switch {
								case err != nil && life.Err() == nil:
									t.Errorf("%v", err)
								case err == nil && late == 0:
									tries.add()
								case late > 0:
									time.Sleep(min(late, 100*time.Millisecond))
								}
								if chance(200) == 0 { // a pause: what is booked is left lying
									time.Sleep(time.Duration(chance(3000)) * time.Millisecond)
								}
							}
						})
					}
				}
				wg.Wait()
				time.Sleep(10 * time.Second) // what is being booked
				slack := rate * lapse.Seconds()
				if skewed {
					slack += rate * skew.Seconds()
				}
				if got := tries.worst(rate); got > float64(burst)+slack+0.01 {
					t.Errorf("%.1f tries too many in some window; burst %d, slack %.1f", got-float64(burst)-slack, burst, slack)
				}
			})
		})
	}
}

// All of the rate is used when it is wanted, by few or by many, and by one process
// when the others want next to nothing.
func TestFullRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		rate            float64
		greedy, modest  int // processes
		workers         int
		interactive     bool
		share, atLeast  float64
		askedPerProcess float64 // a second
	}{
		{"one process", 50, 1, 0, 16, true, 1, 0.95, 30},
		{"one that takes all among modest ones", 50, 1, 6, 16, true, 1, 0.80, 30},
		{"many greedy ones", 50, 8, 0, 4, true, 1, 0.95, 30},
		{"queued work has its share", 50, 4, 0, 8, false, 0.75, 0.95, 30},
		{"slow", 0.5, 3, 0, 2, true, 1, 0.90, 30},
		{"fast", 1000, 4, 0, 32, true, 1, 0.95, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ledger := newBooks()
				ledger.delay = func() time.Duration { return 3 * time.Millisecond }
				// Long enough that chance does not decide how many each gets.
				length := max(time.Minute, time.Duration(100*float64(c.greedy)/c.rate)*time.Second)
				ctx, cancel := context.WithTimeout(t.Context(), length)
				defer cancel()
				var wg sync.WaitGroup
				counts := make([]made, c.greedy+c.modest)
				for p := range counts {
					b := newBucket(operationOf(c.rate, 1), ledger, time.Now)
					workers := c.workers
					if p >= c.greedy {
						workers = 1
					}
					for range workers {
						wg.Go(func() {
							for ctx.Err() == nil {
								if late, err := b.Wait(ctx, c.interactive); err == nil && late == 0 {
									counts[p].add()
								} else if late > 0 {
									time.Sleep(late)
								}
								if p >= c.greedy {
									time.Sleep(time.Second)
								}
							}
						})
					}
				}
				wg.Wait()
				time.Sleep(10 * time.Second) // what is being booked
				total := 0
				for p := range counts {
					n := counts[p].count()
					total += n
					if fair := c.rate * c.share * length.Seconds() / float64(len(counts)); p < c.greedy && c.modest == 0 && float64(n) < fair/4 {
						t.Errorf("process %d made %d of about %.0f", p, n, fair)
					}
				}
				want := c.rate * c.share * length.Seconds()
				if float64(total) < want*c.atLeast || float64(total) > want+1+c.rate*lapse.Seconds() {
					t.Errorf("%d tries in %s, want about %.0f", total, length, want)
				}
				if perSecond := float64(ledger.asked) / length.Seconds() / float64(len(counts)); perSecond > c.askedPerProcess {
					t.Errorf("a process asked the store %.1f times a second", perSecond)
				}
			})
		})
	}
}

// A person's work does not stand behind queued work's.
func TestReservedShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ledger := newBooks()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 4 {
			b := newBucket(operationOf(40, 40), ledger, time.Now)
			for range 16 {
				wg.Go(func() {
					for ctx.Err() == nil {
						if late, _ := b.Wait(ctx, false); late > 0 {
							time.Sleep(min(late, time.Second))
						}
					}
				})
			}
		}
		b := newBucket(operationOf(40, 40), ledger, time.Now)
		time.Sleep(5 * time.Second)
		for range 50 { // 10 a second are kept for it
			began := time.Now()
			if late, err := b.Wait(ctx, true); err != nil || late > 0 || time.Since(began) > 50*time.Millisecond {
				t.Errorf("late %v, %v, after %v", late, err, time.Since(began))
			}
			time.Sleep(100 * time.Millisecond)
		}
		wg.Wait()
		time.Sleep(10 * time.Second) // what is being booked
	})
}

// What a process has booked and slept through is not made up for.
func TestSleeperDoesNotBurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ledger := newBooks()
		var slow atomic.Bool
		ledger.delay = func() time.Duration {
			if slow.Load() {
				return 3 * time.Second
			}
			return 0
		}
		b := newBucket(operationOf(100, 1), ledger, time.Now)
		for range 100 { // it learns to book ten at a time
			if late, err := b.Wait(t.Context(), true); late > 0 || err != nil {
				t.Fatal(late, err)
			}
		}
		slow.Store(true)
		began := time.Now()
		if late, err := b.Wait(t.Context(), true); err != nil || late == 0 {
			t.Errorf("after a booking that took three seconds: late %v, %v", late, err)
		}
		if d := time.Since(began); d > call.LongestPace {
			t.Errorf("took %v", d)
		}
		if len(b.lanes[laneInteractive].stock) > 0 && time.Since(b.lanes[laneInteractive].stock[0]) < lapse {
			t.Error("there is stock to burst with")
		}
		slow.Store(false)
		time.Sleep(10 * time.Second)
		var tries made
		for range 30 {
			if late, err := b.Wait(t.Context(), true); late > 0 || err != nil {
				t.Fatal(late, err)
			}
			tries.add()
		}
		if got := tries.worst(100); got > 1+100*lapse.Seconds() {
			t.Errorf("%v more than the rate", got)
		}
	})
}

// Nothing is tried that cannot be counted, and it goes on by itself.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ledger := newBooks()
		ledger.down = true
		b := newBucket(operationOf(50, 1), ledger, time.Now)
		for _, interactive := range []bool{true, false} {
			if late, err := b.Wait(t.Context(), interactive); !errors.Is(err, errDown) || late != 0 {
				t.Errorf("late %v, %v", late, err)
			}
		}
		ledger.down = false
		if late, err := b.Wait(t.Context(), false); late > 0 || err != nil {
			t.Errorf("late %v, %v", late, err)
		}
	})
}

// Who cannot wait is told at once how long it would take; who leaves, leaves.
func TestNoTimeToWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ledger := newBooks()
		b := newBucket(operationOf(0.5, 1), ledger, time.Now)
		if late, err := b.Wait(t.Context(), true); late > 0 || err != nil {
			t.Fatal(late, err)
		}
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if late, err := b.Wait(hurried, true); late != 2*time.Second || err != nil || time.Since(began) != 0 {
			t.Errorf("late %v, %v, after %v", late, err, time.Since(began))
		}
		leaving, leave := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, leave)
		if _, err := b.Wait(leaving, true); !errors.Is(err, context.Canceled) || time.Since(began) != 100*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		synctest.Wait()
		if b.lanes[laneInteractive].filling {
			t.Error("nobody waits, and it still books")
		}
	})
}
