package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// Status is how a document stands, as a hub that has its register answers.
type Status string

// The statuses. Each has its words in every language.
const (
	Genuine    Status = "genuine"     // issued, in force
	NotGenuine Status = "not_genuine" // no code of ours: damaged, altered or made up
	NotIssued  Status = "not_issued"  // its number is reserved, the document is not made yet
	Unknown    Status = "unknown"     // signed by us, yet the register has no such document
	Altered    Status = "altered"     // issued, but the file in hand is another
	Expired    Status = "expired"     // its last day is over
	Revoked    Status = "revoked"     // issued and made void since
	Replaced   Status = "replaced"    // another document stands in its place
	Annulled   Status = "annulled"    // its number was made void before anything was issued
)

// unavailable is what the page says when the hub cannot tell now. No answer has
// it: a program gets a problem document.
const unavailable Status = "unavailable"

// Statuses lists them all.
func Statuses() []Status {
	return []Status{Genuine, NotGenuine, NotIssued, Unknown, Altered, Expired, Revoked, Replaced, Annulled}
}

// Answer says how a document stands. It holds nothing about a person and no
// reason.
type Answer struct {
	Status          Status     `json:"status"`
	Kind            string     `json:"kind,omitempty"` // D4
	Title           string     `json:"title,omitempty"`
	Number          string     `json:"number,omitempty"`
	Commission      string     `json:"commission,omitempty"`
	CommissionTitle string     `json:"commission_title,omitempty"` // in Uzbek, as the directory has it
	IssuedAt        *time.Time `json:"issued_at,omitempty"`
	IssuedOn        string     `json:"issued_on,omitempty"`
	ValidUntil      string     `json:"valid_until,omitempty"` // the last day
	VoidOn          string     `json:"void_on,omitempty"`     // the day since when it is void
	ReplacedBy      string     `json:"replaced_by,omitempty"` // number of what stands in its place
	File            string     `json:"file,omitempty"`        // same or differs, when a file's SHA-256 was given
	CheckedAt       time.Time  `json:"checked_at"`
	Language        Lang       `json:"language"`
	SHA256          string     `json:"-"` // of the file, as it was asked about
}

// Record is what the register knows of the document that a code was made for.
type Record struct {
	State      dossier.DocumentState
	IssuedAt   time.Time
	EndedAt    time.Time // when it became void; zero: it is not
	ReplacedBy int       // number of its successor; 0: none
	SHA256     string    // of the file as it was handed out, hexadecimal
}

// Register is the hub's own knowledge of documents.
type Register interface {
	// Record finds the one document that a code proves.
	Record(ctx context.Context, c issuing.Code) (Record, bool, error)
	// CommissionTitle is empty when the directory does not know the commission.
	CommissionTitle(ctx context.Context, id string) (string, error)
}

// Checker answers from the register. Titles may be nil: then the table of this
// package words the kinds.
type Checker struct {
	Codes    issuing.Codes
	Register Register
	Titles   func(kind string, lang Lang) string
	Now      func() time.Time
}

// Check answers for a code as it was scanned or typed; sha is the SHA-256 of the
// file in hand (hexadecimal; empty: none). A code that is not ours is answered
// without asking the register, so guessing costs the hub nothing.
func (c Checker) Check(ctx context.Context, text, sha string, lang Lang) (Answer, error) {
	now := c.Now()
	a := Answer{Status: NotGenuine, CheckedAt: now.UTC().Truncate(time.Second), Language: lang, SHA256: sha}
	code, _, err := c.Codes.ReadTyped(text)
	if errors.Is(err, issuing.ErrBadCode) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	a.Status, a.Kind, a.Number, a.Commission, a.ValidUntil = Unknown, code.Kind, issuing.Number(code.Number), code.Commission, code.ValidUntil.String()
	a.Title = c.title(code.Kind, lang)
	if a.CommissionTitle, err = c.Register.CommissionTitle(ctx, code.Commission); err != nil {
		return a, err
	}
	r, found, err := c.Register.Record(ctx, code)
	if err != nil || !found {
		return a, err
	}
	a.judge(code, r, sha, now)
	return a, nil
}

func (c Checker) title(kind string, lang Lang) string {
	if c.Titles != nil {
		if t := c.Titles(kind, lang); t != "" {
			return t
		}
	}
	return Title(kind, lang)
}

// judge is the order of the verdicts: what the commission did goes before what
// the calendar says, and a void document stays void whatever file it comes in.
func (a *Answer) judge(code issuing.Code, r Record, sha string, now time.Time) {
	if !r.IssuedAt.IsZero() {
		at := r.IssuedAt
		a.IssuedAt, a.IssuedOn = &at, civil.Of(at).String()
	}
	if !r.EndedAt.IsZero() {
		a.VoidOn = civil.Of(r.EndedAt).String()
	}
	if sha != "" && r.SHA256 != "" {
		a.File = "differs"
		if strings.EqualFold(sha, r.SHA256) {
			a.File = "same"
		}
	}
	switch {
	case r.State == dossier.Annulled:
		a.Status = Annulled
	case r.State == dossier.Reserved:
		a.Status = NotIssued
	case r.State == dossier.Revoked:
		a.Status = Revoked
	case r.State == dossier.Replaced:
		a.Status = Replaced
		if r.ReplacedBy > 0 {
			a.ReplacedBy = issuing.Number(r.ReplacedBy)
		}
	case r.State != dossier.Issued:
		// A state that came later: never call genuine what is not understood.
		a.Status = Unknown
	case a.File == "differs":
		a.Status = Altered
	case lapsed(code.ValidUntil, now):
		a.Status = Expired
	default:
		a.Status = Genuine
	}
}

// lapsed reports whether the last day is over; days begin and end in Tashkent.
func lapsed(last civil.Date, now time.Time) bool {
	return !last.IsZero() && civil.Of(now).Compare(last) > 0
}

// SHA256 is the hash of a file, hexadecimal, as the hub's answer compares it.
func SHA256(raw []byte) string {
	s := sha256.Sum256(raw)
	return hex.EncodeToString(s[:])
}
