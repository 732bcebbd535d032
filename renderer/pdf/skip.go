package pdf

import "bytes"

// skip goes over one value with the same strictness as value, but makes
// nothing of it: a tagged protocol has thousands of objects that only need to
// be well formed. It does not look for keys that stand twice.
func (s *scanner) skip(depth int) error {
	s.space()
	if depth > maxDepth || s.at >= len(s.b) {
		return errSyntax
	}
	switch c := s.b[s.at]; {
	case c == '/':
		return s.skipName()
	case c == '(':
		return s.skipLiteral()
	case s.take("<<"):
		for !s.take(">>") {
			if err := s.skipName(); err != nil {
				return err
			}
			if err := s.skip(depth + 1); err != nil {
				return err
			}
		}
		return nil
	case c == '<':
		return s.skipHex()
	case c == '[':
		s.at++
		for !s.take("]") {
			if err := s.skip(depth + 1); err != nil {
				return err
			}
		}
		return nil
	}
	word := s.token()
	if n, ok := digits(word); ok {
		if s.reference() && n > maxObject {
			return errSyntax
		}
		return nil
	}
	switch string(word) {
	case "true", "false", "null":
		return nil
	}
	if !isNumber(word) {
		return errSyntax
	}
	return nil
}

func (s *scanner) skipName() error {
	if !s.take("/") {
		return errSyntax
	}
	for s.at < len(s.b) && !ends[s.b[s.at]] {
		if s.b[s.at] == '#' && (s.at+2 >= len(s.b) || nibble[s.b[s.at+1]] < 0 || nibble[s.b[s.at+2]] < 0) {
			return errSyntax
		}
		s.at++
	}
	return nil
}

func (s *scanner) skipLiteral() error {
	s.at++
	for depth := 1; s.at < len(s.b); s.at++ {
		switch s.b[s.at] {
		case '\\':
			s.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.at++
				return nil
			}
		}
	}
	return errSyntax
}

func (s *scanner) skipHex() error {
	s.at++
	end := bytes.IndexByte(s.b[s.at:], '>')
	if end < 0 {
		return errSyntax
	}
	for _, c := range s.b[s.at : s.at+end] {
		if nibble[c] < 0 && !isSpace(c) {
			return errSyntax
		}
	}
	s.at += end + 1
	return nil
}
