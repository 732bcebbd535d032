package pdf

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// file is a parsed PDF. Every byte of it belongs to the header, to one object,
// or to a cross-reference table with its trailer; that is what makes work on a
// hostile file linear in its size.
type file struct {
	raw       []byte
	at        map[int]extent // by object number, the newest revision's
	order     []int          // object numbers as they lie in the file
	trailer   dict           // of the newest revision
	body      int            // where the table of the oldest revision begins
	id        any            // of the oldest revision
	revisions int            // 1, or more when something was appended
	grown     []int          // numbers of objects that a later revision replaced
	budget    int            // bytes that may still be unpacked
	work      int            // bytes that may still be parsed
}

// extent is where an object lies: from its number to where the next begins.
type extent struct {
	from, to int
}

const (
	maxRevisions = 16
	maxFile      = 128 << 20 // bytes of a file
	maxWork      = 16 << 20  // bytes unpacked, and parsed, of a small file in one call
	workFactor   = 16        // so much more for each byte of the file
)

// ErrEncrypted is what reading an encrypted file gives: its text and its
// information are not to be had without the password.
var ErrEncrypted = errors.New("the PDF is encrypted")

// open reads a file of one revision: what Chrome printed, what Finish, Merge
// and Render make.
func open(raw []byte) (*file, error) { return parse(raw, false) }

// parse reads the cross-reference tables and the trailers, and where each
// object lies. Files with something appended are refused unless wanted.
func parse(raw []byte, appended bool) (*file, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("reading the PDF: more than %d bytes", maxFile)
	}
	head, ok := header(raw)
	if !ok && encrypted(raw) {
		return nil, fmt.Errorf("reading the PDF: %w", ErrEncrypted)
	}
	if !ok {
		return nil, fmt.Errorf("reading the PDF: %w: no header", errSyntax)
	}
	start, ok := lastTable(raw)
	if !ok {
		return nil, fmt.Errorf("reading the PDF: %w: no end", errSyntax)
	}
	f := &file{raw: raw, at: map[int]extent{}}
	f.budget = maxWork + workFactor*len(raw)
	f.work = f.budget
	limit := len(raw)
	var tables []table
	for {
		t, err := f.table(start)
		if err != nil {
			return nil, err
		}
		if t.end != limit {
			return nil, fmt.Errorf("reading the PDF: %w: end of a revision", errSyntax)
		}
		tables = append(tables, t)
		if t.trailer["Encrypt"] != nil {
			return nil, fmt.Errorf("reading the PDF: %w", ErrEncrypted)
		}
		prev, more := t.trailer["Prev"]
		if !more {
			break
		}
		n, ok := prev.(float64)
		if !appended {
			return nil, fmt.Errorf("reading the PDF: %w", ErrSealed)
		}
		if !ok || n < 0 || n >= float64(start) || len(tables) >= maxRevisions {
			return nil, fmt.Errorf("reading the PDF: %w: something was appended to it", errSyntax)
		}
		start = int(n)
		if limit, ok = endOfRevision(raw, start, t.start); !ok {
			return nil, fmt.Errorf("reading the PDF: %w: end of a revision", errSyntax)
		}
	}
	oldest := tables[len(tables)-1]
	f.trailer, f.revisions, f.body, f.id = tables[0].trailer, len(tables), oldest.start, oldest.trailer["ID"]
	from := head
	for _, t := range slices.Backward(tables) {
		if err := f.place(t, from); err != nil {
			return nil, err
		}
		from = t.end
		if t.trailer["Prev"] == nil && len(f.grown) > 0 {
			return nil, fmt.Errorf("reading the PDF: %w: an object that stands twice", errSyntax)
		}
	}
	if f.trailer["Size"] != float64(slices.Max(append(f.order, 0))+1) {
		return nil, fmt.Errorf("reading the PDF: %w: size of the table", errSyntax)
	}
	slices.SortFunc(f.order, func(a, b int) int { return cmp.Compare(f.at[a].from, f.at[b].from) })
	return f, nil
}

// header returns where the first object may begin: after the version and the
// comment of bytes above 127 that marks the file as binary.
func header(raw []byte) (int, bool) {
	if len(raw) < 16 || !bytes.HasPrefix(raw, []byte("%PDF-1.")) || raw[7] < '0' || raw[7] > '7' || raw[8] != '\n' || raw[9] != '%' {
		return 0, false
	}
	for _, c := range raw[10:14] {
		if c < 128 {
			return 0, false
		}
	}
	return 15, raw[14] == '\n'
}

// lastTable finds where the newest cross-reference table begins.
func lastTable(raw []byte) (int, bool) {
	tail := raw[max(0, len(raw)-64):]
	i := bytes.LastIndex(tail, []byte("startxref\n"))
	if i < 0 {
		return 0, false
	}
	s := &scanner{b: tail, at: i + len("startxref\n")}
	n, err := s.integer()
	return n, err == nil && n < len(raw)
}

// endOfRevision is where the revision with the table at start ends, which is
// where the next one, whose table lies at next, has its first object.
func endOfRevision(raw []byte, start, next int) (int, bool) {
	i := bytes.Index(raw[start:next], []byte("%%EOF"))
	if i < 0 {
		return 0, false
	}
	end := start + i + len("%%EOF")
	for end < next && (raw[end] == '\n' || raw[end] == '\r') {
		end++
	}
	return end, true
}

// object parses the object with number n.
func (f *file) object(n int) (any, error) {
	at, ok := f.at[n]
	if !ok {
		return nil, fmt.Errorf("object %d: %w: not in the table", n, errSyntax)
	}
	if f.work -= at.to - at.from; f.work < 0 {
		return nil, fmt.Errorf("object %d: %w: read over and over", n, errSyntax)
	}
	s := &scanner{b: f.raw[:at.to], at: at.from}
	v, err := s.object(n, func() (any, error) { return s.value(0) })
	if err != nil {
		return nil, fmt.Errorf("object %d: %w", n, err)
	}
	return v, nil
}

// check proves that every object is well formed, without making anything of it.
func (f *file) check() error {
	for _, n := range f.order {
		at := f.at[n]
		s := &scanner{b: f.raw[:at.to], at: at.from}
		if _, err := s.object(n, s.lightly); err != nil {
			return fmt.Errorf("object %d: %w", n, err)
		}
	}
	return nil
}

// lightly reads the value of an object only if it is a stream's.
func (s *scanner) lightly() (any, error) {
	s.space()
	back := s.at
	if err := s.skip(0); err != nil {
		return nil, err
	}
	if s.space(); bytes.HasPrefix(s.b[s.at:], []byte("stream")) {
		s.at = back
		return s.value(0)
	}
	return nil, nil
}

// object reads one whole object, which must end where s ends. The value is
// read by read; a stream's dictionary must give its length in place.
func (s *scanner) object(n int, read func() (any, error)) (any, error) {
	if number, err := s.integer(); err != nil || number != n || string(s.token()) != "0" || string(s.token()) != "obj" {
		return nil, errSyntax
	}
	v, err := read()
	if err != nil {
		return nil, err
	}
	if s.take("stream") {
		d, ok := v.(dict)
		size, whole := d["Length"].(float64)
		if !ok || !whole || size < 0 || size > float64(len(s.b)) || size != float64(int(size)) {
			return nil, fmt.Errorf("%w: length of its stream", errSyntax)
		}
		raw, err := s.payload(int(size))
		if err != nil {
			return nil, err
		}
		v = stream{d, raw}
	}
	if string(s.token()) != "endobj" {
		return nil, fmt.Errorf("%w: its end", errSyntax)
	}
	if s.space(); s.at != len(s.b) {
		return nil, fmt.Errorf("%w: something between objects", errSyntax)
	}
	return v, nil
}

// payload reads the bytes of a stream, from its keyword's end to "endstream".
func (s *scanner) payload(size int) ([]byte, error) {
	if s.at < len(s.b) && s.b[s.at] == '\r' {
		s.at++
	}
	if s.at >= len(s.b) || s.b[s.at] != '\n' || size > len(s.b)-s.at-1 {
		return nil, fmt.Errorf("%w: length of its stream", errSyntax)
	}
	raw := s.b[s.at+1 : s.at+1+size]
	s.at += 1 + size
	if string(s.token()) != "endstream" {
		return nil, fmt.Errorf("%w: end of its stream", errSyntax)
	}
	return raw, nil
}

// resolve follows one reference; any other value is returned as it is.
func (f *file) resolve(v any) (any, error) {
	if r, ok := v.(ref); ok {
		return f.object(int(r))
	}
	return v, nil
}

// dict resolves v and wants a dictionary.
func (f *file) dict(v any) (dict, error) {
	v, err := f.resolve(v)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case dict:
		return v, nil
	case stream:
		return v.dict, nil
	}
	return nil, fmt.Errorf("%w: want a dictionary", errSyntax)
}
