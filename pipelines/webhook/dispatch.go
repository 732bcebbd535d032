package webhook

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

const (
	poll  = time.Second // between looks when nobody wakes the dispatcher
	batch = 200         // events of a webhook a transaction
	// idle is how far the stream runs on before the position of a webhook that none
	// of it concerns is written.
	idle = 1000
)

// Run follows the stream until ctx ends. Every process may run it: a webhook's
// position moves under the lock of its row.
func (h *Hooks) Run(ctx context.Context) {
	for ctx.Err() == nil {
		var grown <-chan struct{}
		if h.Feed != nil {
			grown = h.Feed.Grown()
		}
		more, err := h.Dispatch(ctx)
		if err != nil && ctx.Err() == nil {
			h.log().WarnContext(ctx, "reading events for webhooks", "error", err)
		}
		if more && err == nil {
			continue
		}
		t := time.NewTimer(poll)
		select {
		case <-ctx.Done():
		case <-grown:
		case <-t.C:
		}
		t.Stop()
	}
}

// Dispatch looks once at what the stream has for each webhook. More says that
// there is more at once. One webhook's trouble is told and keeps no other.
func (h *Hooks) Dispatch(ctx context.Context) (more bool, err error) {
	list, err := h.Store.ActiveWebhooks(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	end, err := h.Store.StreamEnd(ctx)
	if err != nil {
		return false, err
	}
	for _, w := range list {
		if w.Position >= end {
			continue
		}
		full, err := h.dispatch(ctx, w)
		if err != nil && ctx.Err() == nil {
			h.log().WarnContext(ctx, "dispatching to a webhook", "webhook", w.ID, "error", err)
		}
		more = more || full && err == nil
	}
	return more, ctx.Err()
}

func (h *Hooks) dispatch(ctx context.Context, w Webhook) (full bool, err error) {
	events, upTo, err := h.Store.EventsFor(ctx, w, batch)
	if err != nil || len(events) == 0 && upTo-w.Position < idle {
		return false, err
	}
	now := h.Now()
	var list []Delivery
	var jobs []queue.New
	for _, e := range events {
		if ours(e) {
			continue
		}
		d := Delivery{ID: uuid.Must(uuid.NewV7()).String(), Webhook: w.ID, Event: e.ID, Position: e.Position, State: Waiting, At: now}
		list = append(list, d)
		jobs = append(jobs, h.job(w.ID, d.ID, ""))
	}
	err = h.Store.WriteWebhooks(ctx, func(ctx context.Context, tx Tx) error {
		held, err := tx.WebhookNow(ctx, w.ID)
		if err != nil || held.State != Active || held.Position != w.Position {
			return err // stopped, or another process was here
		}
		if len(list) > 0 {
			if err := tx.AddDeliveries(ctx, list); err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, jobs...); err != nil {
				return err
			}
		}
		return tx.MoveWebhook(ctx, w.ID, upTo)
	})
	return len(events) == batch, err
}

// ours reports that an event tells of a delivery that failed: delivering that too
// would bring the next one.
func ours(e event.Stored) bool {
	if !strings.HasPrefix(string(e.Type), "failure.") {
		return false
	}
	var f struct{ Stage string }
	return json.Unmarshal(e.Data, &f) == nil && f.Stage == StageDeliver
}

func (h *Hooks) log() *slog.Logger {
	if h.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return h.Log
}
