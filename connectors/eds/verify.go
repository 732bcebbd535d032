package eds

import (
	"context"

	"github.com/saylovhub/hub/contracts/signature"
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

// verifyAnswer is the answer of both verifications.
type verifyAnswer struct {
	envelope
	Info *struct {
		Signers  []signer `json:"signers"`
		Document *string  `json:"documentBase64"` // attached only
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

// question is what one verification is about.
type question struct {
	document []byte
	attached bool
	want     signature.Expectation
}

// VerifyAttached verifies a PKCS#7 envelope (DER) that carries its document,
// that this is the document given, and that those signed whom the act wants.
// The verdict comes with its evidence, whichever way it goes.
func (c *Client) VerifyAttached(ctx context.Context, pkcs7, document []byte, want signature.Expectation) (signature.Verdict, error) {
	return c.verify(ctx, "verify-attached", question{document, true, want}, pkcs7)
}

// VerifyDetached verifies a PKCS#7 envelope (DER) over the document given, and
// that those signed whom the act wants. The document's bytes are ours, never a
// copy of the signer's.
func (c *Client) VerifyDetached(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error) {
	return c.verify(ctx, "verify-detached", question{document, false, want}, document, pkcs7)
}

func (c *Client) verify(ctx context.Context, id string, q question, parts ...[]byte) (signature.Verdict, error) {
	var v signature.Verdict
	err := c.send(ctx, id, func(body []byte) (err error) {
		v, err = c.judge(body, q)
		return err
	}, parts...)
	if err != nil {
		return signature.Verdict{}, err
	}
	return v, nil
}

// judge reads the answer: an outage is a fault, anything else a verdict.
func (c *Client) judge(body []byte, q question) (signature.Verdict, error) {
	var a verifyAnswer
	status, err := readStatus(body, &a, &a.envelope)
	if err != nil {
		return signature.Verdict{}, err
	}
	var v signature.Verdict
	var read []told
	switch status {
	case statusGood:
		if a.Info == nil {
			return signature.Verdict{}, breach("field %q is missing", "pkcs7Info")
		}
		if read, err = c.read(a); err != nil {
			return signature.Verdict{}, err
		}
		if v.Reason, err = c.reason(a, read, q); err != nil {
			return signature.Verdict{}, err
		}
		v.Trusted = v.Reason == ""
	case statusUnknown, statusTwenty:
		return signature.Verdict{}, outage(status)
	default:
		if v.Reason, err = refused(status, a); err != nil {
			return signature.Verdict{}, err
		}
		if a.Info != nil {
			if read, err = c.read(a); err != nil {
				read = nil // a bad signature's details may be unreadable
			}
		}
	}
	for _, t := range read {
		v.Signers = append(v.Signers, t.Signer)
	}
	v.Evidence, err = c.evidence(body, read, q.document)
	return v, err
}

// refused reads a status that is a verdict. A revoked certificate is named as
// such where the answer tells.
func refused(status int, a verifyAnswer) (signature.Reason, error) {
	reason, ok := verdicts[status]
	if !ok {
		return "", unknownStatus(status)
	}
	if a.Info == nil || reason != signature.Untrusted && reason != signature.Expired {
		return reason, nil
	}
	for _, s := range a.Info.Signers {
		if s.Revoked != nil {
			return signature.Revoked, nil
		}
	}
	return reason, nil
}
