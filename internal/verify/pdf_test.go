package verify_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/seal"
)

// printed is a page as the browser lays it out, which shows a text.
func printed(text string) []byte {
	stream := func(s string) string { return fmt.Sprintf("<</Length %d>> stream\n%s\nendstream", len(s), s) }
	var glyphs bytes.Buffer
	for _, c := range []byte(text) {
		fmt.Fprintf(&glyphs, "%04x", c)
	}
	objects := []string{
		"<</Creator (Chromium)\n/Producer (Skia/PDF m156)\n/Title (x)\n/CreationDate (D:20261122070400+00'00')\n/ModDate (D:20261122070400+00'00')>>",
		"<</Type /Catalog\n/Pages 3 0 R>>",
		"<</Type /Pages\n/Count 1\n/Kids [4 0 R]>>",
		"<</Type /Page\n/MediaBox [0 0 255 369]\n/Resources <</Font <</F1 5 0 R>>>>\n/Contents 7 0 R\n/Parent 3 0 R>>",
		"<</Type /Font\n/Subtype /Type0\n/BaseFont /AAAAAA+NotoSerif\n/Encoding /Identity-H\n/ToUnicode 6 0 R>>",
		stream("/CIDInit /ProcSet findresource begin\n1 beginbfrange\n<0020> <007E> <0020>\nendbfrange\nend"),
		stream("BT /F1 10 Tf 1 0 0 -1 3 4 Tm <" + glyphs.String() + "> Tj ET"),
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xd3\xeb\xe9\xe1\n")
	var offsets []int
	for i, o := range objects {
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

// paper is a file as it is issued, each part of which a test may bend.
type paper struct {
	text, title, code string
	data              []byte // nil: none attached
}

func (p paper) make(t *testing.T) []byte {
	t.Helper()
	o := pdf.Options{At: now, Title: p.title, Identifier: "0197-a", Code: p.code, Language: "uz-Latn"}
	if p.data != nil {
		o.Archive = pdf.A3B
		o.Attach = []pdf.Attachment{{Name: "data.json", MediaType: "application/json", Content: p.data}}
	}
	raw, err := pdf.Finish(printed(p.text), o)
	if err != nil {
		// A page this bare may not be fit for archives; the attachment is what counts here.
		o.Archive = pdf.None
		if raw, err = pdf.Finish(printed(p.text), o); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}

// mandate is the paper of document, as it should be.
func mandate(t *testing.T) paper {
	t.Helper()
	d, text := document(t, codes(1))
	return paper{text: "MANDAT No 007, 2026-yil", title: "Mandat № 007 · 0197-a", code: text, data: d.Data}
}

func sealed(t *testing.T, raw, certificate, key []byte) []byte {
	t.Helper()
	s, err := seal.Load(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Seal(raw, seal.Options{At: now, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
