package eds

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
)

// Keys of a certificate's subject.
const (
	oidPINFL = "1.2.860.3.16.1.2"
	oidTIN   = "1.2.860.3.16.1.1" // of the organisation; missing for a natural person
)

// told is a signer with the times that the answer tells.
type told struct {
	signature.Signer
	raw                       signer
	claimed, stamped, updated time.Time // zero: not told
}

// read makes out who signed and when. The raw signer has a certificate.
func (c *Client) read(a verifyAnswer) ([]told, error) {
	if len(a.Info.Signers) > mostSigners {
		return nil, breach("more than %d signers", mostSigners)
	}
	out := make([]told, 0, len(a.Info.Signers))
	for _, s := range a.Info.Signers {
		if len(s.Certificate) == 0 {
			return nil, breach("a signer without a certificate")
		}
		who, err := person(s.Certificate[0].Subject, s.Certificate[0].Serial)
		if err != nil {
			return nil, err
		}
		t := told{Signer: who, raw: s}
		if t.claimed, err = c.time("signingTime", s.SigningTime); err != nil && s.SigningTime != "" && s.Stamp == nil {
			return nil, err
		}
		if t.updated, err = c.time("statusUpdatedAt", s.StatusUpdatedAt); err != nil {
			t.updated = time.Time{} // judged where it counts
		}
		t.SignedAt = t.claimed
		if s.Stamp != nil {
			if t.stamped, err = c.time("timeStampInfo.time", s.Stamp.Time); err != nil {
				return nil, err
			}
			t.SignedAt, t.ByStamp = t.stamped, true
		}
		out = append(out, t)
	}
	return out, nil
}

// person reads a certificate's subject. An old certificate has no PINFL; what
// has not the form of a number is none.
func person(subject map[string]string, serial string) (signature.Signer, error) {
	if len(serial) > longestSerial || strings.Trim(serial, "0123456789abcdefABCDEF") != "" {
		return signature.Signer{}, breach("field %q is not a hex number", "serialNumber")
	}
	s := signature.Signer{Name: cut(subject["CN"]), Serial: serial}
	if pin := subject[oidPINFL]; number(pin, 14) {
		s.PINFL = personal.PINFL(pin)
	}
	if tin := subject[oidTIN]; number(tin, 9) {
		s.TIN = tin
	}
	return s, nil
}

func number(s string, digits int) bool {
	return len(s) == digits && strings.Trim(s, "0123456789") == ""
}

func cut(s string) string {
	if r := []rune(s); len(r) > longestName {
		return string(r[:longestName])
	}
	return s
}

// evidence keeps what the ninth check wants stored.
func (c *Client) evidence(body []byte, read []told, document []byte) (signature.Evidence, error) {
	answer, err := withoutDocument(body)
	if err != nil {
		return signature.Evidence{}, err
	}
	hash := sha256.Sum256(document)
	e := signature.Evidence{Answer: answer, Document: hex.EncodeToString(hash[:]), Verified: c.now()}
	for _, t := range read {
		if t.claimed.After(e.Claimed) {
			e.Claimed = t.claimed
		}
		if t.stamped.After(e.Stamped) {
			e.Stamped = t.stamped
		}
		if e.Updated.IsZero() || !t.updated.IsZero() && t.updated.Before(e.Updated) {
			e.Updated = t.updated
		}
	}
	return e, nil
}

// withoutDocument returns the answer less the document, which is ours and kept
// elsewhere. Keys are compared as the decoder does.
func withoutDocument(body []byte) (json.RawMessage, error) {
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, breach("the answer has another shape than agreed")
	}
	for key, raw := range answer {
		if !strings.EqualFold(key, "pkcs7Info") {
			continue
		}
		var info map[string]json.RawMessage
		if err := json.Unmarshal(raw, &info); err != nil {
			return nil, breach("field %q is not of the agreed type", "pkcs7Info")
		}
		for name := range info {
			if strings.EqualFold(name, "documentBase64") {
				delete(info, name)
			}
		}
		less, err := json.Marshal(info)
		if err != nil {
			return nil, breach("field %q is not of the agreed type", "pkcs7Info")
		}
		answer[key] = less
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return nil, breach("the answer has another shape than agreed")
	}
	if len(out) > mostEvidence {
		return nil, breach("the answer without the document is longer than %d bytes", mostEvidence)
	}
	return out, nil
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
