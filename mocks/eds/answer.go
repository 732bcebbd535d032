package eds

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// subjectCertificate is a certificate as login and time stamps print it.
type subjectCertificate struct {
	SerialNumber string            `json:"serialNumber"`
	SubjectName  map[string]string `json:"subjectName"`
	X500Name     string            `json:"X500Name"`
	ValidFrom    string            `json:"validFrom"`
	ValidTo      string            `json:"validTo"`
}

// certificate is a certificate as verification prints it: here subjectName is
// flat text and the map is subjectInfo.
type certificate struct {
	SubjectInfo  map[string]string `json:"subjectInfo"`
	IssuerInfo   map[string]string `json:"issuerInfo"`
	SerialNumber string            `json:"serialNumber"`
	SubjectName  string            `json:"subjectName"`
	ValidFrom    string            `json:"validFrom"`
	ValidTo      string            `json:"validTo"`
	IssuerName   string            `json:"issuerName"`
	PublicKey    publicKey         `json:"publicKey"`
	Signature    certSignature     `json:"signature"`
}

type publicKey struct {
	Algorithm string `json:"keyAlgName"`
	Key       string `json:"publicKey"`
}

type certSignature struct {
	Algorithm string `json:"signAlgName"`
	Signature string `json:"signature"`
}

type signerID struct {
	Issuer        string `json:"issuer"`
	SubjectSerial string `json:"subjectSerialNumber"`
}

type signer struct {
	SignerID      signerID      `json:"signerId"`
	SigningTime   string        `json:"signingTime,omitempty"`
	Signature     string        `json:"signature"`
	Digest        string        `json:"digest,omitempty"`
	TimeStampInfo *stampInfo    `json:"timeStampInfo,omitempty"`
	Certificate   []certificate `json:"certificate"`
	status
	Verified          bool     `json:"verified"`
	PolicyIdentifiers []string `json:"policyIdentifiers,omitempty"`
	Exception         string   `json:"exception,omitempty"`
}

// status is what is known of a certificate: of a signer's and of a time stamp's.
type status struct {
	OCSPResponse                  string       `json:"OCSPResponse,omitempty"`
	StatusUpdatedAt               string       `json:"statusUpdatedAt,omitempty"`
	StatusNextUpdateAt            string       `json:"statusNextUpdateAt,omitempty"`
	CertificateVerified           bool         `json:"certificateVerified"`
	TrustedCertificate            *certificate `json:"trustedCertificate,omitempty"`
	RevokedStatusInfo             *revocation  `json:"revokedStatusInfo,omitempty"`
	CertificateValidAtSigningTime bool         `json:"certificateValidAtSigningTime"`
}

type revocation struct {
	RevocationTime string `json:"revocationTime"`
	CRLReason      string `json:"crlReason"`
}

type stampInfo struct {
	Certificate []certificate `json:"certificate"`
	status
	DigestVerified       bool     `json:"digestVerified"`
	SignerID             signerID `json:"signerId"`
	TSAPolicy            string   `json:"tsaPolicy"`
	Time                 string   `json:"time"`
	HashAlgorithm        string   `json:"hashAlgorithm"`
	SerialNumber         string   `json:"serialNumber"`
	TSA                  string   `json:"tsa"`
	MessageImprintAlgOID string   `json:"messageImprintAlgOID"`
	MessageImprintDigest string   `json:"messageImprintDigest"`
	Verified             bool     `json:"verified"`
	Exception            string   `json:"exception,omitempty"`
}

type pkcs7Info struct {
	Signers        []signer `json:"signers"`
	DocumentBase64 string   `json:"documentBase64,omitempty"`
}

func serialOf(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

// stampText prints a time without its zone, as the server does.
func (s *Server) text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.o.Zone).Format(time.DateTime)
}

// nameInfo reads a distinguished name as a map and as flat text, the last
// attribute first.
func nameInfo(raw []byte) (map[string]string, string) {
	var rdns pkix.RDNSequence
	info := map[string]string{}
	if _, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return info, ""
	}
	var flat []string
	for _, set := range rdns {
		for _, a := range set {
			key := a.Type.String()
			if short, ok := shortNames[key]; ok {
				key = short
			}
			value, _ := a.Value.(string)
			info[key] = value
			flat = append([]string{key + "=" + value}, flat...)
		}
	}
	return info, strings.Join(flat, ",")
}

func (s *Server) subject(c *x509.Certificate) subjectCertificate {
	info, flat := nameInfo(c.RawSubject)
	return subjectCertificate{serialOf(c), info, flat, s.text(c.NotBefore), s.text(c.NotAfter)}
}

func (s *Server) describe(c *x509.Certificate) certificate {
	subject, subjectText := nameInfo(c.RawSubject)
	issuer, issuerText := nameInfo(c.RawIssuer)
	algorithm := "EC"
	if c.PublicKeyAlgorithm == x509.RSA {
		algorithm = "RSA"
	}
	return certificate{
		subject, issuer, serialOf(c), subjectText, s.text(c.NotBefore), s.text(c.NotAfter), issuerText,
		publicKey{algorithm, base64.StdEncoding.EncodeToString(c.RawSubjectPublicKeyInfo)},
		certSignature{"SHA256withECDSA", hex.EncodeToString(c.Signature)},
	}
}

// chain is the certificate with its CA, as far as the envelope holds it.
func (s *Server) chain(c *x509.Certificate, e *envelope) []certificate {
	out := []certificate{s.describe(c)}
	for _, other := range e.certificates {
		if other != c && string(other.RawSubject) == string(c.RawIssuer) {
			out = append(out, s.describe(other))
			break
		}
	}
	return out
}

// evidence is a statement of the certificate's status, signed by the CA: it
// stands for the OCSP answer, which only the archive reads.
func (s *Server) evidence(c *x509.Certificate, revoked *revocation, at time.Time) string {
	statement, err := json.Marshal(map[string]any{"serialNumber": serialOf(c), "revoked": revoked, "thisUpdate": s.text(at)})
	if err != nil {
		return ""
	}
	e, err := s.trusted.ca.sign(oidContentType, statement, at)
	if err != nil {
		return ""
	}
	der, err := e.marshal()
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(der)
}
