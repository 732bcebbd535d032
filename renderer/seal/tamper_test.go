package seal

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// never fails when an altered file passes.
func never(t interface{ Errorf(string, ...any) }, what string, pdf []byte) {
	if r, err := Verify(pdf, home().roots); err == nil && (r.OK() || r.Whole && r.Genuine) {
		t.Errorf("%s: passes: %+v", what, r)
	}
}

func TestAlteredPartByPart(t *testing.T) {
	t.Parallel()
	whole := sealed(t, sealer(), "protocol")
	p := dissect(t, whole)
	size := len(printed(t, "protocol"))
	replace := func(was, now string) []byte {
		if bytes.Count(whole, []byte(was)) == 0 || len(was) != len(now) {
			t.Fatalf("%q cannot be replaced", was)
		}
		return bytes.Replace(whole, []byte(was), []byte(now), 1)
	}
	flip := func(at int) []byte {
		out := bytes.Clone(whole)
		out[at] ^= 1
		return out
	}
	insert := func(at int, text string) []byte {
		return append(append(bytes.Clone(whole[:at]), text...), whole[at:]...)
	}
	other := sealed(t, sealer(), "mandate")
	foreign := bytes.Clone(whole)
	put(t, foreign, p, cmsOf(t, other))
	noDigit := flip(p.contents.from + 9)
	noDigit[p.contents.from+9] = 'x'
	digits := string(whole[p.ranges : p.ranges+rangeWidth])
	cases := []struct {
		name string
		file []byte
		want string // problem; empty: whatever it is
	}{
		{"version in the head", replace("%PDF-1.4", "%PDF-1.5"), ProblemAltered},
		{"a content stream", flip(bytes.Index(whole, []byte("stream")) + 40), ProblemAltered},
		{"table of the print", flip(bytes.Index(whole, []byte("xref\n0")) + 30), ProblemAltered},
		{"end of the print", flip(size - 3), ProblemAltered},
		{"catalogue", replace("/SigFlags 3", "/SigFlags 0"), ProblemAltered},
		{"permissions", replace("/P 1/V/1.2", "/P 3/V/1.2"), ProblemAltered},
		{"field", replace("/F 132", "/F 134"), ProblemAltered},
		{"time", replace("(D:20261227", "(D:20261228"), ProblemAltered},
		{"time that is none", replace("(D:20261227", "(D:20261327"), ProblemForm},
		{"reason", replace("<FEFF0048", "<FEFF0049"), ProblemAltered},
		{"kind of seal", replace("/ETSI.CAdES.detached", "/adbe.pkcs7.detached"), ProblemForm},
		{"key of the byte range", replace("/ByteRange", "/Byterange"), ProblemForm},
		{"a digit of the byte range", replace(digits, strings.Replace(digits, "3", "2", 1)), ProblemForm},
		{"blanks in the byte range", replace(digits, digits[:1]+" "+digits[1:rangeWidth-1]), ProblemForm},
		{"contents: first digit", flip(p.contents.from), ProblemForm},
		{"contents: upper case", replace(string(whole[p.contents.from:p.contents.to]), strings.ToUpper(string(whole[p.contents.from:p.contents.to]))), ProblemForm},
		{"contents: no digit", noDigit, ProblemForm},
		{"contents of another file's seal", foreign, ProblemAltered},
		{"bytes appended", append(bytes.Clone(whole), '\n'), ProblemAppended},
		{"a byte put into the print", insert(size/2, " "), ProblemForm},
		{"a byte put into the contents", insert(p.contents.from+10, "0"), ProblemForm},
		{"cut behind the contents", whole[:p.contents.to+20], ProblemCut},
		{"cut in the contents", whole[:p.contents.to-20], ProblemCut},
		{"cut in the byte range", whole[:p.ranges+5], ProblemCut},
		{"last byte cut off", whole[:len(whole)-1], ProblemCut},
		{"nothing left but the head", whole[:p.ranges-20], ProblemForm},
		{"two files in one", append(bytes.Clone(whole), other...), ProblemSeveral},
		{"sealed again", append(bytes.Clone(whole), whole[size:]...), ProblemSeveral},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := Verify(c.file, home().roots)
			if err != nil || r.OK() || r.Whole && r.Genuine || r.Problem != c.want {
				t.Errorf("got %+v, %v; want %q", r, err, c.want)
			}
		})
	}
}

// A later update leaves what was sealed genuine, which is said, and no more.
func TestUpdateAppended(t *testing.T) {
	t.Parallel()
	whole := sealed(t, sealer(), "mandate")
	r := verify(t, append(bytes.Clone(whole), "8 0 obj\n<</Type/Catalog>>\nendobj\nxref\n8 1\n0000000000 00000 n \ntrailer\n<</Size 19/Root 8 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n"...))
	if r.OK() || r.Whole || !r.Genuine || !r.Trusted || r.Problem != ProblemAppended {
		t.Errorf("got %+v", r)
	}
}

// The numbers of the byte range may not say anything but where things lie,
// even when the right key has signed them.
func TestByteRangeOfAHolderOfTheKey(t *testing.T) {
	t.Parallel()
	whole := sealed(t, sealer(), "mandate")
	p := dissect(t, whole)
	a, b, c := p.numbers[0], p.numbers[1], p.numbers[2]
	if r := verify(t, resign(t, sealer(), whole, p.numbers)); !r.OK() {
		t.Fatalf("signed again as it was: %+v", r)
	}
	for _, n := range [][3]int{
		{a, b + 10, c - 10}, {a - 10, b, c}, {a - 10, b + 10, c - 10}, // the gap is larger than the contents
		{a + 2, b, c}, {a, b - 2, c + 2}, {a + 2, b - 2, c + 2}, // smaller
		{a, b, c - 1}, {a, b, c + 1}, {a, b, 0}, {0, b, c}, {a, a, len(whole) - a}, {a, 0, len(whole)}, // cut, beyond, overlapping
		{b, a, c}, {0, 0, 0}, {a, maxFile, maxFile}, {a, b, maxFile},
	} {
		t.Run(fmt.Sprint(n[0]-a, n[1]-b, n[2]-c), func(t *testing.T) {
			t.Parallel()
			never(t, "the numbers", resign(t, sealer(), whole, n))
		})
	}
}

func TestByteRange(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		"0 12 345 6789   ": true, "0 12 345 6789": true, "0 12 345": false, "0 12 345 6789 1": false, "1 12 345 6789": false,
		"0 012 345 6789": false, "0 +12 345 6789": false, "0 -12 345 6789": false, "0  12 345 6789": false, " 0 12 345 6789": false,
		"0 12 345 6789.": false, "0 12 345 0x6": false, "0 12 345 99999999999999999999": false, "0 12 345 600000000": false, "": false,
	}
	for text, want := range cases {
		if n, ok := byteRange(text); ok != want || ok && n != [3]int{12, 345, 6789} {
			t.Errorf("%q: %v, %t", text, n, ok)
		}
	}
}

// A seal of a size that none has is not read.
func TestContentsTooLarge(t *testing.T) {
	t.Parallel()
	s := signer(t, p256(), nil)
	for room, want := range map[int]string{maxRoom: "", maxRoom + 1: ProblemForm} {
		s.room = room
		if r := verify(t, sealed(t, s, "mandate")); r.Problem != want {
			t.Errorf("%d bytes: %+v", room, r)
		}
	}
}

// Something wrapped around a good seal: its bytes lie in the file, but not as
// the file.
func TestWrapped(t *testing.T) {
	t.Parallel()
	whole := sealed(t, sealer(), "mandate")
	p := dissect(t, whole)
	evil := printed(t, "protocol")
	hidden := append(bytes.Clone(evil), "\n900 0 obj\n<</Length 1>>\nstream\n"...)
	cases := map[string][]byte{
		"the sealed file in a stream":     append(append(bytes.Clone(hidden), whole...), "\nendstream\nendobj\n"...),
		"the seal behind another file":    append(bytes.Clone(evil), whole[len(printed(t, "mandate")):]...),
		"another object before the seal":  append(append(bytes.Clone(whole[:p.ranges-len(dictionary)]), "<</A 1>>"...), whole[p.ranges-len(dictionary):]...),
		"what was sealed moved to behind": append(append(bytes.Clone(whole[:p.contents.to+1]), evil...), whole[p.contents.to+1:]...),
	}
	for name, file := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			never(t, name, file)
		})
	}
}

// Every byte of the update, and of the print at random: altered in any bit, it
// is found. There is no padding that may hold anything but zeros.
func TestEveryByteOfTheUpdate(t *testing.T) {
	t.Parallel()
	whole := sealed(t, sealer(), "mandate")
	for i := len(printed(t, "mandate")); i < len(whole); i++ {
		bit := byte(1) << (i % 8)
		for _, mask := range []byte{bit, 0x20} { // which turns the case of a letter
			whole[i] ^= mask
			never(t, fmt.Sprintf("byte %d, bits %02x", i, mask), whole)
			whole[i] ^= mask
		}
	}
	if !verify(t, whole).OK() {
		t.Error("the file itself does not pass")
	}
}

func TestAnyByte(t *testing.T) {
	t.Parallel()
	for _, s := range []*Signer{sealer(), signer(t, rsaKey(), nil)} {
		whole := sealed(t, s, "protocol")
		rapid.Check(t, func(t *rapid.T) {
			i := rapid.IntRange(0, len(whole)-1).Draw(t, "position")
			mask := byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			out := bytes.Clone(whole)
			out[i] ^= mask
			never(t, fmt.Sprintf("byte %d, bits %02x", i, mask), out)
		})
	}
}
