package checks

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Scatter returns the first jobs of an application's checks, a chunk of
// subjects each. One that names nobody is assessed as a whole at once.
func (c *Checks) Scatter(a dossier.Application) []queue.New {
	t, _ := c.Catalogue.Type(a.Type)
	if len(a.Subjects) == 0 {
		return []queue.New{wholeJob(a.ID, a.Applicant, 0, t.Priority)}
	}
	var jobs []queue.New
	for from := 0; from < len(a.Subjects); from += chunk {
		jobs = append(jobs, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageScatter, Ref: strconv.Itoa(from),
			Key: fmt.Sprintf("%s:%s:%d", StageScatter, a.ID, from), Priority: t.Priority,
		})
	}
	return jobs
}

// dropped reports that an application will not be decided any more: nothing is asked
// about its people then, and nothing is told.
func dropped(s dossier.State) bool {
	switch s {
	case dossier.Returned, dossier.Superseded, dossier.Withdrawn, dossier.Lapsed, dossier.SignatureRefused:
		return true
	case dossier.Submitted, dossier.Checking, dossier.DossierReady, dossier.Deciding, dossier.Executing, dossier.Executed:
	}
	return false
}

// plan is how a subject's checks begin.
type plan struct {
	subject Subject
	checks  []dossier.Check
	reused  []dossier.Finding
	who     *register.PersonalData // known already
	jobs    []queue.New
	waits   bool // for a register
}

// ScatterChunk is the handler of StageScatter.
func (c *Checks) ScatterChunk(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	from, err := strconv.Atoi(j.Ref)
	if err != nil {
		return nil, fmt.Errorf("reading a chunk's start: %w", err)
	}
	subjects, err := c.Store.CheckSubjects(ctx, j.Application, from, chunk)
	if err != nil || len(subjects) == 0 || dropped(subjects[0].State) {
		return nil, err
	}
	t, ok := c.Catalogue.Type(subjects[0].Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", subjects[0].Type)
	}
	known, err := c.known(ctx, t, subjects)
	if err != nil {
		return nil, err
	}
	due := c.Now().Add(c.Deadline)
	var checks []dossier.Check
	var jobs []queue.New
	plans := make([]plan, len(subjects))
	for i, s := range subjects {
		p, err := c.plan(t, s, known[s.ID], due)
		if err != nil {
			return nil, err
		}
		plans[i] = p
		checks, jobs = append(checks, p.checks...), append(jobs, p.jobs...)
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		if err := tx.AddChecks(ctx, checks, due); err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, jobs...); err != nil {
			return err
		}
		for _, p := range plans {
			if err := c.start(ctx, tx, t, p); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// plan says which of a subject's checks are answered already, which are asked now
// and which wait until it is certain whom to ask about.
func (c *Checks) plan(t catalogue.Type, s Subject, known answers, due time.Time) (plan, error) {
	p := plan{subject: s}
	var err error
	if p.who, err = known.identity(); err != nil {
		return p, err
	}
	for _, id := range registersOf(t, s) {
		r, ok := c.register(id)
		if !ok {
			return p, fmt.Errorf("no connector for the register %s", id)
		}
		k := dossier.Check{ID: newID(), Subject: s.ID, Register: id, State: dossier.Open}
		f, have := known[id]
		switch {
		case have && p.who != nil:
			k.State, f.Check = dossier.Answered, k.ID
			p.reused = append(p.reused, f)
		case id != register.Personal && p.who == nil:
			k.State, p.waits = dossier.Held, true
		default:
			p.waits = true
			p.jobs = append(p.jobs, c.job(s, t.Priority, r, 0, k))
		}
		p.checks = append(p.checks, k)
	}
	if p.waits {
		p.jobs = append(p.jobs, queue.New{
			Application: s.Application, Applicant: s.Applicant, Stage: StageDeadline, Ref: s.ID,
			Key: StageDeadline + ":" + s.ID, Priority: t.Priority, DueAt: due,
		})
	}
	return p, nil
}

// start writes what is known about a subject, and has it assessed where no register
// is waited for.
func (c *Checks) start(ctx context.Context, tx Tx, t catalogue.Type, p plan) error {
	s := p.subject
	if len(p.reused) > 0 {
		if err := tx.Identify(ctx, s.ID, p.who.PINFL, p.who.Document); err != nil {
			return err
		}
		if err := c.reuse(ctx, tx, s, t.Purpose, p.who.PINFL, p.reused); err != nil {
			return err
		}
		if _, err := tx.RaiseFindings(ctx, s.ID); err != nil {
			return err
		}
	}
	if p.waits {
		return nil
	}
	g, err := tx.Gathered(ctx, s.ID)
	if err != nil {
		return err
	}
	return AssessIfDue(ctx, tx, g, s.ID, s.Applicant, t.Priority)
}
