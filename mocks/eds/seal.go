package eds

import (
	"crypto/ecdsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/saylovhub/hub/mocks/serve"
)

// maxOrganisation bounds the name of an organisation, in characters.
const maxOrganisation = 200

// SealCertificate issues a certificate for an organisation's seal over documents:
// the certificate and its CA's (PEM, in this order; the root is RootCertificate)
// and the key (ECDSA P-256, PKCS #8 in PEM). Like everything of this authority
// it follows from the seed and the name alone. It is in force from five years
// before the election day to ten after it.
func (s *Server) SealCertificate(organisation string) (certPEM, keyPEM []byte, err error) {
	name := strings.TrimSpace(organisation)
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxOrganisation {
		return nil, nil, fmt.Errorf("want an organisation's name of at most %d characters", maxOrganisation)
	}
	e := s.o.Population.ElectionDay
	h, err := s.trusted.issue(s.trusted.ca, "seal "+name, []pkix.AttributeTypeAndValue{
		{Type: oidCN, Value: name}, {Type: oidOrg, Value: name}, {Type: oidCountry, Value: "UZ"},
	}, e.AddYears(-5), e.AddYears(10), false)
	if err != nil {
		return nil, nil, err
	}
	key, ok := h.key.(*deterministic)
	if !ok {
		return nil, nil, errors.New("the key of a seal is of another kind")
	}
	if keyPEM, err = privatePEM(key.PrivateKey); err != nil {
		return nil, nil, err
	}
	return append(certificatePEM(h.cert), certificatePEM(h.issuer.cert)...), keyPEM, nil
}

// RootCertificate is the root of this authority, PEM: who trusts its seals
// trusts this.
func (s *Server) RootCertificate() []byte { return certificatePEM(s.trusted.root.cert) }

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func privatePEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("writing a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// controlSeal answers POST /_mock/seal.
func (s *Server) controlSeal(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Organisation string `json:"organisation"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		serve.JSON(w, http.StatusBadRequest, map[string]string{"error": `want {"organisation": name}`})
		return
	}
	cert, key, err := s.SealCertificate(in.Organisation)
	if err != nil {
		serve.JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	serve.JSON(w, http.StatusOK, map[string]string{"certificate": string(cert), "key": string(key), "root": string(s.RootCertificate())})
}
