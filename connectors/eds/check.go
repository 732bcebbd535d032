package eds

import (
	"bytes"
	"encoding/base64"
	"errors"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

// reason applies the checks in their order; the first that fails names it. Each
// is made for every signer before the next one.
func (c *Client) reason(a verifyAnswer, read []told, q question) (signature.Reason, error) {
	if len(read) == 0 {
		return signature.NoSigner, nil
	}
	for _, check := range []func(told) (signature.Reason, error){
		sound, c.inForce, c.stamped,
		func(t told) (signature.Reason, error) { return c.inTime(t, q.want) },
		func(t told) (signature.Reason, error) { return named(t, q.want), nil },
	} {
		for _, t := range read {
			if r, err := check(t); r != "" || err != nil {
				return r, err
			}
		}
	}
	if !same(a.Info.Document, q) {
		return signature.OtherContent, nil
	}
	signers := make([]signature.Signer, len(read))
	for i, t := range read {
		signers[i] = t.Signer
	}
	return q.want.Complete(signers), nil
}

// sound: an explicit or implied false overrides status 1.
func sound(t told) (signature.Reason, error) {
	switch {
	case !t.raw.Verified:
		return signature.Invalid, nil
	case !t.raw.CertificateVerified:
		return signature.Untrusted, nil
	case !t.raw.ValidThen:
		return signature.Expired, nil
	}
	return "", nil
}

// inForce: not revoked, nothing went wrong, and the status is fresh. One that
// is too old, or of a clock that is not ours, is no verdict: it is asked again.
func (c *Client) inForce(t told) (signature.Reason, error) {
	switch {
	case t.raw.Revoked != nil:
		return signature.Revoked, nil
	case t.raw.Exception != "":
		return signature.Invalid, nil
	case t.raw.StatusUpdatedAt == "" && c.cfg.AllowNoStatus:
		return "", nil
	case t.raw.StatusUpdatedAt == "":
		return "", &fault.Fault{
			Kind: fault.Breach, Code: "status_undated", Err: errors.New("the server does not say how old the certificate's status is"),
			Hint: "when this version of the server never does: eds.allow_no_status",
		}
	}
	at, err := c.time("statusUpdatedAt", t.raw.StatusUpdatedAt)
	if err != nil {
		return "", err
	}
	if age := c.now().Sub(at); age > c.cfg.StatusAge || age < -c.cfg.ClockSkew {
		return "", &fault.Fault{
			Kind: fault.Unavailable, Code: "status_stale", Err: errors.New("the server knows only an old status of the certificate, or one of the future"),
			Hint: "compare the clocks of the server and of this machine, then the server's link to the certification authority",
		}
	}
	return "", nil
}

// stamped: a timestamp must be good; without one, where that is allowed, the
// signer's own clock must be close to ours, which only fits signing that
// happens now.
func (c *Client) stamped(t told) (signature.Reason, error) {
	if s := t.raw.Stamp; s != nil {
		if !s.Verified || !s.DigestVerified || !s.CertificateVerified || !s.ValidThen || s.Revoked != nil || s.Exception != "" {
			return signature.BadTimestamp, nil
		}
		return "", nil
	}
	if c.cfg.RequireTimestamp || t.claimed.IsZero() || c.now().Sub(t.claimed).Abs() > c.cfg.ClockSkew {
		return signature.NoTimestamp, nil
	}
	return "", nil
}

// inTime: signed within the certificate's term and the act's legal window.
func (c *Client) inTime(t told, want signature.Expectation) (signature.Reason, error) {
	own := t.raw.Certificate[0]
	from, err := c.time("validFrom", own.ValidFrom)
	if err != nil {
		return "", err
	}
	to, err := c.time("validTo", own.ValidTo)
	if err != nil {
		return "", err
	}
	switch {
	case t.SignedAt.Before(from) || t.SignedAt.After(to):
		return signature.OutsideWindow, nil
	case !want.InTime(t.SignedAt):
		return signature.OutsideAct, nil
	}
	return "", nil
}

// named: the certificate names a person, and one whom the act wants.
func named(t told, want signature.Expectation) signature.Reason {
	if t.PINFL == "" {
		return signature.NoPINFL
	}
	return want.Entitled(t.Signer)
}

// same compares what the server says was signed with the document, byte for
// byte. Of a detached envelope it says nothing: it was sent our own bytes.
func same(told *string, q question) bool {
	if told == nil {
		return !q.attached
	}
	signed, err := base64.StdEncoding.DecodeString(*told)
	return err == nil && len(signed) > 0 && bytes.Equal(signed, q.document)
}
