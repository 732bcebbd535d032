package decision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
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
		ID: uuid.Must(uuid.NewV7()).String(), Application: a.ID, Act: dossier.ActDecision, Ref: dec.ID, At: d.Now(), PKCS7: dec.Signature, Verdict: verdict,
	}
	signer, reason := verdict.Sole()
	if reason != "" {
		return queue.In(func(ctx context.Context, tx Tx) error { return d.refuse(ctx, tx, a, dec, evidence, reason) }), nil
	}
	return d.execute(ctx, a, dec, signer, evidence, j.Priority)
}

// expected: a decision is signed on its day by the commission's chair or deputy
// chair alone, whoever did not draft it.
func expected(officials []dossier.Official, dec dossier.Decision) signature.Expectation {
	want := signature.Expectation{From: dec.Date.Start(), To: dec.Date.AddDays(1).Start()}
	for _, o := range officials {
		if maySign(o, officials, dec.DraftedBy) {
			want.AnyOf = append(want.AnyOf, []signature.Party{{PINFL: o.PINFL}})
		}
	}
	return want
}

// maySign judges an official; one person with two posts is still who drafted it.
func maySign(o dossier.Official, officials []dossier.Official, drafter string) bool {
	return (o.Post == dossier.Chair || o.Post == dossier.Deputy) &&
		!slices.ContainsFunc(officials, func(other dossier.Official) bool { return other.ID == drafter && other.PINFL == o.PINFL })
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

// execute puts the decision into force: one transaction, all or nothing.
func (d *Decisions) execute(ctx context.Context, a dossier.Application, dec dossier.Decision, signer signature.Signer, evidence dossier.Evidence, priority int) (queue.Effect, error) {
	t, ok := d.Catalogue.Type(a.Type)
	if !ok {
		return nil, fault.New(fault.Defect, fmt.Errorf("type %s is no longer in the catalogue", a.Type))
	}
	el, ok, err := d.Store.Election(ctx, a.Election)
	if err != nil || !ok {
		return nil, cmp.Or(err, error(fault.New(fault.Rejected, fmt.Errorf("election %s is no longer in the directory", a.Election))))
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
	return queue.In(func(ctx context.Context, tx Tx) error {
		// Who held a post when the EDS was asked may no longer do so.
		officials, err := tx.OfficialsNow(ctx, dec.Commission)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(officials, func(o dossier.Official) bool { return o.PINFL == signer.PINFL && maySign(o, officials, dec.DraftedBy) })
		if i < 0 {
			return d.refuse(ctx, tx, a, dec, evidence, signature.WrongPerson)
		}
		who := officials[i]
		if err := tx.AddEvidence(ctx, evidence); err != nil {
			return err
		}
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
			held, err := tx.RolesNow(ctx, el.Roles(), s)
			if err != nil {
				return err
			}
			slot := d.Catalogue.Slot(s.Role, el.Kind)
			if !slices.ContainsFunc(held, func(r dossier.Role) bool { return !d.Catalogue.Together(slot, r.Slot) }) {
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
			if err := tx.TakeRole(ctx, d.role(a, s, el, evidence.At), s); err != nil {
				return err
			}
		}
		if err := tx.SetDecision(ctx, dec.ID, dossier.DecisionSigned, "", &signer, len(documents)); err != nil {
			return err
		}
		if err := tx.Move(ctx, a.ID, dossier.Deciding, dossier.Executing, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: evidence.At, Actor: "official:" + who.ID, Act: "decision_signed", Detail: dec.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, evidence.At, event.Signed{
			Decision: dec.ID, Number: dec.Number, State: string(dossier.Executing), Registered: len(registered), Refused: len(refusals), Documents: len(documents),
		})); err != nil {
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

// role is what a subject takes when it is registered.
func (d *Decisions) role(a dossier.Application, s dossier.Subject, el dossier.Election, at time.Time) dossier.Role {
	return dossier.Role{
		ID: s.ID, Election: el.Roles(), Role: s.Role, Slot: d.Catalogue.Slot(s.Role, el.Kind), Ballot: el.Kind, Application: a.ID,
		Commission: a.Commission, Organisation: a.Applicant, Constituency: s.Constituency, Territory: s.Territory, Body: s.Body,
		Position: s.Position, TakenAt: at,
	}
}
