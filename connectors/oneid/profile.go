package oneid

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

// AuthMethod is how a person signed in. The set is open: a method that is not
// listed here is kept when it looks like one, and never has legal force.
type AuthMethod string

// The methods, as OneID spells them.
const (
	ByPassword     AuthMethod = "LOGINPASSMETHOD"
	ByMobile       AuthMethod = "MOBILEMETHOD"
	ByQR           AuthMethod = "QR"
	BySignature    AuthMethod = "PKCSMETHOD"   // e-signature of a natural person
	ByOrganisation AuthMethod = "LEPKCSMETHOD" // e-signature on an organisation's certificate
)

// Methods lists the known methods.
func Methods() []AuthMethod {
	return []AuthMethod{ByPassword, ByMobile, ByQR, BySignature, ByOrganisation}
}

// Method reads a method as OneID or an operator writes it: LOGINPASMETHOD, with
// one S, is ByPassword. What does not look like a method is empty.
func Method(s string) AuthMethod {
	if s == "LOGINPASMETHOD" {
		return ByPassword
	}
	return AuthMethod(word(text(s)))
}

// UserType is OneID's sort of account. It does not say on whose behalf a person
// signed in: an "I" may come with an organisation's certificate.
type UserType string

// The types of accounts.
const (
	Natural UserType = "I"
	Legal   UserType = "L"
)

// Organisation is one that the person belongs to by OneID's records.
type Organisation struct {
	TIN   string // nine digits
	Name  string // may be empty
	Basic bool   // marked as the person's main one
}

// Profile is who signed in. It prints without names and with masked numbers
// under every verb and in logs; each field in the clear must be asked for.
type Profile struct {
	PINFL personal.PINFL // empty for an unconfirmed account; see Person
	Login string         // OneID's user id
	// FullName is for display, in Latin capitals. The wire's sur_name and
	// mid_name are not read at all: in some accounts they carry the patronymic
	// and the family name, in others the family name and the patronymic.
	FullName  string
	Passport  personal.Document // empty when absent or of another form
	BirthDate civil.Date        // zero when absent
	Phone     personal.Phone    // empty when absent or of another form
	Email     string            // empty when absent or no address
	Valid     bool              // the account was confirmed at least once with an e-signature
	Method    AuthMethod
	UserType  UserType
	Session   personal.Secret // OneID's id of its session
	// Organisation is on whose behalf the person signed in: by an organisation's
	// certificate, never by UserType. Nil: on their own.
	Organisation *Organisation
	// Organisations are those that the account names; they grant nothing.
	Organisations []Organisation
}

// LegalForce reports whether the sign-in suffices for acts with legal force:
// only one with an e-signature does.
func (p Profile) LegalForce() bool { return p.Method == BySignature || p.Method == ByOrganisation }

// Person returns the PINFL, or a rejected fault no_pin for an account that has
// none: for callers to whom an unconfirmed account is nobody.
func (p Profile) Person() (personal.PINFL, error) {
	if p.PINFL == "" {
		return "", &fault.Fault{
			Kind: fault.Rejected, System: System, Operation: OpIdentify, Code: "no_pin", Err: errors.New("the account carries no PINFL"),
			Hint: "the person must confirm the account at OneID, with an e-signature or at a public services centre",
		}
	}
	return p.PINFL, nil
}

// String tells how somebody signed in, and hardly who.
func (p Profile) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "profile %s by %s", p.PINFL, p.Method)
	if p.Organisation != nil {
		b.WriteString(" for an organisation")
	}
	if !p.Valid {
		b.WriteString(", unconfirmed")
	}
	return b.String()
}

// Format prints String under every verb, %#v included.
func (p Profile) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// LogValue masks in structured logs.
func (p Profile) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("pinfl", p.PINFL.String()), slog.String("method", string(p.Method)),
		slog.Bool("valid", p.Valid), slog.Bool("for_organisation", p.Organisation != nil),
	)
}
