package notice

import (
	"context"
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Heard says what a report did.
type Heard string

// What a report did.
const (
	Moved          Heard = "moved"           // the delivery is as it says now
	Kept           Heard = "kept"            // as much or more was known
	UnknownWord    Heard = "unknown_word"    // it says nothing that we understand
	UnknownMessage Heard = "unknown_message" // of no notice of this provider
)

// Reported takes a provider's reports, which come twice, late and out of order.
// It returns what each did.
func (n *Notices) Reported(ctx context.Context, tx Tx, provider string, reports []Report) ([]Heard, error) {
	out := make([]Heard, 0, len(reports))
	for _, r := range reports {
		note, found, err := tx.NoticeOf(ctx, provider, r.ID, r.Ref)
		if err != nil {
			return nil, err
		}
		heard := UnknownMessage
		switch {
		case found && !r.State.Taken():
			heard = UnknownWord
			n.log().WarnContext(ctx, "a delivery report with an unknown word", "system", provider, "word", clean(r.Word), "notice", note.ID)
		case found:
			if heard, err = n.told(ctx, tx, note.ID, r); err != nil {
				return nil, err
			}
		default:
			n.log().WarnContext(ctx, "a delivery report of a message that is not ours", "system", provider)
		}
		out = append(out, heard)
	}
	return out, nil
}

// told writes what a provider says of a notice. Whatever proves that it took the
// message settles an unknown outcome too.
func (n *Notices) told(ctx context.Context, tx Tx, id string, r Report) (Heard, error) {
	note, err := tx.Notice(ctx, id)
	if err != nil {
		return "", err
	}
	sent := r.State.Taken() && note.State != dossier.NoticeSent
	if sent {
		note.State, note.SentAt = dossier.NoticeSent, note.CalledAt
		if err := endFailures(ctx, tx, note); err != nil {
			return "", err
		}
	}
	if note.Ref == "" {
		note.Ref = r.Ref
	}
	heard := Kept
	if next := note.Delivery.Then(r.State); next != note.Delivery {
		heard = Moved
		note.Delivery, note.Word, note.DeliveredAt = next, clean(r.Word), r.At
		if now := n.Now(); r.At.IsZero() || r.At.After(now) || r.At.Before(note.At) {
			note.DeliveredAt = now // a provider's clock is no proof
		}
	}
	if err := tx.SaveNotice(ctx, wiped(note)); err != nil {
		return "", err
	}
	if sent {
		if err := n.sent(ctx, tx, note); err != nil {
			return "", err
		}
	}
	switch {
	case heard == Moved && note.Delivery == dossier.Delivered:
		if err := tell(ctx, tx, note, n.Now(), event.Arrived{Note: noteOf(note)}); err != nil {
			return "", err
		}
		return heard, entry(ctx, tx, note, dossier.Entry{At: n.Now(), Actor: hub, Act: "notice_delivered", Detail: aboutOf(note)})
	case heard == Moved && note.Delivery == dossier.Undelivered:
		if err := tell(ctx, tx, note, n.Now(), event.NotArrived{Note: noteOf(note)}); err != nil {
			return "", err
		}
		return heard, entry(ctx, tx, note, dossier.Entry{At: n.Now(), Actor: hub, Act: "notice_undelivered", Detail: aboutOf(note) + ": " + note.Word})
	}
	return heard, nil
}

// endFailures ends the failures of a notice that was settled: a replay of one
// must not begin again.
func endFailures(ctx context.Context, tx Tx, note dossier.Notice) error {
	jobs, err := tx.JobsAbout(ctx, note.Application, note.ID)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.State != queue.Failed {
			continue
		}
		if err := tx.EndFailure(ctx, j.ID); err != nil {
			return err
		}
	}
	return nil
}

// clean keeps of a provider's word what words of status are made of.
func clean(word string) string {
	keep := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-' {
			return r
		}
		return -1
	}
	word = strings.Map(keep, word)
	return word[:min(len(word), wordLimit)]
}

// Settle writes what a person found out about a notice of unknown outcome, which
// nobody in the hub works on any more. One that was not sent is queued anew.
func (n *Notices) Settle(ctx context.Context, tx Tx, id string, sent bool, actor string) error {
	note, err := tx.Notice(ctx, id)
	if err != nil {
		return err
	}
	if note.State != dossier.NoticeSending {
		return dossier.Refusef(dossier.WrongState, "the notice is %s: only one of unknown outcome can be settled", note.State)
	}
	jobs, err := tx.JobsAbout(ctx, note.Application, note.ID)
	if err != nil {
		return err
	}
	applicant := ""
	for _, j := range jobs {
		if j.State != queue.Failed {
			return dossier.Refusef(dossier.WrongState, "the hub itself still works on this notice")
		}
		applicant = j.Applicant
	}
	if err := endFailures(ctx, tx, note); err != nil {
		return err
	}
	detail := "sent"
	if sent {
		note.State, note.SentAt = dossier.NoticeSent, note.CalledAt
		note = wiped(note)
	} else {
		detail = "not sent"
		note.State, note.Provider, note.Ref, note.Refused, note.Round = dossier.NoticeQueued, "", "", nil, note.Round+1
	}
	if err := tx.SaveNotice(ctx, note); err != nil {
		return err
	}
	if sent {
		if err := tell(ctx, tx, note, n.Now(), event.Sent{Note: noteOf(note)}); err != nil {
			return err
		}
	} else {
		if err := tx.Enqueue(ctx, n.job(note, n.first(note), applicant, n.Now())); err != nil {
			return err
		}
	}
	return entry(ctx, tx, note, dossier.Entry{At: n.Now(), Actor: actor, Act: "notice_settled", Detail: detail})
}
