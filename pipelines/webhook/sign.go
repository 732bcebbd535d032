package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// Headers of a delivery.
const (
	HeaderID        = "webhook-id"        // of the event: the same in every repetition
	HeaderTimestamp = "webhook-timestamp" // seconds since 1970, of this try
	HeaderSignature = "webhook-signature" // v1,BASE64 one or several, a space between
)

// Tolerance is how far a receiver lets a delivery's time be from its own clock.
const Tolerance = 5 * time.Minute

// overlap is how long a replaced secret still signs beside the new one.
const overlap = 24 * time.Hour

// secretPrefix begins every secret, so that one is known when it is found where it
// should not be.
const secretPrefix = "whsec_"

// Secret signs a webhook's deliveries; Previous does so too until a time.
type Secret struct {
	Current  personal.Secret `json:"current"`
	Previous personal.Secret `json:"previous"`
	Until    time.Time       `json:"until"`
}

// newSecret makes one of 32 random bytes.
func newSecret() (personal.Secret, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("making a secret: %w", err)
	}
	return personal.Secret(secretPrefix + base64.StdEncoding.EncodeToString(key)), nil
}

// next is the secret after a rotation.
func (s Secret) next(now time.Time) (Secret, error) {
	fresh, err := newSecret()
	return Secret{Current: fresh, Previous: s.Current, Until: now.Add(overlap)}, err
}

// sign is the value of HeaderSignature at a time.
func (s Secret) sign(id string, at time.Time, body []byte) (string, error) {
	out, err := Sign(s.Current, id, at, body)
	if err != nil || s.Previous == "" || !at.Before(s.Until) {
		return out, err
	}
	old, err := Sign(s.Previous, id, at, body)
	return out + " " + old, err
}

// Sign signs id, time and body with a secret: "v1," and the HMAC-SHA256 in base64.
func Sign(secret personal.Secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(secret), secretPrefix))
	if err != nil || len(key) == 0 {
		return "", errors.New("a webhook's secret is not base64")
	}
	m := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(m, "%s.%d.", id, at.Unix()) // writing to a hash does not fail
	_, _ = m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)), nil
}

// What Verify finds wrong.
var (
	ErrSignature = errors.New("the signature is not of this secret, time and body")
	ErrTimestamp = errors.New("the time of the delivery is too far from now")
)

// Verify is what a receiver does with a delivery: it returns the event's id, by
// which repetitions are known, once signature and time are right.
func Verify(secret personal.Secret, header http.Header, body []byte, now time.Time) (id string, err error) {
	id = header.Get(HeaderID)
	seconds, err := strconv.ParseInt(header.Get(HeaderTimestamp), 10, 64)
	if err != nil {
		return "", ErrTimestamp
	}
	at := time.Unix(seconds, 0)
	if away := now.Sub(at).Abs(); away > Tolerance {
		return "", ErrTimestamp
	}
	want, err := Sign(secret, id, at, body)
	if err != nil {
		return "", err
	}
	for got := range strings.FieldsSeq(header.Get(HeaderSignature)) {
		if subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 {
			return id, nil
		}
	}
	return "", ErrSignature
}
