package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// build writes a PDF as Chrome lays it out: objects from 1 on, a classic table.
func build(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xd3\xeb\xe9\xe1\n")
	var offsets []int
	for i, o := range append([]string{info}, objects...) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d\n/Root 2 0 R\n/Info 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

func flate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func streamOf(s string) string {
	z := flate(s)
	return fmt.Sprintf("<</Filter /FlateDecode\n/Length %d>> stream\n%s\nendstream", len(z), z)
}

const (
	info  = "<</Creator (Chromium)\n/Producer (Skia/PDF m156)\n/Title <FEFF00B7>\n/CreationDate (D:20261122070400+00'00')\n/ModDate (D:20261122070400+00'00')>>"
	cmap  = "/CIDInit /ProcSet findresource begin\n2 beginbfchar\n<0001> <0041>\n<0002> <02BB>\nendbfchar\n2 beginbfrange\n<0010> <0012> <0061>\n<0020> <0022> <00FF>\nendbfrange\nend"
	texts = "BT /F1 10 Tf 1 0 0 -1 3 4 Tm <0001> Tj 5 0 Td <0002> Tj 5 0 Td <00200021> Tj ET q /X1 Do Q BT /F1 9 Tf [<00100011> -20 <0012>] TJ ET"
)

func sample() []byte {
	return build(
		"<</Type /Catalog\n/Pages 3 0 R>>",
		"<</Type /Pages\n/Count 2\n/Kids [4 0 R 5 0 R]>>",
		"<</Type /Page\n/MediaBox [0 0 255.12 369.12]\n/Resources <</Font <</F1 6 0 R>> /XObject <</X1 9 0 R>>>>\n/Contents 8 0 R\n/Parent 3 0 R>>",
		"<</Type /Page\n/MediaBox [0 0 255.12 369.12]\n/Resources <<>>\n/Contents 10 0 R\n/Parent 3 0 R>>",
		"<</Type /Font\n/Subtype /Type0\n/BaseFont /AAAAAA+NotoSerif-Bold\n/Encoding /Identity-H\n/ToUnicode 7 0 R>>",
		streamOf(cmap), streamOf(texts),
		strings.Replace(streamOf("BT /F1 9 Tf <0012> Tj ET"), "<<", "<</Type /XObject /Subtype /Form /Resources <</Font <</F1 6 0 R>>>> ", 1),
		streamOf("0 0 m"),
	)
}

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := Read(sample())
	printed := time.Date(2026, 11, 22, 7, 4, 0, 0, time.UTC)
	want := Info{Created: printed, Modified: printed, Title: "·", Producer: "Skia/PDF m156", Pages: 2, WidthPt: 255.12, HeightPt: 369.12, Fonts: []string{"NotoSerif-Bold"}}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Error(err, cmp.Diff(want, got))
	}
	text, err := Text(sample())
	if want := "AʻÿĀ\nc\nabc\n\f"; err != nil || text != want {
		t.Errorf("text %q, %v; want %q", text, err, want)
	}
}

// Strict means that an edit anywhere is noticed.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new string }{
		{"no header", "%PDF-1.4", "%PDX-1.4"},
		{"no end", "%%EOF", "%%EOG"},
		{"startxref elsewhere", "startxref\n", "startxref\n1"},
		{"another generation", "00000 n", "00001 n"},
		{"count does not fit", "/Count 2", "/Count 3"},
		{"no page size", "/MediaBox [0 0 255.12 369.12]", "/MediaBox [0 0 255.12 36912 ]"},
		{"incremental update", "/Root 2 0 R", "/Prev 2 0 R"},
		{"page tree in a circle", "/Kids [4 0 R 5 0 R]", "/Kids [3 0 R 3 0 R]"},
		{"unbalanced text", "(Chromium)", "(Chromium("},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			raw := bytes.Replace(sample(), []byte(c.old), []byte(c.new), 1)
			if bytes.Equal(raw, sample()) {
				t.Fatal("the case changes nothing")
			}
			info, err := Read(raw)
			if c.name == "no page size" { // it is one, another
				if err != nil || info.HeightPt != 36912 {
					t.Errorf("%+v, %v", info, err)
				}
				return
			}
			if err == nil {
				t.Errorf("read as %+v", info)
			}
		})
	}
}

func TestTextRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"a glyph without text": "BT /F1 9 Tf <0077> Tj ET",
		"text before a font":   "BT <0001> Tj ET",
		"an unknown font":      "BT /F9 9 Tf <0001> Tj ET",
		"half a glyph":         "BT /F1 9 Tf <000100> Tj ET",
		"an inline image":      "BI /W 1 ID x EI",
	} {
		raw := bytes.Replace(sample(), []byte(streamOf(texts)), []byte(streamOf(content)), 1)
		start := bytes.Index(raw, []byte("xref\n0 "))
		raw = rebuildOffsets(raw[:start])
		if text, err := Text(raw); err == nil {
			t.Errorf("%s: read as %q", name, text)
		}
	}
}

// rebuildOffsets writes the table again after an edit that moved objects.
func rebuildOffsets(body []byte) []byte {
	b := bytes.NewBuffer(bytes.Clone(body))
	n := 0
	var entries strings.Builder
	for i := 1; ; i++ {
		at := bytes.Index(body, fmt.Appendf(nil, "\n%d 0 obj\n", i))
		if at < 0 {
			break
		}
		n = i
		fmt.Fprintf(&entries, "%010d 00000 n \n", at+1)
	}
	fmt.Fprintf(b, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Root 2 0 R /Info 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", n+1, entries.String(), len(body))
	return b.Bytes()
}

func TestStrings(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`(a\(b\)c)`: "a(b)c", `(a(b)c)`: "a(b)c", `(\101\12)`: "A\n", `(a\
b)`: "ab", `<4142 4>`: "AB@", `()`: "", `(\\)`: `\`,
	} {
		v, err := (&scanner{b: []byte(in)}).value(0)
		if got, ok := v.(text); err != nil || !ok || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", in, v, err, want)
		}
	}
	if v, err := (&scanner{b: []byte("/A#20B")}).value(0); v != name("A B") || err != nil {
		t.Errorf("name %v, %v", v, err)
	}
	if _, err := (&scanner{b: []byte(strings.Repeat("[", 100_000))}).value(0); err == nil {
		t.Error("bottomless nesting accepted")
	}
}
