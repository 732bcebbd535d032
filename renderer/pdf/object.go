package pdf

import (
	"bytes"
	"errors"
	"math"
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

const (
	maxDepth  = 64        // of nesting, so that a hostile file cannot exhaust the stack
	maxObject = 8_388_607 // the highest object number, by ISO 32000-1 annex C
)

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

// token reads a run of regular characters: a number, a keyword, an operator.
func (s *scanner) token() []byte {
	s.space()
	from := s.at
	for s.at < len(s.b) && !ends[s.b[s.at]] {
		s.at++
	}
	return s.b[from:s.at]
}

// integer reads a whole number that is not negative, of at most ten digits.
func (s *scanner) integer() (int, error) {
	n, ok := digits(s.token())
	if !ok {
		return 0, errSyntax
	}
	return n, nil
}

// digits is the number that b writes with one to ten digits and nothing else.
func digits(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func (s *scanner) take(token string) bool {
	s.space()
	if len(s.b)-s.at < len(token) || string(s.b[s.at:s.at+len(token)]) != token {
		return false
	}
	s.at += len(token)
	return true
}

func (s *scanner) value(depth int) (any, error) {
	s.space()
	if depth > maxDepth || s.at >= len(s.b) {
		return nil, errSyntax
	}
	switch c := s.b[s.at]; {
	case c == '/':
		return s.name()
	case c == '(':
		return s.literal()
	case s.take("<<"):
		return s.dict(depth)
	case c == '<':
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

func (s *scanner) dict(depth int) (dict, error) {
	d := dict{}
	for !s.take(">>") {
		key, err := s.name()
		if err != nil {
			return nil, err
		}
		v, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := d[key]; twice {
			return nil, errSyntax
		}
		d[key] = v
	}
	return d, nil
}

// bare reads a number, a reference ("12 0 R") or a keyword.
func (s *scanner) bare() (any, error) {
	word := s.token()
	switch string(word) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	if n, ok := digits(word); ok {
		if s.reference() {
			if n > maxObject {
				return nil, errSyntax
			}
			return ref(n), nil
		}
		return float64(n), nil
	}
	if !isNumber(word) {
		return nil, errSyntax
	}
	n, err := strconv.ParseFloat(string(word), 64)
	if err != nil || math.IsInf(n, 0) {
		return nil, errSyntax
	}
	return n, nil
}

// reference reads what makes the number before it a reference, if it is there.
func (s *scanner) reference() bool {
	back := s.at
	if string(s.token()) == "0" && string(s.token()) == "R" {
		return true
	}
	s.at = back
	return false
}

// isNumber tells whether b is a sign, digits and at most one point; PDF knows
// no exponents.
func isNumber(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	points, figures := 0, 0
	for _, c := range b {
		switch {
		case c == '.':
			points++
		case c >= '0' && c <= '9':
			figures++
		default:
			return false
		}
	}
	return points <= 1 && figures > 0 && figures < 40
}

func (s *scanner) name() (name, error) {
	if !s.take("/") {
		return "", errSyntax
	}
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
		if i+2 >= len(raw) || nibble[raw[i+1]] < 0 || nibble[raw[i+2]] < 0 {
			return "", errSyntax
		}
		out = append(out, byte(nibble[raw[i+1]])<<4|byte(nibble[raw[i+2]]))
		i += 2
	}
	return name(out), nil
}
