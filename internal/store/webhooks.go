package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/webhook"
)

var (
	_ webhook.Store = (*Store)(nil)
	_ webhook.Tx    = (*Tx)(nil)
)

// webhookSecret is the sealed part of a webhook, in the clear.
type webhookSecret struct {
	Current  string    `json:"current"`
	Previous string    `json:"previous"`
	Until    time.Time `json:"until"`
}

// WriteWebhooks runs a transaction.
func (s *Store) WriteWebhooks(ctx context.Context, f func(ctx context.Context, tx webhook.Tx) error) error {
	return s.Write(ctx, func(ctx context.Context, tx *Tx) error { return f(ctx, tx) })
}

func (s *Store) sealSecret(w webhook.Webhook) ([]byte, error) {
	return s.seal("webhook", "secret", w.ID, webhookSecret{string(w.Secret.Current), string(w.Secret.Previous), w.Secret.Until})
}

// AddWebhook stores a webhook.
func (t *Tx) AddWebhook(ctx context.Context, w webhook.Webhook) error {
	types, err := marshal(w.Types)
	if err != nil {
		return err
	}
	secret, err := t.s.sealSecret(w)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO webhook(id, commission, url, types, sealed_secret, state, position, actor, at) VALUES(?,?,?,?,?,?,?,?,?)`,
		w.ID, w.Commission, w.URL, types, secret, w.State, w.Position, w.Actor, ms(w.At))
	if err != nil {
		return fmt.Errorf("storing a webhook: %w", err)
	}
	return nil
}

// SaveWebhook writes a webhook's state and secret.
func (t *Tx) SaveWebhook(ctx context.Context, w webhook.Webhook) error {
	secret, err := t.s.sealSecret(w)
	if err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE webhook SET state=?, sealed_secret=? WHERE id=?`, w.State, secret, w.ID); err != nil {
		return fmt.Errorf("changing a webhook: %w", err)
	}
	return nil
}

// MoveWebhook writes up to where the stream was looked at for a webhook.
func (t *Tx) MoveWebhook(ctx context.Context, id string, position int64) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE webhook SET position=? WHERE id=? AND position<?`, position, id, position); err != nil {
		return fmt.Errorf("moving a webhook: %w", err)
	}
	return nil
}

const webhookColumns = `id, commission, url, types, sealed_secret, state, position, actor, at`

func (s *Store) scanWebhook(r scanner) (webhook.Webhook, error) {
	var w webhook.Webhook
	var types string
	var sealed []byte
	var when int64
	err := r.Scan(&w.ID, &w.Commission, &w.URL, &types, &sealed, &w.State, &w.Position, &w.Actor, &when)
	if errors.Is(err, sql.ErrNoRows) {
		return w, dossier.Refusef(dossier.NotFound, "no such webhook")
	}
	if err != nil {
		return w, fmt.Errorf("reading a webhook: %w", err)
	}
	w.At = at(when)
	var secret webhookSecret
	err = errors.Join(unmarshal(types, &w.Types), s.unseal("webhook", "secret", w.ID, sealed, &secret))
	w.Secret = webhook.Secret{Current: personal.Secret(secret.Current), Previous: personal.Secret(secret.Previous), Until: secret.Until}
	return w, err
}

// Webhook returns a webhook.
func (s *Store) Webhook(ctx context.Context, id string) (webhook.Webhook, error) {
	return s.scanWebhook(s.read.QueryRowContext(ctx, `SELECT `+webhookColumns+` FROM webhook WHERE id=?`, id))
}

// WebhookNow returns a webhook as the transaction sees it, and keeps it for it.
func (t *Tx) WebhookNow(ctx context.Context, id string) (webhook.Webhook, error) {
	return t.s.scanWebhook(t.tx.QueryRowContext(ctx, `SELECT `+webhookColumns+` FROM webhook WHERE id=?`+t.forUpdate(), id))
}

// ActiveWebhooks returns those that are active, without their secrets.
func (s *Store) ActiveWebhooks(ctx context.Context) ([]webhook.Webhook, error) {
	return collect(ctx, s.read, `SELECT id, commission, types, position FROM webhook WHERE state='active' ORDER BY id`, func(r *sql.Rows) (webhook.Webhook, error) {
		w := webhook.Webhook{State: webhook.Active}
		var types string
		if err := r.Scan(&w.ID, &w.Commission, &types, &w.Position); err != nil {
			return w, err
		}
		return w, unmarshal(types, &w.Types)
	})
}

// Webhooks lists the webhooks that were not removed, oldest first; commission
// empty: of all.
func (s *Store) Webhooks(ctx context.Context, commission string) ([]webhook.Webhook, error) {
	return collect(ctx, s.read, `SELECT `+webhookColumns+` FROM webhook WHERE state<>'removed' AND (?1='' OR commission=?1) ORDER BY id`,
		func(r *sql.Rows) (webhook.Webhook, error) { return s.scanWebhook(r) }, commission)
}

// EventsFor returns events that a webhook is told of after its position, and the
// position up to which there is no other.
func (s *Store) EventsFor(ctx context.Context, w webhook.Webhook, limit int) ([]event.Stored, int64, error) {
	f := EventFilter{Commission: w.Commission}
	for _, t := range w.Types {
		f.Types = append(f.Types, string(t))
	}
	return s.Events(ctx, f, w.Position, limit)
}

// EventAt returns the event at a position of the stream.
func (s *Store) EventAt(ctx context.Context, position int64) (event.Stored, error) {
	list, err := collect(ctx, s.read, `SELECT `+eventColumns+` FROM event WHERE position=?`, scanEvent, position)
	if err == nil && len(list) == 0 {
		err = dossier.Refusef(dossier.NotFound, "no such event")
	}
	if err != nil {
		return event.Stored{}, err
	}
	return list[0], nil
}

// AddDeliveries stores what is to be delivered; an event is so once a webhook.
func (t *Tx) AddDeliveries(ctx context.Context, list []webhook.Delivery) error {
	for part := range slices.Chunk(list, rowsAtOnce) {
		args := make([]any, 0, 6*len(part))
		for _, d := range part {
			args = append(args, d.ID, d.Webhook, d.Event, d.Position, d.State, ms(d.At))
		}
		_, err := t.tx.ExecContext(ctx, `INSERT INTO webhook_delivery(id, webhook_id, event_id, position, state, at) VALUES `+
			strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,?),", len(part)), ",")+` ON CONFLICT(webhook_id, event_id) DO NOTHING`, args...)
		if err != nil {
			return fmt.Errorf("storing deliveries: %w", err)
		}
	}
	return nil
}

// SaveDelivery writes how far a delivery has come.
func (t *Tx) SaveDelivery(ctx context.Context, d webhook.Delivery) error {
	_, err := t.tx.ExecContext(ctx, `UPDATE webhook_delivery SET state=?, attempts=?, status=?, delivered_at=? WHERE id=?`, d.State, d.Attempts, d.Status, ms(d.DeliveredAt), d.ID)
	if err != nil {
		return fmt.Errorf("moving a delivery: %w", err)
	}
	return nil
}

const deliveryColumns = `id, webhook_id, event_id, position, state, attempts, status, at, delivered_at`

func scanDelivery(r scanner) (webhook.Delivery, error) {
	var d webhook.Delivery
	var made, done int64
	err := r.Scan(&d.ID, &d.Webhook, &d.Event, &d.Position, &d.State, &d.Attempts, &d.Status, &made, &done)
	if errors.Is(err, sql.ErrNoRows) {
		return d, dossier.Refusef(dossier.NotFound, "no such delivery")
	}
	if err != nil {
		return d, fmt.Errorf("reading a delivery: %w", err)
	}
	d.At, d.DeliveredAt = at(made), at(done)
	return d, nil
}

// Delivery returns a delivery.
func (s *Store) Delivery(ctx context.Context, id string) (webhook.Delivery, error) {
	return scanDelivery(s.read.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM webhook_delivery WHERE id=?`, id))
}

// DeliveryNow returns a delivery as the transaction sees it, and keeps it for it.
func (t *Tx) DeliveryNow(ctx context.Context, id string) (webhook.Delivery, error) {
	return scanDelivery(t.tx.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM webhook_delivery WHERE id=?`+t.forUpdate(), id))
}

// WaitingDeliveries returns the ids of a webhook's deliveries that wait.
func (t *Tx) WaitingDeliveries(ctx context.Context, id string) ([]string, error) {
	return collect(ctx, t.tx, `SELECT id FROM webhook_delivery WHERE webhook_id=? AND state='waiting' ORDER BY id`, func(r *sql.Rows) (string, error) {
		var d string
		return d, r.Scan(&d)
	}, id)
}

// Deliveries lists a webhook's deliveries, newest first, before an id (empty: from
// the newest); state empty: any.
func (s *Store) Deliveries(ctx context.Context, id, state, before string, limit int) ([]webhook.Delivery, error) {
	if before == "" {
		before = "~" // behind every id
	}
	return collect(ctx, s.read, `SELECT `+deliveryColumns+` FROM webhook_delivery WHERE webhook_id=?1 AND (?2='' OR state=?2) AND id < ?3 ORDER BY id DESC LIMIT ?4`,
		func(r *sql.Rows) (webhook.Delivery, error) { return scanDelivery(r) }, id, state, before, limit)
}

// DeliveryCounts counts a webhook's deliveries by state.
func (s *Store) DeliveryCounts(ctx context.Context, id string) (map[webhook.DeliveryState]int, error) {
	type group struct {
		state webhook.DeliveryState
		n     int
	}
	list, err := collect(ctx, s.read, `SELECT state, count(*) FROM webhook_delivery WHERE webhook_id=? GROUP BY state`, func(r *sql.Rows) (group, error) {
		var g group
		return g, r.Scan(&g.state, &g.n)
	}, id)
	out := map[webhook.DeliveryState]int{}
	for _, g := range list {
		out[g.state] = g.n
	}
	return out, err
}
