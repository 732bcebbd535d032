package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Key is what anybody needs to check documents without the hub: the key that
// codes and lists are signed with, and the certificates that vouch for seals.
type Key struct {
	Algorithm string   `json:"algorithm"`           // Ed25519
	ID        string   `json:"id"`                  // KeyID
	Key       []byte   `json:"key"`                 // 32 bytes
	PEM       string   `json:"pem"`                 // the same as a PEM public key
	Seals     string   `json:"seals,omitempty"`     // certificates in PEM that vouch for seals; empty: files are not sealed
	SealedBy  Sealers  `json:"sealed_by,omitempty"` // empty: whoever Seals vouch for
	Addresses []string `json:"addresses,omitempty"` // of the hub for the public
}

// KeyID names a key: the first 8 bytes of its SHA-256, hexadecimal.
func KeyID(key ed25519.PublicKey) string {
	s := sha256.Sum256(key)
	return hex.EncodeToString(s[:8])
}

// NewKey describes a public key; seals (PEM) may be empty.
func NewKey(key ed25519.PublicKey, seals []byte, sealedBy Sealers) (Key, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return Key{}, fmt.Errorf("writing the public key: %w", err)
	}
	return Key{
		Algorithm: "Ed25519", ID: KeyID(key), Key: slices.Clone(key), PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		Seals: string(seals), SealedBy: sealedBy,
	}, nil
}

// Keys are what a check without the hub rests on.
type Keys struct {
	Key      ed25519.PublicKey
	Seals    *x509.CertPool // nil: nobody vouches for a seal
	SealedBy Sealers
}

// Sealers are the organisations that may seal a commission's documents, as their
// certificates name them, by the commission's id; "*" is for those that are not
// named. An authority certifies others too: without Sealers, whoever has one of
// its certificates could seal an altered file anew.
type Sealers map[string][]string

// may reports whether an organisation may seal for a commission; known is false
// when nobody is named.
func (s Sealers) may(commission, organisation string) (allowed, known bool) {
	if len(s) == 0 {
		return false, false
	}
	list, ok := s[commission]
	if !ok {
		list = s["*"]
	}
	// A certificate may name several parts of one organisation; package seal joins them.
	return slices.Contains(list, organisation) || organisation != "" && strings.Join(list, ", ") == organisation, true
}

var errNoKey = errors.New("no Ed25519 public key: want what GET /v1/verification-key answers, a PEM file or 32 bytes in base64")

// ReadKeys reads a key's file: the hub's own JSON, PEM (a public key; CERTIFICATE
// blocks vouch for seals), or 32 bytes in base64. ca adds certificates (PEM).
func ReadKeys(file, ca []byte) (Keys, error) {
	var k Keys
	seals := ca
	file = bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(file, []byte("{")):
		var in Key
		if err := json.Unmarshal(file, &in); err != nil {
			return k, errNoKey
		}
		k.Key, k.SealedBy = in.Key, in.SealedBy
		seals = append(append(slices.Clone(ca), '\n'), in.Seals...)
	case bytes.HasPrefix(file, []byte("-----BEGIN")):
		var err error
		if k.Key, err = pemKey(file); err != nil {
			return k, err
		}
		seals = append(append(slices.Clone(ca), '\n'), file...)
	default:
		raw, err := base64.StdEncoding.DecodeString(string(file))
		if err != nil {
			return k, errNoKey
		}
		k.Key = raw
	}
	if len(k.Key) != ed25519.PublicKeySize {
		return k, errNoKey
	}
	var err error
	k.Seals, err = ReadSeals(seals)
	return k, err
}

func pemKey(file []byte) (ed25519.PublicKey, error) {
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "PUBLIC KEY" {
			continue
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		key, ok := parsed.(ed25519.PublicKey)
		if err != nil || !ok {
			return nil, errNoKey
		}
		return key, nil
	}
	return nil, errNoKey
}

// ReadSeals reads the certificates of a PEM file; nil when it has none.
func ReadSeals(file []byte) (*x509.CertPool, error) {
	var pool *x509.CertPool
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading a certificate that vouches for seals: %w", err)
		}
		if pool == nil {
			pool = x509.NewCertPool()
		}
		pool.AddCert(c)
	}
	return pool, nil
}
