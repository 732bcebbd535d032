package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/store"
)

// operation is one operation and what this process remembers of its rows. Only the
// goroutine of Run uses it.
type operation struct {
	operate.Operation

	fleet *Fleet
	// others was seen: a row of another process held us back; worked is when such a
	// row went away or was shown to be wrong. An opening of ours from before says
	// nothing any more.
	others bool
	worked time.Time

	turn    time.Time // end of the turn that was allowed last
	alarmed time.Time // since of the last stop that was told
	aside   time.Time // since of a stop that is ours alone; zero: none
}

// rest makes the shared row of an open breaker so here, or the other way round.
func (o *operation) rest(row *store.Resting, now time.Time) []write {
	own, me := o.Caller.Rest(), o.fleet.self.ID
	open := !own.Since.IsZero() && own.Until.Add(grace).After(now)
	tell := write{do: func(ctx context.Context, tx *store.Tx) (bool, error) {
		return false, tx.Rest(ctx, store.Resting{
			System: o.System, Operation: o.ID, Process: me, Host: o.fleet.self.Host, Since: own.Since, Until: own.Until,
		}, now.Add(-grace))
	}}
	switch {
	case row == nil:
		o.released(now)
		if open && own.Since.After(o.worked) {
			return []write{tell}
		}
	case row.Process == me:
		o.Caller.Unshun()
		o.others = false
		switch {
		case own.Since.IsZero():
			return []write{{do: func(ctx context.Context, tx *store.Tx) (bool, error) {
				return false, tx.Rested(ctx, o.System, o.ID, me)
			}}}
		case own.Since.UnixMilli() != row.Since.UnixMilli(), row.Worked.IsZero() && own.Until.UnixMilli() != row.Until.UnixMilli():
			return []write{tell}
		}
	case !row.Worked.IsZero():
		o.released(row.Worked)
		if open && own.Since.After(row.Worked) {
			return []write{tell}
		}
	case !o.Caller.Shun(row.Since, row.Until.Add(grace)):
		o.others = true
		return []write{{do: func(ctx context.Context, tx *store.Tx) (bool, error) {
			return false, tx.Disproved(ctx, o.System, o.ID, row.Since, now)
		}}}
	default:
		o.others = true
		if open && row.Until.Add(grace).Before(now) {
			return []write{tell} // whoever wrote the row is gone, or rests without work
		}
	}
	return nil
}

// released ends what another's row held back.
func (o *operation) released(when time.Time) {
	o.Caller.Unshun()
	if o.others {
		o.others, o.worked = false, when
	}
}

// stop makes the shared row of a misconfigured operation so here, or the other way
// round.
func (o *operation) stop(ctx context.Context, row *store.Stopped, now time.Time) []write {
	me := o.fleet.self.ID
	why, since, own := o.Caller.Stopped()
	if !own && !o.aside.IsZero() {
		if !o.Caller.State().Stopped {
			o.fleet.cfg.Alarm.Resumed(ctx, o.System, o.ID)
		}
		o.aside = time.Time{}
	}
	switch {
	case row != nil && row.Worked.IsZero():
		return o.halted(row, now)
	case !own:
		if o.Caller.State().Stopped { // with the others, who have ended it
			o.Caller.Lift()
		}
	case row != nil && row.WorkedIn != me, o.aside.Equal(since):
		// It has just worked elsewhere: what is wrong is wrong here alone.
		o.alarm(ctx, why, since)
		o.aside = since
	default:
		retry := o.Caller.Operation().Limits.StopRetry
		return []write{{
			do: func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.Stop(ctx, store.Stopped{
					System: o.System, Operation: o.ID, Process: me, Host: o.fleet.self.Host, Since: since,
					Code: why.Code, Hint: why.Hint, Next: now.Add(retry),
				})
			},
			told: func(ctx context.Context, news bool) {
				if news {
					o.alarm(ctx, why, since)
				}
			},
		}}
	}
	return nil
}

// halted follows a stop that all processes share. Its trials take turns: whoever is
// first when the last turn is over has the next.
func (o *operation) halted(row *store.Stopped, now time.Time) []write {
	me := o.fleet.self.ID
	why := &fault.Fault{
		Kind: fault.Misconfigured, System: o.System, Operation: o.ID, Code: row.Code, Hint: row.Hint,
		Err: errors.New("the operation is stopped: it is misconfigured"),
	}
	if !o.Caller.Halt(why, row.Since, row.Next) {
		return []write{{
			do: func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.Worked(ctx, o.System, o.ID, row.Since, me, now)
			},
			told: func(ctx context.Context, news bool) {
				if news {
					o.fleet.cfg.Alarm.Resumed(ctx, o.System, o.ID)
				}
			},
		}}
	}
	if now.Before(row.Next) {
		if row.Turn == me && !o.turn.Equal(row.Next) {
			o.turn = row.Next
			o.Caller.Allow()
		}
		return nil
	}
	o.Caller.Disallow()
	last := row.Turn
	if last == "" {
		last = row.Process
	}
	if last == me && now.Before(row.Next.Add(modest)) {
		return nil // it may be here alone that it does not work, or that there is no work
	}
	next := now.Add(o.Caller.Operation().Limits.StopRetry)
	return []write{{do: func(ctx context.Context, tx *store.Tx) (bool, error) {
		return false, tx.TakeTurn(ctx, *row, me, now, next)
	}}}
}

// alarm tells of a stop, once.
func (o *operation) alarm(ctx context.Context, why *fault.Fault, since time.Time) {
	if o.alarmed.Equal(since) {
		return
	}
	o.alarmed = since
	placed := *why
	placed.System, placed.Operation = o.System, o.ID
	o.fleet.cfg.Alarm.Stopped(ctx, &placed)
}

// lonely is what there is to do while the others cannot be reached: an alarm must
// not wait for them.
func (o *operation) lonely(ctx context.Context) {
	if why, since, own := o.Caller.Stopped(); own {
		o.alarm(ctx, why, since)
	}
}
