package eds

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
)

// Keys of a certificate's subject.
const (
	oidPINFL = "1.2.860.3.16.1.2"
	oidTIN   = "1.2.860.3.16.1.1" // of the organisation; missing for a natural person
)

// Status codes of verification. -20 means something else at auth.
const (
	statusGood      = 1
	statusUnknown   = -1  // certificate status could not be checked
	statusClock     = -5  // auth only: the signer's clock
	statusInvalid   = -10 // signature
	statusUntrusted = -11 // certificate
	statusExpired   = -12 // certificate, on the signing date
	statusTwenty    = -20 // verify: the timestamp's certificate status; auth: no such challenge
)

var verdicts = map[int]signature.Reason{
	statusInvalid: signature.Invalid, statusUntrusted: signature.Untrusted, statusExpired: signature.Expired,
	-21: signature.BadTimestamp, -22: signature.BadTimestamp, -23: signature.BadTimestamp,
}

type verifyAnswer struct {
	envelope
	Info *struct {
		Signers  []signer `json:"signers"`
		Document string   `json:"documentBase64"`
	} `json:"pkcs7Info"`
}

type signer struct {
	SigningTime string        `json:"signingTime"`
	Certificate []certificate `json:"certificate"`
	Stamp       *stamp        `json:"timeStampInfo"`
	Verified    bool          `json:"verified"` // absent is false: not verified
	checked
}

type stamp struct {
	Time           string `json:"time"`
	Verified       bool   `json:"verified"`
	DigestVerified bool   `json:"digestVerified"`
	checked
}

// checked is what the server found out about a certificate.
type checked struct {
	CertificateVerified bool   `json:"certificateVerified"`
	ValidThen           bool   `json:"certificateValidAtSigningTime"`
	StatusUpdatedAt     string `json:"statusUpdatedAt"`
	Revoked             *struct {
		Time string `json:"revocationTime"`
	} `json:"revokedStatusInfo"`
	Exception string `json:"exception"`
}

type certificate struct {
	Serial    string            `json:"serialNumber"`
	ValidFrom string            `json:"validFrom"`
	ValidTo   string            `json:"validTo"`
	Subject   map[string]string `json:"subjectInfo"`
}

// VerifyAttached verifies a PKCS#7 envelope (DER) that carries its document,
// and that this is the document given.
func (c *Client) VerifyAttached(ctx context.Context, pkcs7, document []byte) (signature.Verdict, error) {
	return c.verify(ctx, "verify-attached", func(a verifyAnswer) bool {
		signed, err := base64.StdEncoding.DecodeString(a.Info.Document)
		return err == nil && len(signed) > 0 && bytes.Equal(signed, document)
	}, pkcs7)
}

// VerifyDetached verifies a PKCS#7 envelope (DER) over the document given: the
// bytes are ours, never a copy of the signer's.
func (c *Client) VerifyDetached(ctx context.Context, document, pkcs7 []byte) (signature.Verdict, error) {
	return c.verify(ctx, "verify-detached", func(verifyAnswer) bool { return true }, document, pkcs7)
}

func (c *Client) verify(ctx context.Context, id string, same func(verifyAnswer) bool, parts ...[]byte) (signature.Verdict, error) {
	var v signature.Verdict
	err := c.send(ctx, id, func(body []byte) (err error) {
		v, err = c.judge(body, same)
		return err
	}, parts...)
	if err != nil {
		return signature.Verdict{}, err
	}
	return v, nil
}

// judge applies the checks in their order; the first that fails gives the
// reason. Each is made for every signer before the next one.
func (c *Client) judge(body []byte, same func(verifyAnswer) bool) (signature.Verdict, error) {
	var a verifyAnswer
	status, err := decodeStatus(body, &a, &a.envelope)
	if err != nil {
		return signature.Verdict{}, err
	}
	switch status {
	case statusGood:
	case statusUnknown, statusTwenty:
		return signature.Verdict{}, outage(status)
	default:
		return c.refused(a)
	}
	if a.Info == nil {
		return signature.Verdict{}, breach("field %q is missing", "pkcs7Info")
	}
	signers, err := c.signers(a)
	if err != nil {
		return signature.Verdict{}, err
	}
	reason, err := c.reason(a.Info.Signers, signers, func() bool { return same(a) })
	if err != nil {
		return signature.Verdict{}, err
	}
	return signature.Verdict{Trusted: reason == "", Reason: reason, Signers: signers}, nil
}

// refused reads a status that is a verdict. A revoked certificate is named as
// such where the answer tells.
func (c *Client) refused(a verifyAnswer) (signature.Verdict, error) {
	reason, ok := verdicts[*a.Status]
	if !ok {
		return signature.Verdict{}, unknownStatus(*a.Status)
	}
	v := signature.Verdict{Reason: reason}
	if a.Info == nil {
		return v, nil
	}
	if reason == signature.Untrusted || reason == signature.Expired {
		for _, s := range a.Info.Signers {
			if s.Revoked != nil {
				v.Reason = signature.Revoked
			}
		}
	}
	if signers, err := c.signers(a); err == nil { // a bad signature's details may be unreadable
		v.Signers = signers
	}
	return v, nil
}

func (c *Client) reason(raw []signer, read []signature.Signer, same func() bool) (signature.Reason, error) {
	if len(raw) == 0 {
		return signature.NoSigner, nil
	}
	for _, check := range []func(signer) (signature.Reason, error){sound, c.inForce, c.stamped} {
		for _, s := range raw {
			if r, err := check(s); r != "" || err != nil {
				return r, err
			}
		}
	}
	for i, s := range raw {
		from, to, err := c.term(s.Certificate[0])
		if err != nil {
			return "", err
		}
		if at := read[i].SignedAt; at.Before(from) || at.After(to) {
			return signature.OutsideWindow, nil
		}
	}
	for _, s := range read {
		if s.PINFL == "" {
			return signature.NoPINFL, nil
		}
	}
	if !same() {
		return signature.OtherContent, nil
	}
	seen := map[personal.PINFL]bool{}
	for _, s := range read {
		if seen[s.PINFL] {
			return signature.SignerTwice, nil
		}
		seen[s.PINFL] = true
	}
	return "", nil
}

// sound: an explicit or implied false overrides status 1.
func sound(s signer) (signature.Reason, error) {
	switch {
	case !s.Verified:
		return signature.Invalid, nil
	case !s.CertificateVerified:
		return signature.Untrusted, nil
	case !s.ValidThen:
		return signature.Expired, nil
	}
	return "", nil
}

// inForce: not revoked, nothing went wrong, and the status is fresh.
func (c *Client) inForce(s signer) (signature.Reason, error) {
	switch {
	case s.Revoked != nil:
		return signature.Revoked, nil
	case s.Exception != "":
		return signature.Invalid, nil
	case s.StatusUpdatedAt == "":
		return "", nil
	}
	at, err := c.time("statusUpdatedAt", s.StatusUpdatedAt)
	if err != nil {
		return "", err
	}
	if c.now().Sub(at) > c.cfg.StatusAge {
		return "", &fault.Fault{
			Kind: fault.Unavailable, Code: "status_stale", Err: errors.New("the server knows only an old status of the certificate"),
			Hint: "compare the clocks of the server and of this machine, then the server's link to the certification authority",
		}
	}
	return "", nil
}

// stamped: a timestamp must be good; without one the signer's own clock must be
// close to ours, which only fits signing that happens now.
func (c *Client) stamped(s signer) (signature.Reason, error) {
	if t := s.Stamp; t != nil {
		if !t.Verified || !t.DigestVerified || !t.CertificateVerified || !t.ValidThen || t.Revoked != nil || t.Exception != "" {
			return signature.BadTimestamp, nil
		}
		return "", nil
	}
	at, err := c.time("signingTime", s.SigningTime)
	if err != nil || c.now().Sub(at).Abs() > c.cfg.ClockSkew {
		return signature.NoTimestamp, nil //nolint:nilerr // a clock that tells nothing proves nothing
	}
	return "", nil
}

func (c *Client) term(cert certificate) (from, to time.Time, err error) {
	if from, err = c.time("validFrom", cert.ValidFrom); err != nil {
		return from, to, err
	}
	to, err = c.time("validTo", cert.ValidTo)
	return from, to, err
}

// signers reads who signed and when.
func (c *Client) signers(a verifyAnswer) ([]signature.Signer, error) {
	out := make([]signature.Signer, 0, len(a.Info.Signers))
	for _, s := range a.Info.Signers {
		if len(s.Certificate) == 0 {
			return nil, breach("a signer without a certificate")
		}
		one := person(s.Certificate[0].Subject)
		one.Serial = s.Certificate[0].Serial
		text := s.SigningTime
		if s.Stamp != nil {
			text, one.ByStamp = s.Stamp.Time, true
		}
		at, err := c.time("signing time", text)
		if err != nil && (s.Stamp != nil || text != "") {
			return nil, err
		}
		one.SignedAt = at
		out = append(out, one)
	}
	return out, nil
}

// person reads a certificate's subject. An old certificate has no PINFL.
func person(subject map[string]string) signature.Signer {
	s := signature.Signer{TIN: subject[oidTIN], Name: subject["CN"]}
	if pin := subject[oidPINFL]; len(pin) == 14 && strings.Trim(pin, "0123456789") == "" {
		s.PINFL = personal.PINFL(pin)
	}
	return s
}

// time reads a time that names no zone (or, should a server name one, RFC 3339).
func (c *Client) time(field, s string) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateTime, s, c.cfg.Zone); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, breach("field %q is not a time", field)
}
