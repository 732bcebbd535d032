package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// purpose leads what is signed, so that the signature of a list fits nothing else
// that the key signs: a document's code begins with the byte 1, a ledger with
// its own words.
const purpose = "saylovhub revocations 1\n"

const listFormat = 1

// List names the documents that were issued and hold no more.
type List struct {
	Format   int       `json:"format"`
	IssuedAt time.Time `json:"issued_at"`
	CoversTo time.Time `json:"covers_to"` // what ended before this moment is in the list
	Count    int       `json:"count"`
	Entries  []Entry   `json:"entries"` // in the order of Code
}

// Entry is one document of the list. Whoever has its code finds it; the list
// itself gives nobody away: Code is a hash over a signature, which cannot be
// guessed from a name, as the hash of the data could.
type Entry struct {
	Code       string                `json:"code"` // CodeID
	Kind       string                `json:"kind"`
	Commission string                `json:"commission"`
	Number     int                   `json:"number"`
	State      dossier.DocumentState `json:"state"` // revoked or replaced
	On         civil.Date            `json:"on"`    // the day since when it is void
}

// CodeID is how the list names a code: the first half of the SHA-256 over its
// letters, hexadecimal. The text is what Plain returns.
func CodeID(plain string) string {
	s := sha256.Sum256([]byte("saylovhub code 1\n" + plain))
	return hex.EncodeToString(s[:16])
}

// EntryOf makes the entry of a document: codes signs its code once more, which
// gives the very letters that are printed on it.
func EntryOf(codes issuing.Codes, e dossier.Ended) (Entry, error) {
	half, err := hex.DecodeString(e.CodeHash)
	if err != nil || len(half) != 16 {
		return Entry{}, fmt.Errorf("document %s: its hash is not one", e.ID)
	}
	var hash [32]byte
	copy(hash[:], half)
	var until time.Time
	if !e.ValidUntil.IsZero() {
		until = e.ValidUntil.AddDays(1).Start()
	}
	plain, err := issuing.Plain(codes.Code(dossier.Document{Kind: e.Kind, Number: e.Number, Commission: e.Commission}, hash, until))
	if err != nil {
		return Entry{}, fmt.Errorf("document %s: %w", e.ID, err)
	}
	return Entry{CodeID(plain), e.Kind, e.Commission, e.Number, e.State, civil.Of(e.EndedAt)}, nil
}

// NewList puts entries in order.
func NewList(entries []Entry, issued, covers time.Time) List {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int { return bytes.Compare([]byte(a.Code), []byte(b.Code)) })
	if entries == nil {
		entries = []Entry{}
	}
	return List{listFormat, issued.UTC().Truncate(time.Second), covers.UTC().Truncate(time.Second), len(entries), entries}
}

// Find looks a code up; plain is what issuing.Plain returns.
func (l *List) Find(plain string) (Entry, bool) {
	i, found := slices.BinarySearchFunc(l.Entries, CodeID(plain), func(e Entry, id string) int { return bytes.Compare([]byte(e.Code), []byte(id)) })
	if !found {
		return Entry{}, false
	}
	return l.Entries[i], true
}

// Sign returns the list as it is handed out and kept; by signs with the private
// key of key.
func (l List) Sign(by func([]byte) []byte, key ed25519.PublicKey) ([]byte, error) {
	raw, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("writing the list of revocations: %w", err)
	}
	return wrap(raw, key, by(append([]byte(purpose), raw...))), nil
}

func wrap(list, key, signature []byte) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, "{\"revocations\":%s,\"key\":%q,\"signature\":%q}\n", list, b64(key), b64(signature))
}

// ErrNotList means that bytes are no list as the hub signs it.
var ErrNotList = errors.New("this is not a list of revocations as the hub signs it")

// ReadList reads a list and checks that it was signed with key and not changed
// by a byte since. How old it is, the caller judges.
func ReadList(file []byte, key ed25519.PublicKey) (*List, error) {
	var f struct {
		List      json.RawMessage `json:"revocations"`
		Key       []byte          `json:"key"`
		Signature []byte          `json:"signature"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		return nil, fmt.Errorf("%w: it is not whole", ErrNotList)
	}
	if !bytes.Equal(f.Key, key) {
		return nil, fmt.Errorf("%w: it was signed by another key", ErrNotList)
	}
	if !ed25519.Verify(key, append([]byte(purpose), f.List...), f.Signature) {
		return nil, fmt.Errorf("%w: its signature does not fit", ErrNotList)
	}
	if !bytes.Equal(bytes.TrimRight(file, "\r\n"), bytes.TrimRight(wrap(f.List, f.Key, f.Signature), "\n")) {
		return nil, fmt.Errorf("%w: it was written anew", ErrNotList)
	}
	l := new(List)
	if err := json.Unmarshal(f.List, l); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotList, err)
	}
	if l.Format != listFormat {
		return nil, fmt.Errorf("a list of format %d: this version of the hub reads format %d", l.Format, listFormat)
	}
	if l.Count != len(l.Entries) || !slices.IsSortedFunc(l.Entries, func(a, b Entry) int { return bytes.Compare([]byte(a.Code), []byte(b.Code)) }) {
		return nil, fmt.Errorf("%w: its entries are not in order", ErrNotList)
	}
	return l, nil
}
