package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strconv"
)

// maxStream bounds one decoded stream, in bytes.
const maxStream = 64 << 20

// file is a parsed PDF. Offsets point into raw.
type file struct {
	raw     []byte
	offsets map[int]int
	trailer dict
}

// open reads the cross-reference table and the trailer.
func open(raw []byte) (*file, error) {
	if !bytes.HasPrefix(raw, []byte("%PDF-1.")) {
		return nil, fmt.Errorf("reading the PDF: %w: no header", errSyntax)
	}
	tail := raw[max(0, len(raw)-1024):]
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 || !bytes.Contains(tail[i:], []byte("%%EOF")) {
		return nil, fmt.Errorf("reading the PDF: %w: no end", errSyntax)
	}
	s := &scanner{b: tail[i+len("startxref"):]}
	start, err := s.integer()
	if err != nil || start >= len(raw) {
		return nil, fmt.Errorf("reading the PDF: %w: startxref", errSyntax)
	}
	f := &file{raw: raw, offsets: map[int]int{}}
	s = &scanner{b: raw, at: start}
	if s.word() != "xref" {
		return nil, fmt.Errorf("reading the PDF: %w: no cross-reference table", errSyntax)
	}
	for !s.take("trailer") {
		if err := f.section(s); err != nil {
			return nil, err
		}
	}
	v, err := s.value(0)
	trailer, ok := v.(dict)
	if err != nil || !ok || trailer["Prev"] != nil || trailer["Encrypt"] != nil {
		return nil, fmt.Errorf("reading the PDF: %w: trailer", errSyntax)
	}
	f.trailer = trailer
	return f, nil
}

func (f *file) section(s *scanner) error {
	first, err := s.integer()
	if err != nil {
		return fmt.Errorf("reading the PDF: %w: cross-reference section", err)
	}
	count, err := s.integer()
	if err != nil || count > len(f.raw)/18 {
		return fmt.Errorf("reading the PDF: %w: cross-reference section", errSyntax)
	}
	for n := first; n < first+count; n++ {
		// Offsets have leading zeros, which Atoi accepts.
		offset, err := s.integer()
		if err != nil || offset >= len(f.raw) {
			return fmt.Errorf("reading the PDF: %w: offset of object %d", errSyntax, n)
		}
		generation, kind := s.word(), s.word()
		switch {
		case kind == "n" && generation == "00000":
			f.offsets[n] = offset
		case kind != "f":
			return fmt.Errorf("reading the PDF: %w: entry of object %d", errSyntax, n)
		}
	}
	return nil
}

// object parses the object with number n.
func (f *file) object(n int) (any, error) {
	at, ok := f.offsets[n]
	if !ok {
		return nil, fmt.Errorf("object %d: %w: not in the table", n, errSyntax)
	}
	s := &scanner{b: f.raw, at: at}
	if s.word() != strconv.Itoa(n) || s.word() != "0" || s.word() != "obj" {
		return nil, fmt.Errorf("object %d: %w", n, errSyntax)
	}
	v, err := s.value(0)
	if err != nil {
		return nil, fmt.Errorf("object %d: %w", n, err)
	}
	d, ok := v.(dict)
	if !ok || !s.take("stream") {
		return v, nil
	}
	if s.at < len(f.raw) && f.raw[s.at] == '\r' {
		s.at++
	}
	s.at++ // the line feed
	length, err := f.resolve(d["Length"])
	if err != nil {
		return nil, err
	}
	size, ok := length.(float64)
	end := s.at + int(size)
	if !ok || size < 0 || end > len(f.raw) {
		return nil, fmt.Errorf("object %d: %w: length of its stream", n, errSyntax)
	}
	raw := f.raw[s.at:end]
	s.at = end
	if !s.take("endstream") {
		return nil, fmt.Errorf("object %d: %w: end of its stream", n, errSyntax)
	}
	return stream{d, raw}, nil
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

// decode returns the bytes of a stream; Chrome uses Flate or nothing.
func (f *file) decode(s stream) ([]byte, error) {
	switch s.dict["Filter"] {
	case nil:
		return s.raw, nil
	case name("FlateDecode"):
	default:
		return nil, fmt.Errorf("%w: filter of a stream", errSyntax)
	}
	r, err := zlib.NewReader(bytes.NewReader(s.raw))
	if err != nil {
		return nil, fmt.Errorf("unpacking a stream: %w", err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxStream+1))
	if err != nil {
		return nil, fmt.Errorf("unpacking a stream: %w", err)
	}
	if len(b) > maxStream {
		return nil, fmt.Errorf("unpacking a stream: more than %d bytes", maxStream)
	}
	return b, nil
}
