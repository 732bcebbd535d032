package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/saylovhub/hub/contracts/fault"
)

// attempt runs the stage once and finishes the job when it went well. A panic
// is a defect of this job, not of the process.
func (r *Runner) attempt(ctx context.Context, s *running, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Log.ErrorContext(ctx, "panic in a stage", "stage", s.Name, "job", j.ID, "stack", string(debug.Stack()))
			err = fault.New(fault.Defect, fmt.Errorf("panic: %T", p))
		}
	}()
	if j.Expired(r.cfg.Now()) {
		return errExpired(j)
	}
	keep := func(ctx context.Context, e Effect) error { return r.cfg.Store.Keep(ctx, j.Lease, e) }
	effect, err := s.Handle(ctx, j, keep)
	if err != nil {
		return err
	}
	if effect == nil {
		effect = nothing
	}
	return r.cfg.Store.Finish(context.WithoutCancel(ctx), j.Lease, effect)
}

// codeExpired marks a job that ended because its time limit passed.
const codeExpired = "time_limit"

func errExpired(j Job) error {
	f := &fault.Fault{Kind: fault.Unavailable, Code: codeExpired, Err: errors.New("the time limit of this job has passed"),
		Hint: "look at what it was waiting for, then replay"}
	if j.Last != nil {
		f.System, f.Operation = j.Last.System, j.Last.Operation
		f.Err = fmt.Errorf("the time limit of this job has passed; last: %s", j.Last.Kind)
	}
	return f
}

// settle writes what follows from an error and names the outcome.
func (r *Runner) settle(ctx context.Context, s *running, j Job, cause error) string {
	if errors.Is(cause, ErrLeaseLost) {
		return "lease_lost" // somebody else has it; nothing of ours may be written
	}
	now := r.cfg.Now()
	f := fault.Of(cause)
	failure := FailureOf(cause, now)
	v := s.Policy.after(f, j, r.cfg.Jitter)
	due := now.Add(v.delay)
	switch {
	case f.Code == codeExpired:
		v.fail = true
	case f.Kind == fault.Misconfigured:
		if s.stopped.stop(due) {
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
		err = r.cfg.Store.Fail(ctx, j.Lease, failure, giveUp(s, j, failure))
	} else {
		err = r.cfg.Store.Again(ctx, j.Lease, Reschedule{DueAt: due, BurnAttempt: v.burn, Failure: failure})
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

func giveUp(s *running, j Job, f Failure) Effect {
	if s.GiveUp == nil {
		return nothing
	}
	return s.GiveUp(j, f)
}
