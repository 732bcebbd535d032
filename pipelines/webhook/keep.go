package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// New makes a webhook that is told of what comes from now on, ready to be stored.
// Its secret is shown to whoever asked for it, once.
func (h *Hooks) New(ctx context.Context, url string, types []event.Type, commission, actor string) (Webhook, error) {
	if err := h.Rules.CheckURL(url); err != nil {
		return Webhook{}, dossier.Refuse(dossier.BadForm, "/url", err.Error())
	}
	for i, t := range types {
		if !slices.ContainsFunc(event.Facts(), func(f event.Fact) bool { return f.Type() == t }) {
			return Webhook{}, dossier.Refuse(dossier.BadForm, fmt.Sprintf("/types/%d", i), "want a type of event that the hub knows")
		}
	}
	end, err := h.Store.StreamEnd(ctx)
	if err != nil {
		return Webhook{}, err
	}
	secret, err := newSecret()
	return Webhook{
		ID: uuid.Must(uuid.NewV7()).String(), Commission: commission, URL: url, Types: types, Secret: Secret{Current: secret},
		State: Active, Position: end, Actor: actor, At: h.Now(),
	}, err
}

// Rotate gives a webhook a new secret; for a day the old one signs beside it.
func (h *Hooks) Rotate(ctx context.Context, tx Tx, id string) (personal.Secret, error) {
	w, err := here(ctx, tx, id)
	if err != nil {
		return "", err
	}
	if w.Secret, err = w.Secret.next(h.Now()); err != nil {
		return "", err
	}
	return w.Secret.Current, tx.SaveWebhook(ctx, w)
}

// Steer pauses, resumes or removes a webhook. Deliveries that waited out a pause
// are made again.
func (h *Hooks) Steer(ctx context.Context, tx Tx, id string, to State) (Webhook, error) {
	w, err := here(ctx, tx, id)
	if err != nil || w.State == to {
		return w, err
	}
	w.State = to
	if err := tx.SaveWebhook(ctx, w); err != nil || to != Active {
		return w, err
	}
	waiting, err := tx.WaitingDeliveries(ctx, id)
	if err != nil || len(waiting) == 0 {
		return w, err
	}
	again := h.Now().UTC().Format(":20060102T150405.000000")
	jobs := make([]queue.New, len(waiting))
	for i, d := range waiting {
		jobs[i] = h.job(id, d, again)
	}
	return w, tx.Enqueue(ctx, jobs...)
}

// here is a webhook that was not removed.
func here(ctx context.Context, tx Tx, id string) (Webhook, error) {
	w, err := tx.WebhookNow(ctx, id)
	if err == nil && w.State == Removed {
		err = dossier.Refusef(dossier.NotFound, "no such webhook")
	}
	return w, err
}
