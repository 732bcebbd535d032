package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/saylovhub/hub/contracts/fault"
)

const (
	fileName  = "keys.json"
	tempName  = "keys.json.new" // half-written by a creation or rotation that died
	lockName  = "keys.lock"
	format    = 1
	indexSize = 32
)

// keyFile is keys.json. The sum makes a damaged byte an error instead of a
// silently different key.
type keyFile struct {
	Format int    `json:"format"`
	Seal   []byte `json:"seal"`  // Tink key set, binary
	Index  []byte `json:"index"` // HMAC-SHA256 key, 32 bytes
	Sign   []byte `json:"sign"`  // Ed25519 seed, 32 bytes
	Sum    []byte `json:"sum"`
}

func (f *keyFile) sum() []byte {
	s := sha256.Sum256(framed(fmt.Sprint("hub keys ", f.Format), string(f.Seal), string(f.Index), string(f.Sign)))
	return s[:]
}

// keys is a key file understood.
type keys struct {
	seal        *sealer
	index       []byte
	seed        []byte
	fingerprint string
}

// Open loads the keys from dir. When there are none and create is true, it
// makes them: folder 0700, file 0600, whole or not at all, once even if several
// processes start together. Missing, damaged or widely readable keys are an
// error of kind misconfigured with a hint; no existing file is ever overwritten
// by Open.
func Open(dir string, create bool) (*Vault, error) {
	k, err := read(dir)
	if create && errors.Is(err, os.ErrNotExist) {
		k, err = createKeys(dir)
	}
	if err != nil {
		return nil, err
	}
	v := &Vault{dir: dir, fingerprint: k.fingerprint, index: k.index, sign: ed25519.NewKeyFromSeed(k.seed)}
	v.seal.Store(k.seal)
	return v, nil
}

func createKeys(dir string) (*keys, error) {
	hint := "check the rights and the space of the key folder"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, refuse("create", hint, fmt.Errorf("making the key folder: %w", err))
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, refuse("create", hint, err)
	}
	defer unlock()
	// Whoever held the lock before may have made them.
	if k, err := read(dir); !errors.Is(err, os.ErrNotExist) {
		return k, err
	}
	k := &keys{index: make([]byte, indexSize), seed: make([]byte, ed25519.SeedSize)}
	// These never fail: the runtime stops a program that has no randomness.
	_, _ = rand.Read(k.index)
	_, _ = rand.Read(k.seed)
	if err := k.addPrimary(); err != nil {
		return nil, refuse("create", hint, err)
	}
	if err := k.write(dir); err != nil {
		return nil, refuse("create", hint, err)
	}
	return read(dir)
}

// addPrimary adds a fresh AES-256-GCM key, which new values are sealed with.
func (k *keys) addPrimary() error {
	m := keyset.NewManager()
	if k.seal != nil {
		m = keyset.NewManagerFromHandle(k.seal.handle)
	}
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return fmt.Errorf("making the key the primary one: %w", err)
	}
	h, err := m.Handle()
	if err != nil {
		return fmt.Errorf("making the key set: %w", err)
	}
	k.seal, err = newSealer(h)
	return err
}

func newSealer(h *keyset.Handle) (*sealer, error) {
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("using the key set: %w", err)
	}
	e, err := h.Primary()
	if err != nil {
		return nil, fmt.Errorf("using the key set: %w", err)
	}
	return &sealer{handle: h, aead: a, primary: e.KeyID()}, nil
}

// read takes no lock: the file appears and changes by rename only.
func read(dir string) (*keys, error) {
	path := filepath.Join(dir, fileName)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, refuse("open", "put the key file back from its backup; on a first start, let the hub create one",
			fmt.Errorf("no keys in %s: %w", dir, os.ErrNotExist))
	}
	if err != nil {
		return nil, refuse("open", "the hub's user must be able to read it", fmt.Errorf("reading the keys: %w", err))
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.Mode().Perm()&0o027 != 0 {
		return nil, refuse("open", "chmod 600 "+path,
			fmt.Errorf("%s has mode %04o: others can read or change the keys", path, st.Mode().Perm()))
	}
	raw, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, refuse("open", "check the disk", fmt.Errorf("reading the keys: %w", err))
	}
	k, err := decode(raw)
	if err != nil {
		return nil, refuse("open", "put the file back from its backup; do not delete it, nothing sealed with it could be read again",
			fmt.Errorf("%s is damaged: %w", path, err))
	}
	return k, nil
}

// decode reads keys.json. Its errors quote nothing of the file.
func decode(raw []byte) (*keys, error) {
	var f keyFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, errors.New("it is not a whole key file")
	}
	if f.Format != format {
		return nil, fmt.Errorf("format %d is not known, want %d", f.Format, format)
	}
	if subtle.ConstantTimeCompare(f.Sum, f.sum()) != 1 {
		return nil, errors.New("its check sum does not fit")
	}
	if len(f.Index) != indexSize || len(f.Sign) != ed25519.SeedSize {
		return nil, errors.New("a key has the wrong length")
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(f.Seal)))
	if err != nil {
		return nil, errors.New("its key set cannot be read")
	}
	s, err := newSealer(h)
	if err != nil {
		return nil, err
	}
	public := ed25519.NewKeyFromSeed(f.Sign).Public().(ed25519.PublicKey)
	return &keys{seal: s, index: f.Index, seed: f.Sign, fingerprint: fingerprint(f.Index, public)}, nil
}

// write replaces keys.json whole or not at all. The caller holds the lock.
func (k *keys) write(dir string) error {
	var set bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.seal.handle, keyset.NewBinaryWriter(&set)); err != nil {
		return fmt.Errorf("writing the key set: %w", err)
	}
	f := keyFile{Format: format, Seal: set.Bytes(), Index: k.index, Sign: k.seed}
	f.Sum = f.sum()
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	temp := filepath.Join(dir, tempName)
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing what an interrupted writing left: %w", err)
	}
	if err := writeSynced(temp, append(raw, '\n')); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, fileName)); err != nil {
		return fmt.Errorf("putting the keys in place: %w", err)
	}
	return syncDir(dir)
}

func writeSynced(path string, raw []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	_, err = f.Write(raw)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	return nil
}

// syncDir makes the rename itself survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("syncing the key folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("syncing the key folder: %w", err)
	}
	return nil
}

// lockDir waits for the folder's lock, which the kernel frees when its holder
// dies. Creation and rotation hold it; reading does not.
func lockDir(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the key folder: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("locking the key folder: %w", errors.Join(err, f.Close()))
	}
	return func() { _ = f.Close() }, nil
}

func refuse(op, hint string, err error) error {
	return fail(op, fault.Misconfigured, hint, err)
}
