package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/queue"
)

// signing is how this applicant signs a type.
func signing(t catalogue.Type, a dossier.Applicant) catalogue.Signing {
	if a.Held.ID != "" && t.HolderSigning != "" {
		return t.HolderSigning
	}
	return t.Signing
}

// signed checks that something is signed the way it is to be.
func (in *Intake) signed(t catalogue.Type, a dossier.Applicant, document, pkcs7 []byte, code *Code) error {
	byCode := signing(t, a) == catalogue.SMS
	switch {
	case byCode && len(pkcs7) > 0:
		return dossier.Refuse(dossier.BadSignature, "/signature", "this is signed with a code by SMS: want code, and no signature")
	case byCode && code == nil:
		return dossier.Refuse(dossier.BadSignature, "/code", "this is signed with a code by SMS: want code")
	case byCode:
		return nil
	case code != nil:
		return dossier.Refuse(dossier.BadSignature, "/code", "this is signed with an EDS: want signature, and no code")
	}
	return dossier.CheckEnvelope(document, pkcs7)
}

// signer uses the code up, and returns whose it was. A wrong one comes back as a
// *login.WrongGuess.
func (in *Intake) signer(ctx context.Context, tx Tx, applicant string, s Submission, object string) (dossier.Applicant, error) {
	a, ok, err := tx.ApplicantNow(ctx, applicant)
	if err != nil {
		return a, err
	}
	if !ok || a.Held.ID == "" || !a.Held.Active() {
		return a, dossier.Refuse(dossier.NotEntitled, "/applicant", "this role has ended: its holder may not act in it any more")
	}
	sum := sha256.Sum256(s.Document)
	answer, err := in.Codes.Sign(ctx, tx, login.Signing{
		Code: s.Code.ID, Digits: s.Code.Digits, Caller: s.By, Content: hex.EncodeToString(sum[:]), Signer: a.Person, Phone: a.Phone, Object: object,
	})
	switch {
	case err != nil:
		return a, err
	case answer.Gone:
		return a, dossier.Refuse(dossier.CodeGone, "/code/id", "it was used, replaced, guessed at too often, or is too old: ask for another")
	case !answer.Verified:
		return a, &login.WrongGuess{Left: answer.Left}
	}
	return a, nil
}

// byCode is the evidence that something was signed with a code.
func (in *Intake) byCode(application, ref string, act dossier.Act, signer dossier.Applicant, document []byte, code string) (dossier.Evidence, signature.Signer, error) {
	now := in.Now()
	answer, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		return dossier.Evidence{}, signature.Signer{}, fmt.Errorf("writing the evidence of a code: %w", err)
	}
	sum := sha256.Sum256(document)
	who := signature.Signer{PINFL: signer.Person, SignedAt: now}
	return dossier.Evidence{
		ID: newID(), Application: application, Act: act, Method: dossier.BySMS, Ref: ref, At: now,
		Verdict: signature.Verdict{
			Trusted: true, Signers: []signature.Signer{who},
			Evidence: signature.Evidence{Answer: answer, Document: hex.EncodeToString(sum[:]), Claimed: now, Verified: now},
		},
	}, who, nil
}

// begin lets an application go on whose signature is a code: nothing is left to be
// verified.
func (in *Intake) begin(ctx context.Context, tx Tx, a *dossier.Application, signer dossier.Applicant, t catalogue.Type) error {
	evidence, who, err := in.byCode(a.ID, a.ID, dossier.ActApplication, signer, a.Document, a.Code)
	if err != nil {
		return err
	}
	err = in.verified(ctx, tx, *a, evidence, who, dossier.Entry{At: evidence.At, Actor: "sms", Act: "signature_verified", Detail: "code by SMS"})
	if err != nil {
		return err
	}
	a.State = dossier.Checking
	return tx.Enqueue(ctx, queue.New{
		Application: a.ID, Applicant: a.Applicant, Stage: StageAnnounce, Ref: a.ID, Key: StageAnnounce + ":" + a.ID, Priority: t.Priority,
	})
}

// verified takes an application from its signature on to the checks.
func (in *Intake) verified(ctx context.Context, tx Tx, a dossier.Application, e dossier.Evidence, signer signature.Signer, line dossier.Entry) error {
	if err := tx.Move(ctx, a.ID, dossier.Submitted, dossier.Checking, ""); err != nil {
		return err
	}
	if err := tx.AddEvidence(ctx, e); err != nil {
		return err
	}
	if err := tx.SetVerdict(ctx, a.ID, signer); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, a.ID, line); err != nil {
		return err
	}
	if err := tx.AddEvent(ctx, event.Of(a.ID, e.At, event.Verified{State: string(dossier.Checking)})); err != nil {
		return err
	}
	return tx.Enqueue(ctx, in.Scatter(a)...)
}

// Announce is the handler of StageAnnounce.
func (in *Intake) Announce(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	a, err := in.Store.Application(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	return in.announce(ctx, a)
}

// announce makes the notices of a submission.
func (in *Intake) announce(ctx context.Context, a dossier.Application) (queue.Effect, error) {
	t, ok := in.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	return in.Announcer.Announce(ctx, a, t.OnSubmit)
}
