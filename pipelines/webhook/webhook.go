package webhook

import (
	"context"
	"time"

	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// StageDeliver posts deliveries.
const StageDeliver = "webhook.deliver"

// State says what a webhook does.
type State string

// The states of a webhook.
const (
	Active  State = "active"
	Paused  State = "paused"  // nothing is sent; what comes meanwhile is sent afterwards
	Removed State = "removed" // end
)

// Webhook is somebody who is told of events.
type Webhook struct {
	ID         string
	Commission string // empty: every one's events
	URL        string
	Types      []event.Type // empty: every type
	Secret     Secret
	State      State
	Position   int64 // of the last event looked at
	Actor      string
	At         time.Time
}

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	Waiting   DeliveryState = "waiting" // for its turn, its next try or the end of a pause
	Delivered DeliveryState = "delivered"
	Failed    DeliveryState = "failed" // its job is a failure: an operator replays it
)

// Delivery is one event to one webhook.
type Delivery struct {
	ID          string
	Webhook     string
	Event       string // id
	Position    int64  // of the event
	State       DeliveryState
	Attempts    int
	Status      int // of the last answer, HTTP; 0: there was none
	At          time.Time
	DeliveredAt time.Time
}

// Store is what webhooks read.
type Store interface {
	Webhook(ctx context.Context, id string) (Webhook, error)
	// ActiveWebhooks returns those that are active, without their secrets.
	ActiveWebhooks(ctx context.Context) ([]Webhook, error)
	Delivery(ctx context.Context, id string) (Delivery, error)
	EventAt(ctx context.Context, position int64) (event.Stored, error)
	// EventsFor returns events that a webhook is told of after its position, and the
	// position up to which there is no other.
	EventsFor(ctx context.Context, w Webhook, limit int) (list []event.Stored, upTo int64, err error)
	StreamEnd(ctx context.Context) (int64, error)
	// WriteWebhooks runs a transaction; it may run more than once.
	WriteWebhooks(ctx context.Context, f func(ctx context.Context, tx Tx) error) error
}

// Tx is what webhooks write.
type Tx interface {
	queue.Tx
	AddWebhook(ctx context.Context, w Webhook) error
	WebhookNow(ctx context.Context, id string) (Webhook, error) // and keeps it for the transaction
	SaveWebhook(ctx context.Context, w Webhook) error           // state and secret
	MoveWebhook(ctx context.Context, id string, position int64) error
	AddDeliveries(ctx context.Context, list []Delivery) error
	// DeliveryNow returns a delivery and keeps it for the transaction.
	DeliveryNow(ctx context.Context, id string) (Delivery, error)
	SaveDelivery(ctx context.Context, d Delivery) error
	WaitingDeliveries(ctx context.Context, webhook string) ([]string, error)
}

// priority of deliveries: after what people wait for.
const priority = 60

// Job delivers; a webhook's take turns with those of others.
func (h *Hooks) job(webhook, delivery, again string) queue.New {
	return queue.New{
		Applicant: "webhook:" + webhook, Stage: StageDeliver, Ref: delivery, Key: "webhook:" + delivery + again, Priority: priority, Limit: h.Limit,
	}
}
