// Package sms sends short messages through a gateway of the market. It owns the
// wire of each provider, the making of texts that fit the GSM alphabet and the
// counting of parts. It never decides to send again: a message whose outcome is
// unknown comes back as an uncertain fault, and the caller asks or leaves it.
package sms

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"github.com/saylovhub/hub/contracts/personal"
)

// Message is one message to one person.
type Message struct {
	ID       string         // ours, 1 to 20 characters, the same at every attempt (NewID)
	To       personal.Phone // 998 and nine digits
	Text     string         // sent as Normalise leaves it
	Priority string         // low, normal, high or realtime; normal when empty
}

// Provider is one gateway. Send returns nil when the gateway took the message
// for delivery, which is not yet delivery; else a *fault.Fault, whose Uncertain
// says that the message may have been taken all the same.
type Provider interface {
	Name() string
	Deduplicates() bool // a repeated message id is dropped by the gateway
	Send(ctx context.Context, m Message) error
}

// NewID makes a message id: 96 random bits in 20 characters, the longest that
// gateways take.
func NewID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}
