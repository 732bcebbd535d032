package seal

import (
	"crypto"
	"testing"
)

// The protocol of testdata has 28 KB.
func BenchmarkSeal(b *testing.B) {
	for _, c := range []struct {
		name string
		key  func() crypto.Signer
	}{{"P-256", p256}, {"P-384", p384}, {"RSA-2048", rsaKey}} {
		b.Run(c.name, func(b *testing.B) {
			s, raw := signer(b, c.key(), nil), printed(b, "protocol")
			for b.Loop() {
				if _, err := s.Seal(raw, options); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(sealed(b, s, "protocol"))-len(raw)), "B/seal")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	pdf, roots := sealed(b, sealer(), "protocol"), home().roots
	for b.Loop() {
		if r, err := Verify(pdf, roots); err != nil || !r.OK() {
			b.Fatal(r, err)
		}
	}
}
