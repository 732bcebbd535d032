package seal

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"unicode/utf16"
)

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
