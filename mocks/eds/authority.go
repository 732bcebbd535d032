package eds

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
)

// Object identifiers in the subject of a certificate.
var (
	oidPINFL    = asn1.ObjectIdentifier{1, 2, 860, 3, 16, 1, 2}
	oidTIN      = asn1.ObjectIdentifier{1, 2, 860, 3, 16, 1, 1}
	oidUID      = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
	oidName     = asn1.ObjectIdentifier{2, 5, 4, 41}
	oidSurname  = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidCN       = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidOrg      = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidTitle    = asn1.ObjectIdentifier{2, 5, 4, 12}
	oidLocality = asn1.ObjectIdentifier{2, 5, 4, 7}
	oidState    = asn1.ObjectIdentifier{2, 5, 4, 8}
	oidCountry  = asn1.ObjectIdentifier{2, 5, 4, 6}
)

// shortNames are the keys under which attributes appear in answers; others
// appear under their dotted number.
var shortNames = map[string]string{
	oidUID.String(): "UID", oidName.String(): "Name", oidSurname.String(): "SURNAME", oidCN.String(): "CN", oidOrg.String(): "O",
	oidTitle.String(): "T", oidLocality.String(): "L", oidState.String(): "ST", oidCountry.String(): "C",
}

// holder is a key with its certificate.
type holder struct {
	key    crypto.Signer
	cert   *x509.Certificate
	issuer *holder // itself at a root
}

// authority is a made-up CA: a root, a CA below it, a time stamp authority and
// the people's certificates, made when first needed.
type authority struct {
	seed          uint64
	name          string
	root, ca, tsa *holder

	mu     sync.Mutex
	people map[string]*holder
}

func newAuthority(seed uint64, name string, e civil.Date) (*authority, error) {
	a := &authority{seed: seed, name: name, people: map[string]*holder{}}
	from, until := e.AddYears(-6), e.AddYears(14)
	var err error
	if a.root, err = a.issue(nil, "root", []pkix.AttributeTypeAndValue{{Type: oidCN, Value: name + "Root"}}, from, until, true); err != nil {
		return nil, err
	}
	ca := []pkix.AttributeTypeAndValue{{Type: oidOrg, Value: "mock.e-imzo.example"}, {Type: oidCN, Value: name + "CA"}}
	if a.ca, err = a.issue(a.root, "ca", ca, from, until, true); err != nil {
		return nil, err
	}
	tsa := []pkix.AttributeTypeAndValue{{Type: oidOrg, Value: "mock.e-imzo.example"}, {Type: oidCN, Value: "TSA"}}
	a.tsa, err = a.issue(a.ca, "tsa", tsa, from, until, false)
	return a, err
}

// issue makes a key of a curve with its certificate; without an issuer it signs
// itself.
func (a *authority) issue(issuer *holder, label string, subject []pkix.AttributeTypeAndValue, from, until civil.Date, ca bool) (*holder, error) {
	key, err := newKey(a.seed, a.name+" "+label)
	if err != nil {
		return nil, err
	}
	return a.certify(key, issuer, label, subject, from, until, ca)
}

// certify makes the certificate of a key.
func (a *authority) certify(key crypto.Signer, issuer *holder, label string, subject []pkix.AttributeTypeAndValue, from, until civil.Date, ca bool) (*holder, error) {
	label = a.name + " " + label
	serial, err := derive(a.seed, label+" serial", 8)
	if err != nil {
		return nil, fmt.Errorf("deriving a serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40
	t := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{ExtraNames: subject},
		NotBefore: from.Start(), NotAfter: until.Start(), BasicConstraintsValid: true, IsCA: ca,
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ca {
		t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	} else {
		t.PolicyIdentifiers = policies
		t.Policies = policyOIDs()
	}
	h := &holder{key: key, issuer: issuer}
	parent, signer := t, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	} else {
		h.issuer = h
	}
	der, err := x509.CreateCertificate(nil, t, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	h.cert, err = x509.ParseCertificate(der)
	return h, err
}

// policies are those of the test CA; which one permits signing is not public.
var policies = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 46709, 1, 2, 1}, {1, 3, 6, 1, 4, 1, 46709, 1, 2, 2}}

func policyOIDs() []x509.OID {
	var out []x509.OID
	for _, p := range policies {
		if oid, err := x509.ParseOID(p.String()); err == nil {
			out = append(out, oid)
		}
	}
	return out
}

// signsRSA: every third person has an RSA key, the others one of a curve; the
// authorities have curves throughout.
func signsRSA(p *population.Person) bool { return p.Index%3 == 0 }

// of returns the person's key and certificate. With anonymous the certificate
// carries no PINFL, as very old ones do.
func (a *authority) of(p *population.Person, anonymous bool) (*holder, error) {
	label := fmt.Sprintf("person %d", p.Index)
	if anonymous {
		label += " anonymous"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if h := a.people[label]; h != nil {
		return h, nil
	}
	c := p.Certificate
	subject := []pkix.AttributeTypeAndValue{
		{Type: oidCN, Value: strings.TrimSpace(p.FullName())},
		{Type: oidName, Value: p.GivenName},
		{Type: oidSurname, Value: p.Surname},
		{Type: oidLocality, Value: p.Address.DistrictLat},
		{Type: oidState, Value: p.Address.Region},
		{Type: oidCountry, Value: "UZ"},
		{Type: oidUID, Value: fmt.Sprintf("4%08d", p.Index+1)},
	}
	if !anonymous {
		subject = append(subject, pkix.AttributeTypeAndValue{Type: oidPINFL, Value: string(p.PINFL)})
	}
	if c.TIN != "" {
		subject = append(subject, pkix.AttributeTypeAndValue{Type: oidOrg, Value: c.Organisation},
			pkix.AttributeTypeAndValue{Type: oidTitle, Value: c.Position}, pkix.AttributeTypeAndValue{Type: oidTIN, Value: c.TIN})
	}
	found := newKey
	if signsRSA(p) {
		found = newRSAKey
	}
	key, err := found(a.seed, a.name+" "+label)
	if err != nil {
		return nil, err
	}
	h, err := a.certify(key, a.ca, label, subject, c.NotBefore, c.NotAfter, false)
	if err != nil {
		return nil, err
	}
	a.people[label] = h
	return h, nil
}

// chains reports whether the certificate ends at this root, its dates aside:
// those are judged by themselves.
func (a *authority) chains(cert *x509.Certificate, others []*x509.Certificate) error {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.root.cert)
	for _, c := range others {
		between.AddCert(c)
	}
	_, err := cert.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: cert.NotBefore.Add(time.Second), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}
