package pdf

import "fmt"

// painter reads the operators of one content stream. Most of a page is paths
// and numbers, which are only stepped over; nothing is allocated per operator.
type painter struct {
	*reader
	resources    any
	fonts, forms dict
	depth        int

	glyphs *glyphs // of the font in use
	name   []byte  // the last name among the operands
	codes  []byte  // glyphs of the strings among the operands
	shown  bool    // a string was among the operands
}

func (p *painter) run(code []byte) error {
	s := &scanner{b: code}
	for {
		for s.at < len(code) && idle[code[s.at]] {
			s.at++
		}
		if s.at >= len(code) {
			return nil
		}
		switch c := code[s.at]; {
		case c == '/':
			s.at++
			p.name = s.word()
		case c == '(' || c == '<':
			if err := p.operand(s); err != nil {
				return err
			}
		default:
			word := s.word()
			if len(word) == 0 {
				return errSyntax
			}
			if err := p.operator(word); err != nil {
				return err
			}
			p.name, p.codes, p.shown = nil, p.codes[:0], false
		}
	}
}

// idle marks the bytes of which nothing comes: space, numbers, the brackets
// around runs of strings.
var idle = func() (t [256]bool) {
	for _, c := range []byte("0123456789.-[] \n\r\t\x00\f") {
		t[c] = true
	}
	return t
}()

// word reads a run of regular characters that begins here.
func (s *scanner) word() []byte {
	from := s.at
	for s.at < len(s.b) && !ends[s.b[s.at]] {
		s.at++
	}
	return s.b[from:s.at]
}

// operand reads a string or steps over a dictionary.
func (p *painter) operand(s *scanner) error {
	before := len(p.codes)
	var err error
	switch {
	case s.b[s.at] == '(':
		var t text
		t, err = s.literal()
		p.codes = append(p.codes, t...)
	case s.at+1 < len(s.b) && s.b[s.at+1] == '<':
		return s.skip(0)
	default:
		p.codes, err = s.appendHex(p.codes)
	}
	p.shown = true
	if err == nil && (len(p.codes)-before)%2 != 0 {
		err = fmt.Errorf("%w: half a glyph", errSyntax)
	}
	return err
}

func (p *painter) operator(word []byte) error {
	if len(word) == 1 && word[0] >= 'A' { // paths, colours, states
		return nil
	}
	switch string(word) {
	case "Tf":
		at, ok := p.fonts[name(p.name)].(ref)
		if !ok {
			return errSyntax
		}
		var err error
		p.glyphs, err = p.font(at)
		return err
	case "Tj", "TJ":
		return p.show()
	case "ET":
		p.out = append(p.out, '\n')
	case "Do":
		at, ok := p.forms[name(p.name)].(ref)
		if !ok {
			return errSyntax
		}
		return p.content(at, p.resources, p.depth+1)
	case "BI", "'", `"`: // an inline image; text shown in ways that Chrome does not use
		return errSyntax
	}
	return nil
}

func (p *painter) show() error {
	if p.glyphs == nil || !p.shown {
		return errSyntax
	}
	for i := 0; i+1 < len(p.codes); i += 2 {
		t := p.glyphs.of(int(p.codes[i])<<8 | int(p.codes[i+1]))
		if len(t) == 0 {
			return fmt.Errorf("%w: a glyph without text", errSyntax)
		}
		p.out = append(p.out, t...)
	}
	if len(p.out) > maxText {
		return fmt.Errorf("%w: more than %d bytes of text", errSyntax, maxText)
	}
	return nil
}
