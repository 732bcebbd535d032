package pdf

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var business = time.Date(2027, 10, 4, 9, 30, 5, 0, time.FixedZone("", 5*60*60))

func options() Options {
	return Options{
		At: business, Title: "Bo‘lim & (namuna) № 7", Subject: "Mandat", Author: "Namunaviy komissiya", Language: "uz-Latn",
		Identifier: "0199a2b4-0000-7000-8000-000000000001", Code: "HTTPS://EXAMPLE.UZ/V/AEDQ",
	}
}

func finish(t testing.TB, raw []byte, o Options) []byte {
	t.Helper()
	out, err := Finish(raw, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFinish(t *testing.T) {
	t.Parallel()
	o := options()
	o.Archive = A3B
	o.Attach = []Attachment{
		{Name: "data.json", MediaType: "application/json", Description: "Maʼlumot", Content: []byte(`{"a":1}`)},
		{Name: "Annex.csv", MediaType: "text/csv", Content: nil},
	}
	raw := printed(t, "mandate")
	out := finish(t, raw, o)
	if !bytes.Equal(out, finish(t, raw, o)) {
		t.Error("the same input twice gives different bytes")
	}
	got, err := Read(out)
	want := Info{
		Title: o.Title, Subject: o.Subject, Author: o.Author, Producer: "Skia/PDF m156", Language: o.Language,
		Identifier: o.Identifier, Code: o.Code, Archive: A3B, Created: business.UTC(), Modified: business.UTC(),
		Attachments: []string{"Annex.csv", "data.json"}, Pages: 1, WidthPt: 244.08, HeightPt: 351.12, Fonts: []string{"NotoSans-Regular"},
	}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Error(err, cmp.Diff(want, got))
	}
	before, _ := Text(raw)
	if after, err := Text(out); err != nil || after != before || after == "" {
		t.Errorf("text %q became %q (%v)", before, after, err)
	}
	for name, content := range map[string]string{"data.json": `{"a":1}`, "Annex.csv": ""} {
		if got, err := Attached(out, name); err != nil || string(got) != content {
			t.Errorf("attached %s: %q, %v", name, got, err)
		}
	}
}

// printed is what Chrome made of a page of testdata.
func printed(t testing.TB, page string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", page+".pdf"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
