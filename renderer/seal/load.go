package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// maxChain bounds the certificates that a seal carries.
const maxChain = 8

// Signer seals with one certificate and its key. It may be used by several
// goroutines at a time.
type Signer struct {
	chain     []*x509.Certificate // the sealer's own first, each issued by the next; no root
	key       crypto.Signer
	algorithm algorithm
	room      int // bytes reserved for the CMS
}

// Load reads a seal's certificate and key, both PEM: the certificate, which
// those of its issuers may follow in order, and an RSA key of 2048 bits or more
// or an ECDSA key of P-256 or P-384 (PKCS #8, PKCS #1 or SEC 1, not encrypted).
// A root at the end of the chain is left out of seals. Faults are
// misconfigured, say in a hint what to do, and hold nothing of the key.
//
// Validity is not judged here, because a seal is made at a time of its own:
// see Check, which Seal asks.
func Load(certificate, key []byte) (*Signer, error) {
	chain, err := readChain(certificate)
	if err != nil {
		return nil, err
	}
	k, err := readKey(key)
	if err != nil {
		return nil, err
	}
	a, err := algorithmOf(chain[0].PublicKey)
	if err != nil {
		return nil, misconfigured("use an RSA key of 2048 to 8192 bits or an ECDSA key of P-256 or P-384", err)
	}
	if own, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !own.Equal(chain[0].PublicKey) {
		return nil, misconfigured("give the key that the first certificate of the file was issued for",
			errors.New("key and certificate do not belong together"))
	}
	if !maySeal(chain[0]) {
		return nil, misconfigured("have a certificate issued with the key usage digitalSignature or nonRepudiation",
			errors.New("the certificate does not permit signing"))
	}
	s := &Signer{chain: chain, key: k, algorithm: a}
	widest, err := envelope(chain, a, make([]byte, a.hash.Size()), make([]byte, a.signature))
	if err != nil {
		return nil, fmt.Errorf("measuring a seal: %w", err)
	}
	if s.room = len(widest); s.room > maxRoom {
		return nil, misconfigured("give the sealing certificate and those of its issuers only",
			fmt.Errorf("the certificates take more than %d bytes", maxRoom))
	}
	return s, nil
}

// Check says whether the certificate and its issuers' are in force at a time.
func (s *Signer) Check(at time.Time) error {
	for i, c := range s.chain {
		whose := "the certificate"
		if i > 0 {
			whose = "an issuer's certificate"
		}
		if at.Before(c.NotBefore) {
			return misconfigured("check the clock, or wait until the certificate is in force",
				fmt.Errorf("%s is in force from %s on", whose, c.NotBefore.UTC().Format(time.RFC3339)))
		}
		if at.After(c.NotAfter) {
			return misconfigured("have a new certificate issued and configure it",
				fmt.Errorf("%s expired %s", whose, c.NotAfter.UTC().Format(time.RFC3339)))
		}
	}
	return nil
}

// Certificate is the sealer's own; not to be altered.
func (s *Signer) Certificate() *x509.Certificate { return s.chain[0] }

// Format prints whose seal it is, never the key, whatever the verb.
func (s *Signer) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "seal of "+s.chain[0].Subject.CommonName)
}

func misconfigured(hint string, err error) error {
	return &fault.Fault{Kind: fault.Misconfigured, System: system, Operation: "load", Hint: hint, Err: err}
}

// maySeal reports whether a certificate's key usage permits signatures; one
// without the extension permits everything.
func maySeal(c *x509.Certificate) bool {
	return c.KeyUsage == 0 || c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
}

func readChain(raw []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for {
		var block *pem.Block
		if block, raw = pem.Decode(raw); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, misconfigured("keep the key in a file of its own, readable by the hub alone", errors.New("the certificate's file holds something else too"))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, misconfigured("have the certificate exported again, as PEM", errors.New("a certificate cannot be read"))
		}
		if chain = append(chain, c); len(chain) > maxChain {
			return nil, misconfigured("give the sealing certificate and those of its issuers only", fmt.Errorf("more than %d certificates", maxChain))
		}
	}
	if len(chain) == 0 {
		return nil, misconfigured("give a file that begins with -----BEGIN CERTIFICATE-----", errors.New("no certificate found"))
	}
	if slices.ContainsFunc(chain, huge) {
		return nil, misconfigured("have certificates issued by an authority with a smaller key", fmt.Errorf("an RSA key of more than %d bits", maxRSA))
	}
	for i, c := range chain[:len(chain)-1] {
		if c.CheckSignatureFrom(chain[i+1]) != nil {
			return nil, misconfigured("put the sealing certificate first and behind each certificate its issuer's", errors.New("the certificates are no chain"))
		}
	}
	if last := chain[len(chain)-1]; len(chain) > 1 && bytes.Equal(last.RawIssuer, last.RawSubject) {
		chain = chain[:len(chain)-1]
	}
	return chain, nil
}

func readKey(raw []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(raw)
	if block != nil && block.Type == "EC PARAMETERS" { // openssl writes them before the key
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, misconfigured("give a file that begins with -----BEGIN PRIVATE KEY-----", errors.New("no key found"))
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncryptedKey()
	default:
		return nil, misconfigured("give a file that begins with -----BEGIN PRIVATE KEY-----", errors.New("the key's file holds no private key"))
	}
	if block.Headers["DEK-Info"] != "" {
		return nil, errEncryptedKey()
	}
	if err != nil { // its text may quote the key
		return nil, misconfigured("have the key exported again, as PKCS #8 in PEM", errors.New("the key cannot be read"))
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		return k, nil
	}
	return nil, misconfigured("use an RSA or ECDSA key", errors.New("the key is of another kind"))
}

func errEncryptedKey() error {
	return misconfigured("decrypt it (openssl pkey -in FILE -out FILE) and protect the file by its permissions", errors.New("the key is encrypted"))
}
