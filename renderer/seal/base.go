package seal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// base is a file of one revision with a classic cross-reference table, as far
// as sealing needs it.
type base struct {
	raw      []byte
	sections []section
	start    int // of the cross-reference table
	size     int // numbers in use: objects are numbered below it
	root     int // object number of the catalogue
	info, id []byte
}

// section is a run of entries in the cross-reference table.
type section struct{ first, count, at int }

// entrySize is that of a line in a classic cross-reference table.
const entrySize = 20

// maxObjects is the highest object number that readers must support.
const maxObjects = 8_388_607

// What keeps a file from being sealed.
var (
	errSealed     = errors.New("it carries a seal or a form already, or a text that a seal could be taken for")
	errEncrypted  = errors.New("it is encrypted")
	errLinearized = errors.New("it is linearised")
	errRevisions  = errors.New("it has been updated, or its cross-reference table is a stream")
)

// read takes the skeleton of a file apart and refuses what cannot be sealed.
func read(raw []byte) (*base, error) {
	if !bytes.HasPrefix(raw, []byte(header)) {
		return nil, ErrNotPDF
	}
	for _, trace := range traces {
		if bytes.Contains(raw, []byte(trace)) {
			return nil, errSealed
		}
	}
	if bytes.Contains(raw[:min(len(raw), 1024)], []byte("/Linearized")) {
		return nil, errLinearized
	}
	i := bytes.LastIndex(raw, []byte("startxref"))
	if i < 0 {
		return nil, errSyntax
	}
	start, at, err := number(raw, i+len("startxref"))
	if err != nil || start >= i || string(bytes.TrimSpace(raw[at:])) != "%%EOF" {
		return nil, errSyntax
	}
	b := &base{raw: raw, start: start}
	keyword, at := word(raw, start)
	if keyword != "xref" {
		return nil, errRevisions
	}
	if at, err = b.table(at); err != nil {
		return nil, err
	}
	return b, b.trailer(at)
}

// table reads the heads of the sections; entries are looked up when needed.
func (b *base) table(at int) (int, error) {
	for {
		keyword, after := word(b.raw, at)
		if keyword == "trailer" {
			return after, nil
		}
		first, at2, err := number(b.raw, at)
		if err != nil {
			return 0, err
		}
		count, at2, err := number(b.raw, at2)
		if err != nil {
			return 0, err
		}
		at2 = skipSpace(b.raw, at2)
		if count > (len(b.raw)-at2)/entrySize || first+count > maxObjects {
			return 0, errSyntax
		}
		b.sections = append(b.sections, section{first, count, at2})
		b.size = max(b.size, first+count)
		at = at2 + count*entrySize
	}
}

func (b *base) trailer(at int) error {
	list, _, err := entries(b.raw, at, 0)
	if err != nil {
		return err
	}
	if _, has := find(list, "Encrypt"); has {
		return errEncrypted
	}
	for _, key := range []string{"Prev", "XRefStm"} {
		if _, has := find(list, key); has {
			return errRevisions
		}
	}
	root, _ := find(list, "Root")
	if b.root, _, err = reference(b.raw, root.from); err != nil {
		return err
	}
	size, _ := find(list, "Size")
	n, _, err := number(b.raw, size.from)
	if err != nil || n > maxObjects {
		return errSyntax
	}
	b.size = max(b.size, n)
	if s, has := find(list, "Info"); has {
		b.info = b.raw[s.from:s.to]
	}
	if s, has := find(list, "ID"); has {
		b.id = b.raw[s.from:s.to]
	}
	return nil
}

// object returns the place of an object's value.
func (b *base) object(n int) (span, error) {
	for _, s := range slices.Backward(b.sections) {
		if n < s.first || n >= s.first+s.count {
			continue
		}
		line := b.raw[s.at+(n-s.first)*entrySize:][:entrySize]
		offset, err := strconv.Atoi(string(line[:10]))
		if err != nil || string(line[10:18]) != " 00000 n" || offset < 0 || offset >= b.start {
			return span{}, errSyntax
		}
		head := strconv.Itoa(n) + " 0 obj"
		if !bytes.HasPrefix(b.raw[offset:], []byte(head)) {
			return span{}, errSyntax
		}
		from := skipSpace(b.raw, offset+len(head))
		to, err := skipValue(b.raw, from, 0)
		return span{from, to}, err
	}
	return span{}, fmt.Errorf("object %d: %w", n, errSyntax)
}

// dictionary returns the place of an object that is a dictionary, its keys, and
// makes sure that it is no stream.
func (b *base) dictionary(n int) (span, []entry, error) {
	s, err := b.object(n)
	if err != nil {
		return s, nil, err
	}
	list, end, err := entries(b.raw, s.from, 0)
	if err != nil {
		return s, nil, err
	}
	if keyword, _ := word(b.raw, end); keyword != "endobj" {
		return s, nil, errSyntax
	}
	return s, list, nil
}

// firstPage follows the page tree down its first branch.
func (b *base) firstPage(pages int) (int, span, []entry, error) {
	n := pages
	for range maxNesting {
		s, list, err := b.dictionary(n)
		if err != nil {
			return 0, s, nil, err
		}
		kind, _ := find(list, "Type")
		kids, has := find(list, "Kids")
		switch string(b.raw[kind.from:kind.to]) {
		case "/Page":
			return n, s, list, nil
		case "/Pages":
			if !has || b.raw[kids.from] != '[' {
				return 0, s, nil, errSyntax
			}
			if n, _, err = reference(b.raw, kids.from+1); err != nil {
				return 0, s, nil, err
			}
		default:
			return 0, s, nil, errSyntax
		}
	}
	return 0, span{}, nil, errSyntax
}
