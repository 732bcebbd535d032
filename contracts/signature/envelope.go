package signature

import (
	"errors"

	"github.com/smallstep/pkcs7"
)

// ErrNotPKCS7 means the bytes are not a PKCS#7 signed-data envelope.
var ErrNotPKCS7 = errors.New("not a PKCS#7 signed-data envelope")

// Content reads an envelope (DER, or BER as some signing tools write it) and
// returns the bytes attached in it; detached reports that it carries none.
// Nothing is verified here.
func Content(envelope []byte) (content []byte, detached bool, err error) {
	defer func() { // the library indexes into foreign bytes
		if recover() != nil {
			content, detached, err = nil, false, ErrNotPKCS7
		}
	}()
	if !readable(envelope) {
		return nil, false, ErrNotPKCS7
	}
	p, err := pkcs7.Parse(envelope)
	if err != nil || len(p.Signers) == 0 {
		return nil, false, ErrNotPKCS7
	}
	return p.Content, len(p.Content) == 0, nil
}

const (
	// deepest is how deep an envelope may nest; one with timestamps, which are
	// envelopes themselves, nests some 25 levels.
	deepest = 64
	// most is how many elements it may have; a document of 32 MiB in pieces of
	// 1000 bytes, as some tools write it, has some 33000.
	most = 1 << 17
	// longestSearch bounds, in bytes, what the library reads over and over: after
	// each element inside one of indefinite length it searches all of the rest.
	longestSearch = 1 << 33
)

// level is an open element: its contents end at end, or by end at the latest.
type level struct {
	end        int
	indefinite bool
}

// readable walks over the elements, without recursion, and refuses what the
// library could not read in bounded stack, memory and time: it recurses, and
// reads again what reaches beyond the element around it.
func readable(b []byte) bool {
	var open []level
	limit, at, searched := len(b), 0, 0
	for range most {
		e, ok := header(b[:limit], at)
		if !ok {
			return false
		}
		if e.constructed && (e.indefinite || e.end > e.start) {
			if len(open) == deepest {
				return false
			}
			open = append(open, level{e.end, e.indefinite})
			limit, at = e.end, e.start
			continue
		}
		at = e.end
		for len(open) > 0 { // whatever ends here
			top := open[len(open)-1]
			if top.indefinite {
				if searched += len(b) - at; searched > longestSearch || top.end-at < 2 {
					return false
				}
				if b[at] != 0 || b[at+1] != 0 {
					break
				}
				at += 2
			} else if at < top.end {
				break
			}
			open = open[:len(open)-1]
			limit = len(b)
			if len(open) > 0 {
				limit = open[len(open)-1].end
			}
		}
		if len(open) == 0 {
			return true
		}
	}
	return false
}

// element is where an element's contents lie; an indefinite one may reach as
// far as the element around it.
type element struct {
	start, end              int
	constructed, indefinite bool
}

// header reads tag and length at a position.
func header(b []byte, at int) (element, bool) {
	next := func() (byte, bool) {
		if at >= len(b) {
			return 0, false
		}
		at++
		return b[at-1], true
	}
	tag, ok := next()
	e := element{constructed: tag&0x20 != 0}
	if tag&0x1f == 0x1f { // the number follows, seven bits a byte
		for more := byte(0x80); ok && more >= 0x80; {
			more, ok = next()
		}
	}
	size, more := next()
	if !ok || !more {
		return e, false
	}
	length := int(size)
	switch {
	case size == 0x80:
		e.start, e.end, e.indefinite = at, len(b), true
		return e, e.constructed
	case size > 0x84:
		return e, false
	case size > 0x80:
		length = 0
		for range size & 0x7f {
			n, ok := next()
			if !ok {
				return e, false
			}
			length = length<<8 | int(n)
		}
	}
	e.start, e.end = at, at+length
	return e, length <= len(b)-at
}
