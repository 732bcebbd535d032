package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/saylovhub/hub/contracts/fault"
)

const (
	system = "seal"
	header = "%PDF-"
	// maxText bounds name, reason and location, in characters.
	maxText = 500
	// maxFile bounds a file: ten digits of a cross-reference table, and memory.
	maxFile = 512 << 20
)

// traces are what every seal leaves in the open; a file that holds one of them
// anywhere is not sealed again, so that a sealed file holds each exactly once.
var traces = []string{"/ByteRange", "/SubFilter", "/SigFlags"}

// The signature dictionary, in the one form that is written and accepted.
// Changing it means that Verify must know both.
const (
	dictionary = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange["
	rangeWidth = 40 // of the numbers, blanks behind them
	contents   = "]/Contents<"
	timeForm   = "/M(D:20060102150405+00'00')" // directly behind the contents
)

// Options of a seal. Name is who seals, Reason why, Location where, as viewers
// show them; empty ones are left out.
type Options struct {
	At       time.Time // of the seal, to the second; required
	Name     string
	Reason   string
	Location string
}

// Seal returns the file with the seal behind it. It takes a file of one
// revision with a classic cross-reference table, as the browser prints and
// package pdf finishes it, and refuses as rejected what is sealed, encrypted,
// linearised or of another layout. A certificate that is not in force at o.At
// is misconfigured. The sealed file is longer by some kilobytes: about 1 KB, and
// the certificates twice.
func (s *Signer) Seal(pdf []byte, o Options) ([]byte, error) {
	if o.At.IsZero() || o.At.Year() < 1 || o.At.Year() > 9999 {
		return nil, place(fault.Defect, errors.New("the time of the seal is not set"))
	}
	if err := s.Check(o.At.Truncate(time.Second)); err != nil {
		return nil, err
	}
	return s.seal(pdf, o)
}

// seal is Seal without a look at the certificate's dates.
func (s *Signer) seal(pdf []byte, o Options) ([]byte, error) {
	if len(pdf) > maxFile {
		return nil, place(fault.Rejected, fmt.Errorf("the file is larger than %d bytes", maxFile))
	}
	for _, t := range []string{o.Name, o.Reason, o.Location} {
		if !utf8.ValidString(t) || utf8.RuneCountInString(t) > maxText {
			return nil, place(fault.Rejected, fmt.Errorf("name, reason or location is no text of at most %d characters", maxText))
		}
	}
	b, err := read(pdf)
	if err != nil {
		return nil, place(fault.Rejected, fmt.Errorf("reading the file: %w", err))
	}
	u := &update{base: b, out: make([]byte, 0, len(pdf)+2*s.room+8192)}
	if err := u.write(s.room, o); err != nil {
		return nil, place(fault.Rejected, fmt.Errorf("reading the file: %w", err))
	}
	before, behind := u.contents, u.contents+2*s.room+2
	numbers := fmt.Sprintf("0 %d %d %d", before, behind, len(u.out)-behind)
	copy(u.out[u.ranges:], numbers)
	digest := s.algorithm.hash.New()
	digest.Write(u.out[:before])
	digest.Write(u.out[behind:])
	cms, err := s.sign(digest.Sum(nil))
	if err != nil {
		return nil, place(fault.Defect, err)
	}
	if len(cms) > s.room {
		return nil, place(fault.Defect, fmt.Errorf("the CMS takes %d bytes, %d are reserved", len(cms), s.room))
	}
	hex.Encode(u.out[before+1:], cms)
	return u.out, nil
}

func place(k fault.Kind, err error) error {
	return &fault.Fault{Kind: k, System: system, Operation: "seal", Err: err}
}

// update is the revision behind a file.
type update struct {
	*base
	out      []byte
	offsets  map[int]int
	ranges   int // where the numbers of the byte range go
	contents int // where the contents' "<" is
}

// write appends catalogue, first page, field and signature dictionary, with the
// numbers blank and the contents zeros, then table and trailer.
func (u *update) write(room int, o Options) error {
	root, catalogue, err := u.dictionary(u.root)
	if err != nil {
		return err
	}
	for _, key := range []string{"AcroForm", "Perms"} {
		if _, has := find(catalogue, key); has {
			return errSealed
		}
	}
	pages, _ := find(catalogue, "Pages")
	top, _, err := reference(u.raw, pages.from)
	if err != nil {
		return err
	}
	page, leaf, keys, err := u.firstPage(top)
	if err != nil {
		return err
	}
	field, signature := u.size, u.size+1
	if signature >= maxObjects {
		return errSyntax
	}
	u.offsets = map[int]int{}
	u.out = append(u.out, u.raw...)
	if u.raw[len(u.raw)-1] != '\n' {
		u.out = append(u.out, '\n')
	}
	u.begin(u.root)
	u.out = append(u.out, u.raw[root.from:root.to-2]...)
	u.printf("/AcroForm<</Fields[%d 0 R]/SigFlags 3>>/Perms<</DocMDP %d 0 R>>>>", field, signature)
	u.end()

	u.begin(page)
	if err := u.annotate(leaf, keys, field); err != nil {
		return err
	}
	u.end()

	u.begin(field) // printed and locked, of no size: nothing to see
	u.printf("<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/F 132/Rect[0 0 0 0]/P %d 0 R/V %d 0 R>>", page, signature)
	u.end()

	u.begin(signature)
	u.printf("%s", dictionary)
	u.ranges = len(u.out)
	u.out = append(u.out, bytes.Repeat([]byte{' '}, rangeWidth)...)
	u.printf("%s", contents)
	u.contents = len(u.out) - 1
	u.out = append(u.out, bytes.Repeat([]byte{'0'}, 2*room)...)
	u.printf(">%s", o.At.UTC().Format(timeForm))
	for _, t := range []struct{ key, text string }{{"Name", o.Name}, {"Reason", o.Reason}, {"Location", o.Location}} {
		if t.text != "" {
			u.printf("/%s<%s>", t.key, textString(t.text))
		}
	}
	u.printf("/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]>>")
	u.end()
	u.finish()
	return nil
}

// annotate copies the page with the field among its annotations.
func (u *update) annotate(page span, keys []entry, field int) error {
	annots, has := find(keys, "Annots")
	if !has {
		u.out = append(u.out, u.raw[page.from:page.to-2]...)
		u.printf("/Annots[%d 0 R]>>", field)
		return nil
	}
	list := annots
	if n, _, err := reference(u.raw, annots.from); err == nil {
		if list, err = u.object(n); err != nil {
			return err
		}
	}
	if u.raw[list.from] != '[' {
		return errSyntax
	}
	u.out = append(u.out, u.raw[page.from:annots.from]...)
	u.out = append(u.out, u.raw[list.from:list.to-1]...)
	u.printf(" %d 0 R]", field)
	u.out = append(u.out, u.raw[annots.to:page.to]...)
	return nil
}

func (u *update) printf(format string, args ...any) { u.out = fmt.Appendf(u.out, format, args...) }

func (u *update) begin(n int) {
	u.offsets[n] = len(u.out)
	u.printf("%d 0 obj\n", n)
}

func (u *update) end() { u.printf("\nendobj\n") }

// finish writes table and trailer. A file identifier keeps its first half; the
// second follows from the file.
func (u *update) finish() {
	start := len(u.out)
	u.printf("xref\n0 1\n0000000000 65535 f \n")
	numbers := make([]int, 0, len(u.offsets))
	for n := range u.offsets {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for i := 0; i < len(numbers); {
		j := i + 1
		for j < len(numbers) && numbers[j] == numbers[j-1]+1 {
			j++
		}
		u.printf("%d %d\n", numbers[i], j-i)
		for _, n := range numbers[i:j] {
			u.printf("%010d 00000 n \n", u.offsets[n])
		}
		i = j
	}
	u.printf("trailer\n<</Size %d/Root %d 0 R/Prev %d", u.size+2, u.root, u.start)
	if u.info != nil {
		u.printf("/Info %s", u.info)
	}
	if first, ok := firstIdentifier(u.id); ok {
		sum := sha256.Sum256(u.out)
		u.printf("/ID[%s<%X>]", first, sum[:16])
	}
	u.printf(">>\nstartxref\n%d\n%%%%EOF\n", start)
}

// firstIdentifier returns the first string of a trailer's /ID as it is written.
func firstIdentifier(id []byte) ([]byte, bool) {
	if len(id) == 0 || id[0] != '[' {
		return nil, false
	}
	from := skipSpace(id, 1)
	if from >= len(id) || id[from] != '<' && id[from] != '(' {
		return nil, false
	}
	to, err := skipValue(id, from, 0)
	if err != nil {
		return nil, false
	}
	return id[from:to], true
}

// textString is a text in UTF-16BE with its mark, in hexadecimal.
func textString(text string) []byte {
	wide := []uint16{0xfeff}
	for _, r := range text {
		wide = utf16.AppendRune(wide, r)
	}
	var out []byte
	for _, u := range wide {
		out = fmt.Appendf(out, "%04X", u)
	}
	return out
}
