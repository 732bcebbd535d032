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
	who, el, t, err := in.subjectOf(ctx, a)
	if err != nil {
		return nil, err
	}
	until := in.lastDay(el, t)
	if a.Previous != "" {
		old, err := in.Store.Application(ctx, a.Previous)
		if err != nil {
			return nil, err
		}
		until.To = old.ReturnDue
	}
	verdict, err := in.Verifier.Verify(ctx, a.Document, a.Signature, expected(who, until))
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
	announce, err := in.announce(ctx, a)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		if now, err := tx.ApplicationNow(ctx, a.ID); err != nil || now.State != dossier.Submitted {
			return err // it was taken back meanwhile
		}
		// Whoever headed the applicant when the EDS was asked may no longer do so.
		now, _, err := tx.ApplicantNow(ctx, a.Applicant)
		if err != nil {
			return err
		}
		if reason := expected(now, until).Entitled(signer); reason != "" {
			return refuse(ctx, tx, evidence, reason)
		}
		err = in.verified(ctx, tx, a, evidence, signer, dossier.Entry{At: evidence.At, Actor: "eds", Act: "signature_verified", Detail: "certificate " + signer.Serial})
		if err != nil {
			return err
		}
		return announce(ctx, tx)
	}), nil
}

// subjectOf finds again what an application is between.
func (in *Intake) subjectOf(ctx context.Context, a dossier.Application) (dossier.Applicant, dossier.Election, catalogue.Type, error) {
	var t catalogue.Type
	who, ok, err := in.Store.Applicant(ctx, a.Applicant)
	if err != nil {
		return who, dossier.Election{}, t, err
	}
	if !ok {
		return who, dossier.Election{}, t, fault.New(fault.Rejected, fmt.Errorf("applicant %s is no longer in the directory", a.Applicant))
	}
	el, ok, err := in.Store.Election(ctx, a.Election)
	if err != nil {
		return who, el, t, err
	}
	if !ok {
		return who, el, t, fault.New(fault.Rejected, fmt.Errorf("election %s is no longer in the directory", a.Election))
	}
	if t, ok = in.Catalogue.Type(a.Type); !ok {
		return who, el, t, fault.New(fault.Defect, fmt.Errorf("type %s is no longer in the catalogue", a.Type))
	}
	return who, el, t, nil
}

// lastDay is until when a type may be signed in an election.
func (in *Intake) lastDay(el dossier.Election, t catalogue.Type) signature.Expectation {
	var want signature.Expectation
	if last, ok := in.Catalogue.Day(t.Window.Until, el.Day, el.Calendar); ok {
		want.To = last.AddDays(1).Start()
	}
	return want
}

// expected: an application is signed by the organisation's head alone, with a
// certificate of that organisation, or by the holder of a role that stands, with
// any of theirs.
func expected(a dossier.Applicant, want signature.Expectation) signature.Expectation {
	if a.Held.ID == "" || a.Held.Active() {
		want.AnyOf = signature.One(signature.Party{PINFL: a.Person, TIN: a.TIN})
	}
	return want
}

// refuse ends an application whose signature does not count.
func refuse(ctx context.Context, tx Tx, e dossier.Evidence, reason signature.Reason) error {
	if now, err := tx.ApplicationNow(ctx, e.Application); err != nil || now.State != dossier.Submitted {
		return err
	}
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
