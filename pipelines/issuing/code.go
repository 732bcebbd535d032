package issuing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Code is what a QR code proves: signed by the hub over all of it.
type Code struct {
	Kind       string // D4
	Number     int
	Commission string
	DataHash   [16]byte   // the first half of the SHA-256 over the document's data
	ValidUntil civil.Date // the last day; zero: no end
}

// Codes signs and reads codes. The address is upper case throughout, so that
// the QR code's alphanumeric mode holds it and stays small.
type Codes struct {
	Sign      func([]byte) []byte
	PublicKey ed25519.PublicKey
	Address   string // of the public verification page
}

const codeVersion = 1

var (
	base32Upper = base32.StdEncoding.WithPadding(base32.NoPadding)
	// ErrBadCode means the text is not a code of ours: damaged or made up.
	ErrBadCode = errors.New("not a genuine code")
)

// epoch of the validity days in a code.
var epoch = civil.Date{Year: 2020, Month: 1, Day: 1}

// Code signs a document's code and returns the text of its QR code.
func (c Codes) Code(d dossier.Document, dataHash [32]byte, validUntil time.Time) string {
	k := Code{Kind: d.Kind, Number: d.Number, Commission: d.Commission, DataHash: [16]byte(dataHash[:16])}
	if !validUntil.IsZero() {
		k.ValidUntil = civil.Of(validUntil).AddDays(-1)
	}
	body := k.encode()
	return strings.ToUpper(strings.TrimSuffix(c.Address, "/")) + "/V/" + base32Upper.EncodeToString(append(body, c.Sign(body)...))
}

func (k Code) encode() []byte {
	kind, _ := strconv.Atoi(strings.TrimPrefix(k.Kind, "D"))
	b := []byte{codeVersion, byte(kind)}
	b = binary.BigEndian.AppendUint32(b, uint32(k.Number))
	days := 0
	if !k.ValidUntil.IsZero() {
		days = int(k.ValidUntil.Start().Sub(epoch.Start()).Hours() / 24)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(days))
	b = append(b, k.DataHash[:]...)
	return append(b, k.Commission...)
}

const codeHead = 1 + 1 + 4 + 2 + 16

// Read checks a code's signature; it takes the code alone or the whole address.
func (c Codes) Read(text string) (Code, error) {
	if i := strings.LastIndexByte(text, '/'); i >= 0 {
		text = text[i+1:]
	}
	raw, err := base32Upper.DecodeString(strings.ToUpper(text))
	if err != nil || len(raw) < codeHead+ed25519.SignatureSize {
		return Code{}, ErrBadCode
	}
	body, sig := raw[:len(raw)-ed25519.SignatureSize], raw[len(raw)-ed25519.SignatureSize:]
	if body[0] != codeVersion || !ed25519.Verify(c.PublicKey, body, sig) {
		return Code{}, ErrBadCode
	}
	k := Code{
		Kind: "D" + strconv.Itoa(int(body[1])), Number: int(binary.BigEndian.Uint32(body[2:6])),
		DataHash: [16]byte(body[8:24]), Commission: string(bytes.Clone(body[24:])),
	}
	if days := binary.BigEndian.Uint16(body[6:8]); days > 0 {
		k.ValidUntil = epoch.AddDays(int(days))
	}
	return k, nil
}

// Proves reports whether a code was made for this document: same kind, number
// and commission, and the hash of its data.
func Proves(c Code, d dossier.Document) (bool, error) {
	sum, err := dossier.DataHash(d.Data)
	if err != nil {
		return false, err
	}
	return c.Kind == d.Kind && c.Number == d.Number && c.Commission == d.Commission && c.DataHash == [16]byte(sum[:16]), nil
}
