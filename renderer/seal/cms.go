package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384, for P-384
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// maxRoom bounds a seal's CMS, in bytes.
const maxRoom = 32 << 10

var (
	oidData               = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // version 2
	oidSHA256             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA256RSA          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidSHA256ECDSA        = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidSHA384ECDSA        = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
)

// algorithm is how a key signs.
type algorithm struct {
	name      string
	hash      crypto.Hash
	x509      x509.SignatureAlgorithm
	digestOID asn1.ObjectIdentifier
	oid       pkix.AlgorithmIdentifier
	signature int // bytes, at most
}

// maxRSA bounds keys, in bits: to use one of a hostile size takes seconds.
const maxRSA = 8192

func huge(c *x509.Certificate) bool {
	k, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && k.N.BitLen() > maxRSA
}

// algorithmOf chooses by the key alone; any other key is an error.
func algorithmOf(public any) (algorithm, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < 2048 || bits > maxRSA {
			return algorithm{}, fmt.Errorf("an RSA key of %d bits", bits)
		}
		return algorithm{
			fmt.Sprintf("RSA %d with SHA-256", k.N.BitLen()), crypto.SHA256, x509.SHA256WithRSA, oidSHA256,
			pkix.AlgorithmIdentifier{Algorithm: oidSHA256RSA, Parameters: asn1.NullRawValue},
			k.Size(),
		}, nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return algorithm{
				"ECDSA P-256 with SHA-256", crypto.SHA256, x509.ECDSAWithSHA256, oidSHA256,
				pkix.AlgorithmIdentifier{Algorithm: oidSHA256ECDSA},
				72,
			}, nil
		case elliptic.P384():
			return algorithm{
				"ECDSA P-384 with SHA-384", crypto.SHA384, x509.ECDSAWithSHA384, oidSHA384,
				pkix.AlgorithmIdentifier{Algorithm: oidSHA384ECDSA},
				104,
			}, nil
		}
	}
	return algorithm{}, errors.New("the key is of a kind that does not seal")
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type signerInfo struct {
	Version    int
	Signer     issuerAndSerial
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue // [0], the SET's content
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      struct{ Type asn1.ObjectIdentifier }
	Certificates asn1.RawValue // [0], the SET's content
	Signers      []signerInfo  `asn1:"set"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue // [0] EXPLICIT
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

// signingCertificates name all certificates of the seal by their SHA-256 (the
// default, so that it is not written), the sealer's own first: RFC 5035. Thus
// the signature covers the issuers' certificates too.
type signingCertificates struct {
	Certificates []struct{ Hash []byte }
}

// tagged wraps content into a context-specific tag 0.
func tagged(content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: content}
}

// attributes returns the content of the SET of signed attributes: content type,
// digest, certificates. There is no signing time: PAdES has it in the file.
func attributes(chain []*x509.Certificate, digest []byte) ([]byte, error) {
	var certs signingCertificates
	for _, c := range chain {
		sum := sha256.Sum256(c.Raw)
		certs.Certificates = append(certs.Certificates, struct{ Hash []byte }{sum[:]})
	}
	var parts [][]byte
	for _, a := range []attribute{
		{oidContentType, []any{oidData}}, {oidMessageDigest, []any{digest}}, {oidSigningCertificate, []any{certs}},
	} {
		der, err := asn1.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("writing an attribute: %w", err)
		}
		parts = append(parts, der)
	}
	slices.SortFunc(parts, bytes.Compare) // DER
	return slices.Concat(parts...), nil
}

// signed is what the signature goes over: the attributes as a SET.
func signed(attributes []byte) ([]byte, error) {
	return asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes})
}

// envelope writes the CMS in DER; nothing in it is free but what is given.
func envelope(chain []*x509.Certificate, a algorithm, digest, signature []byte) ([]byte, error) {
	attrs, err := attributes(chain, digest)
	if err != nil {
		return nil, err
	}
	var certs [][]byte
	for _, c := range chain {
		certs = append(certs, c.Raw)
	}
	slices.SortFunc(certs, bytes.Compare)
	hash := pkix.AlgorithmIdentifier{Algorithm: a.digestOID}
	sd := signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{hash}, Certificates: tagged(slices.Concat(certs...)),
		Signers: []signerInfo{{
			Version: 1, Signer: issuerAndSerial{asn1.RawValue{FullBytes: chain[0].RawIssuer}, chain[0].SerialNumber},
			Digest: hash, Attributes: tagged(attrs), Algorithm: a.oid, Signature: signature,
		}},
	}
	sd.Content.Type = oidData
	inner, err := asn1.Marshal(sd)
	if err != nil {
		return nil, fmt.Errorf("writing a CMS: %w", err)
	}
	return asn1.Marshal(contentInfo{oidSignedData, tagged(inner)})
}

// sign makes the CMS over a digest.
func (s *Signer) sign(digest []byte) ([]byte, error) {
	attrs, err := attributes(s.chain, digest)
	if err != nil {
		return nil, err
	}
	tbs, err := signed(attrs)
	if err != nil {
		return nil, fmt.Errorf("writing the attributes: %w", err)
	}
	h := s.algorithm.hash.New()
	h.Write(tbs)
	// Without a random source ECDSA derives its nonce (RFC 6979).
	signature, err := s.key.Sign(nil, h.Sum(nil), s.algorithm.hash)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if signature, err = lesser(s.chain[0].PublicKey, signature); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return envelope(s.chain, s.algorithm, digest, signature)
}

// lesser chooses of the two values that are right for ECDSA wherever one is, s
// and the group's order less s, the smaller one, so that nobody can put the
// other into a sealed file. An RSA signature is what it is.
func lesser(public any, signature []byte) ([]byte, error) {
	k, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return signature, nil
	}
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &v); err != nil || len(rest) != 0 {
		return nil, errors.New("not the form of an ECDSA signature")
	}
	if order := k.Curve.Params().N; v.S.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		v.S.Sub(order, v.S)
	}
	return asn1.Marshal(v)
}
