package call

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/saylovhub/hub/contracts/fault"
)

// pacer is the rate limit. Queued work takes a token of both limits,
// interactive work of all alone: the share that queued work may not have is
// there when a person asks.
type pacer struct{ all, queued *rate.Limiter }

func newPacer(l Limits) pacer {
	if l.RatePerSecond < 0 {
		return pacer{rate.NewLimiter(rate.Inf, 0), rate.NewLimiter(rate.Inf, 0)}
	}
	share := 1 - float64(l.Reserved)/float64(l.Bulkhead)
	return pacer{
		all:    rate.NewLimiter(rate.Limit(l.RatePerSecond), l.Burst),
		queued: rate.NewLimiter(rate.Limit(l.RatePerSecond*share), max(1, int(float64(l.Burst)*share))),
	}
}

// wait takes the tokens of the context's lane when they come soon; else it
// says how long they would take. A context that ends is its own error. Queued
// work waits for its own limit first: it takes nothing of the other meanwhile.
func (p pacer) wait(ctx context.Context) (late time.Duration, err error) {
	if !interactive(ctx) {
		if late, err = take(ctx, p.queued); late > 0 || err != nil {
			return late, err
		}
	}
	return take(ctx, p.all)
}

func take(ctx context.Context, l *rate.Limiter) (late time.Duration, err error) {
	token := l.Reserve()
	delay := token.Delay()
	if delay == 0 {
		return 0, nil
	}
	deadline, bounded := ctx.Deadline()
	if delay > longestPace || bounded && time.Now().Add(delay).After(deadline) {
		token.Cancel()
		return delay, nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return 0, nil
	case <-ctx.Done():
		token.Cancel()
		return 0, ctx.Err()
	}
}

// pace takes a token of the rate limit, waiting for it when that is soon.
func (x *exchange) pace(ctx context.Context) error {
	late, err := x.caller.wait(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		return &ownDoing{quotaFault()}
	case err != nil:
		return &ownDoing{goneFault()}
	case late > 0:
		return &ownDoing{&fault.Fault{
			Kind: fault.Throttled, Code: CodeRateLimit, Wait: late, Err: errors.New("our own pace is used up"),
		}}
	}
	return nil
}

// budget bounds second tries to a share of the calls, so that a system that
// fails is not asked twice as much as one that works. Some are saved up.
type budget struct {
	each  int64 // thousandths of a second try that a call earns; below zero: no second tries
	saved atomic.Int64
}

const mostSaved = 10 * 1000

func newBudget(share float64) *budget {
	b := &budget{each: int64(math.Round(share * 1000))}
	b.saved.Store(mostSaved)
	return b
}

// earn counts a call.
func (b *budget) earn() {
	if b.saved.Load() < mostSaved {
		b.saved.Add(b.each)
	}
}

// spend takes a second try, if one is left.
func (b *budget) spend() bool {
	if b.each < 0 {
		return false
	}
	for {
		have := b.saved.Load()
		if have < 1000 {
			return false
		}
		if b.saved.CompareAndSwap(have, have-1000) {
			return true
		}
	}
}
