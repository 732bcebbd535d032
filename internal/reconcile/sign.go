package reconcile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// purpose leads what is signed, so that the signature of a ledger fits nothing
// else that the key signs: a document's code begins with the byte 1.
const purpose = "saylovhub ledger 1\n"

// Signed is a ledger with its signature. Ledger holds the very bytes.
type Signed struct {
	Ledger    json.RawMessage
	Key       []byte // Ed25519 public key, 32 bytes
	Signature []byte // 64 bytes
}

// Sign signs the text of a ledger; by signs with the private key of key.
func Sign(ledger []byte, by func([]byte) []byte, key []byte) Signed {
	return Signed{ledger, slices.Clone(key), by(append([]byte(purpose), ledger...))}
}

// Bytes is the file that a ledger is kept as. A change of any byte of it is seen.
func (s Signed) Bytes() []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, "{\n  \"ledger\": %s,\n  \"key\": %q,\n  \"signature\": %q\n}\n", s.Ledger, b64(s.Key), b64(s.Signature))
}

// KeyText is how a public key is written.
func KeyText(key []byte) string { return base64.StdEncoding.EncodeToString(key) }

// ErrNotGenuine means a file is no ledger as the hub made it.
var ErrNotGenuine = errors.New("this is not a ledger as a hub made it")

// Check reads a ledger's file and verifies it: that the ledger was signed by key
// (base64; empty: by whatever key the file names) and nothing of the file was
// changed since.
func Check(file []byte, key string) (*Ledger, Signed, error) {
	var s Signed
	var f struct {
		Ledger    json.RawMessage `json:"ledger"`
		Key       []byte          `json:"key"`
		Signature []byte          `json:"signature"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		return nil, s, fmt.Errorf("%w: it is not whole", ErrNotGenuine)
	}
	s = Signed(f)
	if key != "" && key != KeyText(s.Key) {
		return nil, s, fmt.Errorf("%w: it was signed by another key (%s)", ErrNotGenuine, KeyText(s.Key))
	}
	if len(s.Key) != ed25519.PublicKeySize || !ed25519.Verify(s.Key, append([]byte(purpose), s.Ledger...), s.Signature) {
		return nil, s, fmt.Errorf("%w: its signature does not fit", ErrNotGenuine)
	}
	// A byte around the ledger may say the same in another way; the hub writes it
	// in one.
	if !bytes.Equal(bytes.TrimRight(file, "\n"), bytes.TrimRight(s.Bytes(), "\n")) {
		return nil, s, fmt.Errorf("%w: it was written anew", ErrNotGenuine)
	}
	l := new(Ledger)
	if err := json.Unmarshal(s.Ledger, l); err != nil {
		return nil, s, fmt.Errorf("reading a ledger: %w", err)
	}
	if l.Format != format {
		return nil, s, fmt.Errorf("a ledger of format %d: this version of the hub reads format %d", l.Format, format)
	}
	return l, s, l.checkList()
}
