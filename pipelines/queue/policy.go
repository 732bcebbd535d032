package queue

import (
	"math/rand/v2"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// Policy bounds how long and how often a stage tries.
type Policy struct {
	Attempts     int           // attempts burnt before a job is a failure
	Limit        time.Duration // time limit of a job, set when it is made and by a replay
	Base, Cap    time.Duration // growing delay after unavailable: full jitter over Base*2^n up to Cap
	PendingBase  time.Duration // first delay after pending; it doubles
	PendingCap   time.Duration
	BreachDelay  time.Duration // between the three tries of a breach
	StoppedDelay time.Duration // until a stopped operation is tried by one job
	ThrottleCap  time.Duration // the longest wait a system may ask for
}

// DefaultPolicy is what stages use unless the configuration says otherwise.
func DefaultPolicy() Policy {
	return Policy{
		Attempts: 12, Limit: 6 * time.Hour, Base: 5 * time.Second, Cap: 15 * time.Minute,
		PendingBase: 5 * time.Second, PendingCap: 5 * time.Minute,
		BreachDelay: time.Minute, StoppedDelay: time.Minute, ThrottleCap: 10 * time.Minute,
	}
}

// breachTries is how often an answer against the contract is asked for.
const breachTries = 3

// verdict says how a job goes on after a fault.
type verdict struct {
	fail  bool
	burn  bool
	delay time.Duration
}

// after decides by the fault's kind alone. The job counts what was burnt before
// this try, breaches includes it; the time limit is the caller's to watch.
func (p Policy) after(f *fault.Fault, j Job, breaches int, jitter func(time.Duration) time.Duration) verdict {
	switch fault.RuleOf(f.Kind).Retry {
	case fault.RetryUnburnt:
		if f.Kind == fault.Throttled {
			return verdict{delay: throttle(f.Wait, p)}
		}
		return verdict{delay: doubled(p.PendingBase, p.PendingCap, j.Asks)}
	case fault.RetryBackoff:
		if f.Code == fault.CodeBreakerOpen || f.Code == fault.CodeBulkheadFull {
			// Nobody was asked: waiting for a free place is no attempt.
			return verdict{delay: max(f.Wait, p.Base/4)}
		}
		if j.Attempt+1 >= p.Attempts {
			return verdict{fail: true, burn: true}
		}
		return verdict{burn: true, delay: max(min(f.Wait, p.Cap), jitter(doubled(p.Base, p.Cap, j.Attempt)))}
	case fault.RetrySpaced:
		if breaches >= breachTries || j.Attempt+1 >= p.Attempts {
			return verdict{fail: true, burn: true}
		}
		return verdict{burn: true, delay: p.BreachDelay}
	case fault.RetryStopped:
		return verdict{delay: p.StoppedDelay}
	case fault.RetryNever:
		return verdict{fail: true, burn: true}
	}
	return verdict{fail: true, burn: true}
}

func throttle(wait time.Duration, p Policy) time.Duration {
	if wait <= 0 {
		wait = p.Base
	}
	return min(wait, p.ThrottleCap)
}

// doubled is base*2^n, capped, without overflow.
func doubled(base, limit time.Duration, n int) time.Duration {
	for range n {
		base *= 2
		if base >= limit {
			return limit
		}
	}
	return min(base, limit)
}

// fullJitter spreads retries over the whole delay, so that what failed together
// does not come back together. A tenth is kept as a floor.
func fullJitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d/10 + time.Duration(rand.Int64N(int64(d-d/10)+1)) //nolint:gosec // spreads load, hides nothing
}
