package eds

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"sync"
)

// Keys follow from the seed alone and sign without randomness, so that the same
// seed gives the same certificates and signatures, byte for byte.

// deterministic signs with a curve's key by RFC 6979.
type deterministic struct{ *ecdsa.PrivateKey }

// Sign ignores the random source.
func (d *deterministic) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.PrivateKey.Sign(nil, digest, opts)
}

func derive(seed uint64, label string, n int) ([]byte, error) {
	var secret [8]byte
	binary.BigEndian.PutUint64(secret[:], seed)
	return hkdf.Key(sha256.New, secret[:], nil, "mock eds "+label, n)
}

func newKey(seed uint64, label string) (crypto.Signer, error) {
	for try := 0; ; try++ {
		raw, err := derive(seed, fmt.Sprintf("%s key %d", label, try), 32)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		// About one in 2^32 values lies outside the curve's order.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			return &deterministic{key}, nil
		}
	}
}

const (
	rsaBits     = 2048
	rsaExponent = 65537
)

// rsaKeys keeps what was found: finding primes takes a quarter of a second.
var rsaKeys sync.Map // of "seed label" to func() (*rsa.PrivateKey, error)

func newRSAKey(seed uint64, label string) (crypto.Signer, error) {
	find, _ := rsaKeys.LoadOrStore(fmt.Sprint(seed, " ", label), sync.OnceValues(func() (*rsa.PrivateKey, error) { return findRSAKey(seed, label) }))
	key, err := find.(func() (*rsa.PrivateKey, error))()
	if err != nil {
		return nil, err
	}
	return key, nil // its PKCS #1 v1.5 signatures hold no randomness
}

func findRSAKey(seed uint64, label string) (*rsa.PrivateKey, error) {
	e, one := big.NewInt(rsaExponent), big.NewInt(1)
	var primes []*big.Int
	for _, name := range []string{"p", "q"} {
		raw, err := derive(seed, label+" rsa "+name, rsaBits/2/8)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		raw[0] |= 0xc0         // so that the product has all its bits
		raw[len(raw)-1] |= 0x1 // odd
		p, two := new(big.Int).SetBytes(raw), big.NewInt(2)
		less := new(big.Int)
		for !p.ProbablyPrime(20) || less.GCD(nil, nil, e, less.Sub(p, one)).Cmp(one) != 0 {
			p.Add(p, two)
		}
		primes = append(primes, p)
	}
	p, q := primes[0], primes[1]
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: rsaExponent},
		D:         new(big.Int).ModInverse(e, phi), Primes: primes,
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("making an RSA key: %w", err)
	}
	return key, nil
}
