package pdf

// nibble is the value of a hexadecimal digit, -1 for any other byte.
var nibble = func() (t [256]int8) {
	for i := range t {
		switch c := byte(i); {
		case c >= '0' && c <= '9':
			t[i] = int8(c - '0')
		case c >= 'a' && c <= 'f':
			t[i] = int8(c-'a') + 10
		case c >= 'A' && c <= 'F':
			t[i] = int8(c-'A') + 10
		default:
			t[i] = -1
		}
	}
	return t
}()

// literal reads a string in parentheses.
func (s *scanner) literal() (text, error) {
	if !s.take("(") {
		return nil, errSyntax
	}
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

// hex reads a string in angle brackets.
func (s *scanner) hex() (text, error) {
	out, err := s.appendHex(nil)
	if out == nil {
		out = []byte{}
	}
	return out, err
}

// appendHex appends what a string in angle brackets holds to out; an odd last
// digit counts as its high half.
func (s *scanner) appendHex(out []byte) ([]byte, error) {
	if !s.take("<") {
		return nil, errSyntax
	}
	high := int8(-1)
	for ; s.at < len(s.b); s.at++ {
		c := s.b[s.at]
		v := nibble[c]
		switch {
		case c == '>':
			s.at++
			if high >= 0 {
				out = append(out, byte(high)<<4)
			}
			return out, nil
		case v < 0 && isSpace(c):
		case v < 0:
			return nil, errSyntax
		case high < 0:
			high = v
		default:
			out = append(out, byte(high)<<4|byte(v))
			high = -1
		}
	}
	return nil, errSyntax
}
