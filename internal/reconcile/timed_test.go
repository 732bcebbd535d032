package reconcile_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/reconcile"
)

// timed tells how long the long reads take.
type timed struct {
	reconcile.Source
	b testing.TB
}

type timedMoment struct {
	reconcile.Moment
	b testing.TB
}

func (s timed) Ledger(ctx context.Context, read func(context.Context, reconcile.Moment) error) error {
	return s.Source.Ledger(ctx, func(ctx context.Context, m reconcile.Moment) error { return read(ctx, timedMoment{m, s.b}) })
}

func (m timedMoment) tell(what string, began time.Time) {
	if d := time.Since(began); d > 10*time.Millisecond {
		fmt.Fprintf(os.Stderr, "%-28s %s\n", what, d.Round(time.Millisecond))
	}
}

func (m timedMoment) Applications(ctx context.Context, each func(reconcile.Application)) error {
	defer m.tell("applications, one by one", time.Now())
	return m.Moment.Applications(ctx, each)
}

func (m timedMoment) Groups(ctx context.Context, k reconcile.Kind) ([]reconcile.Group, error) {
	defer m.tell(string(k), time.Now())
	return m.Moment.Groups(ctx, k)
}

func (m timedMoment) Oddities(ctx context.Context, o reconcile.Oddity, limit int) (int, []reconcile.Item, error) {
	defer m.tell(string(o), time.Now())
	return m.Moment.Oddities(ctx, o, limit)
}

func (m timedMoment) Series(ctx context.Context) ([]reconcile.Series, error) {
	defer m.tell("series", time.Now())
	return m.Moment.Series(ctx)
}

func (m timedMoment) Stages(ctx context.Context) ([]reconcile.StageRow, error) {
	defer m.tell("stages", time.Now())
	return m.Moment.Stages(ctx)
}

func (m timedMoment) Stream(ctx context.Context) (reconcile.Positions, error) {
	defer m.tell("stream", time.Now())
	return m.Moment.Stream(ctx)
}

func (m timedMoment) Audit(ctx context.Context) (reconcile.Chain, error) {
	defer m.tell("audit", time.Now())
	return m.Moment.Audit(ctx)
}
