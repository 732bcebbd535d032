package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// The kinds of value: nil, bool, float64, name, text (a string's bytes), ref,
// array, dict and stream.
type (
	name  string
	text  []byte
	ref   int
	array []any
	dict  map[name]any
)

// stream is a dictionary with its still encoded bytes.
type stream struct {
	dict
	raw []byte
}

// maxDepth bounds nesting, so that a hostile file cannot exhaust the stack.
const maxDepth = 64

var errSyntax = errors.New("not the PDF syntax that Chrome writes")

// scanner reads values from b, from position at on.
type scanner struct {
	b  []byte
	at int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 || c == '\f'
}

// ends marks the bytes that end a run of regular characters.
var ends = func() (t [256]bool) {
	for _, c := range []byte(" \n\r\t\x00\f()<>[]{}/%") {
		t[c] = true
	}
	return t
}()

func (s *scanner) space() {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case isSpace(c):
			s.at++
		case c == '%':
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
		default:
			return
		}
	}
}

// word reads a run of regular characters: a number, a keyword, an operator.
func (s *scanner) word() string { return string(s.token()) }

// token is word without a copy.
func (s *scanner) token() []byte {
	s.space()
	from := s.at
	for s.at < len(s.b) && !ends[s.b[s.at]] {
		s.at++
	}
	return s.b[from:s.at]
}

func (s *scanner) integer() (int, error) {
	n, err := strconv.Atoi(s.word())
	if err != nil || n < 0 {
		return 0, errSyntax
	}
	return n, nil
}

func (s *scanner) take(token string) bool {
	s.space()
	if !bytes.HasPrefix(s.b[s.at:], []byte(token)) {
		return false
	}
	s.at += len(token)
	return true
}

func (s *scanner) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errSyntax
	}
	s.space()
	if s.at >= len(s.b) {
		return nil, errSyntax
	}
	switch c := s.b[s.at]; {
	case c == '/':
		s.at++
		return s.name()
	case c == '(':
		s.at++
		return s.literal()
	case s.take("<<"):
		return s.dict(depth)
	case c == '<':
		s.at++
		return s.hex()
	case c == '[':
		s.at++
		a := array{}
		for !s.take("]") {
			v, err := s.value(depth + 1)
			if err != nil {
				return nil, err
			}
			a = append(a, v)
		}
		return a, nil
	}
	return s.bare()
}

// bare reads a number, a reference ("12 0 R") or a keyword.
func (s *scanner) bare() (any, error) {
	word := s.word()
	switch word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return nil, errSyntax
	}
	if n >= 0 && n == float64(int(n)) {
		back := s.at
		if s.word() == "0" && s.word() == "R" {
			return ref(int(n)), nil
		}
		s.at = back
	}
	return n, nil
}

func (s *scanner) name() (name, error) {
	from := s.at
	for s.at < len(s.b) && !ends[s.b[s.at]] {
		s.at++
	}
	raw := s.b[from:s.at]
	if bytes.IndexByte(raw, '#') < 0 {
		return name(raw), nil
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] != '#' {
			out = append(out, raw[i])
			continue
		}
		if i+2 >= len(raw) {
			return "", errSyntax
		}
		n, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8)
		if err != nil {
			return "", errSyntax
		}
		out = append(out, byte(n))
		i += 2
	}
	return name(out), nil
}

func (s *scanner) literal() (text, error) {
	out := text{}
	for depth := 1; s.at < len(s.b); {
		c := s.b[s.at]
		s.at++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return out, nil
			}
		case '\\':
			c, skip, ok := s.escape()
			if !ok {
				return nil, errSyntax
			}
			if !skip {
				out = append(out, c)
			}
			continue
		}
		out = append(out, c)
	}
	return nil, errSyntax
}

// escape reads what follows a backslash; skip means a line continuation.
func (s *scanner) escape() (c byte, skip, ok bool) {
	if s.at >= len(s.b) {
		return 0, false, false
	}
	c = s.b[s.at]
	s.at++
	switch c {
	case 'n':
		return '\n', false, true
	case 'r':
		return '\r', false, true
	case 't':
		return '\t', false, true
	case 'b':
		return '\b', false, true
	case 'f':
		return '\f', false, true
	case '\n':
		return 0, true, true
	}
	if c < '0' || c > '7' {
		return c, false, true
	}
	n := int(c - '0')
	for i := 0; i < 2 && s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '7'; i++ {
		n = n*8 + int(s.b[s.at]-'0')
		s.at++
	}
	return byte(n), false, true
}

func (s *scanner) hex() (text, error) {
	end := bytes.IndexByte(s.b[s.at:], '>')
	if end < 0 {
		return nil, errSyntax
	}
	digits := bytes.Join(bytes.Fields(s.b[s.at:s.at+end]), nil)
	s.at += end + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out := make(text, len(digits)/2)
	for i := range out {
		n, err := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
		if err != nil {
			return nil, errSyntax
		}
		out[i] = byte(n)
	}
	return out, nil
}

func (s *scanner) dict(depth int) (dict, error) {
	d := dict{}
	for !s.take(">>") {
		if !s.take("/") {
			return nil, errSyntax
		}
		key, err := s.name()
		if err != nil {
			return nil, err
		}
		if d[key], err = s.value(depth + 1); err != nil {
			return nil, fmt.Errorf("/%s: %w", key, err)
		}
	}
	return d, nil
}
