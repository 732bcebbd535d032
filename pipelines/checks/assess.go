package checks

import (
	"context"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Assess is the handler of StageAssess: a revision of the subject's assessment,
// and the dossier when it was the last subject without one.
func (c *Checks) Assess(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	s, in, err := c.Store.AssessInput(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	t, ok := c.Catalogue.Type(s.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", s.Type)
	}
	in.Day = civil.Of(c.Now())
	for _, r := range in.Roles {
		if !c.Catalogue.Together(c.Catalogue.Slot(s.Role, r.Ballot), r.Slot) {
			in.Conflicts = append(in.Conflicts, r.ID)
		}
	}
	verdict, answers, err := eligibility.Assess(in, t.Rules)
	if err != nil {
		return nil, err
	}
	a := eligibility.Assessment{Subject: s.ID, FindingsVersion: s.FindingsVersion, Verdict: verdict, Answers: answers}
	now := c.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		revision, err := tx.AddAssessment(ctx, a)
		if err != nil || revision == 0 { // zero: this version is assessed already
			return err
		}
		if err := tx.AddEntry(ctx, s.Application, dossier.Entry{
			At: now, Actor: "hub", Act: "assessed", Detail: fmt.Sprintf("subject %s, revision %d: %s", s.Ref, revision, verdict),
		}); err != nil {
			return err
		}
		assessed := func(state dossier.State) event.Event {
			return event.Of(s.Application, now, event.Assessed{State: string(state), Subject: s.ID, Revision: revision, Verdict: string(verdict)})
		}
		state, err := tx.StateOf(ctx, s.Application)
		if err != nil {
			return err
		}
		if state != dossier.Checking {
			return tx.AddEvent(ctx, assessed(state))
		}
		left, err := tx.Unassessed(ctx, s.Application)
		if err != nil || left > 0 {
			return err
		}
		if err := tx.Move(ctx, s.Application, dossier.Checking, dossier.DossierReady, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, s.Application, dossier.Entry{At: now, Actor: "hub", Act: "dossier_ready", Detail: ""}); err != nil {
			return err
		}
		return tx.AddEvent(ctx, assessed(dossier.DossierReady))
	}), nil
}
