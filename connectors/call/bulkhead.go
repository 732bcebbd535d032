package call

import (
	"context"
	"time"
)

type laneKey struct{}

// Interactive marks work that a person waits for (auto-fill): it may use the
// slots that queued work may not.
func Interactive(ctx context.Context) context.Context {
	return context.WithValue(ctx, laneKey{}, true)
}

func interactive(ctx context.Context) bool {
	yes, _ := ctx.Value(laneKey{}).(bool)
	return yes
}

// bulkhead bounds how many exchanges run at a time. Queued work takes a place
// in both channels, interactive work in all alone.
type bulkhead struct {
	all, queued chan struct{}
	wait        time.Duration
}

func newBulkhead(l Limits) *bulkhead {
	return &bulkhead{
		all:    make(chan struct{}, l.Bulkhead),
		queued: make(chan struct{}, l.Bulkhead-l.Reserved),
		wait:   l.BulkheadWait,
	}
}

// enter takes the places of the context's lane; false means that none came free
// in time or that the context ended. leave must be called after true.
func (b *bulkhead) enter(ctx context.Context) (leave func(), ok bool) {
	timer := time.NewTimer(b.wait)
	defer timer.Stop()
	take := func(places chan struct{}) bool {
		select {
		case places <- struct{}{}:
			return true
		default:
		}
		select {
		case places <- struct{}{}:
			return true
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	if interactive(ctx) {
		if !take(b.all) {
			return nil, false
		}
		return func() { <-b.all }, true
	}
	if !take(b.queued) {
		return nil, false
	}
	if !take(b.all) {
		<-b.queued
		return nil, false
	}
	return func() { <-b.all; <-b.queued }, true
}

func (b *bulkhead) inFlight() int { return len(b.all) }
