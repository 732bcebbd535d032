package eds_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/mocktest"
)

func TestSealCertificate(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	const name = "Toshkent shahar saylov komissiyasi"
	cert, key, err := s.SealCertificate(name)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key) // they belong together
	if err != nil {
		t.Fatal(err)
	}
	own, roots, between := pair.Leaf, x509.NewCertPool(), x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.RootCertificate()) || len(pair.Certificate) != 2 {
		t.Fatalf("%d certificates, or no root", len(pair.Certificate))
	}
	ca, err := x509.ParseCertificate(pair.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	between.AddCert(ca)
	for _, at := range []time.Time{w.Now(), election.Start(), election.AddYears(9).Start(), election.AddYears(-4).Start()} {
		if _, err := own.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at}); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	if own.Subject.CommonName != name || len(own.Subject.Organization) != 1 || own.Subject.Organization[0] != name || own.IsCA || own.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("subject %s, CA %t, usage %b", own.Subject, own.IsCA, own.KeyUsage)
	}

	again, _ := start(t, eds.Options{}) // a restarted mock
	cert2, key2, err := again.SealCertificate(" " + name + "\n")
	if err != nil || !bytes.Equal(cert, cert2) || !bytes.Equal(key, key2) || !bytes.Equal(s.RootCertificate(), again.RootCertificate()) {
		t.Errorf("not the same again: %v", err)
	}
	if other, _, err := s.SealCertificate("Boshqa komissiya"); err != nil || bytes.Equal(other, cert) {
		t.Errorf("another organisation has the same certificate: %v", err)
	}
}

func TestSealControl(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	cert, key, err := s.SealCertificate("Markaziy saylov komissiyasi")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, body string
		status     int
	}{
		{"sound", `{"organisation": "Markaziy saylov komissiyasi"}`, http.StatusOK},
		{"no organisation", `{"organisation": "  "}`, http.StatusBadRequest},
		{"a name without end", `{"organisation": "` + strings.Repeat("o", 201) + `"}`, http.StatusBadRequest},
		{"no JSON", `organisation`, http.StatusBadRequest},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, err := mocktest.Do(t.Context(), http.MethodPost, s.URL()+"/_mock/seal", nil, c.body)
			if err != nil || a.Status != c.status {
				t.Fatalf("%d %s, %v", a.Status, a.Body, err)
			}
			var out struct{ Certificate, Key, Root, Error string }
			if err := json.Unmarshal([]byte(a.Body), &out); err != nil {
				t.Fatal(err)
			}
			if c.status != http.StatusOK {
				if out.Error == "" || out.Key != "" {
					t.Errorf("answered %s", a.Body)
				}
				return
			}
			if out.Certificate != string(cert) || out.Key != string(key) || out.Root != string(s.RootCertificate()) {
				t.Errorf("answered %s", a.Body)
			}
		})
	}
}
