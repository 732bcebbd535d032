package seal

import (
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestVerifyWhatIsNotSealed(t *testing.T) {
	t.Parallel()
	mandate, whole := printed(t, "mandate"), sealed(t, sealer(), "mandate")
	cases := []struct {
		name string
		file []byte
		want error
	}{
		{"a print", mandate, ErrNotSealed},
		{"the seal cut off", whole[:len(mandate)], ErrNotSealed},
		{"a picture", []byte("\x89PNG"), ErrNotPDF},
		{"nothing", nil, ErrNotPDF},
		{"something before the head", append([]byte(" "), whole...), ErrNotPDF},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if r, err := Verify(c.file, home().roots); !errors.Is(err, c.want) || r != (Report{}) {
				t.Errorf("got %+v, %v; want %v", r, err, c.want)
			}
		})
	}
}

// Whoever is not trusted has still sealed what there is.
func TestVerifyTrust(t *testing.T) {
	t.Parallel()
	key := newCurveKey(elliptic.P256())
	stranger := &issuer{issue(key, nil, "Ildiz", asCA), key} // of the same name
	strangers := x509.NewCertPool()
	strangers.AddCert(stranger.cert)
	leaf := func(from *issuer, change func(*x509.Certificate), above ...*x509.Certificate) *Signer {
		own := issue(p256(), from, "Muhr", change)
		return must(Load(certPEM(append([]*x509.Certificate{own}, above...)...), keyPEM(p256())))
	}
	lapsed := func(c *x509.Certificate) { c.NotAfter = at.Add(-time.Second) }
	unborn := func(c *x509.Certificate) { c.NotBefore = at.Add(time.Second) }
	middle := newCurveKey(elliptic.P256())
	old := &issuer{issue(middle, home().root, "Eski", func(c *x509.Certificate) { asCA(c); lapsed(c) }), middle}
	own := issue(p256(), nil, "Oʻzi", nil)
	ownPool := x509.NewCertPool()
	ownPool.AddCert(own)
	misused := signer(t, p256(), nil) // as if Load had let it through
	misused.chain[0] = issue(p256(), home().ca, "Muhr", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	leafCA := &issuer{issue(p256(), home().ca, "Muhr", nil), p256()} // no authority, but issues
	cases := []struct {
		name  string
		s     *Signer
		roots *x509.CertPool
		want  string
	}{
		{"trusted", sealer(), home().roots, ""},
		{"with a purpose of its own", leaf(home().ca, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping} }, home().ca.cert), home().roots, ""},
		{"sealed by the certificate that is trusted", must(Load(certPEM(own), keyPEM(p256()))), ownPool, ""},
		{"no roots", sealer(), nil, ProblemUntrusted},
		{"empty roots", sealer(), x509.NewCertPool(), ProblemUntrusted},
		{"another authority", leaf(stranger, nil), home().roots, ProblemUntrusted},
		{"roots of another authority", sealer(), strangers, ProblemUntrusted},
		{"issuer left out", leaf(home().ca, nil), home().roots, ProblemUntrusted},
		{"issued by who may not", leaf(leafCA, nil), home().roots, ProblemUntrusted},
		{"expired at the time", leaf(home().ca, lapsed, home().ca.cert), home().roots, ProblemExpired},
		{"not in force yet", leaf(home().ca, unborn, home().ca.cert), home().roots, ProblemExpired},
		{"issuer expired at the time", leaf(old, nil, old.cert), home().roots, ProblemExpired},
		{"key usage", misused, home().roots, ProblemUsage},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := c.s.seal(printed(t, "mandate"), options)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Verify(out, c.roots)
			if err != nil || !r.Whole || !r.Genuine || r.Trusted != (c.want == "") || r.Problem != c.want || r.OK() != (c.want == "") {
				t.Errorf("got %+v, %v; want %q", r, err, c.want)
			}
		})
	}
}

var rewrite = flag.Bool("update", false, "write testdata/sealed.pdf and root.pem again")

// What an earlier version sealed must verify for ever: the file is written once
// and again only with a new form, beside the old one.
func TestSealedLongAgo(t *testing.T) {
	t.Parallel()
	if *rewrite {
		for name, b := range map[string][]byte{"sealed.pdf": sealed(t, sealer(), "mandate"), "root.pem": certPEM(home().root.cert)} {
			if err := os.WriteFile(filepath.Join("testdata", name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	root, err := os.ReadFile(filepath.Join("testdata", "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	r, err := Verify(printed(t, "sealed"), roots)
	if err != nil || !r.OK() || !r.At.Equal(at) || r.Signer != "Toshkent muhri" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestProblemsAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"": true}
	for _, p := range Problems() {
		if seen[p] {
			t.Errorf("%q twice", p)
		}
		seen[p] = true
	}
}
