package seal

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"slices"
)

// opened is a CMS whose digest and signature are right.
type opened struct {
	chain     []*x509.Certificate // the sealer's own first, each issued by the next
	algorithm algorithm
}

// open checks a CMS, which zeros may follow, over the parts of a file; the
// problem is empty when it is genuine. What it says in other words than
// envelope would is refused: written anew from certificates, digest and
// signature it must be the same, byte for byte.
func open(cms []byte, parts ...[]byte) (*opened, string) {
	var info contentInfo
	rest, err := asn1.Unmarshal(cms, &info)
	if err != nil || len(bytes.Trim(rest, "\x00")) != 0 || !info.Type.Equal(oidSignedData) {
		return nil, ProblemForm
	}
	var sd signedData
	if rest, err := asn1.Unmarshal(info.Content.Bytes, &sd); err != nil || len(rest) != 0 || len(sd.Signers) != 1 {
		return nil, ProblemForm
	}
	signer := sd.Signers[0]
	certs, err := x509.ParseCertificates(sd.Certificates.Bytes)
	if err != nil || len(certs) > maxChain || signer.Signer.Serial == nil {
		return nil, ProblemForm
	}
	e := &opened{chain: order(certs, signer.Signer)}
	if len(e.chain) != len(certs) || len(certs) == 0 {
		return nil, ProblemForm
	}
	if e.algorithm, err = algorithmOf(e.chain[0].PublicKey); err != nil || slices.ContainsFunc(e.chain, huge) {
		return nil, ProblemForm
	}
	hash := e.algorithm.hash.New()
	for _, p := range parts {
		hash.Write(p)
	}
	digest := hash.Sum(nil)
	octets, err := asn1.Marshal(digest)
	if err != nil {
		return nil, ProblemForm
	}
	if !bytes.Contains(signer.Attributes.Bytes, octets) {
		return nil, ProblemAltered
	}
	signature, err := lesser(e.chain[0].PublicKey, signer.Signature)
	if err != nil {
		return nil, ProblemForm
	}
	again, err := envelope(e.chain, e.algorithm, digest, signature)
	if err != nil || !bytes.Equal(again, cms[:len(cms)-len(rest)]) {
		return nil, ProblemForm
	}
	tbs, err := signed(signer.Attributes.Bytes)
	if err != nil || e.chain[0].CheckSignature(e.algorithm.x509, tbs, signer.Signature) != nil {
		return nil, ProblemSignature
	}
	return e, ""
}

// order puts the certificates into the order in which each was issued by the
// next, the signer's first; what does not belong to the chain is left out. A
// certificate that issued itself may come out several times.
func order(certs []*x509.Certificate, of issuerAndSerial) []*x509.Certificate {
	var chain []*x509.Certificate
	next := func(belongs func(*x509.Certificate) bool) bool {
		for _, c := range certs {
			if belongs(c) {
				chain = append(chain, c)
				return true
			}
		}
		return false
	}
	found := next(func(c *x509.Certificate) bool {
		return c.SerialNumber.Cmp(of.Serial) == 0 && bytes.Equal(c.RawIssuer, of.Issuer.FullBytes)
	})
	for found && len(chain) < len(certs) {
		last := chain[len(chain)-1]
		found = next(func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, last.RawIssuer) })
	}
	return chain
}
