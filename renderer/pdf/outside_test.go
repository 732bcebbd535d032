package pdf

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var isNode = regexp.MustCompile(`node\d+`)

var prints = []string{"mandate", "table", "tagged"}

// finished are the prints of testdata in every form.
func finished(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, page := range prints {
		raw := printed(t, page)
		o := options()
		files[page] = finish(t, raw, o)
		o.Archive = A2B
		files[page+", A-2b"] = finish(t, raw, o)
		o.Archive = A3B
		o.Attach = []Attachment{{Name: "data.json", MediaType: "application/json", Content: []byte(`{"ovoz":7}`)}}
		files[page+", A-3b"] = finish(t, raw, o)
	}
	return files
}

// What we write is read by other programs, with the same text and pixels as
// the print.
func TestOutside(t *testing.T) {
	t.Parallel()
	for what, out := range finished(t) {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			page, form, _ := strings.Cut(what, ", ")
			raw := printed(t, page)
			if got := must(t, out, "qpdf", "--check", "a.pdf"); !strings.Contains(got, "No syntax or stream encoding errors") {
				t.Error(got)
			}
			for _, c := range [][]string{{"pdftotext", "-layout", "a.pdf", "-"}, {"pdffonts", "a.pdf"}} {
				a, b := must(t, raw, c[0], c[1:]...), must(t, out, c[0], c[1:]...)
				if a != b || a == "" {
					t.Errorf("%s: %q became %q", c[0], a, b)
				}
			}
			if pixels(t, raw) != pixels(t, out) {
				t.Error("it looks different")
			}
			if form == "" {
				structure := func(raw []byte) string {
					return isNode.ReplaceAllString(must(t, raw, "pdfinfo", "-struct", "a.pdf"), "node")
				}
				a, b := structure(raw), structure(out)
				if a != b || page == "tagged" && !strings.Contains(a, "Table") {
					t.Error("the structure tree changed")
				}
			}
			info := strings.Join(strings.Fields(must(t, out, "pdfinfo", "-rawdates", "a.pdf")), " ")
			for _, want := range []string{
				"Title: Bo‘lim & (namuna) № 7 Subject: Mandat Author: Namunaviy komissiya Creator: Saylov Hub Producer: Skia/PDF m156",
				"CreationDate: D:20271004043005+00'00' ModDate: D:20271004043005+00'00' Custom Metadata: yes Metadata Stream: yes",
				"PDF version: 1.7", "JavaScript: no", "Encrypted: no",
			} {
				if !strings.Contains(info, want) {
					t.Errorf("pdfinfo: want %q in %q", want, info)
				}
			}
			if got := must(t, out, "pdfinfo", "-custom", "a.pdf"); !strings.Contains(got, "HTTPS://EXAMPLE.UZ/V/AEDQ") {
				t.Error(got)
			}
			meta := must(t, out, "pdfinfo", "-meta", "a.pdf")
			for part, in := range map[string]bool{
				"<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Bo‘lim &amp; (namuna) № 7</rdf:li>": true,
				"<hub:code>HTTPS://EXAMPLE.UZ/V/AEDQ</hub:code>":                                       true,
				"<pdfaid:part>2</pdfaid:part>":                                                         form == "A-2b", "<pdfaid:part>3</pdfaid:part>": form == "A-3b",
				"<pdfaExtension:schemas>": form != "",
			} {
				if strings.Contains(meta, part) != in {
					t.Errorf("metadata: %s: want %v", part, in)
				}
			}
			if form == "A-3b" {
				if got := must(t, out, "pdfdetach", "-save", "1", "-o", "/dev/stdout", "a.pdf"); got != `{"ovoz":7}` {
					t.Errorf("attached: %q", got)
				}
				if got := must(t, out, "pdfdetach", "-list", "a.pdf"); !strings.Contains(got, "1: data.json") {
					t.Error(got)
				}
			}
		})
	}
}

// Everything stands where PDF/A wants it, as far as can be seen by eye.
func TestArchiveForm(t *testing.T) {
	t.Parallel()
	files := finished(t)
	for _, page := range prints {
		out := files[page+", A-3b"]
		if !bytes.HasPrefix(out, []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")) || !bytes.HasSuffix(out, []byte("%%EOF\n")) {
			t.Error("frame")
		}
		f, err := open(out)
		if err != nil {
			t.Fatal(err)
		}
		root, err := f.dict(f.trailer["Root"])
		if err != nil {
			t.Fatal(err)
		}
		id, _ := f.trailer["ID"].(array)
		if len(id) != 2 || !slices.Equal(id[0].(text), id[1].(text)) || len(id[0].(text)) != 16 {
			t.Errorf("id %v", id)
		}
		intent := root["OutputIntents"].(array)[0].(dict)
		v, err := f.resolve(intent["DestOutputProfile"])
		if st, ok := v.(stream); err != nil || !ok || !bytes.Equal(st.raw, srgb()) || intent["S"] != name("GTS_PDFA1") {
			t.Errorf("output intent %v", intent)
		}
		spec, err := f.dict(root["AF"].(array)[0])
		if err != nil || spec["AFRelationship"] != name("Data") {
			t.Errorf("associated file %v, %v", spec, err)
		}
		v, err = f.resolve(spec["EF"].(dict)["F"])
		st, ok := v.(stream)
		if err != nil || !ok || st.dict["Subtype"] != name("application/json") || st.dict["Params"].(dict)["Size"] != 10.0 {
			t.Errorf("attached file %v, %v", v, err)
		}
		if view := root["ViewerPreferences"].(dict); view["DisplayDocTitle"] != true {
			t.Errorf("viewer %v", view)
		}
	}
}
