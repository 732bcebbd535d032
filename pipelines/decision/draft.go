package decision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Order asks for a draft: what is decided, without the revisions it stands on.
type Order struct {
	Application string // id
	DraftedBy   string // official: the deputy chair or the secretary
	Number      string
	Date        civil.Date // zero: today
	Subjects    []Part
	Whole       *Part
	Version     int    // of the application; 0: not said
	Commission  string // the caller is bound to; empty: any
}

// DraftTx is what a draft writes.
type DraftTx interface {
	queue.Tx
	StateOf(ctx context.Context, application string) (dossier.State, error)
	SaveDraft(ctx context.Context, d dossier.Draft) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
}

// Draft judges what is to be decided as if it were signed and returns the bytes to
// be signed, with what to write. What it refuses is what Accept would.
func (d *Decisions) Draft(ctx context.Context, o Order) (*dossier.Draft, func(context.Context, DraftTx) error, error) {
	a, err := d.own(ctx, o.Application, o.Commission)
	if err != nil {
		return nil, nil, err
	}
	content := Content{Application: a.ID, Number: o.Number, Date: o.Date, DraftedBy: o.DraftedBy, Subjects: slices.Clone(o.Subjects)}
	if content.Date.IsZero() {
		content.Date = civil.Of(d.Now())
	}
	if err := d.revise(ctx, a, &content, o.Whole); err != nil {
		return nil, nil, err
	}
	document, err := content.write()
	if err != nil {
		return nil, nil, err
	}
	drafter, _, err := d.consider(ctx, a, content, o.Version)
	if err != nil {
		return nil, nil, err
	}
	if err := checkForm(d.Form, document); err != nil {
		return nil, nil, err
	}
	draft := &dossier.Draft{ID: newID(), Application: a.ID, DraftedBy: drafter.ID, Version: a.Version, Document: document, At: d.Now()}
	announce, err := d.act(ctx, a, "draft", map[string]string{"decno": content.Number, "date": short(content.Date)}, draft.ID)
	if err != nil {
		return nil, nil, err
	}
	return draft, func(ctx context.Context, tx DraftTx) error {
		state, err := tx.StateOf(ctx, a.ID)
		if err != nil {
			return err
		}
		if state != dossier.DossierReady {
			return dossier.Refusef(dossier.WrongState, "the application is %s; a decision is drafted on one that is %s", state, dossier.DossierReady)
		}
		if err := tx.SaveDraft(ctx, *draft); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: draft.At, Actor: "official:" + drafter.ID, Act: "decision_drafted", Detail: content.Number}); err != nil {
			return err
		}
		return announce(ctx, tx)
	}, nil
}

// revise puts the latest revisions into what is to be drafted.
func (d *Decisions) revise(ctx context.Context, a dossier.Application, c *Content, whole *Part) error {
	latest, err := d.Store.LatestAssessments(ctx, a.ID)
	if err != nil {
		return err
	}
	ids := make(map[string]string, len(a.Subjects))
	for _, s := range a.Subjects {
		ids[s.Ref] = s.ID
	}
	for i, p := range c.Subjects {
		c.Subjects[i].Revision = latest[ids[p.Ref]].Revision
	}
	if whole == nil {
		return nil
	}
	c.Whole = &Part{Outcome: whole.Outcome, Reason: whole.Reason}
	if t, _ := d.Catalogue.Type(a.Type); len(t.Whole) == 0 {
		return nil
	}
	last, _, err := d.Store.LatestWhole(ctx, a.ID)
	c.Whole.Revision = last.Revision
	return err
}

// Stale is the refusal of a decision whose findings are too old, with what asks the
// registers anew: it is to be written although the decision is refused.
type Stale struct {
	Refusal *dossier.Refusal
	Again   queue.Effect
}

// Error words the refusal.
func (s *Stale) Error() string { return s.Refusal.Error() }

// Unwrap gives the refusal to who asks for one.
func (s *Stale) Unwrap() error { return s.Refusal }

// fresh refuses findings that are too old to decide on, and has them asked for anew.
func (d *Decisions) fresh(ctx context.Context, c *dossierCase, steps []step) error {
	times, err := d.Store.FindingTimes(ctx, c.app.ID)
	if err != nil {
		return err
	}
	old := c.stale(steps, times)
	if len(old) == 0 {
		return nil
	}
	out := &dossier.Refusal{Code: dossier.StaleFindings}
	var again []queue.Effect
	var said []string
	for _, s := range c.app.Subjects {
		ids := old[s.ID]
		if len(ids) == 0 {
			continue
		}
		out = withProblem(out, c.at(s), ids)
		said = append(said, s.Ref+": "+names(ids))
		effect, err := d.Asker.AskAgain(ctx, checks.Subject{
			Subject: s, Type: c.app.Type, Election: c.app.Election, Commission: c.app.Commission, Applicant: c.app.Applicant, State: c.app.State,
		}, ids)
		if err != nil {
			return err
		}
		again = append(again, effect)
	}
	if len(said) > saidAtMost {
		said = append(said[:saidAtMost], fmt.Sprintf("and %d more", len(said)-saidAtMost))
	}
	out.Detail = "too old to decide on and being asked for anew, by subject: " + strings.Join(said, "; ")
	return &Stale{Refusal: out, Again: func(ctx context.Context, tx queue.Tx) error {
		for _, e := range again {
			if err := e(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}}
}

// saidAtMost bounds how many subjects an answer names.
const saidAtMost = 20

func withProblem(r *dossier.Refusal, at string, ids []register.ID) *dossier.Refusal {
	if len(r.Problems) < saidAtMost {
		p := dossier.Refuse(r.Code, at, "want fresh answers of "+names(ids))
		r.Problems = append(r.Problems, p.Problems...)
	}
	return r
}

func names(ids []register.ID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}

// act makes the notices that an act brings; without an announcer there are none.
func (d *Decisions) act(ctx context.Context, a dossier.Application, act string, params map[string]string, key string) (queue.Effect, error) {
	if d.Announcer == nil {
		return nothing, nil
	}
	return d.Announcer.Act(ctx, a, act, params, nil, key)
}

func nothing(context.Context, queue.Tx) error { return nil }

func short(d civil.Date) string { return fmt.Sprintf("%02d.%02d.%04d", d.Day, d.Month, d.Year) }
