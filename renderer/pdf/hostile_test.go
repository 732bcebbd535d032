package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Every file is refused that ends early, and every finished one of which any
// byte is another; its streams are covered by the id.
func TestAltered(t *testing.T) {
	t.Parallel()
	raw := printed(t, "mandate")
	out := finish(t, raw, options())
	for _, whole := range [][]byte{raw, out} {
		for n := 0; n < len(whole)-1; n += 1 + n%37 {
			if _, err := Read(whole[:n]); err == nil {
				t.Fatalf("read with %d of %d bytes", n, len(whole))
			}
		}
		if _, err := Read(append(bytes.Clone(whole), "%%EOF\n"...)); err == nil {
			t.Error("read with a second end")
		}
	}
	for n := 0; n < len(out); n += 1 + n%13 {
		altered := bytes.Clone(out)
		altered[n] ^= 1
		if info, err := Read(altered); err == nil {
			t.Errorf("byte %d altered, and read as %+v", n, info)
		}
	}
	if _, err := Read(bytes.Replace(out, []byte("/HubCode (HTTPS"), []byte("/HubCode (HTTPX"), 1)); !errors.Is(err, ErrAltered) {
		t.Errorf("another code: %v", err)
	}
	foreign := bytes.Replace(out, []byte("/Creator (Saylov Hub)"), []byte("/Creator (Other Work)"), 1)
	if _, err := Read(foreign); !errors.Is(err, errSyntax) || errors.Is(err, ErrAltered) {
		t.Errorf("a file of others: %v", err)
	}
}

// page is a file of one page with that content, resources and further objects
// from 6 on.
func page(resources, content string, more ...string) []byte {
	return build(append([]string{
		"<</Type /Catalog\n/Pages 3 0 R>>", "<</Type /Pages\n/Count 1\n/Kids [4 0 R]>>",
		"<</Type /Page\n/MediaBox [0 0 255.12 369.12]\n/Resources " + resources + "\n/Contents 5 0 R\n/Parent 3 0 R>>", content,
	}, more...)...)
}

// hostile are files that would cost a careless reader its time, its memory or
// its stack.
func hostile() map[string][]byte {
	bomb := streamOf(strings.Repeat("\x00", 20<<20))
	fontOf := func(cmap string) []byte {
		return page("<</Font <</F1 6 0 R>>>>", streamOf("BT /F1 9 Tf <0001> Tj ET"),
			"<</Type /Font /Subtype /Type0 /Encoding /Identity-H /BaseFont /A /ToUnicode 7 0 R>>", cmap)
	}
	font := func(cmap string) []byte { return fontOf(streamOf(cmap)) }
	draws := strings.Repeat("/X Do ", 1000)
	kids := func(n int) string { return strings.Repeat(fmt.Sprintf("%d 0 R ", n), 2) }
	doubling := []string{"<</Type /Catalog\n/Pages 3 0 R>>"}
	for n := 3; n < 60; n++ {
		doubling = append(doubling, "<</Type /Pages /Count 1 /Kids ["+kids(n+1)+"]>>")
	}
	return map[string][]byte{
		"a bomb":                     page("<<>>", bomb),
		"a bomb for a font's map":    fontOf(bomb),
		"a map of ranges over all":   font("beginbfrange " + strings.Repeat("<0000> <ffff> <0041> ", 50_000) + "endbfrange"),
		"a glyph that is a book":     font("beginbfchar <0001> <" + strings.Repeat("0041", 1<<20) + "> endbfchar"),
		"a book of one glyph":        font("beginbfchar <0001> <" + strings.Repeat("0041", 32) + "> endbfchar"),
		"forms within forms":         page("<</XObject <</X 5 0 R>>>>", strings.Replace(streamOf("/X Do"), "<<", "<</Subtype /Form ", 1)),
		"forms times forms":          page("<</XObject <</X 6 0 R>>>>", streamOf(draws), streamOf(draws), streamOf(draws)),
		"a form drawn for ever":      page("<</XObject <</X 6 0 R>>>>", streamOf(strings.Repeat("/X Do ", 19_000)), streamOf(strings.Repeat("1 0 m ", 200_000))),
		"pages that double":          build(append(doubling, "<</Type /Pages /Count 0 /Kids []>>")...),
		"pages in a circle":          build("<</Type /Catalog\n/Pages 3 0 R>>", "<</Type /Pages /Count 1 /Kids [3 0 R]>>"),
		"a length elsewhere":         page("<<>>", "<</Length 5 0 R>> stream\n\nendstream"),
		"a length beyond numbers":    page("<<>>", "<</Length 9999999999>> stream\n\nendstream"),
		"a huge number":              page("<<>>", "<</Length 1"+strings.Repeat("0", 400)+">> stream\n\nendstream"),
		"a negative length":          page("<<>>", "<</Length -1>> stream\n\nendstream"),
		"strings in strings":         []byte("%PDF-1.4\n%\xd3\xeb\xe9\xe1\n" + strings.Repeat("1 0 obj\n(", 100_000)),
		"arrays in arrays":           page("<<>>", strings.Repeat("[", 1<<20)),
		"dictionaries":               page("<<>>", strings.Repeat("<</a", 1<<20)),
		"an object number too large": bytes.Replace(sample(), []byte("xref\n0 "), []byte("xref\n9999999999 "), 1),
		"more objects than bytes":    bytes.Replace(sample(), []byte("xref\n0 11"), []byte("xref\n0 8388600"), 1),
	}
}

// TestHostile is not parallel, since it looks at the memory of the whole process.
func TestHostile(t *testing.T) {
	for name, raw := range hostile() {
		begun := time.Now()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Read(raw)
		text, err := Text(raw)
		_, _ = Finish(raw, options())
		_, _ = Merge([][]byte{raw, raw}, options())
		_, _ = Attached(raw, "data.json")
		runtime.ReadMemStats(&after)
		if err == nil && name != "a book of one glyph" {
			t.Errorf("%s: text of %d bytes", name, len(text))
		}
		if took := time.Since(begun); took > time.Minute { // half a second, on an idle machine
			t.Errorf("%s: took %v", name, took)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<30 {
			t.Errorf("%s: allocated %d MB", name, used>>20)
		}
	}
}

func FuzzRead(f *testing.F) {
	o := options()
	o.Archive = A3B
	o.Attach = []Attachment{{Name: "data.json", MediaType: "application/json", Content: []byte("{}")}}
	for _, raw := range [][]byte{
		sample(), archived(), tagged("node00000007", "node00000009", "<</Names [(node00000007) 7 0 R]>>", "<</Names [(node00000009) 8 0 R]>>"),
		finish(f, archived(), o), finish(f, sample(), options()),
		[]byte("%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer\n<<>>\nstartxref\n9\n%%EOF"),
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { survive(t, raw, o) })
}

// FuzzObjects puts its material into a file whose table is right, so that it
// reaches what reads pages, fonts and text.
func FuzzObjects(f *testing.F) {
	f.Add("<</Type /Catalog /Pages 3 0 R /StructTreeRoot 8 0 R /Names <</EmbeddedFiles <</Names [(a) 9 0 R]>>>>>>",
		"<</Type /Page /MediaBox [0 0 9 9] /Resources <</Font <</F1 6 0 R>> /XObject <</X 9 0 R>>>> /Contents 5 0 R /Annots [] /Parent 3 0 R>>",
		texts, "<</Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [9 0 R] /ToUnicode 7 0 R>>", cmap,
		"<</Type /StructTreeRoot /IDTree 9 0 R>>", "<</Names [(node00000007) 6 0 R] /ID (node00000007) /EF <</F 5 0 R>>>>")
	o := options()
	f.Fuzz(func(t *testing.T, catalogue, page, content, font, glyphs, tree, more string) {
		raw := build(catalogue, "<</Type /Pages /Count 1 /Kids [4 0 R]>>", page, streamOf(content), font, streamOf(glyphs), tree, more)
		survive(t, raw, o)
		archive := o
		archive.Archive = A2B
		survive(t, raw, archive)
	})
}

// survive does everything to a file: no panic, no endless work, and what comes
// out can be read.
func survive(t *testing.T, raw []byte, o Options) {
	t.Helper()
	begun := time.Now()
	info, readErr := Read(raw)
	_, _ = Text(raw)
	_, _ = Attached(raw, "data.json")
	if out, err := Finish(raw, o); err == nil {
		got, err := Read(out)
		if readErr == nil && (err != nil || got.Code != o.Code || got.Archive != o.Archive || got.Pages != info.Pages) {
			t.Errorf("finished, it reads as %+v, %v", got, err)
		}
		if again, err := Finish(raw, o); err != nil || !bytes.Equal(out, again) {
			t.Errorf("finished twice, it is another (%v)", err)
		}
	}
	if out, err := Merge([][]byte{raw, raw}, options()); err == nil {
		if got, err := Read(out); readErr == nil && (err != nil || got.Pages != 2*info.Pages) {
			t.Errorf("merged, it reads as %+v, %v", got, err)
		}
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// What skip goes over is what value reads, and what is written reads the same.
func FuzzValue(f *testing.F) {
	for _, s := range []string{
		`<</A [1 -2.5 .5 (a\)\101) <4142 4> /B#20 true null 7 0 R]>>`, "[" + strings.Repeat("[", 80), "+5", "1e5", "(", "<</A 1 /A 2>>", "NaN", "--1", "99999999999 0 R",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read, skipped := &scanner{b: b}, &scanner{b: b}
		v, err := read.value(0)
		skipErr := skipped.skip(0)
		if err == nil && (skipErr != nil || read.at != skipped.at) {
			t.Fatalf("read to %d, skipped to %d, %v", read.at, skipped.at, skipErr)
		}
		if err != nil {
			return
		}
		once := appendValue(nil, v, nil)
		again, err := (&scanner{b: once}).value(0)
		if err != nil || !bytes.Equal(once, appendValue(nil, again, nil)) {
			t.Errorf("%q became %q (%v)", b, once, err)
		}
	})
}
