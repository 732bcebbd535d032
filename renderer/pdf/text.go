package pdf

import "fmt"

// Text returns what the pages show, in drawing order: one line per text
// object, a form feed between pages. It reads only text whose fonts carry a
// ToUnicode map, as Chrome's do; a glyph without a mapping is an error.
func Text(raw []byte) (string, error) {
	f, root, err := openFinal(raw)
	if err != nil {
		return "", err
	}
	pages, err := f.pages(root)
	if err != nil {
		return "", err
	}
	r := &reader{file: f, maps: map[ref]*glyphs{}}
	for i, p := range pages {
		if i > 0 {
			r.out = append(r.out, '\f')
		}
		contents, ok := p["Contents"].(ref)
		if !ok {
			return "", fmt.Errorf("reading the text of page %d: %w", i+1, errSyntax)
		}
		if err := r.content(contents, p["Resources"], 0); err != nil {
			return "", fmt.Errorf("reading the text of page %d: %w", i+1, err)
		}
	}
	return string(r.out), nil
}

// reader collects text over content streams.
type reader struct {
	*file
	maps map[ref]*glyphs
	out  []byte
	walk int // content streams so far
}

const (
	maxWalk = 20_000   // content streams, forms counted each time they are drawn
	maxText = 16 << 20 // bytes of text
)

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
	p := painter{reader: r, resources: resources, depth: depth}
	if p.fonts, p.forms, err = r.groups(resources); err != nil {
		return err
	}
	return r.decode(st, p.run)
}

// groups resolves the two kinds of resource that matter to text.
func (r *reader) groups(resources any) (fonts, forms dict, err error) {
	d, err := r.dict(resources)
	if err != nil {
		return nil, nil, err
	}
	if d["Font"] != nil {
		if fonts, err = r.dict(d["Font"]); err != nil {
			return nil, nil, err
		}
	}
	if d["XObject"] != nil {
		forms, err = r.dict(d["XObject"])
	}
	return fonts, forms, err
}

// font returns the mapping from glyph to text of a font.
func (r *reader) font(at ref) (*glyphs, error) {
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
	m := &glyphs{}
	r.maps[at] = m
	return m, r.decode(st, m.parse)
}
