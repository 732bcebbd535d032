package issuing

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// checkReason judges what a person wrote down as a reason.
func checkReason(reason string) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	odd := strings.ContainsFunc(reason, func(r rune) bool { return unicode.IsControl(r) && r != '\n' })
	if n < 10 || n > 500 || odd || !utf8.ValidString(reason) {
		return dossier.Refuse(dossier.BadForm, "/reason", "want 10 to 500 characters of text")
	}
	return nil
}

func wrongState(is, want dossier.DocumentState) error {
	return dossier.Refusef(dossier.WrongState, "the document is %s; this can be done only while it is %s", is, want)
}

// Revoke takes an issued document out of force. Its number stays taken.
func (is *Issuing) Revoke(doc dossier.Document, actor, reason string) (queue.Effect, error) {
	if err := checkReason(reason); err != nil {
		return nil, err
	}
	if doc.State != dossier.Issued {
		return nil, wrongState(doc.State, dossier.Issued)
	}
	now := is.now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		state, successor, err := tx.LockDocument(ctx, doc.ID)
		if err != nil {
			return err
		}
		if successor != "" {
			return dossier.Refusef(dossier.WrongState, "document %s is about to take its place: annul that one first, or revoke it when it is issued", successor)
		}
		if state != dossier.Issued {
			return wrongState(state, dossier.Issued)
		}
		if _, err := tx.EndDocument(ctx, doc.ID, dossier.Issued, dossier.Revoked, now); err != nil {
			return err
		}
		return ended(ctx, tx, doc, dossier.DocumentAct{Document: doc.ID, At: now, Actor: actor, Deed: dossier.DeedRevoked, Reason: reason}, event.Revoked{Paper: paperOf(doc, dossier.Revoked)})
	}), nil
}

// Annul gives up a reserved document; its number stays in the register. Its job
// is withdrawn; while somebody works on it, the document is not annulled.
func (is *Issuing) Annul(ctx context.Context, doc dossier.Document, actor, reason string) (queue.Effect, error) {
	if err := checkReason(reason); err != nil {
		return nil, err
	}
	return is.annul(ctx, doc, actor, reason)
}

// GiveUp annuls a document that was ordered and can never be made as it is: why
// is what the renderer said, which names nobody.
func (is *Issuing) GiveUp(ctx context.Context, doc dossier.Document, why error) (queue.Effect, error) {
	return is.annul(ctx, doc, hub, fmt.Sprintf("it cannot be made: %v", why))
}

func (is *Issuing) annul(ctx context.Context, doc dossier.Document, actor, reason string) (queue.Effect, error) {
	if doc.State != dossier.Reserved {
		return nil, wrongState(doc.State, dossier.Reserved)
	}
	o, counted, err := is.origin(ctx, doc)
	if err != nil {
		return nil, err
	}
	follow := queue.Effect(nothing)
	if counted {
		if follow, err = is.countDown(ctx, o); err != nil {
			return nil, err
		}
	}
	now := is.now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		// The job first, as whoever finishes it does: so nobody waits for each other.
		leased, err := tx.WithdrawJob(ctx, renderKey(doc.ID))
		if err != nil {
			return err
		}
		if leased {
			return dossier.Refusef(dossier.WrongState, "the document is being made right now: try again in a while")
		}
		done, err := tx.EndDocument(ctx, doc.ID, dossier.Reserved, dossier.Annulled, now)
		if err != nil {
			return err
		}
		if !done {
			return dossier.Refusef(dossier.WrongState, "the document is not reserved any more")
		}
		line := dossier.DocumentAct{Document: doc.ID, At: now, Actor: actor, Deed: dossier.DeedAnnulled, Reason: reason}
		if err := ended(ctx, tx, doc, line, event.Annulled{Paper: paperOf(doc, dossier.Annulled)}); err != nil {
			return err
		}
		return follow(ctx, tx)
	}), nil
}

// ended records and tells that a document has ended.
func ended(ctx context.Context, tx Tx, doc dossier.Document, line dossier.DocumentAct, fact event.Fact) error {
	if err := tx.AddActs(ctx, line); err != nil {
		return err
	}
	if doc.Application != "" {
		entry := dossier.Entry{At: line.At, Actor: line.Actor, Act: "document_" + string(line.Deed), Detail: doc.Kind + " " + Number(doc.Number)}
		if err := tx.AddEntry(ctx, doc.Application, entry); err != nil {
			return err
		}
	}
	return tx.AddEvent(ctx, about(doc, line.At, fact))
}
