package pdf

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
)

// fileHead is what every file begins with: the version, and a comment of bytes
// above 127 that marks it as binary.
const fileHead = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

// writer makes a file of objects, which it is given in order.
type writer struct {
	out []byte
	at  []int // offsets by object number, 0: none
}

func newWriter(size, objects int) *writer {
	w := &writer{out: make([]byte, 0, size), at: make([]int, 1, objects+1)}
	w.out = append(w.out, fileHead...)
	return w
}

// begin notes that the object with number n begins here.
func (w *writer) begin(n int) {
	for len(w.at) <= n {
		w.at = append(w.at, 0)
	}
	w.at[n] = len(w.out)
}

// object writes a value, or a stream with its bytes as they are.
func (w *writer) object(n int, v any) {
	w.begin(n)
	w.out = strconv.AppendInt(w.out, int64(n), 10)
	w.out = append(w.out, " 0 obj\n"...)
	w.out = appendBody(w.out, v, nil)
	w.out = append(w.out, "\nendobj\n"...)
}

// appendBody writes what stands between "obj" and "endobj".
func appendBody(out []byte, v any, number func(ref) ref) []byte {
	st, ok := v.(stream)
	if !ok {
		return appendValue(out, v, number)
	}
	out = appendValue(out, st.dict, number)
	out = append(out, " stream\n"...)
	out = append(out, st.raw...)
	return append(out, "\nendstream"...)
}

// finish writes the table and the trailer. The file's id is the hash of all
// that stands before them.
func (w *writer) finish(root, info ref) []byte {
	sum := sha256.Sum256(w.out)
	id := text(sum[:16])
	start := len(w.out)
	w.out = fmt.Appendf(w.out, "xref\n0 %d\n0000000000 65535 f \n", len(w.at))
	for n := 1; n < len(w.at); n++ {
		w.out = appendEntry(w.out, w.at[n])
	}
	w.out = append(w.out, "trailer\n"...)
	w.out = appendValue(w.out, dict{"Size": float64(len(w.at)), "Root": root, "Info": info, "ID": array{id, id}}, nil)
	w.out = fmt.Appendf(w.out, "\nstartxref\n%d\n%%%%EOF\n", start)
	return w.out
}

// appendEntry writes a line of the table; offset 0 means a free number.
func appendEntry(out []byte, offset int) []byte {
	line := []byte("0000000000 00000 n \n")
	if offset == 0 {
		copy(line[11:], "65535 f")
	}
	for i := 9; offset > 0; i-- {
		line[i] = byte('0' + offset%10)
		offset /= 10
	}
	return append(out, line...)
}

// appendValue writes a value; the keys of dictionaries are sorted, after the
// type. number translates references; nil leaves them.
func appendValue(out []byte, v any, number func(ref) ref) []byte {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, v)
	case float64:
		return strconv.AppendFloat(out, v, 'f', -1, 64)
	case name:
		return appendName(out, v)
	case text:
		return appendText(out, v)
	case ref:
		if number != nil {
			v = number(v)
		}
		return append(strconv.AppendInt(out, int64(v), 10), " 0 R"...)
	case array:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ' ')
			}
			out = appendValue(out, e, number)
		}
		return append(out, ']')
	case dict:
		return appendDict(out, v, number)
	}
	panic(fmt.Sprintf("writing a PDF value of type %T", v))
}

func appendDict(out []byte, d dict, number func(ref) ref) []byte {
	out = append(out, "<<"...)
	first := true
	add := func(key name) {
		if !first {
			out = append(out, '\n')
		}
		first = false
		out = append(appendName(out, key), ' ')
		out = appendValue(out, d[key], number)
	}
	if _, ok := d["Type"]; ok {
		add("Type")
	}
	for _, key := range sortedKeys(d) {
		if key != "Type" {
			add(key)
		}
	}
	return append(out, ">>"...)
}

func sortedKeys(d dict) []name { return slices.Sorted(maps.Keys(d)) }

const hexDigits = "0123456789ABCDEF"

func appendName(out []byte, n name) []byte {
	out = append(out, '/')
	for i := range len(n) {
		if c := n[i]; c <= ' ' || c > '~' || c == '#' || ends[c] {
			out = append(out, '#', hexDigits[c>>4], hexDigits[c&15])
			continue
		}
		out = append(out, n[i])
	}
	return out
}

// appendText writes a string: in parentheses if it is printable ASCII.
func appendText(out []byte, t text) []byte {
	for _, c := range t {
		if c < ' ' || c > '~' {
			out = append(out, '<')
			for _, c := range t {
				out = append(out, hexDigits[c>>4], hexDigits[c&15])
			}
			return append(out, '>')
		}
	}
	out = append(out, '(')
	for _, c := range t {
		if c == '(' || c == ')' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return append(out, ')')
}

// textString encodes a text: ASCII as it is, else UTF-16 with its mark.
func textString(s string) text {
	for i := range len(s) {
		if s[i] >= 0x80 {
			wide := text{0xfe, 0xff}
			for _, u := range utf16.Encode([]rune(s)) {
				wide = append(wide, byte(u>>8), byte(u))
			}
			return wide
		}
	}
	return text(s)
}

func dateString(at time.Time) text {
	return text(at.UTC().Format("D:20060102150405+00'00'"))
}
