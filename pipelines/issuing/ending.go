package issuing

import (
	"context"
	"errors"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// EndAll takes out of force what a subject was issued by an application, and gives
// up what it was going to be. The effect wants the documents as they were read and
// asks to be made anew otherwise, by a fault of kind throttled.
func (is *Issuing) EndAll(ctx context.Context, application, subject, actor, reason string) (queue.Effect, error) {
	docs, err := is.Store.DocumentsOf(ctx, application, subject)
	if err != nil {
		return nil, err
	}
	seen := map[string]dossier.DocumentState{}
	var effects []queue.Effect
	// What is reserved goes first: it may be about to take an issued one's place.
	for _, state := range []dossier.DocumentState{dossier.Reserved, dossier.Issued} {
		for _, doc := range docs {
			if seen[doc.ID] = doc.State; doc.State != state {
				continue
			}
			var e queue.Effect
			if state == dossier.Reserved {
				e, err = is.Annul(ctx, doc, actor, reason)
			} else {
				e, err = is.Revoke(doc, actor, reason)
			}
			if err != nil {
				return nil, err
			}
			effects = append(effects, e)
		}
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		now, err := tx.StatesOf(ctx, application, subject)
		if err != nil {
			return err
		}
		for id, state := range now {
			if was, known := seen[id]; !known || was != state {
				return meanwhile(errChanged)
			}
		}
		for _, e := range effects {
			if err := e(ctx, tx); err != nil {
				return meanwhile(err)
			}
		}
		return nil
	}), nil
}

// Again makes a duplicate that takes an issued document's place, by the queue.
func (is *Issuing) Again(ctx context.Context, doc dossier.Document, actor, reason string) (queue.Effect, error) {
	d, err := is.Replace(ctx, doc, Replacement{Relation: dossier.Duplicate, Actor: actor, Reason: reason})
	if err != nil {
		return nil, err
	}
	d.order.Many = true // nobody waits for it at the door
	return queue.In(func(ctx context.Context, tx Tx) error { return meanwhile(d.Reserve(ctx, tx)) }), nil
}

// errChanged: the documents are not as they were read.
var errChanged = errors.New("a document has changed meanwhile")

// meanwhile makes what another one's act brought about a reason to read again.
func meanwhile(err error) error {
	r, refused := errors.AsType[*dossier.Refusal](err)
	if refused && r.Code == dossier.WrongState || errors.Is(err, errChanged) {
		return &fault.Fault{Kind: fault.Throttled, System: "hub", Operation: "documents", Wait: 2 * time.Second, Err: err}
	}
	return err
}
