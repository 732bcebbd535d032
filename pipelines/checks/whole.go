package checks

import (
	"context"
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// campaign is the day of the calendar on which an election is announced.
const campaign = "campaign-first-day"

// Whole is the handler of StageWhole: a revision of the rules over the whole
// application, made of its subjects' latest assessments, and the dossier.
func (c *Checks) Whole(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	// Of many revisions at once only the last one's job reads the whole.
	now, err := c.Store.WholeVersion(ctx, j.Ref)
	if err != nil || j.Key != wholeKey(j.Ref, now) {
		return nil, err
	}
	k, err := c.Store.WholeInput(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	t, ok := c.Catalogue.Type(k.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", k.Type)
	}
	k.Whole.Announced, _ = c.Catalogue.Day(campaign, k.Election.Day, k.Election.Calendar)
	verdict, answers, err := eligibility.AssessWhole(k.Whole, t.Whole)
	if err != nil {
		return nil, err
	}
	at := c.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		left, err := tx.Unassessed(ctx, j.Ref)
		if err != nil {
			return err
		}
		version, err := tx.AssessedVersion(ctx, j.Ref)
		if err != nil || left > 0 || version != k.Version { // the job of the later version does it
			return err
		}
		state, err := tx.StateOf(ctx, j.Ref)
		if err != nil {
			return err
		}
		if !judged(state) {
			return nil
		}
		fact := event.Assessed{State: string(state), Verdict: string(verdict)}
		if len(t.Whole) > 0 {
			fact.Revision, err = tx.AddWhole(ctx, j.Ref, version, verdict, answers)
			if err != nil || fact.Revision == 0 { // zero: this version is assessed already
				return err
			}
			if err := tx.AddEntry(ctx, j.Ref, dossier.Entry{
				At: at, Actor: "hub", Act: "whole_assessed", Detail: fmt.Sprintf("revision %d: %s", fact.Revision, verdict),
			}); err != nil {
				return err
			}
		}
		if state == dossier.Checking {
			return ready(ctx, tx, j.Ref, at, fact)
		}
		if fact.Revision == 0 {
			return nil
		}
		return tx.AddEvent(ctx, event.Of(j.Ref, at, fact))
	}), nil
}

// judged reports whether the rules over a whole application say anything in its
// state: once it is executed, what it asks for is part of what stands.
func judged(s dossier.State) bool {
	return s != dossier.Executing && !s.Final()
}

// ready completes a dossier.
func ready(ctx context.Context, tx Tx, application string, now time.Time, fact event.Assessed) error {
	if err := tx.Move(ctx, application, dossier.Checking, dossier.DossierReady, ""); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, application, dossier.Entry{At: now, Actor: "hub", Act: "dossier_ready", Detail: ""}); err != nil {
		return err
	}
	fact.State = string(dossier.DossierReady)
	return tx.AddEvent(ctx, event.Of(application, now, fact))
}
