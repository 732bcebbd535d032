package vault

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/saylovhub/hub/contracts/fault"
)

// Vault seals, unseals, indexes and signs. It is safe for concurrent use; Open
// makes one.
type Vault struct {
	dir         string
	fingerprint string
	index       []byte
	sign        ed25519.PrivateKey

	seal   atomic.Pointer[sealer]
	change sync.Mutex // held while the sealing keys are replaced
}

// sealer is the sealing keys at one moment; a rotation replaces it whole.
type sealer struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	primary uint32
}

func (s *sealer) has(id uint32) bool {
	for i := range s.handle.Len() {
		if e, err := s.handle.Entry(i); err == nil && e.KeyID() == id {
			return true
		}
	}
	return false
}

// Place is where a sealed value lies: table, column and the row's id. A value
// unseals at its own place only, so nobody with access to the database can
// move one person's data into another's row. All three must be given.
type Place struct{ Table, Column, Row string }

// bytes is the associated data: every part led by its length, so that no two
// places share an encoding.
func (p Place) bytes() ([]byte, error) {
	if p.Table == "" || p.Column == "" || p.Row == "" {
		return nil, errors.New("the place is incomplete: table, column and row are needed")
	}
	return framed("hub place 1", p.Table, p.Column, p.Row), nil
}

func framed(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// Seal encrypts plain for one place with the primary key. The result is 33
// bytes longer than plain: 5 of prefix with the key's id, 12 of nonce, 16 of
// tag. Sealing the same twice gives different bytes.
func (v *Vault) Seal(plain []byte, at Place) ([]byte, error) {
	where, err := at.bytes()
	if err != nil {
		return nil, fail("seal", fault.Defect, "", err)
	}
	sealed, err := v.seal.Load().aead.Encrypt(plain, where)
	if err != nil {
		return nil, fail("seal", fault.Defect, "", fmt.Errorf("encrypting: %w", err))
	}
	return sealed, nil
}

// Unseal decrypts what Seal made for the same place. A value of a key that is
// not known makes it read the key file again, once, so that a running hub
// follows a rotation made by another process. Kinds: misconfigured when the
// key is missing, defect when the value was moved or damaged.
func (v *Vault) Unseal(sealed []byte, at Place) ([]byte, error) {
	where, err := at.bytes()
	if err != nil {
		return nil, fail("unseal", fault.Defect, "", err)
	}
	id, ok := keyID(sealed)
	if !ok {
		return nil, fail("unseal", fault.Defect, "", errors.New("this is not a sealed value"))
	}
	s := v.seal.Load()
	if !s.has(id) {
		if s, err = v.reload(); err != nil {
			return nil, err
		}
	}
	if !s.has(id) {
		return nil, fail("unseal", fault.Misconfigured, "put back the key file that belongs to this database",
			fmt.Errorf("the value was sealed with key %08x, which this key set does not have", id))
	}
	plain, err := s.aead.Decrypt(sealed, where)
	if err != nil {
		return nil, fail("unseal", fault.Defect, "restore the row from a backup: it was altered outside the hub",
			fmt.Errorf("the value in %s.%s was moved or damaged", at.Table, at.Column))
	}
	return plain, nil
}

// Stale reports whether a sealed value was sealed with an older key than the
// present primary one, and should be sealed anew. A key not known here may be a
// newer one and is no reason.
func (v *Vault) Stale(sealed []byte) bool {
	id, ok := keyID(sealed)
	s := v.seal.Load()
	return ok && id != s.primary && s.has(id)
}

// keyID reads Tink's prefix: a byte 1, then the key's id, big-endian.
func keyID(sealed []byte) (uint32, bool) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:5]), true
}

// Index is the keyed hash (HMAC-SHA256, 32 bytes) under which a value is
// searched. The kind ("pinfl", "phone", "document") separates: equal values of
// two kinds have unlike hashes. The caller brings the value into one form first.
func (v *Vault) Index(kind, value string) []byte {
	m := hmac.New(sha256.New, v.index)
	m.Write(framed(kind, value))
	return m.Sum(nil)
}

// Fingerprint names the key set in public: four groups of four hex digits. The
// database keeps it, so that a foreign one is refused. A rotation leaves it.
func (v *Vault) Fingerprint() string { return v.fingerprint }

func fingerprint(index []byte, public ed25519.PublicKey) string {
	m := hmac.New(sha256.New, index)
	m.Write(framed("hub key set 1", string(public)))
	x := hex.EncodeToString(m.Sum(nil)[:8])
	return x[:4] + "-" + x[4:8] + "-" + x[8:12] + "-" + x[12:]
}

// Sign signs the code of a document: Ed25519, 64 bytes, the same for the same
// message. The message must name what it is, so that a signature made for one
// purpose fits no other.
func (v *Vault) Sign(msg []byte) []byte { return ed25519.Sign(v.sign, msg) }

// PublicKey is the key (32 bytes) with which anyone checks what Sign signed.
func (v *Vault) PublicKey() ed25519.PublicKey {
	return append(ed25519.PublicKey(nil), v.sign.Public().(ed25519.PublicKey)...)
}

// Key describes one sealing key; it holds nothing secret.
type Key struct {
	ID      uint32 // as it stands in the prefix of every sealed value
	Primary bool   // new values are sealed with this one
}

// Keys lists the sealing keys, oldest first.
func (v *Vault) Keys() []Key {
	s := v.seal.Load()
	var out []Key
	for i := range s.handle.Len() {
		if e, err := s.handle.Entry(i); err == nil {
			out = append(out, Key{ID: e.KeyID(), Primary: e.IsPrimary()})
		}
	}
	return out
}

// Rotate adds a sealing key and makes it the primary one; values sealed with
// the older keys still unseal. The keys of Index and Sign stay: a new one would
// mean indexing everything again, and printed codes that no longer verify.
// Where several machines work on one database, the new file must reach all of
// them; until then the others report a missing key and nothing is lost.
func (v *Vault) Rotate() error {
	v.change.Lock()
	defer v.change.Unlock()
	unlock, err := lockDir(v.dir)
	if err != nil {
		return fail("rotate", fault.Misconfigured, "the key folder must be writable to rotate", err)
	}
	defer unlock()
	now, err := read(v.dir) // another process may have rotated since
	if err != nil {
		return err
	}
	if now.fingerprint != v.fingerprint {
		return v.foreign("rotate")
	}
	if err := now.addPrimary(); err != nil {
		return fail("rotate", fault.Defect, "", err)
	}
	if err := now.write(v.dir); err != nil {
		return fail("rotate", fault.Misconfigured, "the old keys are untouched; free some disk space or mend the folder's rights", err)
	}
	v.seal.Store(now.seal)
	return nil
}

// reload reads the key file again and returns the sealing keys in it.
func (v *Vault) reload() (*sealer, error) {
	v.change.Lock()
	defer v.change.Unlock()
	now, err := read(v.dir)
	if err != nil {
		return nil, err
	}
	if now.fingerprint != v.fingerprint {
		return nil, v.foreign("unseal")
	}
	v.seal.Store(now.seal)
	return now.seal, nil
}

func (v *Vault) foreign(op string) error {
	return fail(op, fault.Misconfigured, "put the right key file back, or start the hub again",
		fmt.Errorf("%s now holds another key set than the one in use", filepath.Join(v.dir, fileName)))
}

func fail(op string, k fault.Kind, hint string, err error) error {
	return &fault.Fault{Kind: k, System: "vault", Operation: op, Hint: hint, Err: err}
}
