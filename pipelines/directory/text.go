package directory

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// apostrophes are the signs that people type for U+02BB and U+02BC.
const apostrophes = "'`\u00b4\u2018\u2019\u2032\u02bb\u02bc"

// Text brings a text into the one form that is kept: trimmed, NFC, U+02BB in oʻ
// and gʻ, U+02BC between other letters. Quotes around words stay as they are.
func Text(s string) string {
	s = norm.NFC.String(strings.TrimSpace(s))
	if !strings.ContainsAny(s, apostrophes) {
		return s
	}
	in := []rune(s)
	out := make([]rune, len(in))
	for i, r := range in {
		out[i] = r
		if !strings.ContainsRune(apostrophes, r) || i == 0 || !unicode.Is(unicode.Latin, in[i-1]) {
			continue
		}
		switch next := i+1 < len(in) && unicode.Is(unicode.Latin, in[i+1]); {
		case strings.ContainsRune("oOgG", in[i-1]) && (next || !quoted(in[:i])):
			out[i] = '\u02bb'
		case next:
			out[i] = '\u02bc'
		}
	}
	return string(out)
}

// quoted reports whether a single quote is open before the end: then the next one
// closes it. An open one stands before a letter and after none.
func quoted(before []rune) bool {
	open := false
	for i, r := range before {
		if strings.ContainsRune("'`\u2018", r) && (i == 0 || !unicode.IsLetter(before[i-1])) {
			open = true
		}
	}
	return open
}

// ASCII is Text for SMS: apostrophes are U+0027.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(apostrophes, r) {
			return '\''
		}
		return r
	}, Text(s))
}

// plain reports whether a text has no control characters and is not too long.
func plain(s string) bool {
	n := 0
	for _, r := range s {
		if n++; unicode.IsControl(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	return n <= MaxText
}
