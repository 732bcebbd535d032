package checks

import (
	"context"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// rulesOf are the rules over a subject: those whose role is to end have their own.
func rulesOf(t catalogue.Type, s Subject) []string {
	if s.Part != dossier.Leaving {
		return t.Rules
	}
	if t.Leaving == nil {
		return nil
	}
	return t.Leaving.Rules
}

// onList are the rules that look at the applicant's list.
var onList = func() map[string]bool {
	out := map[string]bool{}
	for _, r := range eligibility.Rules() {
		if slices.Contains(r.Accepts, "list") {
			out[r.ID] = true
		}
	}
	return out
}()

// listBallot is the kind of vote that parties stand for with lists.
const listBallot = "LC-PR"

// input adds what the catalogue says to what is known about a subject, and the
// applicant's list where a rule looks at it.
func (c *Checks) input(ctx context.Context, t catalogue.Type, k Known) (eligibility.Input, error) {
	in := k.Input
	in.Day, in.Role, in.Ballots = civil.Of(c.Now()), t.Subjects.Role, t.Ballots
	in.Deadline, _ = c.Catalogue.Day(t.Window.Until, k.Election.Day, k.Election.Calendar)
	in.Stale = Stale(in.Findings, c.Now())
	slot := c.Catalogue.Slot(k.Subject.Role, in.Ballot)
	for _, r := range in.Roles {
		if !c.Catalogue.Together(slot, r.Slot) {
			in.Conflicts = append(in.Conflicts, r.ID)
		}
	}
	if !slices.ContainsFunc(rulesOf(t, k.Subject), func(id string) bool { return onList[id] }) {
		return in, nil
	}
	var err error
	in.List, err = c.Store.ListOf(ctx, k.Election.Roles(), in.Applicant.Org.ID, listBallot)
	return in, err
}

// Assess is the handler of StageAssess: a revision of the subject's assessment.
// When it was the last subject without one, the application is assessed as a
// whole, or the dossier is ready where no rule is over whole ones.
func (c *Checks) Assess(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	k, err := c.Store.AssessInput(ctx, j.Ref)
	if err != nil || dropped(k.Subject.State) {
		return nil, err
	}
	s := k.Subject
	t, ok := c.Catalogue.Type(s.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", s.Type)
	}
	in, err := c.input(ctx, t, k)
	if err != nil {
		return nil, err
	}
	verdict, answers, err := eligibility.Assess(in, rulesOf(t, s))
	if err != nil {
		return nil, err
	}
	a := eligibility.Assessment{Subject: s.ID, FindingsVersion: s.FindingsVersion, Verdict: verdict, Answers: answers}
	tell := nothing
	if verdict == eligibility.NotEligible {
		if tell, err = c.failed(ctx, s, answers); err != nil {
			return nil, err
		}
	}
	now := c.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		before, err := tx.LastVerdict(ctx, s.ID)
		if err != nil {
			return err
		}
		revision, err := tx.AddAssessment(ctx, a)
		if err != nil || revision == 0 { // zero: this version is assessed already
			return err
		}
		if err := tx.AddEntry(ctx, s.Application, dossier.Entry{
			At: now, Actor: "hub", Act: "assessed", Detail: fmt.Sprintf("subject %s, revision %d: %s", s.Ref, revision, verdict),
		}); err != nil {
			return err
		}
		if before != verdict {
			if err := tell(ctx, tx); err != nil {
				return err
			}
		}
		state, err := tx.StateOf(ctx, s.Application)
		if err != nil {
			return err
		}
		if state != dossier.Checking {
			fact := event.Assessed{State: string(state), Subject: s.ID, Revision: revision, Verdict: string(verdict)}
			if err := tx.AddEvent(ctx, event.Of(s.Application, now, fact)); err != nil {
				return err
			}
			if len(t.Whole) == 0 {
				return nil
			}
		}
		left, err := tx.Unassessed(ctx, s.Application)
		if err != nil || left > 0 {
			return err
		}
		if len(t.Whole) == 0 {
			return ready(ctx, tx, s.Application, now, event.Assessed{Subject: s.ID, Revision: revision, Verdict: string(verdict)})
		}
		return AssessWhole(ctx, tx, s.Application, s.Applicant, t.Priority)
	}), nil
}
