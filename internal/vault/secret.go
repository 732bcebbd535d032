package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// secretScheme leads every hash, so that another scheme can stand beside it.
const secretScheme = "sha256:"

// NewKey makes an API key: a public id (8 lower-case letters and digits, for
// lists and logs) and its secret (256 random bits, 43 characters of URL-safe
// base64), which is shown once and kept only as HashSecret's result.
func NewKey() (id, secret string) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails, see createKeys
	return strings.ToLower(rand.Text()[:8]), base64.RawURLEncoding.EncodeToString(raw[:])
}

// HashSecret is what the store keeps of an API key's secret. One round of
// SHA-256 is right for a random key of 256 bits, which nobody can guess; it
// would be wrong for a password.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return secretScheme + hex.EncodeToString(sum[:])
}

// CompareSecret reports whether hash was made from secret. The time it takes
// says nothing about where they differ.
func CompareSecret(secret, hash string) bool {
	return subtle.ConstantTimeCompare([]byte(HashSecret(secret)), []byte(hash)) == 1
}
