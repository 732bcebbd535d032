package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Info is what a file says of itself. What Chrome printed has a title, a
// producer and dates; the rest is given by Finish.
type Info struct {
	Title       string
	Subject     string
	Author      string
	Producer    string
	Language    string // BCP 47, of the whole document
	Identifier  string // of the document
	Code        string // the text of its QR code
	Archive     Archive
	Created     time.Time
	Modified    time.Time
	Attachments []string // names of the attached files, sorted
	Sealed      bool     // carries a seal; whether it is a good one is not looked at
	Pages       int
	WidthPt     float64  // of the first page, in points (1/72 inch)
	HeightPt    float64  // of the first page, in points
	Fonts       []string // PostScript names without the subset tag, sorted, unique
	Tagged      bool     // carries a structure tree
}

// Read checks the whole file's skeleton and returns what it says of itself.
// The page count is the number of page objects reached, which must be the
// number the file claims. It reads what Chrome printed, what this package made
// of it, and that with seals appended; anything else is an error, ErrEncrypted
// if it is encrypted.
func Read(raw []byte) (Info, error) {
	f, root, err := openFinal(raw)
	if err != nil {
		return Info{}, err
	}
	if err := f.check(); err != nil {
		return Info{}, fmt.Errorf("reading the PDF: %w", err)
	}
	meta, err := f.dict(f.trailer["Info"])
	if err != nil {
		return Info{}, fmt.Errorf("reading the PDF's information: %w", err)
	}
	pages, err := f.pages(root)
	if err != nil {
		return Info{}, err
	}
	info := Info{Pages: len(pages), Tagged: root["StructTreeRoot"] != nil, Sealed: f.revisions > 1}
	for key, to := range map[name]*string{
		"Title": &info.Title, "Subject": &info.Subject, "Author": &info.Author, "Producer": &info.Producer, codeKey: &info.Code,
	} {
		if *to, err = f.text(meta[key]); err != nil {
			return Info{}, fmt.Errorf("reading the PDF's information: %w: %s", err, key)
		}
	}
	for key, to := range map[name]*time.Time{"CreationDate": &info.Created, "ModDate": &info.Modified} {
		if *to, err = f.date(meta[key]); err != nil {
			return Info{}, fmt.Errorf("reading the PDF's information: %w: %s", err, key)
		}
	}
	if info.Language, err = f.text(root["Lang"]); err != nil {
		return Info{}, fmt.Errorf("reading the PDF's language: %w", err)
	}
	if info.WidthPt, info.HeightPt, err = size(pages[0]); err != nil {
		return Info{}, err
	}
	if err := f.metadata(root, &info); err != nil {
		return Info{}, fmt.Errorf("reading the PDF's metadata: %w", err)
	}
	files, err := f.attached(root)
	if err != nil {
		return Info{}, err
	}
	for _, a := range files {
		info.Attachments = append(info.Attachments, a.name)
	}
	info.Fonts, err = f.fonts()
	return info, err
}

// size is that of a page's paper, whose box must begin at the origin.
func size(page dict) (width, height float64, err error) {
	box, ok := page["MediaBox"].(array)
	if ok && len(box) == 4 && box[0] == 0.0 && box[1] == 0.0 {
		width, _ = box[2].(float64)
		height, _ = box[3].(float64)
	}
	if width <= 0 || height <= 0 {
		return 0, 0, fmt.Errorf("reading the PDF's page size: %w", errSyntax)
	}
	return width, height, nil
}

// pages returns the page dictionaries in order.
func (f *file) pages(root dict) ([]dict, error) {
	var found []dict
	err := f.walkPages(root, func(_ ref, d dict) error {
		found = append(found, d)
		return nil
	})
	return found, err
}

// walkPages calls visit with each page in order.
func (f *file) walkPages(root dict, visit func(ref, dict) error) error {
	count, seen := 0, map[ref]bool{}
	var walk func(v any, depth int) error
	walk = func(v any, depth int) error {
		at, ok := v.(ref)
		if !ok || depth > maxDepth || seen[at] {
			return errSyntax
		}
		seen[at] = true
		d, err := f.dict(at)
		if err != nil {
			return err
		}
		if d["Type"] == name("Page") {
			count++
			return visit(at, d)
		}
		kids, ok := d["Kids"].(array)
		if d["Type"] != name("Pages") || !ok {
			return errSyntax
		}
		before := count
		for _, kid := range kids {
			if err := walk(kid, depth+1); err != nil {
				return err
			}
		}
		if d["Count"] != float64(count-before) {
			return fmt.Errorf("%w: %d found, another number claimed", errSyntax, count-before)
		}
		return nil
	}
	err := walk(root["Pages"], 0)
	if err == nil && count == 0 {
		err = fmt.Errorf("%w: none found", errSyntax)
	}
	if err != nil {
		return fmt.Errorf("reading the PDF's pages: %w", err)
	}
	return nil
}

func (f *file) fonts() ([]string, error) {
	var names []string
	for _, n := range f.order {
		at := f.at[n]
		if !bytes.Contains(f.raw[at.from:min(at.to, at.from+16<<10)], []byte("/Font")) {
			continue
		}
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

const dateLayout = "D:20060102150405-07'00'"

// date reads a date with its offset; none is the zero time.
func (f *file) date(v any) (time.Time, error) {
	v, err := f.resolve(v)
	if err != nil || v == nil {
		return time.Time{}, err
	}
	b, ok := v.(text)
	if !ok {
		return time.Time{}, errSyntax
	}
	t, err := time.Parse(dateLayout, string(b))
	if err != nil {
		return time.Time{}, errSyntax
	}
	return t.UTC(), nil
}
