package decision

import (
	"context"
	"slices"

	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Verify is the handler of StageVerify.
func (d *Decisions) Verify(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	dec, err := d.Store.Decision(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	if dec.State != dossier.DecisionVerifying {
		return nil, nil
	}
	a, err := d.Store.Application(ctx, dec.Application)
	if err != nil {
		return nil, err
	}
	officials, err := d.Store.Officials(ctx, dec.Commission)
	if err != nil {
		return nil, err
	}
	verdict, err := d.Verifier.Verify(ctx, dec.Document, dec.Signature, expected(officials, dec))
	if err != nil {
		return nil, err
	}
	evidence := dossier.Evidence{
		ID: newID(), Application: a.ID, Act: dossier.ActDecision, Ref: dec.ID, At: d.Now(), PKCS7: dec.Signature, Verdict: verdict,
	}
	signer, reason := verdict.Sole()
	if reason != "" {
		return queue.In(func(ctx context.Context, tx Tx) error { return d.refuse(ctx, tx, a, dec, evidence, reason) }), nil
	}
	p, err := d.plan(ctx, a, dec, signer, evidence, j.Priority)
	if err != nil {
		return nil, err
	}
	return queue.In(p.execute), nil
}

// expected: a decision is signed on its day by the commission's chair or deputy
// chair alone, whoever did not draft it.
func expected(officials []dossier.Official, dec dossier.Decision) signature.Expectation {
	want := signature.Expectation{From: dec.Date.Start(), To: dec.Date.AddDays(1).Start()}
	for _, o := range officials {
		if maySign(o, officials, dec) {
			want.AnyOf = append(want.AnyOf, []signature.Party{{PINFL: o.PINFL}})
		}
	}
	return want
}

// maySign judges an official, in office on the decision's day; one person with two
// posts is still who drafted it.
func maySign(o dossier.Official, officials []dossier.Official, dec dossier.Decision) bool {
	return (o.Post == dossier.Chair || o.Post == dossier.Deputy) && o.InOffice(dec.Date) &&
		!slices.ContainsFunc(officials, func(other dossier.Official) bool { return other.ID == dec.DraftedBy && other.PINFL == o.PINFL })
}

// refuse keeps why a decision's signature does not count, and puts it back.
func (d *Decisions) refuse(ctx context.Context, tx Tx, a dossier.Application, dec dossier.Decision, e dossier.Evidence, reason signature.Reason) error {
	e.Verdict.Trusted, e.Verdict.Reason = false, reason
	if err := tx.AddEvidence(ctx, e); err != nil {
		return err
	}
	return d.back(a, dec, dossier.DecisionRefused, string(reason))(ctx, tx)
}

// back returns the application to the commission: this decision does not stand.
func (d *Decisions) back(a dossier.Application, dec dossier.Decision, state dossier.DecisionState, reason string) queue.Effect {
	now := d.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		if err := tx.SetDecision(ctx, dec.ID, state, reason, nil, 0); err != nil {
			return err
		}
		if err := tx.Move(ctx, a.ID, dossier.Deciding, dossier.DossierReady, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "hub", Act: "decision_" + string(state), Detail: reason}); err != nil {
			return err
		}
		fact := event.Fact(event.Conflict{Decision: dec.ID, Number: dec.Number, State: string(dossier.DossierReady)})
		if state == dossier.DecisionRefused {
			fact = event.DecisionSignatureRefused{Decision: dec.ID, Number: dec.Number, State: string(dossier.DossierReady), Reason: reason}
		}
		return tx.AddEvent(ctx, event.Of(a.ID, now, fact))
	})
}
