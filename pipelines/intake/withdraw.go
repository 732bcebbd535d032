package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// withdrawal is the signed content of a withdrawal.
type withdrawal struct {
	Withdraw string `json:"withdraw"` // id of the application
	Reason   string `json:"reason"`
}

// longestReason bounds what an applicant says about a withdrawal, in characters.
const longestReason = 500

// readWithdrawal reads a withdrawal strictly.
func readWithdrawal(document []byte, application string) error {
	if err := dossier.CheckJSON(document); err != nil {
		return err
	}
	var w withdrawal
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return dossier.Refuse(dossier.BadForm, "/document", "want {withdraw: the application's id, reason: words}")
	}
	if w.Withdraw != application {
		return dossier.Refuse(dossier.BadForm, "/withdraw", "the signed withdrawal is about another application")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(w.Reason)); n == 0 || n > longestReason {
		return dossier.Refuse(dossier.BadForm, "/reason", fmt.Sprintf("want 1 to %d characters", longestReason))
	}
	return nil
}

// Withdraw judges a withdrawal at the door: s.Document is the signed withdrawal.
// It returns the withdrawal and what to write, or a *dossier.Refusal; about the
// effect see Accept.
func (in *Intake) Withdraw(ctx context.Context, act Act, s Submission) (*dossier.Withdrawal, func(context.Context, Tx) error, error) {
	a, err := in.own(ctx, act)
	if err != nil {
		return nil, nil, err
	}
	if err := readWithdrawal(s.Document, a.ID); err != nil {
		return nil, nil, err
	}
	who, ok, err := in.Store.Applicant(ctx, a.Applicant)
	if err != nil {
		return nil, nil, err
	}
	t, known := in.Catalogue.Type(a.Type)
	if !ok || !known {
		return nil, nil, fmt.Errorf("applicant %s or type %s is no longer known", a.Applicant, a.Type)
	}
	if err := in.signed(t, who, s.Document, s.Signature, s.Code); err != nil {
		return nil, nil, err
	}
	if a.State.CanBecome(dossier.Withdrawn) != nil {
		return nil, nil, wrong(a, "withdrawn")
	}
	w := &dossier.Withdrawal{ID: newID(), Application: a.ID, Document: s.Document, Signature: s.Signature, SubmittedBy: s.By, At: in.Now()}
	announce, err := in.Announcer.Act(ctx, a, "withdrawn", nil, nil, a.ID)
	if err != nil {
		return nil, nil, err
	}
	return w, func(ctx context.Context, tx Tx) error {
		is, err := tx.ApplicationNow(ctx, a.ID)
		if err != nil {
			return err
		}
		if err := stale(act, is); err != nil {
			return err
		}
		if is.State.CanBecome(dossier.Withdrawn) != nil {
			return wrong(is, "withdrawn")
		}
		w.State = dossier.WithdrawalVerifying
		if s.Code != nil {
			return in.withdrawByCode(ctx, tx, a, is.State, w, s, announce)
		}
		if err := tx.AddWithdrawal(ctx, *w); err != nil {
			return err
		}
		// What comes to be known of it later raises the version again.
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: w.At, Actor: "key:" + w.SubmittedBy, Act: "withdrawal_submitted", Detail: ""}); err != nil {
			return err
		}
		if err := tx.Touch(ctx, a.ID); err != nil {
			return err
		}
		return tx.Enqueue(ctx, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageWithdraw, Ref: w.ID,
			Key: StageWithdraw + ":" + w.ID, Priority: t.Priority, Limit: in.Limit,
		})
	}, nil
}

func (in *Intake) withdrawByCode(ctx context.Context, tx Tx, a dossier.Application, from dossier.State, w *dossier.Withdrawal, s Submission, announce queue.Effect) error {
	signer, err := in.signer(ctx, tx, a.Applicant, s, w.ID)
	if err != nil {
		return err
	}
	w.State = dossier.WithdrawalDone
	if err := tx.AddWithdrawal(ctx, *w); err != nil {
		return err
	}
	evidence, _, err := in.byCode(a.ID, w.ID, dossier.ActWithdrawal, signer, s.Document, s.Code.ID)
	if err != nil {
		return err
	}
	if err := tx.AddEvidence(ctx, evidence); err != nil {
		return err
	}
	return in.withdrawn(ctx, tx, a.ID, from, w.At, announce)
}

// withdrawn ends an application that was taken back.
func (in *Intake) withdrawn(ctx context.Context, tx Tx, application string, from dossier.State, when time.Time, announce queue.Effect) error {
	if err := tx.Move(ctx, application, from, dossier.Withdrawn, ""); err != nil {
		return err
	}
	if err := tell(ctx, tx, application, dossier.Entry{At: when, Actor: ActorApplicant, Act: "withdrawn", Detail: ""},
		event.Withdrawn{State: string(dossier.Withdrawn)}); err != nil {
		return err
	}
	return announce(ctx, tx)
}

// VerifyWithdrawal is the handler of StageWithdraw.
func (in *Intake) VerifyWithdrawal(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	w, err := in.Store.Withdrawal(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	if w.State != dossier.WithdrawalVerifying {
		return nil, nil
	}
	a, err := in.Store.Application(ctx, w.Application)
	if err != nil {
		return nil, err
	}
	who, _, _, err := in.subjectOf(ctx, a)
	if err != nil {
		return nil, err
	}
	verdict, err := in.Verifier.Verify(ctx, w.Document, w.Signature, expected(who, signature.Expectation{}))
	if err != nil {
		return nil, err
	}
	signer, reason := verdict.Sole()
	evidence := dossier.Evidence{
		ID: newID(), Application: a.ID, Act: dossier.ActWithdrawal, Ref: w.ID, At: in.Now(), PKCS7: w.Signature, Verdict: verdict,
	}
	announce, err := in.Announcer.Act(ctx, a, "withdrawn", nil, nil, a.ID)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		reason := reason
		if reason == "" {
			now, _, err := tx.ApplicantNow(ctx, a.Applicant)
			if err != nil {
				return err
			}
			reason = expected(now, signature.Expectation{}).Entitled(signer)
		}
		evidence := evidence
		if reason != "" {
			evidence.Verdict.Trusted, evidence.Verdict.Reason = false, reason
		}
		if err := tx.AddEvidence(ctx, evidence); err != nil {
			return err
		}
		is, err := tx.ApplicationNow(ctx, a.ID)
		if err != nil {
			return err
		}
		state, act := dossier.WithdrawalDone, ""
		switch {
		case reason != "":
			state, act = dossier.WithdrawalRefused, "withdrawal_refused"
		case is.State.CanBecome(dossier.Withdrawn) != nil:
			state, act = dossier.WithdrawalLate, "withdrawal_late"
		}
		if ended, err := tx.EndWithdrawal(ctx, w.ID, state, string(reason)); err != nil || !ended {
			return err
		}
		if state == dossier.WithdrawalDone {
			return in.withdrawn(ctx, tx, a.ID, is.State, evidence.At, announce)
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: evidence.At, Actor: "eds", Act: act, Detail: string(reason)}); err != nil {
			return err
		}
		return tx.Touch(ctx, a.ID)
	}), nil
}
