package issuing

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// maxTyped bounds what is looked at, in bytes: a code has some 150 letters, its
// address a few dozen more.
const maxTyped = 4096

// Plain takes the code out of what somebody scanned, typed or pasted: the code
// alone or its whole address, in any case, with the spaces, line breaks and marks
// that paper and mail programs add. What is left is base32 in capital letters,
// else the error is ErrBadCode. It says nothing about the signature.
func Plain(text string) (string, error) {
	if len(text) > maxTyped {
		return "", ErrBadCode
	}
	text = strings.Map(func(r rune) rune {
		// Format characters are invisible: soft hyphens, zero widths, byte order marks.
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
	text = strings.Trim(text, "<>()[]\"'“”«»")
	text, _, _ = strings.Cut(text, "#")
	text, _, _ = strings.Cut(text, "?")
	text = strings.TrimRight(text, "/.,;")
	text = text[strings.LastIndexByte(text, '/')+1:]
	plain := []byte(text)
	for i, c := range plain {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
			plain[i] = c
		}
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return "", ErrBadCode
		}
	}
	if len(plain) == 0 {
		return "", ErrBadCode
	}
	return string(plain), nil
}

// ReadTyped is Read of what Plain takes. It is stricter in one thing: a code can
// be written in one way only, so that a change of any letter is seen.
func (c Codes) ReadTyped(text string) (k Code, plain string, err error) {
	if plain, err = Plain(text); err != nil {
		return Code{}, "", err
	}
	raw, err := base32Upper.DecodeString(plain)
	if err != nil || base32Upper.EncodeToString(raw) != plain {
		return Code{}, plain, ErrBadCode
	}
	k, err = c.Read(plain)
	return k, plain, err
}

// Shaped reports whether a text has the form of a code, whoever signed it.
func Shaped(text string) bool {
	plain, err := Plain(text)
	if err != nil {
		return false
	}
	raw, err := base32Upper.DecodeString(plain)
	return err == nil && len(raw) >= codeHead+64 && raw[0] == codeVersion
}

// DataHash is dossier.DataHash of data that came from outside: one JSON object in
// which no field stands twice, since readers differ in which of two they take.
func DataHash(data []byte) ([32]byte, error) {
	if err := dossier.CheckJSON(data); err != nil {
		return [32]byte{}, fmt.Errorf("reading a document's data: %w", err)
	}
	return dossier.DataHash(data)
}
