package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

// DocumentState says how far a document has come.
type DocumentState string

// The states of a document; its number is taken in all of them.
const (
	Reserved DocumentState = "reserved"
	Issued   DocumentState = "issued"
	Revoked  DocumentState = "revoked"  // it does not hold any more
	Replaced DocumentState = "replaced" // another one, a duplicate or a correction, stands for it
	Annulled DocumentState = "annulled" // its number was given and never came to be a document
)

// DocumentStates lists all states.
func DocumentStates() []DocumentState {
	return []DocumentState{Reserved, Issued, Revoked, Replaced, Annulled}
}

// documentTransitions is the one table; anything else is refused.
var documentTransitions = map[DocumentState][]DocumentState{
	Reserved: {Issued, Annulled},
	Issued:   {Revoked, Replaced},
}

// CanBecome reports whether the table has the transition.
func (s DocumentState) CanBecome(next DocumentState) bool {
	return slices.Contains(documentTransitions[s], next)
}

// Made reports that there is a file of the document, whether it holds or not.
func (s DocumentState) Made() bool { return s == Issued || s == Revoked || s == Replaced }

// Relation says why a document takes another one's place.
type Relation string

// The relations.
const (
	Duplicate  Relation = "duplicate"  // the same once more: the paper is lost or spoilt
	Correction Relation = "correction" // with other data
)

// Document is anything issued as PDF.
type Document struct {
	ID          string
	Key         string // unique: one document a decision, subject and template, or an order
	Kind        string // series of its numbers: D2, D4, D9
	Template    string
	Language    string // empty: the template's own
	Commission  string
	Election    string
	Number      int
	State       DocumentState
	Application string // empty: issued directly, as Decision is then
	Subject     string
	Decision    string
	Batch       string     // empty: of none
	Relation    Relation   // empty: it takes no other's place
	Replaces    string     // id of the one whose place it takes
	ReplacedBy  string     // id of the one that took its place, or will when it is issued
	ValidUntil  civil.Date // the last day; zero: no end
	CodeHash    string     // hexadecimal, 16 bytes: of the data as the QR code has it; empty: not known
	Data        []byte     // JSON, what the template is filled with; a register's list leaves it out
	Passport    Passport   // how it was made
	File        string     // its name in the bucket
	ReservedAt  time.Time
	IssuedAt    time.Time
	EndedAt     time.Time // when it was revoked, replaced or annulled; zero: it was not
}

// Passport says how a document was made, so that it can be made again.
type Passport struct {
	SHA256   string   `json:"sha256"`                   // of the file as it is stored
	Content  string   `json:"content_sha256,omitempty"` // of the file before the seal was put on it
	DataHash string   `json:"data_sha256"`
	Template string   `json:"template_sha256"`
	Browser  string   `json:"browser"`
	Fonts    []string `json:"fonts,omitempty"`
	Seal     string   `json:"seal,omitempty"` // serial of the seal's certificate; empty: not sealed
	Pages    int      `json:"pages"`
}

// Deed is what was done with a document.
type Deed string

// The deeds.
const (
	DeedReserved   Deed = "reserved"
	DeedIssued     Deed = "issued"
	DeedDuplicated Deed = "duplicated" // a duplicate was ordered: Detail has its id
	DeedCorrected  Deed = "corrected"  // a correction was ordered: Detail has its id and the paths that differ
	DeedReplaced   Deed = "replaced"   // by the document whose id Detail has
	DeedRevoked    Deed = "revoked"
	DeedAnnulled   Deed = "annulled"
)

// DocumentAct is a line of a document's history.
type DocumentAct struct {
	ID       string
	Document string
	At       time.Time
	Actor    string
	Deed     Deed
	Reason   string // a person wrote it: it may name somebody
	Detail   string // ids and paths only
}

// Ended is what a list of documents that do not hold any more needs of each.
type Ended struct {
	ID, Kind, Commission, Election string
	Number                         int
	State                          DocumentState // revoked or replaced
	CodeHash                       string        // as Document has it
	ValidUntil                     civil.Date
	EndedAt                        time.Time
}

// DataHash is the hash that a document's QR code is made over: of its data
// without the code itself, fields in order.
func DataHash(data []byte) ([32]byte, error) {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return [32]byte{}, fmt.Errorf("reading a document's data: %w", err)
	}
	delete(m, "qr")
	plain, err := json.Marshal(m)
	if err != nil {
		return [32]byte{}, fmt.Errorf("reading a document's data: %w", err)
	}
	return sha256.Sum256(plain), nil
}
