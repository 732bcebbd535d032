package templates

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// coverage is which code points the shipped fonts have.
type coverage struct{ *unicode.RangeTable }

// parseCoverage reads assets/fonts/coverage.txt: a range a line, hexadecimal.
func parseCoverage(text string) (coverage, error) {
	t := &unicode.RangeTable{}
	for line := range strings.FieldsSeq(text) {
		from, to, ok := strings.Cut(line, "-")
		if !ok {
			to = from
		}
		lo, err1 := strconv.ParseUint(from, 16, 16)
		hi, err2 := strconv.ParseUint(to, 16, 16)
		if n := len(t.R16); err1 != nil || err2 != nil || lo > hi || n > 0 && uint16(lo) <= t.R16[n-1].Hi {
			return coverage{}, fmt.Errorf("coverage.txt: line %q: want ascending hexadecimal ranges", line)
		}
		t.R16 = append(t.R16, unicode.Range16{Lo: uint16(lo), Hi: uint16(hi), Stride: 1})
	}
	return coverage{t}, nil
}

// lacks returns the first code point of s that would not print.
func (c coverage) lacks(s string) (rune, bool) {
	for _, r := range s {
		if r != '\n' && !unicode.Is(c.RangeTable, r) {
			return r, true
		}
	}
	return 0, false
}

// Letters lists every code point that documents may hold, in order.
func Letters() string {
	raw, err := shipped.ReadFile("assets/fonts/coverage.txt")
	if err != nil {
		return ""
	}
	c, err := parseCoverage(string(raw))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, r := range c.R16 {
		for x := rune(r.Lo); x <= rune(r.Hi); x++ {
			b.WriteRune(x)
		}
	}
	return b.String()
}
