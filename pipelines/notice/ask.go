package notice

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// How asking goes. Networks give a message up after a day.
const (
	firstAsk  = time.Minute      // after a provider took a message
	doubtAsk  = 10 * time.Second // after a call whose outcome is unknown
	askDoubt  = 30 * time.Minute // how long one of unknown outcome is asked about before it is a person's
	askFor    = 26 * time.Hour   // how long one that was taken is asked about
	wordLimit = 32               // characters of a provider's word that are kept
)

// Ask returns the handler of a provider's asking stage. Each answer that is not
// the last has the queue ask again, with growing delay and no attempt burnt.
func (n *Notices) Ask(p Provider, a Asker) Handler {
	return func(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error) {
		note, err := n.Store.Notice(ctx, j.Ref)
		if err != nil {
			return nil, err
		}
		open := note.State == dossier.NoticeSending || note.State == dossier.NoticeSent
		if !open || note.Provider != p.Name() || note.Delivery.Final() {
			return nil, nil
		}
		r, err := a.Ask(ctx, Query{ID: note.MessageID, Ref: note.Ref, To: note.Phone, SentAt: note.CalledAt})
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			return nil, err // the lease is another's
		}
		said := err == nil && r.State.Taken()
		since := n.Now().Sub(note.CalledAt)
		apply := queue.In(func(ctx context.Context, tx Tx) error {
			_, err := n.told(ctx, tx, note.ID, r)
			return err
		})
		switch {
		case said && r.State.Final():
			return apply, nil
		case said && (note.State == dossier.NoticeSending || note.Delivery.Then(r.State) != note.Delivery):
			if err := keep(ctx, apply); err != nil {
				return nil, err
			}
		case said:
		case note.State == dossier.NoticeSending && since >= askDoubt:
			if note.Secret && !note.ExpiresAt.IsZero() {
				return n.expire(note.ID), nil
			}
			return nil, unknownOutcome(p.Name(), cmp.Or(err, errors.New("the provider does not know the message")))
		case err == nil && note.State == dossier.NoticeSent && r.State == dossier.Absent && note.Delivery == "":
			if err := keep(ctx, apply); err != nil {
				return nil, err
			}
		}
		if since >= askFor {
			return n.unheard(note.ID), nil
		}
		return nil, askAgain(p, err)
	}
}

// askAgain is the fault that has the queue ask again. What a stopped or slowed
// operation says stays as it is; nothing else may make a failure of a notice
// that was sent.
func askAgain(p Provider, err error) error {
	if kind := fault.KindOf(err); kind == fault.Misconfigured || kind == fault.Throttled || kind == fault.Defect {
		return err
	}
	return &fault.Fault{
		Kind: fault.Pending, System: p.Name(), Operation: "ask", Err: cmp.Or(err, errors.New("the provider has no final word yet")),
	}
}

// unheard ends the asking about a notice of which nothing final was said.
func (n *Notices) unheard(id string) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		note, err := tx.Notice(ctx, id)
		if err != nil || note.Delivery == dossier.Absent {
			return err // which says more
		}
		if note.Delivery = note.Delivery.Then(dossier.Unknown); note.Delivery == dossier.Unknown {
			note.Word, note.DeliveredAt = "", n.Now()
		}
		return tx.SaveNotice(ctx, note)
	})
}
