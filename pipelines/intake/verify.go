package intake

import (
	"context"
	"fmt"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Verify is the handler of StageVerify: the directory says who must have signed
// and until when, the EDS service whether they did. Whatever it says is kept
// with its evidence.
func (in *Intake) Verify(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	a, err := in.Store.Application(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	if a.State != dossier.Submitted {
		return nil, nil
	}
	org, ok, err := in.Store.Organisation(ctx, a.Applicant)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Rejected, fmt.Errorf("organisation %s is no longer in the directory", a.Applicant))
	}
	el, ok, err := in.Store.Election(ctx, a.Election)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Rejected, fmt.Errorf("election %s is no longer in the directory", a.Election))
	}
	t, ok := in.Catalogue.Type(a.Type)
	if !ok {
		return nil, fault.New(fault.Defect, fmt.Errorf("type %s is no longer in the catalogue", a.Type))
	}
	verdict, err := in.Verifier.Verify(ctx, a.Document, a.Signature, in.expected(org, el, t))
	if err != nil {
		return nil, err
	}
	signer, reason := verdict.Sole()
	evidence := dossier.Evidence{
		ID: newID(), Application: a.ID, Act: dossier.ActApplication, Ref: a.ID, At: in.Now(), PKCS7: a.Signature, Verdict: verdict,
	}
	if reason != "" {
		return queue.In(func(ctx context.Context, tx Tx) error { return refuse(ctx, tx, evidence, reason) }), nil
	}
	announce, err := in.Announcer.Announce(ctx, a, t.OnSubmit)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		// Whoever headed the applicant when the EDS was asked may no longer do so.
		now, _, err := tx.OrganisationNow(ctx, a.Applicant)
		if err != nil {
			return err
		}
		if reason := in.expected(now, el, t).Entitled(signer); reason != "" {
			return refuse(ctx, tx, evidence, reason)
		}
		if err := tx.Move(ctx, a.ID, dossier.Submitted, dossier.Checking, ""); err != nil {
			return err
		}
		if err := tx.AddEvidence(ctx, evidence); err != nil {
			return err
		}
		if err := tx.SetVerdict(ctx, a.ID, signer); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: evidence.At, Actor: "eds", Act: "signature_verified", Detail: "certificate " + signer.Serial}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, evidence.At, event.Verified{State: string(dossier.Checking)})); err != nil {
			return err
		}
		if err := announce(ctx, tx); err != nil {
			return err
		}
		return tx.Enqueue(ctx, in.Scatter(a)...)
	}), nil
}

// expected: an application is signed by the organisation's head alone, with a
// certificate of that organisation, no later than on the last day for it.
func (in *Intake) expected(org dossier.Organisation, el dossier.Election, t catalogue.Type) signature.Expectation {
	want := signature.Expectation{AnyOf: signature.One(signature.Party{PINFL: org.Head, TIN: org.TIN})}
	if last, ok := in.Catalogue.Day(t.Window.Until, el.Day, el.Calendar); ok {
		want.To = last.AddDays(1).Start()
	}
	return want
}

// refuse ends an application whose signature does not count.
func refuse(ctx context.Context, tx Tx, e dossier.Evidence, reason signature.Reason) error {
	e.Verdict.Trusted, e.Verdict.Reason = false, reason
	if err := tx.Move(ctx, e.Application, dossier.Submitted, dossier.SignatureRefused, string(reason)); err != nil {
		return err
	}
	if err := tx.AddEvidence(ctx, e); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, e.Application, dossier.Entry{At: e.At, Actor: "eds", Act: "signature_refused", Detail: string(reason)}); err != nil {
		return err
	}
	return tx.AddEvent(ctx, event.Of(e.Application, e.At, event.SignatureRefused{State: string(dossier.SignatureRefused), Reason: string(reason)}))
}
