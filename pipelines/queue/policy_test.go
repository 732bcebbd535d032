package queue

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/fault"
)

func TestJitterBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-10, int64(time.Hour)).Draw(t, "d"))
		if got := fullJitter(d); got < max(d, 0)/10 || got > max(d, 0) {
			t.Fatalf("jitter of %s is %s", d, got)
		}
	})
}

func TestDoubledNeverOverflows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "base"))
		limit := time.Duration(rapid.Int64Range(int64(base), math.MaxInt64/2).Draw(t, "limit"))
		n := rapid.IntRange(0, 500).Draw(t, "n")
		got, next := doubled(base, limit, n), doubled(base, limit, n+1)
		if got < base || got > limit || next < got {
			t.Fatalf("doubled(%s, %s, %d) = %s, then %s", base, limit, n, got, next)
		}
	})
}

// Whatever the other side asks for, a job comes back within the policy's caps
// or is a failure; every kind is decided.
func TestAfterIsBounded(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	longest := max(p.Cap, p.PendingCap, p.BreachDelay, p.StoppedDelay, p.ThrottleCap)
	rapid.Check(t, func(t *rapid.T) {
		f := &fault.Fault{
			Kind: rapid.SampledFrom(append(fault.All(), "no such kind")).Draw(t, "kind"),
			Wait: time.Duration(rapid.Int64().Draw(t, "wait")), Err: errors.New("made up"),
		}
		j := Job{Attempt: rapid.IntRange(0, 50).Draw(t, "attempt"), Asks: rapid.IntRange(0, 5000).Draw(t, "asks")}
		v := p.after(f, j, rapid.IntRange(0, 5).Draw(t, "breaches"), fullJitter)
		if !v.fail && (v.delay <= 0 || v.delay > longest) {
			t.Fatalf("%s comes back after %s", f.Kind, v.delay)
		}
		if v.burn && !v.fail && j.Attempt+1 >= p.Attempts {
			t.Fatalf("%s: attempt %d of %d and no end", f.Kind, j.Attempt+1, p.Attempts)
		}
	})
}

// The books of hints and handlers hold under any mixture of events.
func TestLoad(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := load{workers: rapid.IntRange(1, 5).Draw(t, "workers")}
		air, busy := 0, 0 // what is truly under way
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"publish", "trial", "take", "rest", "lose", "age", "stray"}).Draw(t, "step") {
			case "publish":
				free := l.workers - busy
				n := l.reserve(rapid.IntRange(0, 20).Draw(t, "n"), false)
				if n > 0 && l.flying > 2*free || n > 20 {
					t.Fatalf("%d hints published for %d free handlers", n, free)
				}
				air += n
			case "trial":
				if n := l.reserve(9, true); n > 1 || (n == 1 && busy > 0) {
					t.Fatalf("%d hints on trial with %d at work", n, busy)
				} else {
					air += n
				}
			case "take":
				if air > 0 && busy < l.workers {
					air--
					busy++
					l.take()
				}
			case "rest":
				if busy > 0 {
					busy--
					l.rest()
				}
			case "lose":
				air = max(0, air-1)
			case "age":
				l.age()
			case "stray":
				if busy < l.workers {
					busy++
					l.take()
				}
			}
			if l.flying < -2*l.workers || l.busy != busy {
				t.Fatalf("flying %d, busy %d; truly %d at work", l.flying, l.busy, busy)
			}
		}
		// All hints lost, all handlers free: two looks later there is room again.
		for range busy {
			l.rest()
		}
		l.age()
		l.age()
		if n := l.reserve(100, false); n != 2*l.workers {
			t.Fatalf("room for %d after everything was lost, want %d", n, 2*l.workers)
		}
	})
}

func TestNewRunnerRefuses(t *testing.T) {
	t.Parallel()
	if _, err := NewRunner(Config{Stages: []Stage{{Name: "a", Workers: 1}}}); err == nil {
		t.Error("a stage without a handler")
	}
}

// Where processes take each other's hints no count runs away: all together never
// publish more than twice what is free, and none is left without room although
// nothing is under way.
func TestLoadOfManyProcesses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loads := make([]load, rapid.IntRange(2, 4).Draw(t, "processes"))
		for i := range loads {
			loads[i].workers = 4
		}
		air := 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			l := &loads[rapid.IntRange(0, len(loads)-1).Draw(t, "process")]
			switch rapid.SampledFrom([]string{"publish", "take", "take", "rest", "rest"}).Draw(t, "step") {
			case "publish":
				air += l.reserve(8, false)
			case "take":
				if air > 0 && l.busy < l.workers {
					air--
					l.take()
				}
			case "rest":
				if l.busy > 0 {
					l.rest()
				}
			}
			flying := 0
			for i := range loads {
				flying += loads[i].flying
			}
			if flying < air || flying > air+2*4*len(loads) {
				t.Fatalf("%d hints count as flying, %d are", flying, air)
			}
		}
		for i := range loads { // all are taken by somebody, all handlers are free
			for loads[i].busy > 0 {
				loads[i].rest()
			}
			loads[i].age()
			loads[i].age()
			if n := loads[i].reserve(100, false); n < 2*4 {
				t.Fatalf("process %d has room for %d, want at least 8", i, n)
			}
		}
	})
}
