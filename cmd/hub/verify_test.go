package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/verify"
	dossiers "github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/seal"
)

// issued is what somebody has who checks without a hub: documents, the key, lists.
type issued struct {
	code, past, pdf, unsealed, altered, key, other, list, revoked, ca string
}

func makeIssued(t *testing.T) issued {
	t.Helper()
	at := time.Now()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	codes := issuing.Codes{Sign: func(b []byte) []byte { return ed25519.Sign(private, b) }, PublicKey: public, Address: "https://hub.example"}
	doc := dossiers.Document{Kind: "D4", Number: 7, Commission: "1726"}
	data := []byte(`{"number":"7"}`)
	hash, err := dossiers.DataHash(data)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	var out issued
	out.code, out.past = codes.Code(doc, hash, time.Time{}), codes.Code(doc, hash, at.AddDate(0, 0, -2))
	printed, err := os.ReadFile("../../renderer/seal/testdata/mandate.pdf")
	check(err)
	raw, err := pdf.Finish(printed, pdf.Options{
		At: at, Title: "Mandat", Identifier: "x", Code: out.code, Archive: pdf.A3B,
		Attach: []pdf.Attachment{{Name: verify.DataName, MediaType: "application/json", Content: data}},
	})
	check(err)
	certificate, key := certificateOf(t)
	signer, err := seal.Load(certificate, key)
	check(err)
	whole, err := signer.Seal(raw, seal.Options{At: at, Name: "Sinov"})
	check(err)
	keep := func(name string, b []byte) string {
		name = filepath.Join(t.TempDir(), name)
		check(os.WriteFile(name, b, 0o600))
		return name
	}
	out.pdf, out.unsealed = keep("mandate.pdf", whole), keep("mandate.pdf", raw)
	out.altered = keep("mandate.pdf", bytes.Replace(whole, []byte("(Mandat)"), []byte("(Mandad)"), 1))
	k, err := verify.NewKey(public, nil, nil)
	check(err)
	b, err := json.Marshal(k)
	check(err)
	out.key, out.ca = keep("key.json", b), keep("ca.pem", certificate)
	foreign, _, err := ed25519.GenerateKey(nil)
	check(err)
	k, err = verify.NewKey(foreign, nil, nil)
	check(err)
	out.other = keep("other.pem", []byte(k.PEM))
	empty, err := verify.NewList(nil, at, at).Sign(codes.Sign, public)
	check(err)
	out.list = keep("list.json", empty)
	plain, err := issuing.Plain(out.code)
	check(err)
	gone, err := verify.NewList([]verify.Entry{{Code: verify.CodeID(plain), Kind: "D4", Number: 7, State: dossiers.Revoked}}, at, at).Sign(codes.Sign, public)
	check(err)
	out.revoked = keep("revoked.json", gone)
	return out
}

// certificateOf makes a certificate that vouches for itself, and its key.
func certificateOf(t *testing.T) (certificate, key []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Sinov", Organization: []string{"Sinov komissiyasi"}},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &own.PublicKey, own)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

// 0 for what is genuine only, 1 for everything else, 2 for what cannot be meant.
func TestVerifyExitCodes(t *testing.T) {
	t.Parallel()
	f := makeIssued(t)
	_, alone, _ := strings.Cut(f.code, "/V/")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a code", []string{f.code, "--key", f.key}, 0, "not known offline: whether it was revoked"},
		{"a code alone", []string{alone, "--key", f.key}, 0, "GENUINE"},
		{"a code typed", []string{strings.ToLower(alone[:50]) + "\n " + alone[50:], "--key", f.key}, 0, "GENUINE"},
		{"a code, not in the list", []string{f.code, "--key", f.key, "--revocations", f.list}, 0, "not in the signed list"},
		{"a code in the list", []string{f.code, "--key", f.key, "--revocations", f.revoked}, 1, "REVOKED"},
		{"a code with another key", []string{f.code, "--key", f.other}, 1, "ALTERED"},
		{"a list that is none", []string{f.code, "--key", f.key, "--revocations", f.key}, 1, "UNKNOWN"},
		{"a list that is old", []string{f.code, "--key", f.key, "--revocations", f.list, "--max-age", "1ns"}, 1, "UNKNOWN"},
		{"an expired code", []string{f.past, "--key", f.key}, 1, "EXPIRED"},
		{"words", []string{"salom", "--key", f.key}, 1, "UNKNOWN"},
		{"a file", []string{f.pdf, "--key", f.key, "--ca", f.ca}, 0, "the file is as it was issued"},
		{"a file for whose seal nobody vouches", []string{f.pdf, "--key", f.key}, 1, "not known offline: whether the file is as it was issued"},
		{"a file without a seal", []string{f.unsealed, "--key", f.key, "--ca", f.ca}, 1, "UNKNOWN"},
		{"an altered file", []string{f.altered, "--key", f.key, "--ca", f.ca}, 1, "ALTERED"},
		{"no PDF", []string{f.key, "--key", f.key}, 1, "this is not a PDF"},
		{"neither key nor hub", []string{f.code}, 2, "want --key FILE"},
		{"a list without a key", []string{f.code, "--url", "http://127.0.0.1:1", "--revocations", f.list}, 2, "goes with --key"},
		{"a file that is not there", []string{"none.pdf", "--key", f.key}, 2, "no such file"},
		{"a key that is not there", []string{f.code, "--key", "none"}, 2, "none"},
		{"a key that is none", []string{f.code, "--key", f.pdf}, 1, "no Ed25519 public key"},
		{"no certificate", []string{f.code, "--key", f.key, "--ca", f.key}, 1, "holds no certificate"},
		{"a hub that is not there", []string{f.code, "--url", "http://127.0.0.1:1"}, 1, "asking the hub"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := execute(append([]string{"verify"}, c.args...), &out, &errs)
			if code != c.code || !strings.Contains(out.String()+errs.String(), c.says) {
				t.Errorf("exit code %d, want %d, with %q; said\n%s%s", code, c.code, c.says, out.String(), errs.String())
			}
		})
	}
}

// A hub that is named is asked about the code and the hash of the file, and told
// nothing else; nobody is asked otherwise.
func TestVerifyAsks(t *testing.T) {
	t.Parallel()
	f := makeIssued(t)
	raw, err := os.ReadFile(f.unsealed)
	if err != nil {
		t.Fatal(err)
	}
	_, alone, _ := strings.Cut(f.code, "/V/")
	asked := make(chan string, 10)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.URL.String()
		_ = json.NewEncoder(w).Encode(verify.Answer{Status: verify.Genuine, File: "same", Number: "007"})
	}))
	t.Cleanup(hub.Close)
	var out, errs bytes.Buffer
	if code := execute([]string{"verify", f.unsealed, "--url", hub.URL, "-o", "json"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	var r verify.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Verdict != verify.IsGenuine || r.Hub == nil || r.SHA256 != verify.SHA256(raw) {
		t.Errorf("%v: %s", err, out.String())
	}
	if got, want := <-asked, "GET /verify/"+alone+"?lang=en&sha256="+verify.SHA256(raw); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
	if code := execute([]string{"verify", "salom", "--url", hub.URL}, &out, &errs); code != 1 || len(asked) > 0 {
		t.Errorf("exit code %d, asked about what is no code: %t", code, len(asked) > 0)
	}
}
