package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Info is what a print says of itself.
type Info struct {
	Title    string
	Producer string
	Pages    int
	WidthPt  float64  // of the first page, in points (1/72 inch)
	HeightPt float64  // of the first page, in points
	Fonts    []string // PostScript names without the subset tag, sorted, unique
	Tagged   bool     // carries a structure tree
}

// Read checks the whole file's skeleton and returns what it says of itself.
// The page count is the number of page objects reached, which must be the
// number the file claims.
func Read(raw []byte) (Info, error) {
	f, err := open(raw)
	if err != nil {
		return Info{}, err
	}
	meta, err := f.dict(f.trailer["Info"])
	if err != nil {
		return Info{}, fmt.Errorf("reading the PDF's information: %w", err)
	}
	root, err := f.dict(f.trailer["Root"])
	if err != nil {
		return Info{}, fmt.Errorf("reading the PDF's catalogue: %w", err)
	}
	pages, err := f.pages(root)
	if err != nil {
		return Info{}, err
	}
	info := Info{Pages: len(pages), Tagged: root["StructTreeRoot"] != nil}
	if info.Title, err = f.text(meta["Title"]); err != nil {
		return Info{}, fmt.Errorf("reading the PDF's title: %w", err)
	}
	if info.Producer, err = f.text(meta["Producer"]); err != nil {
		return Info{}, fmt.Errorf("reading the PDF's producer: %w", err)
	}
	box, ok := pages[0]["MediaBox"].(array)
	if !ok || len(box) != 4 {
		return Info{}, fmt.Errorf("reading the PDF's page size: %w", errSyntax)
	}
	for i, v := range box {
		n, ok := v.(float64)
		if !ok || i < 2 && n != 0 {
			return Info{}, fmt.Errorf("reading the PDF's page size: %w", errSyntax)
		}
		box[i] = n
	}
	info.WidthPt, info.HeightPt = box[2].(float64), box[3].(float64)
	info.Fonts, err = f.fonts()
	return info, err
}

// pages returns the page dictionaries in order.
func (f *file) pages(root dict) ([]dict, error) {
	top, err := f.dict(root["Pages"])
	if err != nil {
		return nil, fmt.Errorf("reading the PDF's pages: %w", err)
	}
	var found []dict
	var walk func(d dict, depth int) error
	walk = func(d dict, depth int) error {
		if depth > maxDepth || len(found) > len(f.offsets) {
			return errSyntax
		}
		switch d["Type"] {
		case name("Page"):
			found = append(found, d)
			return nil
		case name("Pages"):
			kids, ok := d["Kids"].(array)
			if !ok {
				return errSyntax
			}
			for _, kid := range kids {
				d, err := f.dict(kid)
				if err != nil {
					return err
				}
				if err := walk(d, depth+1); err != nil {
					return err
				}
			}
			return nil
		}
		return errSyntax
	}
	if err := walk(top, 0); err != nil {
		return nil, fmt.Errorf("reading the PDF's pages: %w", err)
	}
	if len(found) == 0 || top["Count"] != float64(len(found)) {
		return nil, fmt.Errorf("reading the PDF's pages: %w: %d found, another number claimed", errSyntax, len(found))
	}
	return found, nil
}

func (f *file) fonts() ([]string, error) {
	var names []string
	for n := range f.offsets {
		v, err := f.object(n)
		if err != nil {
			return nil, fmt.Errorf("reading the PDF's fonts: %w", err)
		}
		d, ok := v.(dict)
		if !ok || d["Type"] != name("Font") {
			continue
		}
		base, _ := d["BaseFont"].(name)
		if _, after, ok := strings.Cut(string(base), "+"); ok {
			base = name(after)
		}
		if base == "" { // a Type 3 font has none
			base = "unnamed"
		}
		names = append(names, string(base))
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// text decodes a text string: UTF-16 with its mark, else Latin-1, which is
// what PDFDocEncoding is for the characters Chrome writes so.
func (f *file) text(v any) (string, error) {
	v, err := f.resolve(v)
	if err != nil || v == nil {
		return "", err
	}
	b, ok := v.(text)
	if !ok {
		return "", errSyntax
	}
	if wide, ok := bytes.CutPrefix(b, []byte{0xfe, 0xff}); ok {
		if len(wide)%2 != 0 {
			return "", errSyntax
		}
		return utf16Text(wide), nil
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes), nil
}

func utf16Text(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}

// Normalise returns a copy in which the creation and modification dates are
// at, in UTC: the only bytes in which two untagged prints of the same page
// differ. They are written in place, so no offset moves. It fails when a date
// is missing or of another length.
func Normalise(raw []byte, at time.Time) ([]byte, error) {
	f, err := open(raw)
	if err != nil {
		return nil, err
	}
	number, ok := f.trailer["Info"].(ref)
	if !ok {
		return nil, fmt.Errorf("fixing the PDF's dates: %w", errSyntax)
	}
	start, ok := f.offsets[int(number)]
	if !ok {
		return nil, fmt.Errorf("fixing the PDF's dates: %w", errSyntax)
	}
	s := &scanner{b: raw, at: start}
	for range 3 {
		s.word() // "7 0 obj"
	}
	if _, err := s.value(0); err != nil {
		return nil, fmt.Errorf("fixing the PDF's dates: %w", err)
	}
	out := bytes.Clone(raw)
	date := []byte("(" + at.UTC().Format("D:20060102150405+00'00'") + ")")
	for _, key := range []string{"/CreationDate ", "/ModDate "} {
		info := out[start:s.at]
		i := bytes.Index(info, []byte(key))
		if i < 0 || bytes.Count(info, []byte(key)) != 1 {
			return nil, fmt.Errorf("fixing the PDF's dates: %w: %s", errSyntax, strings.Trim(key, "/ "))
		}
		old := info[i+len(key):]
		if len(old) < len(date) || old[0] != '(' || bytes.IndexByte(old, ')') != len(date)-1 {
			return nil, fmt.Errorf("fixing the PDF's dates: %w: %s", errSyntax, strings.Trim(key, "/ "))
		}
		copy(old, date)
	}
	return out, nil
}
