package seal

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	w := home()
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	curve, _ := p256().(*ecdsa.PrivateKey)
	big, _ := rsaKey().(*rsa.PrivateKey)
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(curve)))
	own := issue(p256(), w.ca, "Muhr", nil)
	ownRSA := issue(rsaKey(), w.ca, "Muhr", nil)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	p521, small := newCurveKey(elliptic.P521()), must(rsa.GenerateKey(rand.Reader, 1024))
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("0")})
	junk := block("PRIVATE KEY", append([]byte("secret"), must(x509.MarshalPKCS8PrivateKey(curve))...))
	cases := []struct {
		name      string
		cert, key []byte
		want      string // in the error; empty: loads
		chain     int
	}{
		{"PKCS #8", certPEM(own), keyPEM(p256()), "", 1},
		{"P-384", certPEM(issue(p384(), w.ca, "Muhr", nil)), keyPEM(p384()), "", 1},
		{"SEC 1 behind parameters", certPEM(own), append(block("EC PARAMETERS", []byte{6, 0}), sec1...), "", 1},
		{"PKCS #1", certPEM(ownRSA), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(big)), "", 1},
		{"chain without its root", certPEM(own, w.ca.cert, w.root.cert), sec1, "", 2},
		{"only non-repudiation", certPEM(issue(p256(), w.ca, "Muhr", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment })), sec1, "", 1},
		{"no key usage", certPEM(issue(p256(), w.ca, "Muhr", func(c *x509.Certificate) { c.KeyUsage = 0 })), sec1, "", 1},
		{"self-signed", certPEM(issue(p256(), nil, "Muhr", nil)), sec1, "", 1},
		{"key of another certificate", certPEM(own), keyPEM(newCurveKey(elliptic.P256())), "do not belong together", 0},
		{"key of another kind of certificate", certPEM(own), keyPEM(rsaKey()), "do not belong together", 0},
		{"usage of a CA", certPEM(w.ca.cert), keyPEM(w.ca.key), "does not permit signing", 0},
		{"Ed25519", certPEM(own), keyPEM(ed), "of another kind", 0},
		{"P-521", certPEM(issue(p521, w.ca, "Muhr", nil)), keyPEM(p521), "kind that does not seal", 0},
		{"RSA 1024", certPEM(issue(small, w.ca, "Muhr", nil)), keyPEM(small), "RSA key of 1024 bits", 0},
		{"encrypted key", certPEM(own), block("ENCRYPTED PRIVATE KEY", []byte("0")), "is encrypted", 0},
		{"key encrypted the old way", certPEM(ownRSA), encrypted, "is encrypted", 0},
		{"broken key", certPEM(own), junk, "key cannot be read", 0},
		{"no key", certPEM(own), []byte("nothing"), "no key found", 0},
		{"certificate for a key", certPEM(own), certPEM(own), "no private key", 0},
		{"no certificate", nil, sec1, "no certificate found", 0},
		{"key among the certificates", append(certPEM(own), sec1...), sec1, "something else too", 0},
		{"broken certificate", block("CERTIFICATE", own.Raw[:100]), sec1, "certificate cannot be read", 0},
		{"chain upside down", certPEM(w.ca.cert, own), keyPEM(w.ca.key), "no chain", 0},
		{"too many certificates", certPEM(slices.Repeat([]*x509.Certificate{w.root.cert}, maxChain+1)...), sec1, "more than 8", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := Load(c.cert, c.key)
			if c.want == "" {
				if err != nil || len(s.chain) != c.chain {
					t.Fatalf("loaded %v, %v", s, err)
				}
				return
			}
			f := fault.Of(err)
			if f == nil || f.Kind != fault.Misconfigured || f.Hint == "" || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q with a hint", err, c.want)
			}
			leaks(t, c.key, fmt.Sprintf("%v %+v %#v %s", err, err, err, f.Hint))
		})
	}
}

// leaks fails when a text holds a piece of a key's PEM.
func leaks(t *testing.T, key []byte, text string) {
	t.Helper()
	for line := range strings.Lines(string(key)) {
		if line = strings.TrimSpace(line); len(line) > 8 && !strings.HasPrefix(line, "-----") && strings.Contains(text, line) {
			t.Errorf("it quotes the key: %s", text)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	short := signer(t, p256(), func(c *x509.Certificate) { c.NotBefore, c.NotAfter = at.Add(-time.Hour), at.Add(time.Hour) })
	cases := []struct {
		name string
		at   time.Time
		want string
	}{
		{"in force", at, ""},
		{"the last moment", at.Add(time.Hour), ""},
		{"expired", at.Add(time.Hour + time.Second), "the certificate expired 2026-12-27T05:30:05Z"},
		{"too early", at.Add(-time.Hour - time.Second), "in force from 2026-12-27T03:30:05Z on"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options
			o.At = c.at
			_, err := short.Seal(printed(t, "mandate"), o)
			if c.want == "" && err != nil || c.want != "" && (fault.KindOf(err) != fault.Misconfigured || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if err := signer(t, p256(), nil).Check(at.AddDate(101, 0, 0)); err == nil {
		t.Error("no error for a chain out of date")
	}
	middle := newCurveKey(elliptic.P256())
	old := &issuer{issue(middle, home().root, "Eski", func(c *x509.Certificate) { asCA(c); c.NotAfter = at.AddDate(0, 0, -1) }), middle}
	s := must(Load(certPEM(issue(p256(), old, "Muhr", nil), old.cert), keyPEM(p256())))
	if err := s.Check(at); err == nil || !strings.Contains(err.Error(), "an issuer's certificate expired") {
		t.Errorf("an expired issuer: %v", err)
	}
}

// Whatever prints a signer, its key is not in it.
func TestSignerPrintsNoKey(t *testing.T) {
	t.Parallel()
	key, _ := p256().(*ecdsa.PrivateKey)
	secret := must(key.Bytes())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		text := fmt.Sprintf(verb, sealer())
		if text != "seal of Toshkent muhri" {
			t.Errorf("%s prints %s", verb, text)
		}
		leaks(t, []byte(base64.StdEncoding.EncodeToString(secret)), text)
	}
}

// Keys of a size that takes seconds to use are not used: neither loaded nor, in
// somebody's seal, tried.
func TestHugeKeys(t *testing.T) {
	t.Parallel()
	w := home()
	n := new(big.Int).SetBit(big.NewInt(1), maxRSA, 1)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: "Katta"}, NotBefore: at, NotAfter: at.AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: true}
	huge := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, tmpl, w.root.cert, &rsa.PublicKey{N: n, E: 65537}, w.root.key))))
	byName := &x509.Certificate{RawSubject: huge.RawSubject, PublicKey: w.root.key.Public()}
	own := issue(p256(), &issuer{byName, w.root.key}, "Muhr", nil)
	if _, err := Load(certPEM(own, huge), keyPEM(p256())); fault.KindOf(err) != fault.Misconfigured || !strings.Contains(err.Error(), "more than 8192 bits") {
		t.Errorf("loading: %v", err)
	}
	s := signer(t, p256(), nil)
	s.chain, s.room = []*x509.Certificate{own, huge}, 8000
	if r := verify(t, sealed(t, s, "mandate")); r.Problem != ProblemForm {
		t.Errorf("verifying: %+v", r)
	}
	if _, err := algorithmOf(huge.PublicKey); err == nil {
		t.Error("it may seal")
	}
}
