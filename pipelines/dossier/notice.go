package dossier

import (
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// NoticeState says how far a notice has come.
type NoticeState string

// The states of a notice.
const (
	NoticeQueued  NoticeState = "queued"
	NoticeSending NoticeState = "sending" // committed before a provider is called
	NoticeSent    NoticeState = "sent"    // a provider took it
	NoticeFailed  NoticeState = "failed"
	NoticeExpired NoticeState = "expired" // of no use any more: its text is wiped
)

// Delivery is what a provider says of a message after it took it; empty: nothing
// yet.
type Delivery string

// The states of delivery. Delivered and undelivered are final.
const (
	Absent      Delivery = "absent"    // the provider does not know the message
	InFlight    Delivery = "in_flight" // on its way
	Unknown     Delivery = "unknown"   // nothing final was said while it was asked about
	Delivered   Delivery = "delivered"
	Undelivered Delivery = "undelivered"
)

// knowledge orders what is said of a delivery by how much it says.
var knowledge = map[Delivery]int{"": 0, Absent: 1, InFlight: 2, Unknown: 3, Delivered: 4, Undelivered: 4}

// Final reports that nothing said later changes it.
func (d Delivery) Final() bool { return knowledge[d] == knowledge[Delivered] }

// Taken reports that the provider must have taken a message to say so.
func (d Delivery) Taken() bool { return d == InFlight || d.Final() }

// Then is the delivery after a provider said next: reports come late, twice and
// in any order, so that only what says more than what is known counts.
func (d Delivery) Then(next Delivery) Delivery {
	if knowledge[next] > knowledge[d] {
		return next
	}
	return d
}

// Notice is one SMS to one participant.
type Notice struct {
	ID          string
	Key         string // notice, subject and event: a second one is never made
	Application string // empty: it follows from no application
	Mailing     string // empty: it is part of none
	Subject     string
	Notice      string // catalogue id
	Recipient   string // subject, applicant, chair, ...: by role
	Language    string
	Phone       personal.Phone
	Text        string // empty once a secret one is sent or expired
	Parts       int
	Priority    string // low, normal, high or realtime; empty: normal
	Secret      bool   // the text holds a code: it is wiped as soon as it has served
	Provider    string // who is called or took it; empty while queued
	MessageID   string // chosen by us, 20 characters, the same at every provider
	Ref         string // the provider's own id, if it gave one
	Refused     []string
	Round       int // times it went on to another provider or was queued anew
	State       NoticeState
	At          time.Time
	ExpiresAt   time.Time // after it the notice is not sent any more; zero: never
	CalledAt    time.Time // when the provider was last called
	SentAt      time.Time
	Delivery    Delivery
	Word        string // the provider's own word for Delivery
	DeliveredAt time.Time
}
