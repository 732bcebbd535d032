package pdf

import (
	"fmt"
	"slices"
)

// table is a cross-reference table with its trailer.
type table struct {
	start, end int // in the file: of "xref", and after the line "%%EOF"
	trailer    dict
	entries    []entry
}

type entry struct {
	number, offset int
}

// entrySize is the length of a line of the table.
const entrySize = len("0000000015 00000 n \n")

// table reads the one that begins at start.
func (f *file) table(start int) (table, error) {
	t := table{start: start}
	s := &scanner{b: f.raw, at: start}
	if !s.take("xref") {
		return t, fmt.Errorf("reading the PDF: %w: no cross-reference table", errSyntax)
	}
	for !s.take("trailer") {
		if err := t.section(s); err != nil {
			return t, err
		}
	}
	v, err := s.value(0)
	trailer, ok := v.(dict)
	if err != nil || !ok {
		return t, fmt.Errorf("reading the PDF: %w: trailer", errSyntax)
	}
	t.trailer = trailer
	if at, err := s.closing(); err != nil || at != start {
		return t, fmt.Errorf("reading the PDF: %w: startxref", errSyntax)
	}
	t.end = s.at
	return t, nil
}

// closing reads "startxref", its number and "%%EOF" with the line's end.
func (s *scanner) closing() (int, error) {
	if !s.take("startxref") {
		return 0, errSyntax
	}
	n, err := s.integer()
	if err != nil {
		return 0, err
	}
	for s.at < len(s.b) && isSpace(s.b[s.at]) {
		s.at++
	}
	const mark = "%%EOF"
	if len(s.b)-s.at < len(mark) || string(s.b[s.at:s.at+len(mark)]) != mark {
		return 0, errSyntax
	}
	for s.at += len(mark); s.at < len(s.b) && (s.b[s.at] == '\n' || s.b[s.at] == '\r'); {
		s.at++
	}
	return n, nil
}

// section reads a run of entries with rising numbers.
func (t *table) section(s *scanner) error {
	first, err := s.integer()
	if err != nil {
		return fmt.Errorf("reading the PDF: %w: cross-reference section", err)
	}
	count, err := s.integer()
	if err != nil || first > maxObject || count > len(s.b)/entrySize {
		return fmt.Errorf("reading the PDF: %w: cross-reference section", errSyntax)
	}
	s.space()
	if len(s.b)-s.at < count*entrySize {
		return fmt.Errorf("reading the PDF: %w: cross-reference section", errSyntax)
	}
	t.entries = slices.Grow(t.entries, count)
	for n := first; n < first+count; n++ {
		line := s.b[s.at : s.at+entrySize]
		s.at += entrySize
		offset, ok := digits(line[:10])
		if !ok || line[10] != ' ' || line[16] != ' ' || line[18] != ' ' || line[19] != '\n' {
			return fmt.Errorf("reading the PDF: %w: entry of object %d", errSyntax, n)
		}
		switch line[17] {
		case 'n':
			if string(line[11:16]) != "00000" || offset >= t.start {
				return fmt.Errorf("reading the PDF: %w: entry of object %d", errSyntax, n)
			}
			t.entries = append(t.entries, entry{n, offset})
		default:
			if string(line[:18]) != "0000000000 65535 f" {
				return fmt.Errorf("reading the PDF: %w: entry of object %d", errSyntax, n)
			}
		}
	}
	return nil
}

// place gives the objects of a revision, which fill the space from there to
// its table, their extents.
func (f *file) place(t table, from int) error {
	slices.SortFunc(t.entries, func(a, b entry) int { return a.offset - b.offset })
	for i, e := range t.entries {
		to := t.start
		if i+1 < len(t.entries) {
			to = t.entries[i+1].offset
		}
		first := f.raw[e.offset]
		if i == 0 && e.offset != from || e.offset >= to || first < '1' || first > '9' {
			return fmt.Errorf("reading the PDF: %w: place of object %d", errSyntax, e.number)
		}
		if _, again := f.at[e.number]; again {
			f.grown = append(f.grown, e.number)
		} else {
			f.order = append(f.order, e.number)
		}
		f.at[e.number] = extent{e.offset, to}
	}
	return nil
}
