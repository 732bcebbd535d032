package pdf

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// glyphs maps a font's glyphs to text.
type glyphs struct {
	spans []span // by glyph
	text  []byte // UTF-8
}

type span struct{ from, to uint32 }

const (
	maxGlyph  = 0xffff
	maxTarget = 64 // bytes of UTF-16 that one glyph may stand for
)

// of is the text of a glyph, empty if it has none.
func (g *glyphs) of(glyph int) []byte {
	if glyph >= len(g.spans) {
		return nil
	}
	s := g.spans[glyph]
	return g.text[s.from:s.to]
}

func (g *glyphs) set(glyph int, wide []byte) {
	if glyph >= len(g.spans) {
		g.spans = append(slices.Grow(g.spans, glyph+1-len(g.spans)), make([]span, glyph+1-len(g.spans))...)
	}
	from := uint32(len(g.text))
	for i := 0; i+1 < len(wide); i += 2 {
		r := rune(wide[i])<<8 | rune(wide[i+1])
		if utf16.IsSurrogate(r) && i+3 < len(wide) {
			r = utf16.DecodeRune(r, rune(wide[i+2])<<8|rune(wide[i+3]))
			i += 2
		}
		g.text = utf8.AppendRune(g.text, r)
	}
	g.spans[glyph] = span{from, uint32(len(g.text))}
}

// parse reads the bfchar and bfrange sections of a ToUnicode map.
func (g *glyphs) parse(code []byte) error {
	left := 2 * maxGlyph // entries, so that ranges over ranges end
	for _, section := range []string{"bfchar", "bfrange"} {
		s := &scanner{b: code}
		for {
			i := bytes.Index(s.b[s.at:], []byte("begin"+section))
			if i < 0 {
				break
			}
			s.at += i + len("begin"+section)
			for !s.take("end" + section) {
				n, err := g.entry(s, section == "bfrange", left)
				if err != nil {
					return err
				}
				left -= n
			}
		}
	}
	return nil
}

// entry reads one line of a section and returns how many glyphs it maps.
func (g *glyphs) entry(s *scanner, isRange bool, most int) (int, error) {
	var room [maxTarget]byte
	from, err := s.glyph()
	to := from
	if err == nil && isRange {
		to, err = s.glyph()
	}
	if err != nil {
		return 0, err
	}
	wide, err := s.appendHex(room[:0])
	if err != nil || len(wide) < 2 || len(wide) > maxTarget || len(wide)%2 != 0 || to-from >= most {
		return 0, errSyntax
	}
	for glyph := from; glyph <= to; glyph++ {
		g.set(glyph, wide)
		// Chrome's ranges run on across the target's last byte.
		if wide[len(wide)-1]++; wide[len(wide)-1] == 0 {
			wide[len(wide)-2]++
		}
	}
	return max(to-from+1, 1), nil
}

// glyph reads a glyph's two bytes.
func (s *scanner) glyph() (int, error) {
	var room [8]byte
	b, err := s.appendHex(room[:0])
	if err != nil || len(b) != 2 {
		return 0, errSyntax
	}
	return int(b[0])<<8 | int(b[1]), nil
}
