package external

import (
	"slices"
	"strings"
)

// Part says which half of an exchange differs.
type Part string

// The parts.
const (
	Request  Part = "request"
	Response Part = "response"
)

// Severity says how much a difference matters.
type Severity string

// The severities. A field that a system sends beyond the contract, or a body
// where none is agreed, is extra: real systems grow. Everything else, and any
// unknown field that we send, is breaking.
const (
	Breaking Severity = "breaking"
	Extra    Severity = "extra"
)

// Difference is one way in which an exchange is not what the contract says. It
// holds words of the contract and of this package, never a value of the
// exchange.
type Difference struct {
	Part      Part     `json:"part"`
	Operation string   `json:"operation,omitempty"` // operation id; empty where none fits
	Field     string   `json:"field,omitempty"`     // JSON pointer with * for any index or key; method, header:Name, query:name; empty: the whole
	Want      string   `json:"want"`
	Got       string   `json:"got"`
	Severity  Severity `json:"severity"`
}

// String prints "breaking: response employment.history /result/data: want
// object, got string".
func (d Difference) String() string {
	parts := []string{string(d.Severity) + ":", string(d.Part)}
	for _, s := range []string{d.Operation, d.Field} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ") + ": want " + d.Want + ", got " + d.Got
}

const (
	missing = "missing"
	unknown = "unknown field"
	noField = "no such field"
	longest = 64 // differences kept of one part of an exchange
)

// add keeps a difference once; beyond the longest list nothing more is kept.
func add(list []Difference, more ...Difference) []Difference {
	for _, d := range more {
		if len(list) < longest && !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// fieldName is how an unknown field is named: as it is where it looks like a
// name, hidden where it may be a datum (a number, a document, a text).
func fieldName(key string) string {
	digits := 0
	if key == "" || len(key) > 40 {
		return "?"
	}
	for i, c := range key {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > 3 || i == 0 {
				return "?"
			}
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '-', c == '.':
		default:
			return "?"
		}
	}
	return key
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

// pointer adds a field of the contract's own to a JSON pointer.
func pointer(at, key string) string {
	return at + "/" + escaper.Replace(key)
}
