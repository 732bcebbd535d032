package seal

import (
	"bytes"
	"errors"
	"strconv"
)

// maxNesting bounds nested values, so that no file exhausts the stack; maxKeys
// bounds one dictionary, whose keys are compared with each other.
const (
	maxNesting = 32
	maxKeys    = 1024
)

var errSyntax = errors.New("not the syntax that the renderer writes")

// span is a piece of a file: raw[from:to].
type span struct{ from, to int }

// entry is a key of a dictionary with the place of its value.
type entry struct {
	key string
	span
}

// space reports the bytes that separate tokens.
func space(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 || c == '\f'
}

// regular reports the bytes that names, numbers and keywords consist of.
func regular(c byte) bool {
	return !space(c) && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0
}

// skipSpace returns the position of the next token; comments count as space.
func skipSpace(raw []byte, at int) int {
	for at < len(raw) {
		switch c := raw[at]; {
		case space(c):
			at++
		case c == '%':
			for at < len(raw) && raw[at] != '\n' && raw[at] != '\r' {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// word reads a run of regular characters after space.
func word(raw []byte, at int) (string, int) {
	at = skipSpace(raw, at)
	from := at
	for at < len(raw) && regular(raw[at]) {
		at++
	}
	return string(raw[from:at]), at
}

// number reads a whole number without a sign.
func number(raw []byte, at int) (int, int, error) {
	w, at := word(raw, at)
	n, err := strconv.ParseUint(w, 10, 31)
	if err != nil {
		return 0, at, errSyntax
	}
	return int(n), at, nil
}

// skipValue returns where the value at a position ends.
func skipValue(raw []byte, at, depth int) (int, error) {
	at = skipSpace(raw, at)
	if at >= len(raw) || depth > maxNesting {
		return 0, errSyntax
	}
	switch c := raw[at]; {
	case c == '/':
		_, end := word(raw, at+1)
		return end, nil
	case c == '(':
		return skipLiteral(raw, at)
	case bytes.HasPrefix(raw[at:], []byte("<<")):
		_, end, err := entries(raw, at, depth)
		return end, err
	case c == '<':
		end := bytes.IndexByte(raw[at:], '>')
		if end < 0 {
			return 0, errSyntax
		}
		return at + end + 1, nil
	case c == '[':
		for at++; ; {
			if at = skipSpace(raw, at); at < len(raw) && raw[at] == ']' {
				return at + 1, nil
			}
			var err error
			if at, err = skipValue(raw, at, depth+1); err != nil {
				return 0, err
			}
		}
	}
	w, end := word(raw, at)
	if w == "" {
		return 0, errSyntax
	}
	if _, after, err := reference(raw, at); err == nil {
		return after, nil
	}
	return end, nil
}

func skipLiteral(raw []byte, at int) (int, error) {
	for depth := 0; at < len(raw); at++ {
		switch raw[at] {
		case '\\':
			at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return at + 1, nil
			}
		}
	}
	return 0, errSyntax
}

// reference reads "12 0 R" and returns 12.
func reference(raw []byte, at int) (n, end int, err error) {
	if n, at, err = number(raw, at); err != nil {
		return 0, at, err
	}
	generation, at := word(raw, at)
	letter, at := word(raw, at)
	if generation != "0" || letter != "R" {
		return 0, at, errSyntax
	}
	return n, at, nil
}

// entries lists a dictionary; a key that stands twice, or is written with
// escapes, makes it unreadable: readers differ in what they make of it.
func entries(raw []byte, at, depth int) ([]entry, int, error) {
	at = skipSpace(raw, at)
	if !bytes.HasPrefix(raw[at:], []byte("<<")) {
		return nil, 0, errSyntax
	}
	at += 2
	var list []entry
	for {
		at = skipSpace(raw, at)
		if bytes.HasPrefix(raw[at:], []byte(">>")) {
			return list, at + 2, nil
		}
		if at >= len(raw) || raw[at] != '/' {
			return nil, 0, errSyntax
		}
		key, end := word(raw, at+1)
		if _, twice := find(list, key); twice || end == at+1 || len(list) == maxKeys || bytes.IndexByte(raw[at:end], '#') >= 0 {
			return nil, 0, errSyntax
		}
		from := skipSpace(raw, end)
		to, err := skipValue(raw, from, depth+1)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, entry{key, span{from, to}})
		at = to
	}
}

func find(list []entry, key string) (span, bool) {
	for _, e := range list {
		if e.key == key {
			return e.span, true
		}
	}
	return span{}, false
}
