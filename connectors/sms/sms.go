// Package sms sends short messages through a gateway of the market. It owns the
// wire of each provider (Playmobile, Eskiz), the reading of their delivery
// reports, the making of texts that fit the GSM alphabet and the counting of
// parts. It never decides to send again: a message whose outcome is unknown
// comes back as an uncertain fault, and the caller asks or leaves it. The wire
// is described in contracts/external; what of it is assumed stands in assumed.go.
package sms

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

// Message is one message to one person.
type Message struct {
	ID       string         // ours, 1 to 20 characters, the same at every attempt (NewID)
	To       personal.Phone // 998 and nine digits
	Text     string         // sent as Normalise leaves it
	Priority string         // low, normal, high or realtime; normal when empty
	Secret   bool           // the text holds a one-time code: it stays out of the exchange record
}

// Provider is one gateway.
//
// Send returns nil when the gateway took the message for delivery, which is not
// yet delivery: only a report or an answer to Ask tells that. ref is the
// gateway's own number of the message, by which it is asked later; empty where
// the gateway gives none.
//
// Any other outcome is a *fault.Fault. With Uncertain false the message was
// surely not taken (the connection was never made, the breaker was open, the
// login failed, the gateway refused it): another gateway may be tried. With
// Uncertain true it may have been taken all the same: it may be sent again, with
// the same id and to the same gateway, only if that gateway Deduplicates;
// otherwise it is asked about (Asker) or left to a person.
type Provider interface {
	Name() string
	Deduplicates() bool // a repeated message id is dropped by the gateway
	Send(ctx context.Context, m Message) (ref string, err error)
}

// NewID makes a message id: 96 random bits in 20 characters, the longest that
// gateways take.
func NewID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

var priorities = []string{"low", "normal", "high", "realtime"}

// check refuses what no gateway would take, before it costs an exchange.
func check(m Message) *fault.Fault {
	switch {
	case m.ID == "" || len(m.ID) > 20:
		return &fault.Fault{Kind: fault.Defect, Err: errors.New("the message id must be 1 to 20 characters")}
	case m.Priority != "" && !slices.Contains(priorities, m.Priority):
		return &fault.Fault{Kind: fault.Defect, Err: fmt.Errorf("the priority must be one of %v", priorities)}
	case strings.TrimSpace(Normalise(m.Text)) == "":
		return &fault.Fault{Kind: fault.Rejected, Code: "no_text", Err: errors.New("the message has no text")}
	}
	if to, err := personal.ParsePhone(string(m.To)); err != nil || to != m.To {
		return &fault.Fault{Kind: fault.Rejected, Code: "bad_number", Err: errors.New("the number is not 998 and nine digits"), Hint: hintNumber}
	}
	return nil
}

const hintNumber = "correct the person's telephone number"
