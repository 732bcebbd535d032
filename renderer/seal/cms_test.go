package seal

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"github.com/smallstep/pkcs7"
)

// covered is what a seal signs.
func covered(t testing.TB, pdf []byte) []byte {
	t.Helper()
	p := dissect(t, pdf)
	return slices.Concat(pdf[:p.numbers[0]], pdf[p.numbers[1]:])
}

// trimmed is the CMS without the zeros behind it.
func trimmed(t testing.TB, pdf []byte) []byte {
	t.Helper()
	cms := cmsOf(t, pdf)
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(cms, &outer); err != nil {
		t.Fatal(err)
	}
	return outer.FullBytes
}

// Another implementation reads the CMS, and finds in it what PAdES asks.
func TestAnotherLibraryAgrees(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]func() crypto.Signer{"RSA": rsaKey, "P-256": p256, "P-384": p384} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := signer(t, key(), nil)
			pdf := sealed(t, s, "mandate")
			cms, err := pkcs7.Parse(trimmed(t, pdf))
			if err != nil {
				t.Fatal(err)
			}
			if len(cms.Content) != 0 || len(cms.Signers) != 1 || len(cms.Certificates) != 2 {
				t.Fatalf("%d bytes of content, %d signers, %d certificates", len(cms.Content), len(cms.Signers), len(cms.Certificates))
			}
			cms.Content = covered(t, pdf)
			if err := cms.VerifyWithChainAtTime(home().roots, at); err != nil {
				t.Error(err)
			}
			cms.Content = append(cms.Content, ' ')
			if cms.Verify() == nil {
				t.Error("verifies over other bytes")
			}
			var time any
			if cms.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &time) == nil {
				t.Error("it has a signing time")
			}
			var certs signingCertificates
			if err := cms.UnmarshalSignedAttribute(oidSigningCertificate, &certs); err != nil || len(certs.Certificates) != 2 {
				t.Fatalf("signing certificates %v, %v", certs, err)
			}
			if want := sha256.Sum256(s.Certificate().Raw); !bytes.Equal(certs.Certificates[0].Hash, want[:]) {
				t.Error("the first named is another certificate")
			}
		})
	}
}

// A CMS that says the same in other words, or more, is not taken, although the
// signature in it is right.
func TestOtherFormsOfTheCMS(t *testing.T) {
	t.Parallel()
	roomy := signer(t, p256(), nil)
	roomy.room += 3000 // for what is more
	pdf := sealed(t, roomy, "mandate")
	p, good := dissect(t, pdf), trimmed(t, pdf)
	if r := verify(t, pdf); !r.OK() {
		t.Fatalf("with more room: %+v", r)
	}
	change := func(f func(*signedData)) []byte {
		var info contentInfo
		var sd signedData
		must(asn1.Unmarshal(good, &info))
		must(asn1.Unmarshal(info.Content.Bytes, &sd))
		f(&sd)
		return must(asn1.Marshal(contentInfo{oidSignedData, tagged(must(asn1.Marshal(sd)))}))
	}
	library := func() []byte {
		sd := must(pkcs7.NewSignedData(covered(t, pdf)))
		sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		if err := sd.AddSigner(roomy.chain[0], p256(), pkcs7.SignerInfoConfig{}); err != nil {
			t.Fatal(err)
		}
		sd.Detach()
		return must(sd.Finish())
	}
	more := func(c *x509.Certificate) func(*signedData) {
		return func(sd *signedData) { sd.Certificates = tagged(slices.Concat(sd.Certificates.Bytes, c.Raw)) }
	}
	cases := []struct {
		name string
		cms  []byte
		want string
	}{
		{"as it was, taken apart and put together", change(func(*signedData) {}), ""},
		{"another version", change(func(sd *signedData) { sd.Version = 3 }), ProblemForm},
		{"another version of the signer", change(func(sd *signedData) { sd.Signers[0].Version = 3 }), ProblemForm},
		{"the signer twice", change(func(sd *signedData) { sd.Signers = append(sd.Signers, sd.Signers[0]) }), ProblemForm},
		{"no signer", change(func(sd *signedData) { sd.Signers = nil }), ProblemForm},
		{"another digest named", change(func(sd *signedData) { sd.Digests[0].Algorithm = oidSHA384 }), ProblemForm},
		{"another algorithm named", change(func(sd *signedData) { sd.Signers[0].Algorithm.Algorithm = oidSHA384ECDSA }), ProblemForm},
		{"another content type", change(func(sd *signedData) { sd.Content.Type = oidSignedData }), ProblemForm},
		{"one certificate more", change(more(issue(p384(), nil, "Yana", nil))), ProblemForm},
		{"the root too", change(more(home().root.cert)), ProblemForm},
		{"the same certificate again", change(more(roomy.chain[0])), ProblemForm},
		{"no certificates", change(func(sd *signedData) { sd.Certificates = tagged(nil) }), ProblemForm},
		{"the issuer's certificate left out", change(func(sd *signedData) { sd.Certificates = tagged(roomy.chain[0].Raw) }), ProblemForm},
		{"another signature value", change(func(sd *signedData) {
			sd.Signers[0].Signature = must(lesser(p256().Public(), must(p256().Sign(nil, make([]byte, 32), crypto.SHA256))))
		}), ProblemSignature},
		{"the other value of the same signature", change(func(sd *signedData) {
			var v struct{ R, S *big.Int }
			must(asn1.Unmarshal(sd.Signers[0].Signature, &v))
			v.S.Sub(elliptic.P256().Params().N, v.S)
			sd.Signers[0].Signature = must(asn1.Marshal(v))
		}), ProblemForm},
		{"a signature that is none", change(func(sd *signedData) { sd.Signers[0].Signature = []byte("signature") }), ProblemForm},
		{"attributes left out", change(func(sd *signedData) { sd.Signers[0].Attributes = tagged(nil) }), ProblemAltered},
		{"of another library, right but with a signing time", library(), ProblemForm},
		{"something behind it", append(bytes.Clone(good), 0, 0, 7), ProblemForm},
		{"an empty one", []byte{0x30, 0}, ProblemForm},
		{"zeros", nil, ProblemForm},
		{"a certificate alone", roomy.chain[0].Raw, ProblemForm},
		{"indefinite length", append(append([]byte{0x30, 0x80}, good[4:]...), 0, 0), ProblemForm},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := bytes.Clone(pdf)
			put(t, out, p, c.cms)
			if r := verify(t, out); r.Problem != c.want || r.Genuine != (c.want == "") {
				t.Errorf("got %+v, want %q", r, c.want)
			}
		})
	}
}
