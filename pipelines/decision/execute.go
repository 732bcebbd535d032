package decision

import (
	"context"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
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
	verdict, err := d.Verifier.Verify(ctx, dec.Document, dec.Signature)
	if err != nil {
		return nil, err
	}
	signer, who, reason := judge(verdict, officials, dec.DraftedBy)
	if reason != "" {
		return d.back(a, dec, dossier.DecisionRefused, string(reason)), nil
	}
	return d.execute(ctx, a, dec, signer, who, j.Priority)
}

// judge wants exactly one signer: the commission's chair or deputy chair, and
// not who drafted it.
func judge(v signature.Verdict, officials []dossier.Official, drafter string) (signature.Signer, dossier.Official, signature.Reason) {
	var nobody dossier.Official
	switch {
	case !v.Trusted && v.Reason == "":
		return signature.Signer{}, nobody, signature.Invalid
	case !v.Trusted:
		return signature.Signer{}, nobody, v.Reason
	case len(v.Signers) == 0:
		return signature.Signer{}, nobody, signature.NoSigner
	case len(v.Signers) > 1:
		return signature.Signer{}, nobody, signature.WrongPerson
	}
	s := v.Signers[0]
	i := slices.IndexFunc(officials, func(o dossier.Official) bool { return o.PINFL == s.PINFL })
	if i < 0 || officials[i].ID == drafter || (officials[i].Post != dossier.Chair && officials[i].Post != dossier.Deputy) {
		return s, nobody, signature.WrongPerson
	}
	return s, officials[i], ""
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
		return tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "hub", Act: "decision_" + string(state), Detail: reason})
	})
}

// execute puts the decision into force: one transaction, all or nothing.
func (d *Decisions) execute(ctx context.Context, a dossier.Application, dec dossier.Decision, signer signature.Signer, who dossier.Official, priority int) (queue.Effect, error) {
	t, ok := d.Catalogue.Type(a.Type)
	if !ok {
		return nil, fault.New(fault.Defect, fmt.Errorf("type %s is no longer in the catalogue", a.Type))
	}
	var refusals []queue.Effect
	var documents []queue.New
	if t.Decision.Document != "" {
		documents = append(documents, d.Issue(a, dec, "", t.Decision.Document, priority))
	}
	var registered []dossier.Subject
	for _, o := range dec.Outcomes {
		s := a.Subjects[slices.IndexFunc(a.Subjects, func(s dossier.Subject) bool { return s.ID == o.Subject })]
		follows := t.Outcomes[o.Outcome]
		if follows.Document != "" {
			documents = append(documents, d.Issue(a, dec, s.ID, follows.Document, priority))
		}
		if o.Outcome == catalogue.Register {
			registered = append(registered, s)
			continue
		}
		e, err := d.Notifier.Refused(ctx, a, dec, s, o, follows.Notices)
		if err != nil {
			return nil, err
		}
		refusals = append(refusals, e)
	}
	now := d.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		// What holds across applications is enforced here again: two decisions
		// that passed at once must never both take effect.
		for _, s := range registered {
			// A finding may have come since the decision was handed in.
			verdict, err := tx.LatestVerdict(ctx, s.ID)
			if err != nil {
				return err
			}
			if verdict != eligibility.Eligible {
				return d.back(a, dec, dossier.DecisionConflict, "a newer assessment of subject "+s.Ref+" says "+string(verdict))(ctx, tx)
			}
			taken, err := tx.RoleTaken(ctx, a.Election, s)
			if err != nil {
				return err
			}
			if !taken {
				continue
			}
			if err := d.back(a, dec, dossier.DecisionConflict, "subject "+s.Ref+" holds another role by now")(ctx, tx); err != nil {
				return err
			}
			// The next revision says so; the one this decision stood on did not
			// know it.
			g, err := tx.RaiseFindings(ctx, s.ID)
			if err != nil {
				return err
			}
			return checks.AssessIfDue(ctx, tx, g, s.ID, a.Applicant, priority)
		}
		for _, s := range registered {
			if err := tx.TakeRole(ctx, a.Election, s); err != nil {
				return err
			}
		}
		if err := tx.SetDecision(ctx, dec.ID, dossier.DecisionSigned, "", &signer, len(documents)); err != nil {
			return err
		}
		if err := tx.Move(ctx, a.ID, dossier.Deciding, dossier.Executing, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "official:" + who.ID, Act: "decision_signed", Detail: dec.Number}); err != nil {
			return err
		}
		for _, e := range refusals {
			if err := e(ctx, tx); err != nil {
				return err
			}
		}
		return tx.Enqueue(ctx, documents...)
	}), nil
}
