package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store of webhooks, one transaction at a time.
type memory struct {
	mu         sync.Mutex
	now        time.Time
	hooks      map[string]Webhook
	deliveries map[string]Delivery
	events     []event.Stored
	jobs       []queue.New
	broken     string // id of a webhook whose events cannot be read
}

func newMemory() *memory {
	return &memory{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), hooks: map[string]Webhook{}, deliveries: map[string]Delivery{}}
}

func (m *memory) clock() time.Time { return m.now }

func (m *memory) Webhook(_ context.Context, id string) (Webhook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hooks[id], nil
}

func (m *memory) ActiveWebhooks(context.Context) ([]Webhook, error) {
	var out []Webhook
	for _, w := range m.hooks {
		if w.State == Active {
			w.Secret = Secret{}
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b Webhook) int { return int(a.ID[0]) - int(b.ID[0]) })
	return out, nil
}

func (m *memory) Delivery(_ context.Context, id string) (Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.deliveries[id], nil
}

func (m *memory) EventAt(_ context.Context, position int64) (event.Stored, error) {
	return m.events[position-1], nil
}

func (m *memory) EventsFor(_ context.Context, w Webhook, limit int) ([]event.Stored, int64, error) {
	if w.ID == m.broken {
		return nil, 0, errors.New("made up")
	}
	var out []event.Stored
	for _, e := range m.events[w.Position:] {
		if len(w.Types) > 0 && !slices.Contains(w.Types, e.Type) || w.Commission != "" && w.Commission != e.Commission {
			continue
		}
		if out = append(out, e); len(out) == limit {
			return out, e.Position, nil
		}
	}
	return out, int64(len(m.events)), nil
}

func (m *memory) StreamEnd(context.Context) (int64, error) { return int64(len(m.events)), nil }

func (m *memory) WriteWebhooks(ctx context.Context, f func(context.Context, Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return f(ctx, inside{m})
}

// inside is a transaction; the memory's lock is held.
type inside struct{ m *memory }

func (t inside) Enqueue(_ context.Context, jobs ...queue.New) error {
	for _, j := range jobs {
		if !slices.ContainsFunc(t.m.jobs, func(o queue.New) bool { return o.Key == j.Key }) {
			t.m.jobs = append(t.m.jobs, j)
		}
	}
	return nil
}
func (t inside) AddWebhook(_ context.Context, w Webhook) error { t.m.hooks[w.ID] = w; return nil }
func (t inside) WebhookNow(_ context.Context, id string) (Webhook, error) {
	return t.m.hooks[id], nil
}
func (t inside) SaveWebhook(_ context.Context, w Webhook) error { t.m.hooks[w.ID] = w; return nil }
func (t inside) MoveWebhook(_ context.Context, id string, position int64) error {
	w := t.m.hooks[id]
	w.Position = position
	t.m.hooks[id] = w
	return nil
}

func (t inside) AddDeliveries(_ context.Context, list []Delivery) error {
	for _, d := range list {
		t.m.deliveries[d.ID] = d
	}
	return nil
}

func (t inside) DeliveryNow(_ context.Context, id string) (Delivery, error) {
	return t.m.deliveries[id], nil
}

func (t inside) SaveDelivery(_ context.Context, d Delivery) error {
	t.m.deliveries[d.ID] = d
	return nil
}

func (t inside) WaitingDeliveries(_ context.Context, id string) ([]string, error) {
	var out []string
	for _, d := range t.m.deliveries {
		if d.Webhook == id && d.State == Waiting {
			out = append(out, d.ID)
		}
	}
	slices.Sort(out)
	return out, nil
}

// add makes an event of a type about a commission.
func (m *memory) add(t event.Type, commission string, data any) {
	raw, _ := json.Marshal(data)
	n := int64(len(m.events) + 1)
	m.events = append(m.events, event.Stored{
		ID: fmt.Sprintf("e%d", n), Type: t, Subject: "a", Commission: commission, Sequence: n, Position: n, At: m.now, Data: raw,
	})
}

// run works on a delivery's job as the queue does.
func (m *memory) run(ctx context.Context, h *Hooks, delivery string) error {
	write := func(ctx context.Context, e queue.Effect) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		return e(ctx, inside{m})
	}
	j := queue.Job{Ref: delivery}
	effect, err := h.Deliver(ctx, j, write)
	switch {
	case err == nil && effect != nil:
		return write(ctx, effect)
	case err != nil && fault.RuleOf(fault.KindOf(err)).Retry == fault.RetryNever:
		return errors.Join(err, write(ctx, h.GaveUp(j, queue.FailureOf(err, m.now))))
	}
	return err
}
