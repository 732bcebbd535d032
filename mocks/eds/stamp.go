package eds

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// tstInfo is the statement of a time stamp authority (RFC 3161, as much as is
// needed here).
type tstInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint imprint
	Serial  *big.Int
	Time    time.Time `asn1:"generalized"`
}

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

var oidTSAPolicy = asn1.ObjectIdentifier{1, 2, 860, 3, 2, 11, 1}

// stamp adds a time stamp to every signer that has none and returns the
// positions of those it stamped.
func (a *authority) stamp(e *envelope, at time.Time) ([]int, error) {
	var stamped []int
	for i := range e.signers {
		si := &e.signers[i]
		if si.stampToken() != nil {
			continue
		}
		digest := sha256.Sum256(si.Signature)
		serial := sha256.Sum256(binary.BigEndian.AppendUint64(digest[:], uint64(at.UnixNano())))
		content, err := asn1.Marshal(tstInfo{
			1, oidTSAPolicy,
			imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, digest[:]},
			new(big.Int).SetBytes(serial[:8]), at.UTC().Truncate(time.Second),
		})
		if err != nil {
			return nil, fmt.Errorf("writing a time stamp: %w", err)
		}
		token, err := a.tsa.sign(oidTSTInfo, content, at)
		if err != nil {
			return nil, err
		}
		der, err := token.marshal()
		if err != nil {
			return nil, err
		}
		attr, err := newAttribute(oidTimeStamp, asn1.RawValue{FullBytes: der})
		if err != nil {
			return nil, fmt.Errorf("writing a time stamp: %w", err)
		}
		si.Unsigned = append(si.Unsigned, attr)
		stamped = append(stamped, i)
	}
	return stamped, nil
}

// stampToken is the DER of a signer's time stamp; nil when it has none.
func (si signerInfo) stampToken() []byte {
	var token asn1.RawValue
	if find(si.Unsigned, oidTimeStamp, &token) != nil {
		return nil
	}
	return token.FullBytes
}

// readStamp takes a time stamp apart.
func readStamp(der []byte) (*envelope, tstInfo, error) {
	var info tstInfo
	e, err := parse(der)
	if err != nil {
		return nil, info, err
	}
	if len(e.signers) != 1 || e.content == nil || !e.contentType.Equal(oidTSTInfo) {
		return nil, info, errors.New("not a time stamp")
	}
	if _, err := asn1.Unmarshal(e.content, &info); err != nil {
		return nil, info, errors.New("not a time stamp")
	}
	return e, info, nil
}

// covers reports whether the stamp was given over this signature.
func (t tstInfo) covers(signature []byte) bool {
	digest := sha256.Sum256(signature)
	return bytes.Equal(t.Imprint.Digest, digest[:])
}
