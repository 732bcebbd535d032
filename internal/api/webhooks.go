package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/webhook"
)

// webhookView is a webhook; its secret is there only in the answer that made it.
type webhookView struct {
	ID         string        `json:"id"`
	URL        string        `json:"url"`
	Types      []event.Type  `json:"types"`
	Commission string        `json:"commission,omitempty"`
	State      webhook.State `json:"state"`
	Position   int64         `json:"position"`
	By         string        `json:"by"`
	At         time.Time     `json:"at"`
	Waiting    int           `json:"waiting"`
	Delivered  int           `json:"delivered"`
	Failed     int           `json:"failed"`
	Secret     string        `json:"secret,omitempty"`
}

func webhookOf(w webhook.Webhook, counts map[webhook.DeliveryState]int) webhookView {
	v := webhookView{
		ID: w.ID, URL: w.URL, Types: w.Types, Commission: w.Commission, State: w.State, Position: w.Position, By: w.Actor, At: w.At,
		Waiting: counts[webhook.Waiting], Delivered: counts[webhook.Delivered], Failed: counts[webhook.Failed],
	}
	if v.Types == nil {
		v.Types = []event.Type{}
	}
	return v
}

func (s *server) createWebhook(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		URL        string `json:"url"`
		Types      []event.Type
		Commission string
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	if r.key.Commission != "" && b.Commission != "" && b.Commission != r.key.Commission {
		return 0, nil, dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to another commission")
	}
	b.Commission = cmp.Or(b.Commission, r.key.Commission)
	if b.Commission != "" {
		if _, known, err := s.Store.Commission(r.Context(), b.Commission); err != nil || !known {
			return 0, nil, cmp.Or(err, error(dossier.Refuse(dossier.UnknownRecord, "/commission", "want a commission of the directory")))
		}
	}
	w, err := s.Webhooks.New(r.Context(), b.URL, b.Types, b.Commission, "key:"+r.key.ID)
	if err != nil {
		return 0, nil, err
	}
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddWebhook(ctx, w); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{
			At: s.Now(), Actor: w.Actor, Action: "webhook.created", Object: w.ID, Detail: map[string]string{"commission": w.Commission},
		})
	})
	v := webhookOf(w, nil)
	v.Secret = string(w.Secret.Current)
	return http.StatusCreated, v, err
}

// myWebhook returns a webhook that the key may see.
func (s *server) myWebhook(r *request) (webhook.Webhook, error) {
	w, err := s.Store.Webhook(r.Context(), r.PathValue("id"))
	if err == nil && (w.State == webhook.Removed || r.key.Commission != "" && w.Commission != r.key.Commission) {
		err = dossier.Refusef(dossier.NotFound, "no such webhook")
	}
	return w, err
}

func (s *server) viewWebhook(r *request, w webhook.Webhook) (int, any, error) {
	counts, err := s.Store.DeliveryCounts(r.Context(), w.ID)
	return http.StatusOK, webhookOf(w, counts), err
}

func (s *server) getWebhook(_ http.ResponseWriter, r *request) (int, any, error) {
	w, err := s.myWebhook(r)
	if err != nil {
		return 0, nil, err
	}
	return s.viewWebhook(r, w)
}

func (s *server) listWebhooks(_ http.ResponseWriter, r *request) (int, any, error) {
	list, err := s.Store.Webhooks(r.Context(), r.key.Commission)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Webhooks []webhookView `json:"webhooks"`
	}{Webhooks: []webhookView{}}
	for _, w := range list {
		counts, err := s.Store.DeliveryCounts(r.Context(), w.ID)
		if err != nil {
			return 0, nil, err
		}
		out.Webhooks = append(out.Webhooks, webhookOf(w, counts))
	}
	return http.StatusOK, out, nil
}

// changeWebhook writes an act on a webhook together with its audit line.
func (s *server) changeWebhook(r *request, action string, act func(ctx context.Context, tx *store.Tx, id string) error) (webhook.Webhook, error) {
	w, err := s.myWebhook(r)
	if err != nil {
		return w, err
	}
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := act(ctx, tx, w.ID); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: action, Object: w.ID})
	})
	if err != nil {
		return w, err
	}
	return s.Store.Webhook(r.Context(), w.ID)
}

func (s *server) steerTo(r *request, to webhook.State) (webhook.Webhook, error) {
	return s.changeWebhook(r, "webhook."+string(to), func(ctx context.Context, tx *store.Tx, id string) error {
		_, err := s.Webhooks.Steer(ctx, tx, id, to)
		return err
	})
}

func (s *server) removeWebhook(_ http.ResponseWriter, r *request) (int, any, error) {
	_, err := s.steerTo(r, webhook.Removed)
	return http.StatusNoContent, nil, err
}

// steerWebhook pauses, resumes or gives a new secret.
func (s *server) steerWebhook(_ http.ResponseWriter, r *request) (int, any, error) {
	var w webhook.Webhook
	var err error
	switch r.PathValue("act") {
	case "pause":
		w, err = s.steerTo(r, webhook.Paused)
	case "resume":
		w, err = s.steerTo(r, webhook.Active)
	case "rotate":
		return s.rotateWebhook(r)
	default:
		return 0, nil, noSuchAddress
	}
	if err != nil {
		return 0, nil, err
	}
	return s.viewWebhook(r, w)
}

func (s *server) rotateWebhook(r *request) (int, any, error) {
	secret := ""
	w, err := s.changeWebhook(r, "webhook.rotated", func(ctx context.Context, tx *store.Tx, id string) error {
		shown, err := s.Webhooks.Rotate(ctx, tx, id)
		secret = string(shown)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	counts, err := s.Store.DeliveryCounts(r.Context(), w.ID)
	v := webhookOf(w, counts)
	v.Secret = secret
	return http.StatusOK, v, err
}

// deliveryView is one delivery.
type deliveryView struct {
	ID          string                `json:"id"`
	Event       string                `json:"event"`
	Position    int64                 `json:"position"`
	State       webhook.DeliveryState `json:"state"`
	Attempts    int                   `json:"attempts"`
	Status      int                   `json:"status,omitempty"`
	At          time.Time             `json:"at"`
	DeliveredAt *time.Time            `json:"delivered_at,omitempty"`
}

func (s *server) listDeliveries(_ http.ResponseWriter, r *request) (int, any, error) {
	w, err := s.myWebhook(r)
	if err != nil {
		return 0, nil, err
	}
	q, limit := r.URL.Query(), limitOf(r)
	list, err := s.Store.Deliveries(r.Context(), w.ID, q.Get("state"), q.Get("cursor"), limit+1)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Deliveries []deliveryView `json:"deliveries"`
		Next       string         `json:"next,omitempty"`
	}{Deliveries: []deliveryView{}}
	for i, d := range list {
		if i == limit {
			out.Next = list[i-1].ID
			break
		}
		out.Deliveries = append(out.Deliveries, deliveryView{
			ID: d.ID, Event: d.Event, Position: d.Position, State: d.State, Attempts: d.Attempts, Status: d.Status, At: d.At, DeliveredAt: when(d.DeliveredAt),
		})
	}
	return http.StatusOK, out, nil
}
