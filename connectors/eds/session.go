package eds

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

// Challenge is a text to sign in order to prove who one is, good for one use.
type Challenge struct {
	Text string
	Life time.Duration
}

// Challenge fetches a fresh one.
func (c *Client) Challenge(ctx context.Context) (Challenge, error) {
	var a struct {
		envelope
		Challenge string `json:"challenge"`
		TTL       int    `json:"ttl"` // seconds
	}
	err := c.send(ctx, "challenge", func(body []byte) error {
		if err := readSimple(body, &a, &a.envelope); err != nil {
			return err
		}
		if a.Challenge == "" || len(a.Challenge) > longestChallenge || a.TTL <= 0 || a.TTL > longestLife {
			return breach("%q or %q is missing, or out of bounds", "challenge", "ttl")
		}
		return nil
	})
	if err != nil {
		return Challenge{}, err
	}
	return Challenge{Text: a.Challenge, Life: time.Duration(a.TTL) * time.Second}, nil
}

// Auth verifies a signature (DER) over a challenge and uses the challenge up. A
// trusted verdict names one signer, without a time: the server tells none.
func (c *Client) Auth(ctx context.Context, pkcs7 []byte) (signature.Verdict, error) {
	var v signature.Verdict
	err := c.send(ctx, "auth", func(body []byte) (err error) {
		v, err = readAuth(body)
		return err
	}, pkcs7)
	if err != nil {
		return signature.Verdict{}, err
	}
	return v, nil
}

func readAuth(body []byte) (signature.Verdict, error) {
	var a struct {
		envelope
		Certificate *struct {
			Serial  string            `json:"serialNumber"`
			Subject map[string]string `json:"subjectName"` // a map here, flat text elsewhere
		} `json:"subjectCertificateInfo"`
	}
	status, err := readStatus(body, &a, &a.envelope)
	if err != nil {
		return signature.Verdict{}, err
	}
	switch status {
	case statusGood:
	case statusUnknown:
		return signature.Verdict{}, outage(status)
	case statusTwenty:
		return signature.Verdict{}, &fault.Fault{
			Kind: fault.Rejected, Code: "challenge_unknown", Err: errors.New("the challenge has expired or was used before"),
			Hint: "sign in again; with several servers, check that they share one Redis",
		}
	case statusClock:
		return signature.Verdict{Reason: signature.NoTimestamp}, nil
	case statusInvalid, statusUntrusted, statusExpired:
		return signature.Verdict{Reason: verdicts[status]}, nil
	default:
		return signature.Verdict{}, unknownStatus(status)
	}
	if a.Certificate == nil {
		return signature.Verdict{}, breach("field %q is missing", "subjectCertificateInfo")
	}
	s, err := person(a.Certificate.Subject, a.Certificate.Serial)
	if err != nil {
		return signature.Verdict{}, err
	}
	v := signature.Verdict{Trusted: s.PINFL != "", Signers: []signature.Signer{s}}
	if !v.Trusted {
		v.Reason = signature.NoPINFL
	}
	return v, nil
}

// Timestamp adds a timestamp to every signer of an envelope (DER) that has
// none and returns the envelope. It proves that the signature was there now:
// of an envelope without a timestamp, which its signer has only just made, it
// is asked before verifying, so that the verdict still holds later.
func (c *Client) Timestamp(ctx context.Context, pkcs7 []byte) ([]byte, error) {
	return c.rebuilt(ctx, "timestamp", pkcs7)
}

// Join puts the signers of two attached envelopes (DER) over the same document
// into one: how the members of a commission sign one protocol.
func (c *Client) Join(ctx context.Context, a, b []byte) ([]byte, error) {
	return c.rebuilt(ctx, "join", a, b)
}

// MakeAttached puts the document into a detached envelope (DER) over it.
func (c *Client) MakeAttached(ctx context.Context, document, detached []byte) ([]byte, error) {
	return c.rebuilt(ctx, "make-attached", document, detached)
}

func (c *Client) rebuilt(ctx context.Context, id string, parts ...[]byte) ([]byte, error) {
	var der []byte
	err := c.send(ctx, id, func(body []byte) (err error) {
		var a struct {
			envelope
			PKCS7 string `json:"pkcs7b64"`
		}
		if err := readSimple(body, &a, &a.envelope); err != nil {
			return err
		}
		if der, err = base64.StdEncoding.DecodeString(a.PKCS7); err != nil || len(der) == 0 {
			return breach("field %q is not an envelope in base64", "pkcs7b64")
		}
		return nil
	}, parts...)
	if err != nil {
		return nil, err
	}
	return der, nil
}

// readSimple reads the answers of which only "1 or not 1" is published. Not 1
// is taken for the request's fault; an outage of the server is HTTP 503.
func readSimple(body []byte, v any, e *envelope) error {
	status, err := readStatus(body, v, e)
	switch {
	case err != nil:
		return err
	case status == statusUnknown:
		return outage(status)
	case status != statusGood:
		return &fault.Fault{
			Kind: fault.Rejected, Code: "status_" + strconv.Itoa(status), Err: errors.New("the server refused"),
			Hint: "joining needs two attached envelopes over the same document, attaching a detached one",
		}
	}
	return nil
}
