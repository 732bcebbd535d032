package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// Text returns what the pages show, in drawing order: one line per text
// object, a form feed between pages. It reads only text whose fonts carry a
// ToUnicode map, as Chrome's do; a glyph without a mapping is an error.
func Text(raw []byte) (string, error) {
	f, err := open(raw)
	if err != nil {
		return "", err
	}
	root, err := f.dict(f.trailer["Root"])
	if err != nil {
		return "", err
	}
	pages, err := f.pages(root)
	if err != nil {
		return "", err
	}
	r := &reader{file: f, maps: map[ref]map[uint16]string{}}
	for i, p := range pages {
		if i > 0 {
			r.out.WriteByte('\f')
		}
		contents, ok := p["Contents"].(ref)
		if !ok {
			return "", fmt.Errorf("reading the text of page %d: %w", i+1, errSyntax)
		}
		if err := r.content(contents, p["Resources"], 0); err != nil {
			return "", fmt.Errorf("reading the text of page %d: %w", i+1, err)
		}
	}
	return r.out.String(), nil
}

// reader collects text over content streams.
type reader struct {
	*file
	maps map[ref]map[uint16]string
	out  strings.Builder
	walk int // content streams so far
}

// maxWalk bounds how many content streams are read, forms counted each time
// they are drawn.
const maxWalk = 20_000

// content walks one content stream; resources name its fonts and forms.
func (r *reader) content(at ref, resources any, depth int) error {
	if r.walk++; depth > 16 || r.walk > maxWalk {
		return errSyntax
	}
	v, err := r.object(int(at))
	if err != nil {
		return err
	}
	st, ok := v.(stream)
	if !ok {
		return errSyntax
	}
	if st.dict["Subtype"] == name("Image") {
		return nil
	}
	if own := st.dict["Resources"]; own != nil {
		resources = own
	}
	res, err := r.dict(resources)
	if err != nil {
		return err
	}
	code, err := r.decode(st)
	if err != nil {
		return err
	}
	s := &scanner{b: code}
	var operands []any
	var glyphs map[uint16]string
	for {
		s.space()
		if s.at >= len(s.b) {
			return nil
		}
		c := s.b[s.at]
		if c == '/' || c == '(' || c == '<' || c == '[' {
			v, err := s.value(0)
			if err != nil {
				return err
			}
			operands = append(operands, v)
			continue
		}
		word := s.token()
		if c == '-' || c == '.' || c >= '0' && c <= '9' {
			continue // no operator that matters here takes a bare number
		}
		switch string(word) {
		case "", "BI":
			return errSyntax
		case "Tf":
			if glyphs, err = r.font(res, operands); err != nil {
				return err
			}
		case "Tj", "TJ":
			if err := r.show(glyphs, operands); err != nil {
				return err
			}
		case "ET":
			r.out.WriteByte('\n')
		case "Do":
			form, ok := r.resource(res, "XObject", operands)
			if !ok {
				return errSyntax
			}
			if err := r.content(form, resources, depth+1); err != nil {
				return err
			}
		}
		operands = operands[:0]
	}
}

func (r *reader) resource(res dict, kind name, operands []any) (ref, bool) {
	if len(operands) != 1 {
		return 0, false
	}
	key, ok := operands[0].(name)
	if !ok {
		return 0, false
	}
	group, err := r.dict(res[kind])
	if err != nil {
		return 0, false
	}
	at, ok := group[key].(ref)
	return at, ok
}

// font returns the mapping from glyph to text of the font that Tf selects.
func (r *reader) font(res dict, operands []any) (map[uint16]string, error) {
	at, ok := r.resource(res, "Font", operands)
	if !ok {
		return nil, errSyntax
	}
	if m, ok := r.maps[at]; ok {
		return m, nil
	}
	d, err := r.dict(at)
	if err != nil {
		return nil, err
	}
	v, err := r.resolve(d["ToUnicode"])
	if err != nil {
		return nil, err
	}
	st, ok := v.(stream)
	if !ok || d["Encoding"] != name("Identity-H") {
		return nil, fmt.Errorf("%w: a font without a map to text", errSyntax)
	}
	code, err := r.decode(st)
	if err != nil {
		return nil, err
	}
	m, err := parseMap(code)
	r.maps[at] = m
	return m, err
}

// parseMap reads the bfchar and bfrange sections of a ToUnicode map.
func parseMap(code []byte) (map[uint16]string, error) {
	m := map[uint16]string{}
	s := &scanner{b: code}
	hex := func() (text, error) {
		if !s.take("<") {
			return nil, errSyntax
		}
		return s.hex()
	}
	for _, section := range []string{"bfchar", "bfrange"} {
		s.at = 0
		for {
			i := bytes.Index(s.b[s.at:], []byte("begin"+section))
			if i < 0 {
				break
			}
			s.at += i + len("begin"+section)
			for !s.take("end" + section) {
				from, err := hex()
				to := from
				if err == nil && section == "bfrange" {
					to, err = hex()
				}
				var dst text
				if err == nil {
					dst, err = hex()
				}
				if err != nil || len(from) != 2 || len(to) != 2 || len(dst) < 2 || len(dst)%2 != 0 {
					return nil, errSyntax
				}
				lo, hi := int(from[0])<<8|int(from[1]), int(to[0])<<8|int(to[1])
				for n := lo; n <= hi; n++ {
					m[uint16(n)] = utf16Text(dst)
					// Chrome's ranges run on across the target's last byte.
					dst = bytes.Clone(dst)
					if dst[len(dst)-1]++; dst[len(dst)-1] == 0 {
						dst[len(dst)-2]++
					}
				}
			}
		}
	}
	return m, nil
}

func (r *reader) show(glyphs map[uint16]string, operands []any) error {
	if len(operands) != 1 || glyphs == nil {
		return errSyntax
	}
	runs, ok := operands[0].(array)
	if !ok {
		runs = array{operands[0]}
	}
	for _, run := range runs {
		codes, ok := run.(text)
		if !ok {
			continue // a shift
		}
		if len(codes)%2 != 0 {
			return errSyntax
		}
		for i := 0; i < len(codes); i += 2 {
			t, ok := glyphs[uint16(codes[i])<<8|uint16(codes[i+1])]
			if !ok {
				return fmt.Errorf("%w: a glyph without text", errSyntax)
			}
			r.out.WriteString(t)
		}
	}
	return nil
}
