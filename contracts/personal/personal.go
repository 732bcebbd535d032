// Package personal holds the identifiers of people as types that print
// themselves masked: a PINFL, a passport number, a phone number, a secret. The
// clear text is had only by an explicit conversion to string, which a reader
// can search for. Wire facts: PINFL by resolution 177 of 12.04.2022.
package personal

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

// PINFL is the 14-digit personal number (JSHSHIR). string(p) is the clear text.
type PINFL string

// Document is a passport's or ID card's series and number, joined: two Latin
// capitals and seven digits. string(d) is the clear text.
type Document string

// Phone is 998 and nine digits, without a plus. string(p) is the clear text.
type Phone string

// Secret is a password, key or token. string(s) is the clear text.
type Secret string

func masked(s string, head, tail int) string {
	if len(s) <= head+tail {
		return strings.Repeat("*", len(s))
	}
	return s[:head] + strings.Repeat("*", len(s)-head-tail) + s[len(s)-tail:]
}

// String masks all but the last two digits.
func (p PINFL) String() string { return masked(string(p), 0, 2) }

// String masks all but the series and the last two digits.
func (d Document) String() string { return masked(string(d), 2, 2) }

// String masks all but the country code and the last two digits.
func (p Phone) String() string { return masked(string(p), 3, 2) }

// String prints a placeholder.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// Format masks under every verb, %x and %#v included.
func (p PINFL) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// Format masks under every verb, %x and %#v included.
func (d Document) Format(f fmt.State, _ rune) { fmt.Fprint(f, d.String()) }

// Format masks under every verb, %x and %#v included.
func (p Phone) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// Format masks under every verb, %x and %#v included.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue masks in structured logs.
func (p PINFL) LogValue() slog.Value { return slog.StringValue(p.String()) }

// LogValue masks in structured logs.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.String()) }

// LogValue masks in structured logs.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// LogValue masks in structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText prints the placeholder, so that a printed configuration is safe.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParsePINFL checks what a person typed: 14 ASCII digits, first digit 1 to 6, a
// date that exists, the check digit (weights 7, 3, 1), not all digits equal.
// The error says what was expected and never repeats the digits.
func ParsePINFL(s string) (PINFL, error) {
	if len(s) != 14 || !digits(s) {
		return "", fmt.Errorf("want 14 digits")
	}
	if strings.Count(s, s[:1]) == len(s) {
		return "", fmt.Errorf("all digits are equal")
	}
	if s[0] < '1' || s[0] > '6' {
		return "", fmt.Errorf("the first digit must be 1 to 6 (century and sex)")
	}
	p := PINFL(s)
	if p.BirthDate().IsZero() {
		return "", fmt.Errorf("digits 2 to 7 are not a date (DDMMYY)")
	}
	if CheckDigit(s[:13]) != s[13] {
		return "", fmt.Errorf("the check digit (the last one) does not fit the others")
	}
	return p, nil
}

// CheckDigit computes the 14th digit over the first 13: weights 7, 3, 1
// repeated, sum modulo 10.
func CheckDigit(first13 string) byte {
	weights := [3]int{7, 3, 1}
	sum := 0
	for i := range len(first13) {
		sum += int(first13[i]-'0') * weights[i%3]
	}
	return byte('0' + sum%10)
}

// BirthDate is the date that the digits carry; the zero date when they carry
// none. It is a hint for look-ups, never proof of age.
func (p PINFL) BirthDate() civil.Date {
	if len(p) != 14 || !digits(string(p)) {
		return civil.Date{}
	}
	century := map[byte]string{'1': "18", '2': "18", '3': "19", '4': "19", '5': "20", '6': "20"}[p[0]]
	d, err := civil.Parse(century + string(p[5:7]) + "-" + string(p[3:5]) + "-" + string(p[1:3]))
	if err != nil {
		return civil.Date{}
	}
	return d
}

// cyrillic letters that look like the Latin ones of a passport series.
var lookAlike = strings.NewReplacer("А", "A", "В", "B", "Е", "E", "К", "K", "М", "M", "Н", "H",
	"О", "O", "Р", "P", "С", "C", "Т", "T", "Х", "X", "У", "Y")

// ParseDocument reads a passport's or ID card's series and number: two letters
// and seven digits; spaces go, look-alike Cyrillic letters become Latin.
func ParseDocument(s string) (Document, error) {
	s = lookAlike.Replace(strings.ToUpper(strings.ReplaceAll(s, " ", "")))
	if len(s) != 9 || !digits(s[2:]) || !letter(s[0]) || !letter(s[1]) {
		return "", fmt.Errorf("want two Latin letters and seven digits")
	}
	return Document(s), nil
}

// ParsePhone reads a mobile number: 998 and nine digits, with or without plus,
// spaces, dashes and brackets.
func ParsePhone(s string) (Phone, error) {
	s = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(s)
	s = strings.TrimPrefix(s, "+")
	if len(s) != 12 || !strings.HasPrefix(s, "998") || !digits(s) {
		return "", fmt.Errorf("want +998 and nine digits")
	}
	return Phone(s), nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' }

// Plausible reports whether somebody born on d can act today: not in the
// future, not over 120 years ago.
func Plausible(d civil.Date, now time.Time) bool {
	today := civil.Of(now)
	return !d.IsZero() && d.Compare(today) <= 0 && d.AgeOn(today) <= 120
}
