package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestMain makes this machine trust the test's authority: without roots nothing
// may be trusted all the same.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir := must(os.MkdirTemp("", "seal"))
		defer func() { _ = os.RemoveAll(dir) }()
		file := filepath.Join(dir, "roots.pem")
		if err := errors.Join(os.WriteFile(file, certPEM(home().root.cert), 0o600), os.Setenv("SSL_CERT_FILE", file)); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// at is when everything here is sealed.
var at = time.Date(2026, 12, 27, 9, 30, 5, 0, time.FixedZone("", 5*60*60))

var options = Options{At: at, Name: "Toshkent shahar saylov komissiyasi", Reason: "Hujjat berildi (1)", Location: "Тошкент 🗳"}

// keys that are found once: primes take their time.
var (
	rsaKey = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	p256   = sync.OnceValue(func() crypto.Signer { return knownKey(elliptic.P256(), "seal") })
	p384   = sync.OnceValue(func() crypto.Signer { return knownKey(elliptic.P384(), "seal") })
	caKey  = sync.OnceValue(func() crypto.Signer { return knownKey(elliptic.P256(), "root") })
)

// knownKey is the same in every process, so that what a fuzzer finds means the
// same in each of its workers.
func knownKey(c elliptic.Curve, name string) crypto.Signer {
	sum := sha256.Sum256([]byte(name))
	raw := make([]byte, (c.Params().BitSize+7)/8)
	copy(raw[len(raw)-len(sum):], sum[:])
	return must(ecdsa.ParseRawPrivateKey(c, raw))
}

func newCurveKey(c elliptic.Curve) crypto.Signer { return must(ecdsa.GenerateKey(c, rand.Reader)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// issuer is an authority of a test.
type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issue makes a certificate; change alters it before, parent nil makes a root.
func issue(key crypto.Signer, parent *issuer, name string, change func(*x509.Certificate)) *x509.Certificate {
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: name, Organization: []string{"Toshkent shahar saylov komissiyasi"}},
		NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(2, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	if change != nil {
		change(c)
	}
	serial := sha256.Sum256(fmt.Append(must(x509.MarshalPKIXPublicKey(key.Public())), name, c.NotBefore, c.NotAfter, c.KeyUsage))
	c.SerialNumber = new(big.Int).SetBytes(serial[:8])
	from := parent
	if from == nil {
		from = &issuer{c, key}
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(nil, c, from.cert, key.Public(), from.key))))
}

func asCA(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	c.NotBefore, c.NotAfter = at.AddDate(-10, 0, 0), at.AddDate(100, 0, 0)
}

// world is a root, a CA below it and the seal's certificate below that.
type world struct {
	root, ca *issuer
	roots    *x509.CertPool
}

var home = sync.OnceValue(func() world {
	root := &issuer{issue(caKey(), nil, "Ildiz", asCA), caKey()}
	middle := knownKey(elliptic.P256(), "middle")
	w := world{root: root, ca: &issuer{issue(middle, root, "Markaz", asCA), middle}, roots: x509.NewCertPool()}
	w.roots.AddCert(root.cert)
	return w
})

func certPEM(chain ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func keyPEM(key any) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
}

// signer seals with a key under the home authority.
func signer(t testing.TB, key crypto.Signer, change func(*x509.Certificate)) *Signer {
	t.Helper()
	own := issue(key, home().ca, "Toshkent muhri", change)
	s, err := Load(certPEM(own, home().ca.cert), keyPEM(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var sealer = sync.OnceValue(func() *Signer {
	own := issue(p256(), home().ca, "Toshkent muhri", nil)
	return must(Load(certPEM(own, home().ca.cert), keyPEM(p256())))
})

func printed(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".pdf"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sealed(t testing.TB, s *Signer, name string) []byte {
	t.Helper()
	out, err := s.Seal(printed(t, name), options)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// parts are where things lie in a sealed file.
type parts struct {
	ranges   int  // where the numbers begin
	contents span // the hexadecimal digits
	numbers  [3]int
}

func dissect(t testing.TB, pdf []byte) parts {
	t.Helper()
	p := parts{ranges: bytes.Index(pdf, []byte(dictionary)) + len(dictionary)}
	var ok bool
	if p.numbers, ok = byteRange(string(pdf[p.ranges : p.ranges+rangeWidth])); !ok {
		t.Fatal("no byte range")
	}
	p.contents = span{p.numbers[0] + 1, p.numbers[1] - 1}
	return p
}

// resign writes other numbers into the byte range and seals what they cover, as
// a hostile holder of a key can.
func resign(t testing.TB, s *Signer, pdf []byte, numbers [3]int) []byte {
	t.Helper()
	p := dissect(t, pdf)
	out := bytes.Clone(pdf)
	copy(out[p.ranges:], fmt.Sprintf("%-*s", rangeWidth, fmt.Sprintf("0 %d %d %d", numbers[0], numbers[1], numbers[2])))
	h := s.algorithm.hash.New()
	h.Write(out[:min(numbers[0], len(out))])
	h.Write(out[min(numbers[1], len(out)):min(numbers[1]+numbers[2], len(out))])
	put(t, out, p, must(s.sign(h.Sum(nil))))
	return out
}

// put writes a CMS into the contents.
func put(t testing.TB, pdf []byte, p parts, cms []byte) {
	t.Helper()
	digits := pdf[p.contents.from:p.contents.to]
	if 2*len(cms) > len(digits) {
		t.Fatalf("a CMS of %d bytes does not fit into %d", len(cms), len(digits)/2)
	}
	copy(digits, bytes.Repeat([]byte{'0'}, len(digits)))
	hex.Encode(digits, cms)
}

func cmsOf(t testing.TB, pdf []byte) []byte {
	t.Helper()
	p := dissect(t, pdf)
	raw, err := hex.DecodeString(string(pdf[p.contents.from:p.contents.to]))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func verify(t testing.TB, pdf []byte) Report {
	t.Helper()
	r, err := Verify(pdf, home().roots)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
