package sms

import (
	"context"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// State is what is known of a message that a gateway took. The set is closed.
type State string

// The states.
const (
	// InFlight: taken, not yet decided. Parts may have arrived.
	InFlight State = "in_flight"
	// Delivered: the telephone has it. Final.
	Delivered State = "delivered"
	// Undelivered: refused, blocked, expired or deleted on the way. Final.
	Undelivered State = "undelivered"
	// Unknown: the gateway's word is none that we know, or says that it does
	// not know itself. It decides nothing.
	Unknown State = "unknown"
	// Absent: asked, the gateway knows no such message. At once it proves
	// nothing, for lists lag behind: only when it stays so for a while was the
	// message probably never taken, and a person decides.
	Absent State = "absent"
)

// States lists every state.
func States() []State { return []State{InFlight, Delivered, Undelivered, Unknown, Absent} }

// Final reports that no later report changes the state.
func (s State) Final() bool { return s == Delivered || s == Undelivered }

// Report is what a gateway tells of one message, by itself or asked. Reports
// come late, twice and in any order: At decides, not the order of arrival.
type Report struct {
	MessageID string    // ours; may be empty where only Ref is told
	Ref       string    // the gateway's own; empty where it has none
	State     State     // never empty
	Word      string    // the gateway's word in lower case with underscores; "other" for what is no word
	At        time.Time // of the state; zero when not told or not readable
	Parts     int       // SMS it was sent in; 0 when not told
}

// Query asks for one message.
type Query struct {
	ID     string         // our message id
	Ref    string         // the gateway's, as Send returned it; empty when its answer was lost
	To     personal.Phone // whom it was sent to; not every gateway needs it
	SentAt time.Time      // when Send was called; needed without Ref
}

// Asker is a gateway that can be asked what became of a message. A message it
// does not know is the State Absent, not a fault.
type Asker interface {
	Ask(ctx context.Context, q Query) (Report, error)
}

// states gives each word of a gateway its meaning. The words of messages and of
// their parts are taken alike, for callbacks mix them.
var states = map[string]State{
	// Playmobile.
	"transmitted": InFlight, "accepted": InFlight, "sent": InFlight, "enroute": InFlight,
	"delivered":     Delivered,
	"not_delivered": Undelivered, "undeliverable": Undelivered, "failed": Undelivered, "rejected": Undelivered, "deleted": Undelivered,
	"expired": Undelivered,
	// Eskiz, messages. Some parts are there, others still may come.
	"new": InFlight, "stored": InFlight, "waiting": InFlight, "partdelivered": InFlight,
	// Eskiz, parts: the words of SMPP.
	"delivrd": Delivered, "undeliv": Undelivered, "rejectd": Undelivered, "unknown": Unknown,
}

// stateOf reads a gateway's word whatever its case, with - and _ equal.
func stateOf(told string) (State, string) {
	w := word(told)
	if s, ok := states[w]; ok {
		return s, w
	}
	return Unknown, w
}

// word keeps what looks like a word and nothing else: the rest of the hub
// stores and prints it.
func word(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 40 {
		return "other"
	}
	s = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s))
	for _, c := range s {
		if (c < 'a' || c > 'z') && c != '_' {
			return "other"
		}
	}
	return s
}
