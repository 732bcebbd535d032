package eds_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/smallstep/pkcs7"

	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
)

func TestVerifyGood(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	p := people.ByStory("chair-tec")
	serial, _, err := s.Certificate("chair-tec")
	if err != nil {
		t.Fatal(err)
	}
	m := post(t, s, eds.PathVerifyAttached, sign(t, s, eds.Order{As: "chair-tec"}))
	info, _ := m["pkcs7Info"].(object)
	if m["status"] != 1.0 || m["message"] != "" || info["documentBase64"] != b64(document) {
		t.Fatalf("got %v", m)
	}
	list := signers(t, m)
	if len(list) != 1 {
		t.Fatalf("%d signers", len(list))
	}
	one := list[0]
	for key, want := range map[string]any{
		"signingTime": "2026-11-20 10:00:00", "verified": true, "certificateVerified": true, "certificateValidAtSigningTime": true,
		"statusUpdatedAt": "2026-11-20 10:00:00", "statusNextUpdateAt": "2026-11-20 10:01:00",
		"signerId":          object{"issuer": "CN=MockCA,O=mock.e-imzo.example", "subjectSerialNumber": serial},
		"policyIdentifiers": []any{"1.3.6.1.4.1.46709.1.2.1", "1.3.6.1.4.1.46709.1.2.2"},
	} {
		if d := cmp.Diff(want, one[key]); d != "" {
			t.Errorf("%s:\n%s", key, d)
		}
	}
	for _, key := range []string{"revokedStatusInfo", "exception"} {
		if _, there := one[key]; there {
			t.Errorf("%s is there", key)
		}
	}
	for _, key := range []string{"signature", "digest", "OCSPResponse", "trustedCertificate"} {
		if one[key] == nil || one[key] == "" {
			t.Errorf("%s is missing", key)
		}
	}
	certs, _ := one["certificate"].([]any)
	if len(certs) != 2 {
		t.Fatalf("%d certificates", len(certs))
	}
	own, _ := certs[0].(object)
	want := object{
		"1.2.860.3.16.1.2": string(p.PINFL), "1.2.860.3.16.1.1": population.TECTIN, "CN": p.FullName(), "Name": p.GivenName, "SURNAME": p.Surname,
		"O": p.Certificate.Organisation, "T": "RAIS", "L": "Mirzo Ulugʻbek tumani", "ST": "Toshkent shahri", "C": "UZ",
	}
	subject, _ := own["subjectInfo"].(object)
	if uid, _ := subject["UID"].(string); len(uid) != 9 {
		t.Errorf("UID %q", uid)
	}
	delete(subject, "UID")
	if d := cmp.Diff(want, subject); d != "" {
		t.Error(d)
	}
	if own["serialNumber"] != serial || own["validFrom"] != "2024-12-27 00:00:00" || own["validTo"] != "2031-12-27 00:00:00" ||
		own["issuerName"] != "CN=MockCA,O=mock.e-imzo.example" || !strings.Contains(own["subjectName"].(string), "1.2.860.3.16.1.2="+string(p.PINFL)) {
		t.Errorf("certificate %v", own)
	}
	stamp, _ := one["timeStampInfo"].(object)
	for key, want := range map[string]any{
		"time": "2026-11-20 10:00:00", "verified": true, "digestVerified": true, "certificateVerified": true,
		"certificateValidAtSigningTime": true, "tsaPolicy": "1.2.860.3.2.11.1",
	} {
		if stamp[key] != want {
			t.Errorf("time stamp: %s is %v", key, stamp[key])
		}
	}
}

func TestVerifyDetached(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "observer-1", Detached: true})
	m := post(t, s, eds.PathVerifyDetached, document, der)
	info, _ := m["pkcs7Info"].(object)
	if _, there := info["documentBase64"]; m["status"] != 1.0 || there {
		t.Errorf("got %v", m)
	}
	subject := subjectOf(t, signers(t, m)[0])
	if _, there := subject["1.2.860.3.16.1.1"]; there || subject["O"] != nil {
		t.Errorf("a natural person has an organisation: %v", subject)
	}
	other := post(t, s, eds.PathVerifyDetached, append(slices.Clone(document), '.'), der)
	if other["status"] != -10.0 || signers(t, other)[0]["verified"] != false {
		t.Errorf("another document: %v", other["status"])
	}
}

func subjectOf(t *testing.T, signer object) object {
	t.Helper()
	certs, _ := signer["certificate"].([]any)
	own, _ := certs[0].(object)
	subject, _ := own["subjectInfo"].(object)
	return subject
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	strict, _ := start(t, eds.Options{RevokedIsStatus: true})
	cases := []struct {
		name   string
		order  eds.Order
		server *eds.Server
		status float64
		key    string // of the signer, or of its time stamp after a dot
		want   any
	}{
		{"untrusted", eds.Order{As: "untrusted"}, s, -11, "certificateVerified", false},
		{"tampered", eds.Order{As: "tampered"}, s, -10, "verified", false},
		{"another's key", eds.Order{As: "chair-tec", Flaw: eds.WrongSigner}, s, -10, "verified", false},
		{"another's RSA key", eds.Order{As: "party-head", Flaw: eds.WrongSigner}, s, -10, "verified", false},
		{"tampered, RSA", eds.Order{As: "party-head", Flaw: eds.Tampered}, s, -10, "verified", false},
		{"substituted, RSA", eds.Order{As: "party-head", Flaw: eds.Substituted}, s, -10, "verified", false},
		{"untrusted, RSA", eds.Order{As: "party-head", Flaw: eds.Untrusted}, s, -11, "certificateVerified", false},
		{"substituted", eds.Order{As: "chair-dec", Flaw: eds.Substituted}, s, -10, "verified", false},
		{"expired", eds.Order{As: "expired-cert"}, s, -12, "certificateValidAtSigningTime", false},
		{"not yet valid", eds.Order{As: "observer-1", At: w.Now().AddDate(-3, 0, 0)}, s, -12, "certificateValidAtSigningTime", false},
		{"revoked", eds.Order{As: "revoked"}, s, 1, "revokedStatusInfo", object{"revocationTime": "2025-12-27 00:00:00", "crlReason": "keyCompromise"}},
		{"revoked, by status", eds.Order{As: "revoked"}, strict, -11, "verified", true},
		{"no stamp", eds.Order{As: "observer-1", NoStamp: true}, s, 1, "timeStampInfo", nil},
		{"stamp of nobody", eds.Order{As: "observer-1", Flaw: eds.UntrustedStamp}, s, -22, ".certificateVerified", false},
		{"stamp of another", eds.Order{As: "observer-1", Flaw: eds.AlienStamp}, s, -21, ".digestVerified", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := post(t, c.server, eds.PathVerifyAttached, sign(t, c.server, c.order))
			list := signers(t, m)
			if m["status"] != c.status || len(list) != 1 || (m["message"] == "") != (c.status == 1) {
				t.Fatalf("status %v %v", m["status"], m["message"])
			}
			at, key := list[0], c.key
			if rest, ok := strings.CutPrefix(c.key, "."); ok {
				at, _ = at["timeStampInfo"].(object)
				key = rest
			}
			if d := cmp.Diff(c.want, at[key]); d != "" {
				t.Errorf("%s:\n%s", c.key, d)
			}
		})
	}
}

func TestNoPINFL(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	m := post(t, s, eds.PathVerifyAttached, sign(t, s, eds.Order{As: "observer-1", Flaw: eds.NoPINFL}))
	if subject := subjectOf(t, signers(t, m)[0]); m["status"] != 1.0 || subject["1.2.860.3.16.1.2"] != nil || subject["CN"] == nil {
		t.Errorf("status %v, subject %v", m["status"], subject)
	}
}

// Revoked between two verifications of the same envelope.
func TestRevoke(t *testing.T) {
	t.Parallel()
	s, w := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "deputy-tec"})
	revoked := func() any { return signers(t, post(t, s, eds.PathVerifyAttached, der))[0]["revokedStatusInfo"] }
	if revoked() != nil {
		t.Error("revoked from the start")
	}
	w.Add(time.Hour)
	if status, _ := send(t, http.MethodPost, s.URL()+"/_mock/revoke", `{"as":"deputy-tec"}`, nil); status != http.StatusNoContent {
		t.Fatalf("revoking: %d", status)
	}
	if got, _ := revoked().(object); got["revocationTime"] != "2026-11-20 11:00:00" {
		t.Errorf("got %v", got)
	}
	if status, m := send(t, http.MethodPost, s.URL()+"/_mock/revoke", `{"as":"nobody"}`, nil); status != http.StatusBadRequest || m["error"] != "no such story" {
		t.Errorf("nobody: %d %v", status, m)
	}
}

// The library that others read envelopes with agrees with what is signed here,
// with keys of both kinds.
func TestOthersReadTheEnvelope(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	for as, kind := range map[string]x509.PublicKeyAlgorithm{"party-head": x509.RSA, "chair-tec": x509.ECDSA} {
		attached, detached := sign(t, s, eds.Order{As: as}), sign(t, s, eds.Order{As: as, Detached: true})
		content, isDetached, err := signature.Content(attached)
		if err != nil || isDetached || !bytes.Equal(content, document) {
			t.Errorf("%s attached: %q %v %v", as, content, isDetached, err)
		}
		if _, isDetached, err := signature.Content(detached); err != nil || !isDetached {
			t.Errorf("%s detached: %v %v", as, isDetached, err)
		}
		for name, der := range map[string][]byte{"attached": attached, "detached": detached} {
			p7, err := pkcs7.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			own := p7.GetOnlySigner()
			if own.PublicKeyAlgorithm != kind || own.SignatureAlgorithm != x509.ECDSAWithSHA256 {
				t.Errorf("%s has a %v key, certified by %v", as, own.PublicKeyAlgorithm, own.SignatureAlgorithm)
			}
			if key, ok := own.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() != 2048 {
				t.Errorf("%s: %d bits", as, key.N.BitLen())
			}
			p7.Content = document
			if err := p7.Verify(); err != nil {
				t.Errorf("%s %s: %v", as, name, err)
			}
			p7.Content = []byte("other")
			if err := p7.Verify(); err == nil {
				t.Errorf("%s %s: another document verifies", as, name)
			}
		}
	}
}

// Every third person has an RSA key; the answer names the kind.
func TestKindsOfKeys(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	for as, want := range map[string]string{"party-head": "RSA", "chair-tec": "EC"} {
		one := signers(t, post(t, s, eds.PathVerifyAttached, sign(t, s, eds.Order{As: as})))[0]
		certs, _ := one["certificate"].([]any)
		own, _ := certs[0].(object)
		key, _ := own["publicKey"].(object)
		if one["verified"] != true || key["keyAlgName"] != want {
			t.Errorf("%s: verified %v with %v", as, one["verified"], key["keyAlgName"])
		}
	}
}

// What was signed before a restart is still trusted after it.
func TestRestart(t *testing.T) {
	t.Parallel()
	before, _ := start(t, eds.Options{})
	after, _ := start(t, eds.Options{})
	for _, as := range []string{"party-head", "chair-dec"} { // RSA and ECDSA
		if !bytes.Equal(sign(t, before, eds.Order{As: as}), sign(t, after, eds.Order{As: as})) {
			t.Errorf("the same order of %s is signed differently", as)
		}
	}
	a := sign(t, before, eds.Order{As: "chair-dec"})
	if m := post(t, after, eds.PathVerifyAttached, a); m["status"] != 1.0 {
		t.Errorf("status %v", m["status"])
	}
	foreign, err := eds.Start(t.Context(), eds.Options{Population: population.New(6, election, 0)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = foreign.Close() }()
	if m := post(t, foreign, eds.PathVerifyAttached, a); m["status"] != -11.0 {
		t.Errorf("another seed: status %v", m["status"])
	}
}

// The stamp's time counts, not the signer's clock: a certificate that was good
// by that clock but had run out when the stamp was given is refused.
func TestStampTimeCounts(t *testing.T) {
	t.Parallel()
	s, _ := start(t, eds.Options{})
	der := sign(t, s, eds.Order{As: "expired-cert", At: election.AddYears(-2).Start(), NoStamp: true})
	if m := post(t, s, eds.PathVerifyAttached, der); m["status"] != 1.0 {
		t.Errorf("by the signer's clock: %v", m["status"])
	}
	stamped, err := base64.StdEncoding.DecodeString(post(t, s, eds.PathTimestamp, der)["pkcs7b64"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if m := post(t, s, eds.PathVerifyAttached, stamped); m["status"] != -12.0 {
		t.Errorf("by the stamp: %v", m["status"])
	}
}
