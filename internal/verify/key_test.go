package verify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/verify"
)

func TestReadKeys(t *testing.T) {
	t.Parallel()
	public := codes(1).PublicKey
	ca := authority(t, "Sinov markazi")
	sealers := verify.Sealers{"1726": {"Toshkent shahar hududiy saylov komissiyasi"}}
	k, err := verify.NewKey(public, ca.pem, sealers)
	if err != nil {
		t.Fatal(err)
	}
	own, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		file, ca []byte
		seals    bool
		sealers  verify.Sealers
	}{
		{"the hub's answer", own, nil, true, sealers},
		{"the hub's answer after a byte order mark", append([]byte("\ufeff"), own...), nil, true, sealers},
		{"PEM", []byte(k.PEM), nil, false, nil},
		{"PEM and its authority", append([]byte(k.PEM), ca.pem...), nil, true, nil},
		{"base64", []byte(base64.StdEncoding.EncodeToString(public) + "\n"), nil, false, nil},
		{"base64, the authority beside it", []byte(base64.StdEncoding.EncodeToString(public)), ca.pem, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := verify.ReadKeys(c.file, c.ca)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Key, public) || (got.Seals != nil) != c.seals {
				t.Errorf("key %x, seals %t", got.Key, got.Seals != nil)
			}
			if diff := cmp.Diff(c.sealers, got.SealedBy); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadKeysRefuses(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }
	good := []byte(base64.StdEncoding.EncodeToString(codes(1).PublicKey))
	for name, c := range map[string]struct{ file, ca []byte }{
		"empty": {}, "words": {file: []byte("not a key")}, "short": {file: []byte("AAAA")}, "no JSON": {file: []byte("{")}, "JSON without a key": {file: []byte("{}")},
		"a short key in JSON": {file: []byte(`{"key":"AAAA"}`)}, "another algorithm": {file: block("PUBLIC KEY", der)}, "a broken PEM": {file: block("PUBLIC KEY", []byte{1})},
		"a certificate only": {file: authority(t, "x").pem}, "an open PEM": {file: []byte("-----BEGIN PUBLIC KEY-----")},
		"a broken authority": {file: good, ca: block("CERTIFICATE", []byte{1})},
	} {
		if _, err := verify.ReadKeys(c.file, c.ca); err == nil || strings.Contains(err.Error(), "not a key") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
