package pdf

import (
	"strings"
	"testing"
)

// archived is a file that may be prepared for archives, its objects to be
// edited: 2 catalogue, 4 page, 5 font, 6 its descendant, 7 its descriptor, 9
// picture, 10 link, 11 state.
func archived(edits ...string) []byte {
	objects := []string{
		"<</Type /Catalog\n/Pages 3 0 R>>",
		"<</Type /Pages\n/Count 1\n/Kids [4 0 R]>>",
		"<</Type /Page\n/MediaBox [0 0 255.12 369.12]\n/Resources <</Font <</F1 5 0 R>> /XObject <</X1 9 0 R>> /ExtGState <</G1 11 0 R>>>>\n" +
			"/Annots [10 0 R]\n/Contents 12 0 R\n/Parent 3 0 R>>",
		"<</Type /Font\n/Subtype /Type0\n/BaseFont /AAAAAA+Noto\n/Encoding /Identity-H\n/DescendantFonts [6 0 R]>>",
		"<</Type /Font\n/Subtype /CIDFontType2\n/BaseFont /AAAAAA+Noto\n/CIDToGIDMap /Identity\n/FontDescriptor 7 0 R>>",
		"<</Type /FontDescriptor\n/FontFile2 8 0 R>>",
		streamOf("a font's program"),
		"<</Type /XObject\n/Subtype /Image\n/ColorSpace /DeviceRGB\n/Filter /DCTDecode\n/Length 1>> stream\nx\nendstream",
		"<</Type /Annot\n/Subtype /Link\n/F 4\n/A <</Type /Action\n/S /URI\n/URI (https://saylov.example/)>>>>",
		"<</ca 1\n/BM /Normal>>",
		streamOf("0 0 m"),
	}
	for i := 0; i+1 < len(edits); i += 2 {
		for n := range objects {
			objects[n] = strings.Replace(objects[n], edits[i], edits[i+1], 1)
		}
	}
	return build(objects...)
}

func TestArchivable(t *testing.T) {
	t.Parallel()
	o := options()
	o.Archive = A2B
	finish(t, archived(), o)
	for name, c := range map[string]struct{ old, new, want string }{
		"a font without program":     {"/FontFile2 8 0 R", "/Flags 4", "not embedded"},
		"a font without descriptor":  {"/FontDescriptor 7 0 R", "/DW 0", "not embedded"},
		"a font without map":         {"/CIDToGIDMap /Identity", "/DW 0", "glyph map"},
		"a font of a foreign map":    {"/Identity-H", "/UniJIS-UTF16-H", "encoding"},
		"a Type 3 font":              {"/Subtype /Type0", "/Subtype /Type3", "of type /Type3"},
		"JavaScript":                 {"/S /URI\n", "/S /JavaScript /JS (x)\n", "JavaScript"},
		"a program to launch":        {"/S /URI\n", "/S /Launch\n", "action /Launch"},
		"actions of a page":          {"/Annots", "/AA <<>>\n/Annots", "additional actions"},
		"actions of the document":    {"/Pages 3 0 R", "/Pages 3 0 R\n/AA <<>>", "/AA"},
		"an action when opened":      {"/Pages 3 0 R", "/Pages 3 0 R\n/OpenAction <</S /SubmitForm>>", "action /SubmitForm"},
		"layers":                     {"/Pages 3 0 R", "/Pages 3 0 R\n/OCProperties <<>>", "/OCProperties"},
		"scripts by name":            {"/Pages 3 0 R", "/Pages 3 0 R\n/Names <</JavaScript <<>>>>", "JavaScript"},
		"LZW":                        {"/DCTDecode", "/LZWDecode", "filter /LZWDecode"},
		"several filters":            {"/Filter /DCTDecode", "/Filter [/ASCIIHexDecode /DCTDecode]", "filter"},
		"a stream elsewhere":         {"/Filter /DCTDecode", "/Filter /DCTDecode\n/F (a.jpg)", "outside"},
		"interpolation":              {"/Filter /DCTDecode", "/Filter /DCTDecode\n/Interpolate true", "interpolated"},
		"colours of print":           {"/DeviceRGB", "/DeviceCMYK", "DeviceCMYK"},
		"colours of print, inside":   {"/ColorSpace /DeviceRGB", "/ColorSpace [/Indexed /DeviceCMYK 1 <00>]", "DeviceCMYK"},
		"a note":                     {"/Subtype /Link", "/Subtype /Text", "annotation /Text"},
		"a hidden link":              {"/F 4", "/F 6", "not printed"},
		"a link that is not printed": {"/F 4", "/F 0", "not printed"},
		"a transfer function":        {"/ca 1", "/ca 1\n/TR /Identity", "transfer"},
		"an unknown blend mode":      {"/BM /Normal", "/BM /Own", "blend mode /Own"},
		"an attached file":           {"/ca 1", "/Type /EmbeddedFile\n/ca 1", "attached"},
		"a long name":                {"/ca 1", "/ca /" + strings.Repeat("a", 128), "name of 128"},
		"PostScript":                 {"/Subtype /Image", "/Subtype /PS", "PostScript"},
	} {
		raw := archived(c.old, c.new)
		if _, err := Finish(raw, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		plain := options()
		if _, err := Finish(raw, plain); err != nil {
			t.Errorf("%s, not for archives: %v", name, err)
		}
	}
}

func TestArchiveNames(t *testing.T) {
	t.Parallel()
	for a, want := range map[Archive]string{None: "not for archives", A2B: "prepared for PDF/A-2b", A3B: "prepared for PDF/A-3b"} {
		if got := a.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
