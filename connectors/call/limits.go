package call

import "time"

// Limits bounds one operation. The zero value of each field means the default
// named beside it.
type Limits struct {
	Total    time.Duration // of the whole exchange with its second try and all waiting; 30 s
	Try      time.Duration // of one try, connecting and reading the body included; 14 s
	Bulkhead int           // exchanges at a time; 16
	// Reserved slots of the bulkhead are kept for the interactive lane, so
	// that a long queue never blocks auto-fill; a quarter of Bulkhead. The same
	// share of the rate is kept for it. At least one slot is always left for
	// queued work; negative: none reserved.
	Reserved      int
	BulkheadWait  time.Duration // how long a full lane is waited for; 250 ms
	RatePerSecond float64       // tries a second; 50. Negative: no limit
	Burst         int           // tries that may come at once; RatePerSecond rounded up
	MaxBody       int64         // bytes of an answer, decompressed; 1 MiB
	// RetryShare bounds second tries to this share of the calls, some saved up;
	// 0.1. Negative: no second try at all.
	RetryShare float64
	StopRetry  time.Duration // how often a stopped operation is tried; 30 s
	Breaker    BreakerConfig
}

// BreakerConfig says when an operation is given a rest. The zero value of each
// field means the default named beside it.
type BreakerConfig struct {
	Window  time.Duration // how far back tries are counted, in six steps; 60 s
	Minimum uint32        // tries in the window below which it never opens; 10
	Ratio   float64       // share of failures from which it opens; 0.5
	Open    time.Duration // how long it stays open; 30 s
	Trials  uint32        // successes in a row that close it again; 1
}

// Operation is one thing asked of an outside system.
type Operation struct {
	System     string // connector id, bounded: it becomes a metric label
	ID         string // unique within System
	Repeatable bool   // asking twice does no harm: a failed try may be repeated at once
	Limits     Limits
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Total, 30*time.Second)
	orDefault(&l.Try, 14*time.Second)
	orDefault(&l.Bulkhead, 16)
	if l.Reserved == 0 {
		l.Reserved = l.Bulkhead / 4
	}
	l.Reserved = max(0, min(l.Reserved, l.Bulkhead-1))
	orDefault(&l.BulkheadWait, 250*time.Millisecond)
	if l.RatePerSecond == 0 {
		l.RatePerSecond = 50
	}
	orDefault(&l.Burst, max(1, int(l.RatePerSecond+0.999)))
	orDefault(&l.MaxBody, 1<<20)
	if l.RetryShare == 0 {
		l.RetryShare = 0.1
	}
	orDefault(&l.StopRetry, 30*time.Second)
	orDefault(&l.Breaker.Window, time.Minute)
	if l.Breaker.Minimum == 0 {
		l.Breaker.Minimum = 10
	}
	if l.Breaker.Ratio <= 0 {
		l.Breaker.Ratio = 0.5
	}
	orDefault(&l.Breaker.Open, 30*time.Second)
	if l.Breaker.Trials == 0 {
		l.Breaker.Trials = 1
	}
	return l
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}
