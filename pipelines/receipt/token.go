package receipt

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// Longest is how many bytes a token may have. A person with a hundred work places
// stays under half of it.
const Longest = 128 << 10

// header is the one that a receipt has: no other algorithm is ever looked at. Its
// first byte tells what is signed here from the code of a document, which the same
// key signs.
const header = `{"alg":"EdDSA","typ":"hub-receipt+jws"}`

// Maker signs and opens receipts.
type Maker struct {
	Key    func([]byte) []byte // signs with the hub's Ed25519 key
	Public ed25519.PublicKey
	Seal   func(plain []byte, id string) ([]byte, error)
	Unseal func(sealed []byte, id string) ([]byte, error)
	Index  func(kind, value string) []byte // keyed hash
	Now    func() time.Time
	Life   time.Duration
}

// readable is the part that anyone may read.
type readable struct {
	ID         string            `json:"jti"`
	Type       string            `json:"type"`
	Issued     int64             `json:"iat"` // seconds since 1970
	Expires    int64             `json:"exp"`
	Person     string            `json:"sub"` // keyed hash
	Key        string            `json:"key"`
	Commission string            `json:"commission"`
	Registers  []answered        `json:"registers"`
	Columns    map[string]string `json:"columns"` // keyed hashes of the values, by name
	Sealed     []byte            `json:"sealed"`
}

// answered is how one register answered.
type answered struct {
	Register    register.ID `json:"register"`
	Status      string      `json:"status"`
	Transaction string      `json:"transaction"`
	At          time.Time   `json:"at"`
}

// secret is the sealed part.
type secret struct {
	PINFL     personal.PINFL             `json:"pinfl,omitempty"`
	Document  personal.Document          `json:"document,omitempty"`
	BirthDate civil.Date                 `json:"birth_date"`
	Answers   map[register.ID]answerBody `json:"answers"`
}

type answerBody struct {
	Facts   []byte            `json:"facts,omitempty"`
	Columns []register.Column `json:"columns,omitempty"`
}

var encoding = base64.RawURLEncoding

// Sign makes a receipt's token. It is issued now and expires after Life, whatever
// the receipt says.
func (m *Maker) Sign(r Receipt) (string, time.Time, error) {
	issued := m.Now().UTC().Truncate(time.Second)
	expires := issued.Add(m.Life)
	out := readable{
		ID: r.ID, Type: r.Type, Issued: issued.Unix(), Expires: expires.Unix(), Key: r.Key, Commission: r.Commission,
		Person: m.hash(r.ID, "person", string(r.PINFL)+" "+string(r.Document)), Columns: map[string]string{},
	}
	inside := secret{PINFL: r.PINFL, Document: r.Document, BirthDate: r.BirthDate, Answers: map[register.ID]answerBody{}}
	for _, a := range r.Answers {
		out.Registers = append(out.Registers, answered{a.Register, a.Status, a.Transaction, a.At})
		inside.Answers[a.Register] = answerBody{a.Facts, a.Columns}
		for _, c := range a.Columns {
			out.Columns[c.Name] = m.hash(r.ID, "column "+c.Name, c.Value)
		}
	}
	plain, err := json.Marshal(inside)
	if err != nil {
		return "", expires, fmt.Errorf("writing a receipt: %w", err)
	}
	if out.Sealed, err = m.Seal(plain, r.ID); err != nil {
		return "", expires, err
	}
	payload, err := json.Marshal(out)
	if err != nil {
		return "", expires, fmt.Errorf("writing a receipt: %w", err)
	}
	signed := encoding.EncodeToString([]byte(header)) + "." + encoding.EncodeToString(payload)
	token := signed + "." + encoding.EncodeToString(m.Key([]byte(signed)))
	if len(token) > Longest {
		return "", expires, fmt.Errorf("a receipt of %d bytes is longer than %d", len(token), Longest)
	}
	return token, expires, nil
}

// hash is the keyed hash of a value in one receipt: equal values of two receipts
// have unlike hashes, so that nothing can be told from comparing them.
func (m *Maker) hash(id, what, value string) string {
	return hex.EncodeToString(m.Index("receipt "+id+" "+what, value)[:16])
}

// Open returns what a token says: ErrForged when it is not this hub's own, to the
// last byte; ErrExpired, with the receipt, when its time is over.
func (m *Maker) Open(token string) (Receipt, error) {
	r, err := m.Read(token)
	if err == nil && !m.Now().Before(r.Expires) {
		err = ErrExpired
	}
	return r, err
}

// Read is Open for a token that was in time when it was handed in.
func (m *Maker) Read(token string) (Receipt, error) {
	in, err := m.read(token)
	if err != nil {
		return Receipt{}, err
	}
	return m.unseal(in)
}

// read verifies a token.
func (m *Maker) read(token string) (readable, error) {
	var in readable
	parts := strings.Split(token, ".")
	if len(token) > Longest || len(parts) != 3 || parts[0] != encoding.EncodeToString([]byte(header)) {
		return in, ErrForged
	}
	payload, ok := decode(parts[1])
	signature, fine := decode(parts[2])
	if !ok || !fine || !ed25519.Verify(m.Public, []byte(parts[0]+"."+parts[1]), signature) {
		return in, ErrForged
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil || in.ID == "" {
		return in, ErrForged
	}
	return in, nil
}

// decode reads what has one spelling only: Go's decoder passes over line ends and
// the bits behind the last byte.
func decode(s string) ([]byte, bool) {
	b, err := encoding.DecodeString(s)
	return b, err == nil && encoding.EncodeToString(b) == s
}

// unseal puts a receipt together.
func (m *Maker) unseal(in readable) (Receipt, error) {
	r := Receipt{
		ID: in.ID, Type: in.Type, Issued: time.Unix(in.Issued, 0).UTC(), Expires: time.Unix(in.Expires, 0).UTC(), Key: in.Key, Commission: in.Commission,
	}
	plain, err := m.Unseal(in.Sealed, in.ID)
	if err != nil {
		return r, err
	}
	var inside secret
	if err := json.Unmarshal(plain, &inside); err != nil {
		return r, fmt.Errorf("reading a receipt: %w", err)
	}
	r.PINFL, r.Document, r.BirthDate = inside.PINFL, inside.Document, inside.BirthDate
	for _, a := range in.Registers {
		b := inside.Answers[a.Register]
		r.Answers = append(r.Answers, Answer{a.Register, a.Status, a.Transaction, a.At, b.Facts, b.Columns})
	}
	return r, nil
}
