package notice

import (
	"context"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Message is one SMS as a provider gets it.
type Message struct {
	ID       string // ours, 20 characters, the same at every attempt and every provider
	To       personal.Phone
	Text     string
	Priority string // low, normal, high or realtime
	Secret   bool   // the text holds a code: no record may keep it
}

// Provider sends one text message. Send returns the provider's own id of the
// message (empty where it gives none) once it took it. A fault that is Uncertain
// leaves open whether it did; so does an error that is no fault.
type Provider interface {
	Name() string
	Deduplicates() bool // a repeat of a message id is no second SMS
	Send(ctx context.Context, m Message) (ref string, err error)
}

// Query asks after a message.
type Query struct {
	ID     string // ours
	Ref    string // the provider's; empty when its answer was lost
	To     personal.Phone
	SentAt time.Time // when it was handed over
}

// Asker is a provider that can be asked what became of a message. Absent means
// that it knows nothing of it, Unknown that its answer says nothing.
type Asker interface {
	Ask(ctx context.Context, q Query) (Report, error)
}

// Report is what a provider says of a message, asked or by itself. It names the
// message by our ID, by its own Ref, or by both.
type Report struct {
	ID, Ref string
	State   dossier.Delivery
	Word    string    // the provider's own
	At      time.Time // zero: the provider does not say
}

// StageOf names the stage in which a provider sends.
func StageOf(provider string) string { return "notice." + provider }

// AskStageOf names the stage in which a provider is asked.
func AskStageOf(provider string) string { return "notice.ask." + provider }
