package issuing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Render is the handler of StageRender.
func (is *Issuing) Render(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	doc, err := is.Store.Document(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	if doc.State != dossier.Reserved {
		return nil, nil
	}
	_, effect, err := is.make(ctx, &doc)
	return effect, err
}

// Finish makes a reserved document at once, for whoever ordered it and waits. The
// effect issues it and withdraws its job; doc is the issued document then. It
// stays reserved when somebody else was quicker: then read it anew.
func (is *Issuing) Finish(ctx context.Context, doc *dossier.Document) (pdf []byte, effect queue.Effect, err error) {
	pdf, issue, err := is.make(ctx, doc)
	if err != nil {
		return nil, nil, err
	}
	return pdf, queue.In(func(ctx context.Context, tx Tx) error {
		doc.State = dossier.Reserved
		if _, err := tx.WithdrawJob(ctx, renderKey(doc.ID)); err != nil {
			return err
		}
		return issue(ctx, tx)
	}), nil
}

// Leave hands a reserved document over to the queue at once: whoever ordered it
// could not finish it.
func (is *Issuing) Leave(document string) queue.Effect {
	now := is.now()
	return queue.In(func(ctx context.Context, tx Tx) error { return tx.Hasten(ctx, renderKey(document), now) })
}

// make prints and stores a document. The PDF lies in the bucket before anything
// refers to it; a print that was not proved leaves a file there that nothing ever
// does, and that is swept away. The effect refers to it, in the transaction that
// issues the document.
func (is *Issuing) make(ctx context.Context, doc *dossier.Document) (pdf []byte, effect queue.Effect, err error) {
	code, err := is.CodeOf(*doc)
	if err != nil {
		return nil, nil, err
	}
	made, err := is.Renderer.Render(ctx, RenderRequest{
		Template: doc.Template, Language: doc.Language, ID: doc.ID, Code: code, Data: doc.Data, At: doc.ReservedAt, Seal: doc.Commission,
		Keep: func(ctx context.Context, sum string, file []byte) error {
			return is.Bucket.Put(ctx, fileOf(doc.ID, sum), file)
		},
	})
	if err != nil {
		return nil, nil, err
	}
	doc.File = fileOf(doc.ID, made.SHA256)
	hash := sha256.Sum256(doc.Data)
	doc.Passport = dossier.Passport{
		SHA256: made.SHA256, Content: made.Content, DataHash: hex.EncodeToString(hash[:]), Template: made.Template, Browser: made.Browser,
		Fonts: made.Fonts, Seal: made.SealSerial, Pages: made.Pages,
	}
	follow, err := is.follow(ctx, *doc)
	if err != nil {
		return nil, nil, err
	}
	var old dossier.Document
	if doc.Replaces != "" {
		if old, err = is.Store.Document(ctx, doc.Replaces); err != nil {
			return nil, nil, err
		}
		if follow, err = is.announceAgain(ctx, *doc, old); err != nil {
			return nil, nil, err
		}
	}
	doc.IssuedAt = is.now()
	return made.PDF, is.issue(doc, old, follow), nil
}

// fileOf names a file by what it holds: one who lost the job to another and is late
// with his own print does not write over what the other's row refers to.
func fileOf(document, sha256 string) string { return document + "-" + sha256[:16] + ".pdf" }

// now is the time as it is stored.
func (is *Issuing) now() time.Time { return is.Now().UTC().Truncate(time.Millisecond) }

// issue is the one way in which a document becomes an issued one; old is the one
// whose place it takes.
func (is *Issuing) issue(to *dossier.Document, old dossier.Document, follow queue.Effect) queue.Effect {
	doc, now := *to, to.IssuedAt
	return queue.In(func(ctx context.Context, tx Tx) error {
		done, err := tx.IssueDocument(ctx, doc.ID, doc.Passport, doc.File, now)
		if err != nil || !done { // it was issued or annulled meanwhile
			return err
		}
		to.State = dossier.Issued
		acts := []dossier.DocumentAct{act(doc, now, hub, dossier.DeedIssued)}
		facts := []event.Event{about(doc, now, event.Issued{
			Document: doc.ID, Kind: doc.Kind, Template: doc.Template, Number: doc.Number, Decision: doc.Decision, Subject: doc.Subject,
			Batch: doc.Batch, Replaces: doc.Replaces,
		})}
		if doc.Replaces != "" {
			if done, err := tx.EndDocument(ctx, doc.Replaces, dossier.Issued, dossier.Replaced, now); err != nil {
				return err
			} else if !done {
				return errors.New("the document whose place this one takes does not stand any more")
			}
			acts = append(acts, dossier.DocumentAct{Document: old.ID, At: now, Actor: hub, Deed: dossier.DeedReplaced, Detail: doc.ID})
			facts = append(facts, about(old, now, event.Replaced{Paper: paperOf(old, dossier.Replaced), By: doc.ID, Relation: string(doc.Relation)}))
		}
		if err := tx.AddActs(ctx, acts...); err != nil {
			return err
		}
		if doc.Application != "" {
			if err := tx.AddEntry(ctx, doc.Application, dossier.Entry{At: now, Actor: hub, Act: "document_issued", Detail: doc.Kind + " " + Number(doc.Number)}); err != nil {
				return err
			}
		}
		if err := tx.AddEvent(ctx, facts...); err != nil {
			return err
		}
		return follow(ctx, tx)
	})
}

// about is an event of a document: its application's, or its own.
func about(d dossier.Document, at time.Time, f event.Fact) event.Event {
	if d.Application != "" {
		return event.Of(d.Application, at, f)
	}
	return event.Event{Subject: d.ID, Commission: d.Commission, At: at, Fact: f}
}

func paperOf(d dossier.Document, state dossier.DocumentState) event.Paper {
	return event.Paper{Document: d.ID, Kind: d.Kind, Template: d.Template, Number: d.Number, State: string(state)}
}

// origin is the decision that a document follows from; ok is false when it
// follows from none, or takes another one's place, which the decision does not
// count.
type origin struct {
	app  dossier.Application
	dec  dossier.Decision
	kind catalogue.Type
}

func (is *Issuing) origin(ctx context.Context, doc dossier.Document) (o origin, ok bool, err error) {
	if doc.Application == "" || doc.Replaces != "" {
		return o, false, nil
	}
	if o.app, err = is.Store.Application(ctx, doc.Application); err != nil {
		return o, false, err
	}
	if o.dec, err = is.Store.Decision(ctx, doc.Decision); err != nil {
		return o, false, err
	}
	if o.kind, ok = is.Catalogue.Type(o.app.Type); !ok {
		return o, false, fmt.Errorf("type %s is no longer in the catalogue", o.app.Type)
	}
	return o, true, nil
}

// follow is what an issued document brings to the application it follows from.
func (is *Issuing) follow(ctx context.Context, doc dossier.Document) (queue.Effect, error) {
	o, ok, err := is.origin(ctx, doc)
	if err != nil || !ok {
		return nothing, err
	}
	announce, err := is.announce(ctx, o, doc)
	if err != nil {
		return nil, err
	}
	countDown, err := is.countDown(ctx, o)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx queue.Tx) error {
		if err := announce(ctx, tx); err != nil {
			return err
		}
		return countDown(ctx, tx)
	}, nil
}

func nothing(context.Context, queue.Tx) error { return nil }

// countDown says that one document of a decision is done with, issued or
// annulled: the last one ends the application.
func (is *Issuing) countDown(ctx context.Context, o origin) (queue.Effect, error) {
	decided, err := is.Notifier.Decided(ctx, o.app, o.dec, o.kind.Decision.Notices)
	if err != nil {
		return nil, err
	}
	now := is.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		open, err := tx.DocumentDone(ctx, o.dec.ID)
		if err != nil || open > 0 {
			return err
		}
		if err := tx.Move(ctx, o.app.ID, dossier.Executing, dossier.Executed, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, o.app.ID, dossier.Entry{At: now, Actor: hub, Act: "executed", Detail: o.dec.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(o.app.ID, now, event.Executed{State: string(dossier.Executed), Decision: o.dec.ID})); err != nil {
			return err
		}
		return decided(ctx, tx)
	}), nil
}
