package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/webhook"
)

// Webhooks come back whole, and several dispatchers at once make each delivery
// once, with its job.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		s := open(t, where(t), func() time.Time { return now })
		all := webhook.Webhook{
			ID: id(), URL: "https://receiver.example/", State: webhook.Active, Actor: "key:1", At: now,
			Secret: webhook.Secret{Current: "whsec_bmV3", Previous: "whsec_b2xk", Until: now.Add(time.Hour)},
		}
		one := all
		one.ID, one.Commission, one.Types = id(), "c1", []event.Type{event.DocumentIssued}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			for i := range 40 {
				fact := []event.Fact{event.Issued{Document: fmt.Sprint(i)}, event.Executed{}}[i%2]
				if err := tx.AddEvent(ctx, event.Event{Subject: fmt.Sprint("s", i), Commission: fmt.Sprint("c", i%3), At: now, Fact: fact}); err != nil {
					return err
				}
			}
			if err := tx.AddWebhook(ctx, all); err != nil {
				return err
			}
			return tx.AddWebhook(ctx, one)
		})
		token, _, err := s.TakeLease(t.Context(), event.LeaseName, "me", now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.StampEvents(t.Context(), event.LeaseName, token, 100, true); err != nil {
			t.Fatal(err)
		}
		list, err := s.Webhooks(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]webhook.Webhook{all, one}, list, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b personal.Secret) bool { return a == b })); d != "" {
			t.Error(d)
		}
		if list, err := s.Webhooks(t.Context(), "c1"); err != nil || len(list) != 1 {
			t.Errorf("of a commission: %d, %v", len(list), err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				h := &webhook.Hooks{Store: s, Now: func() time.Time { return now }}
				for more := true; more; {
					var err error
					if more, err = h.Dispatch(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		for _, c := range []struct {
			id    string
			count int
		}{{all.ID, 40}, {one.ID, 6}} {
			made, err := s.Deliveries(t.Context(), c.id, "", "", 100)
			if err != nil || len(made) != c.count {
				t.Errorf("%d deliveries, %v, want %d", len(made), err, c.count)
			}
			seen := map[string]bool{}
			for _, d := range made {
				e, err := s.EventAt(t.Context(), d.Position)
				if err != nil || e.ID != d.Event || seen[d.Event] || d.State != webhook.Waiting {
					t.Errorf("%+v is of event %s, %v", d, e.ID, err)
				}
				seen[d.Event] = true
			}
		}
		if n, err := s.CountReady(t.Context(), webhook.StageDeliver, false, now, 100); err != nil || n != 46 {
			t.Errorf("%d jobs, %v", n, err)
		}
		if w, err := s.Webhook(t.Context(), one.ID); err != nil || w.Position != 40 && w.Position != 0 {
			t.Errorf("position %d, %v", w.Position, err)
		}
		made, err := s.Deliveries(t.Context(), one.ID, "waiting", "", 1)
		if err != nil || len(made) != 1 {
			t.Fatal(made, err)
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			d, err := tx.DeliveryNow(ctx, made[0].ID)
			if err != nil {
				return err
			}
			d.State, d.Attempts, d.Status, d.DeliveredAt = webhook.Delivered, 2, 204, now
			return tx.SaveDelivery(ctx, d)
		})
		counts, err := s.DeliveryCounts(t.Context(), one.ID)
		if d := cmp.Diff(map[webhook.DeliveryState]int{webhook.Waiting: 5, webhook.Delivered: 1}, counts); d != "" || err != nil {
			t.Error(d, err)
		}
		if _, err := s.Webhook(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "no such webhook") {
			t.Errorf("an unknown one: %v", err)
		}
	})
}
