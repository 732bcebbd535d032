package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// attempt runs the stage once and finishes the job when it went well; handled
// says that the handler itself did. A panic is a defect of this job, not of the
// process.
func (r *Runner) attempt(ctx context.Context, s *running, j Job, trial bool) (handled bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Log.ErrorContext(ctx, "panic in a stage", "stage", s.Name, "job", j.ID, "stack", string(debug.Stack()))
			err = fault.New(fault.Defect, fmt.Errorf("panic: %T", p))
		}
	}()
	if !trial && j.Expired(r.cfg.Now()) { // a trial's limit did not run while it was stopped
		return false, expired(j)
	}
	if !trial && j.Attempt >= max(s.Policy.Attempts, 1) {
		return false, abandoned(j)
	}
	keep := func(ctx context.Context, e Effect) error { return r.cfg.Store.Keep(ctx, j.Lease, e) }
	effect, err := s.Handle(ctx, j, keep)
	if err != nil {
		return false, err
	}
	if effect == nil {
		effect = nothing
	}
	ctx = context.WithoutCancel(ctx)
	return true, r.persist(j, func() error { return r.cfg.Store.Finish(ctx, j.Lease, effect) })
}

// persist writes how a job ended, again and again while the store is out of reach
// and the job may still be ours: what was called out for must not be forgotten
// because a database restarts.
func (r *Runner) persist(j Job, write func() error) error {
	began, pause := r.cfg.Now(), 50*time.Millisecond
	for {
		err := write()
		if err == nil || fault.KindOf(err) != fault.Unavailable || !r.cfg.Now().Add(pause).Before(began.Add(r.cfg.Lease)) {
			return err
		}
		r.cfg.Log.Debug("the store is out of reach", "stage", j.Stage, "job", j.ID, "error", err)
		time.Sleep(pause)
		pause = min(2*pause, time.Second)
	}
}

// errTimeLimit marks a job that ended because its time limit passed.
var errTimeLimit = errors.New("the time limit of this job has passed")

func expired(j Job) error {
	f := &fault.Fault{
		Kind: fault.Unavailable, Code: "time_limit", Err: errTimeLimit,
		Hint: "look at what it was waiting for, then replay",
	}
	if j.Last != nil {
		f.System, f.Operation = j.Last.System, j.Last.Operation
		f.Err = fmt.Errorf("%w; last: %s", errTimeLimit, j.Last.Kind)
	}
	return f
}

// abandoned ends a job whose holders died with it again and again: one that
// brings the process down must not do so for ever.
func abandoned(j Job) error {
	return &fault.Fault{
		Kind: fault.Defect, Code: "abandoned", Err: fmt.Errorf("none of its %d attempts is left: the last ended with the process", j.Attempt),
		Hint: "look into the log of those times before replaying",
	}
}

// settle writes what follows from an error and names the outcome.
func (r *Runner) settle(ctx context.Context, s *running, j Job, cause error) string {
	if errors.Is(cause, ErrLeaseLost) {
		return "lease_lost" // somebody else has it; nothing of ours may be written
	}
	now := r.cfg.Now()
	f := fault.Of(cause)
	failure := FailureOf(cause, now)
	failure.Breaches = breaches(j, f)
	v := s.Policy.after(f, j, failure.Breaches, r.cfg.Jitter)
	due := now.Add(v.delay)
	switch {
	case errors.Is(cause, errTimeLimit):
		v.fail = true
	case f.Kind == fault.Misconfigured:
		// A gate that is stopped has told of it and holds the stage.
		if (s.Gate == nil || !s.Gate().Stopped) && s.stopped.stop(due) {
			r.cfg.Log.ErrorContext(ctx, "operation stopped: it is misconfigured", "stage", s.Name, "system", f.System,
				"operation", f.Operation, "error", cause, "hint", f.Hint)
		}
	case !v.fail && !j.ExpiresAt.IsZero() && due.After(j.ExpiresAt):
		due = j.ExpiresAt // it will be ended then, not forgotten until later
	}
	var err error
	outcome := string(f.Kind)
	if v.fail {
		outcome = "failed"
		err = r.fail(ctx, s, j, failure)
	} else {
		err = r.persist(j, func() error {
			return r.cfg.Store.Again(ctx, j.Lease, Reschedule{
				DueAt: due, BurnAttempt: v.burn, FreshLimit: f.Kind == fault.Misconfigured, Failure: failure,
			})
		})
	}
	switch {
	case errors.Is(err, ErrLeaseLost):
		return "lease_lost"
	case err != nil: // the lease runs out and the job is tried again
		r.cfg.Log.ErrorContext(ctx, "settling a job", "stage", s.Name, "job", j.ID, "error", err)
		return "unsettled"
	case v.fail:
		r.cfg.Log.WarnContext(ctx, "a job became a failure", "stage", s.Name, "job", j.ID, "kind", f.Kind, "error", cause)
	}
	return outcome
}

// breaches counts the answers against the contract that burnt an attempt since
// the job was made or replayed, this one included.
func breaches(j Job, f *fault.Fault) int {
	n := 0
	if j.Attempt > 0 && j.Last != nil {
		n = j.Last.Breaches
	}
	if f.Kind == fault.Breach {
		n++
	}
	return n
}

// fail makes the job a failure with what the stage writes then. When that
// cannot be written the job is a failure all the same: left leased, it would be
// called out for again and again, seen by nobody.
func (r *Runner) fail(ctx context.Context, s *running, j Job, f Failure) error {
	err := r.giveUp(ctx, s, j, f)
	if err == nil || errors.Is(err, ErrLeaseLost) {
		return err
	}
	r.cfg.Log.ErrorContext(ctx, "giving a job up", "stage", s.Name, "job", j.ID, "error", err)
	f.Text += "; what should follow could not be written"
	return r.persist(j, func() error { return r.cfg.Store.Fail(ctx, j.Lease, f, nothing) })
}

func (r *Runner) giveUp(ctx context.Context, s *running, j Job, f Failure) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %T", p)
		}
	}()
	e := Effect(nothing)
	if s.GiveUp != nil {
		e = s.GiveUp(j, f)
	}
	return r.persist(j, func() error { return r.cfg.Store.Fail(ctx, j.Lease, f, e) })
}
