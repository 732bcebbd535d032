package intake

import (
	"context"
	"fmt"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Verify is the handler of StageVerify: the EDS service says whether the
// signature is good, the directory whether the signer heads the applicant.
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
	t, ok := in.Catalogue.Type(a.Type)
	if !ok {
		return nil, fault.New(fault.Defect, fmt.Errorf("type %s is no longer in the catalogue", a.Type))
	}
	verdict, err := in.Verifier.Verify(ctx, a.Document, a.Signature)
	if err != nil {
		return nil, err
	}
	signer, reason := judge(verdict, org)
	now := in.Now()
	if reason != "" {
		return queue.In(func(ctx context.Context, tx Tx) error {
			if err := tx.Move(ctx, a.ID, dossier.Submitted, dossier.SignatureRefused, string(reason)); err != nil {
				return err
			}
			return tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "eds", Act: "signature_refused", Detail: string(reason)})
		}), nil
	}
	announce, err := in.Announcer.Announce(ctx, a, t.OnSubmit)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		if err := tx.Move(ctx, a.ID, dossier.Submitted, dossier.Checking, ""); err != nil {
			return err
		}
		if err := tx.SetVerdict(ctx, a.ID, signer); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "eds", Act: "signature_verified", Detail: "certificate " + signer.Serial}); err != nil {
			return err
		}
		if err := announce(ctx, tx); err != nil {
			return err
		}
		return tx.Enqueue(ctx, in.Scatter(a)...)
	}), nil
}

// judge compares the signer with whom the act needs: exactly one person, the
// organisation's head, with a certificate of that organisation.
func judge(v signature.Verdict, org dossier.Organisation) (signature.Signer, signature.Reason) {
	switch {
	case !v.Trusted && v.Reason == "":
		return signature.Signer{}, signature.Invalid
	case !v.Trusted:
		return signature.Signer{}, v.Reason
	case len(v.Signers) == 0:
		return signature.Signer{}, signature.NoSigner
	case len(v.Signers) > 1:
		return signature.Signer{}, signature.WrongPerson
	}
	s := v.Signers[0]
	switch {
	case s.PINFL != org.Head:
		return s, signature.WrongPerson
	case s.TIN != org.TIN:
		return s, signature.WrongOrg
	}
	return s, ""
}
