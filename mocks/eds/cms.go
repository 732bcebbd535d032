package eds

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"
)

// The envelope is taken apart and put together here, because time stamps are
// added to signatures of others and envelopes are joined, which the library
// does not offer. Only DER is understood.

var (
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidTimeStamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSHA256        = pkcs7.OIDDigestAlgorithmSHA256
	oidECDSASHA256   = pkcs7.OIDDigestAlgorithmECDSASHA256
	oidRSASHA256     = pkcs7.OIDEncryptionAlgorithmRSASHA256
)

type contentInfo struct {
	ContentType asn1.ObjectIdentifier
	Content     asn1.RawValue `asn1:"explicit,optional,tag:0"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue // the SET, whole
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type signerInfo struct {
	Version          int
	SID              issuerAndSerial
	DigestAlgorithm  pkix.AlgorithmIdentifier
	Signed           []attribute `asn1:"optional,omitempty,tag:0,set"`
	SigningAlgorithm pkix.AlgorithmIdentifier
	Signature        []byte
	Unsigned         []attribute `asn1:"optional,omitempty,tag:1,set"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      contentInfo
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

// envelope is a PKCS#7 signed-data envelope taken apart.
type envelope struct {
	contentType  asn1.ObjectIdentifier
	content      []byte // nil when detached
	certificates []*x509.Certificate
	signers      []signerInfo
}

var errEnvelope = errors.New("not a PKCS#7 signed-data envelope")

// parse reads an envelope.
func parse(der []byte) (e *envelope, err error) {
	defer func() { // the library indexes into foreign bytes
		if recover() != nil {
			e, err = nil, errEnvelope
		}
	}()
	outer, err := pkcs7.Parse(der)
	if err != nil {
		return nil, errEnvelope
	}
	e = &envelope{content: outer.Content, certificates: outer.Certificates, contentType: pkcs7.OIDData}
	if len(e.content) == 0 {
		e.content = nil
	}
	var info contentInfo
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, errEnvelope
	}
	var sd signedData
	if _, err := asn1.Unmarshal(info.Content.Bytes, &sd); err != nil {
		return nil, errEnvelope
	}
	e.contentType, e.signers = sd.Content.ContentType, sd.Signers
	return e, nil
}

// marshal writes the envelope in DER.
func (e *envelope) marshal() ([]byte, error) {
	sd := signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{{Algorithm: oidSHA256}},
		Content: contentInfo{ContentType: e.contentType}, Signers: e.signers,
	}
	if e.content != nil {
		octets, err := asn1.Marshal(e.content)
		if err != nil {
			return nil, fmt.Errorf("writing content: %w", err)
		}
		sd.Content.Content = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: octets}
	}
	var raw []byte
	for _, c := range e.certificates {
		raw = append(raw, c.Raw...)
	}
	sd.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: raw}
	inner, err := asn1.Marshal(sd)
	if err != nil {
		return nil, fmt.Errorf("writing signed data: %w", err)
	}
	return asn1.Marshal(contentInfo{pkcs7.OIDSignedData, asn1.RawValue{
		Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner,
	}})
}

func newAttribute(oid asn1.ObjectIdentifier, value any) (attribute, error) {
	inner, err := asn1.Marshal(value)
	if err != nil {
		return attribute{}, err
	}
	set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: inner})
	if err != nil {
		return attribute{}, err
	}
	return attribute{oid, asn1.RawValue{FullBytes: set}}, nil
}

// find decodes the first value of an attribute.
func find(attrs []attribute, oid asn1.ObjectIdentifier, out any) error {
	for _, a := range attrs {
		if !a.Type.Equal(oid) {
			continue
		}
		var set asn1.RawValue
		if _, err := asn1.Unmarshal(a.Values.FullBytes, &set); err != nil {
			return err
		}
		_, err := asn1.Unmarshal(set.Bytes, out)
		return err
	}
	return errors.New("attribute is missing")
}

// toBeSigned is the DER SET of the signed attributes, over which a signature goes.
func toBeSigned(attrs []attribute) ([]byte, error) {
	return asn1.MarshalWithParams(attrs, "set")
}

// algorithm is what a key's signatures are called in an envelope.
func algorithm(key crypto.Signer) pkix.AlgorithmIdentifier {
	if _, ok := key.(*rsa.PrivateKey); ok {
		return pkix.AlgorithmIdentifier{Algorithm: oidRSASHA256, Parameters: asn1.NullRawValue}
	}
	return pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}
}

// sign makes an envelope with one signer at a time of the signer's clock.
func (h *holder) sign(contentType asn1.ObjectIdentifier, content []byte, at time.Time) (*envelope, error) {
	digest := sha256.Sum256(content)
	var attrs []attribute
	for _, v := range []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{{oidContentType, contentType}, {oidMessageDigest, digest[:]}, {oidSigningTime, at.UTC().Truncate(time.Second)}} {
		a, err := newAttribute(v.oid, v.value)
		if err != nil {
			return nil, fmt.Errorf("writing attribute: %w", err)
		}
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b attribute) int {
		x, _ := asn1.Marshal(a)
		y, _ := asn1.Marshal(b)
		return bytes.Compare(x, y)
	})
	tbs, err := toBeSigned(attrs)
	if err != nil {
		return nil, fmt.Errorf("writing attributes: %w", err)
	}
	hash := sha256.Sum256(tbs)
	signature, err := h.key.Sign(nil, hash[:], crypto.SHA256) // nil: no randomness in it
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return &envelope{
		contentType: contentType, content: content, certificates: []*x509.Certificate{h.cert, h.issuer.cert},
		signers: []signerInfo{{
			Version: 1, SID: issuerAndSerial{asn1.RawValue{FullBytes: h.cert.RawIssuer}, h.cert.SerialNumber},
			DigestAlgorithm: pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, Signed: attrs,
			SigningAlgorithm: algorithm(h.key), Signature: signature,
		}},
	}, nil
}

// certificateOf finds a signer's certificate in the envelope; nil when it is not there.
func (e *envelope) certificateOf(si signerInfo) *x509.Certificate {
	for _, c := range e.certificates {
		if si.SID.Serial != nil && c.SerialNumber.Cmp(si.SID.Serial) == 0 && bytes.Equal(c.RawIssuer, si.SID.Issuer.FullBytes) {
			return c
		}
	}
	return nil
}

// genuine reports whether the signature is mathematically good over content.
func (si signerInfo) genuine(cert *x509.Certificate, contentType asn1.ObjectIdentifier, content []byte) error {
	if !si.DigestAlgorithm.Algorithm.Equal(oidSHA256) {
		return errors.New("digest algorithm is not SHA-256")
	}
	signed := content
	if len(si.Signed) > 0 {
		var digest []byte
		var of asn1.ObjectIdentifier
		if err := find(si.Signed, oidMessageDigest, &digest); err != nil {
			return errors.New("digest is missing")
		}
		if err := find(si.Signed, oidContentType, &of); err != nil || !of.Equal(contentType) {
			return errors.New("content type differs")
		}
		if want := sha256.Sum256(content); !bytes.Equal(digest, want[:]) {
			return errors.New("digest differs")
		}
		var err error
		if signed, err = toBeSigned(si.Signed); err != nil {
			return err
		}
	}
	by := x509.ECDSAWithSHA256
	if cert.PublicKeyAlgorithm == x509.RSA {
		by = x509.SHA256WithRSA
	}
	return cert.CheckSignature(by, signed, si.Signature)
}

// signingTime is the signer's own clock; zero when the envelope does not say.
func (si signerInfo) signingTime() time.Time {
	var t time.Time
	if find(si.Signed, oidSigningTime, &t) != nil {
		return time.Time{}
	}
	return t
}
