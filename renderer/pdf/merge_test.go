package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	first := options()
	first.Title, first.Archive = "Birinchi №1", A2B
	second := options()
	second.Title = "Ikkinchi"
	second.Attach = []Attachment{{Name: "data.json", MediaType: "application/json", Content: []byte(`{}`)}}
	files := [][]byte{
		finish(t, printed(t, "mandate"), first), finish(t, printed(t, "table"), second), printed(t, "tagged"),
		finish(t, printed(t, "mandate"), first),
	}
	for _, archive := range []Archive{None, A2B} {
		o := options()
		o.Archive = archive
		out, err := Merge(files, o)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Merge(files, o); err != nil || !bytes.Equal(out, again) {
			t.Errorf("the same files twice give different bytes (%v)", err)
		}
		if got := must(t, out, "qpdf", "--check", "a.pdf"); !strings.Contains(got, "No syntax or stream encoding errors") {
			t.Error(got)
		}
		var text, pictures, structure []string
		sum := 0
		for _, raw := range files {
			sum += len(raw)
			part, err := Text(raw)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, part)
			pictures = append(pictures, must(t, raw, "pdftoppm", "-r", "60", "a.pdf"))
			structure = append(structure, must(t, raw, "pdftotext", "-layout", "a.pdf", "-"))
		}
		if got, err := Text(out); err != nil || got != strings.Join(text, "\f") {
			t.Errorf("the text changed (%v)", err)
		}
		if got := must(t, out, "pdftoppm", "-r", "60", "a.pdf"); got != strings.Join(pictures, "") {
			t.Error("it looks different")
		}
		if got := must(t, out, "pdftotext", "-layout", "a.pdf", "-"); got != strings.Join(structure, "") {
			t.Error("pdftotext reads another text")
		}
		info, err := Read(out)
		if err != nil || info.Pages != 1+3+2+1 || info.Archive != archive || info.Tagged || info.Producer == "" || info.Title != o.Title {
			t.Errorf("%+v, %v", info, err)
		}
		if got := must(t, out, "qpdf", "--json", "--json-key=outlines", "a.pdf"); strings.Count(got, `"title"`) != 4 ||
			!strings.Contains(got, "Birinchi №1") || !strings.Contains(got, `"destpageposfrom1": 7`) {
			t.Error(got)
		}
	}
}

// A hundred of one kind hold their font once.
func TestMergeShares(t *testing.T) {
	t.Parallel()
	raw := printed(t, "mandate")
	var files [][]byte
	for i := range 100 {
		o := options()
		o.Title = fmt.Sprint("Mandat ", i)
		files = append(files, finish(t, raw, o))
	}
	out, err := Merge(files, options())
	if err != nil || len(out) > 3*len(raw)+100*700 {
		t.Errorf("%d bytes of %d each, %v", len(out), len(raw), err)
	}
	if info, err := Read(out); err != nil || info.Pages != 100 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	raw := printed(t, "mandate")
	o := options()
	for _, c := range []struct {
		name  string
		files [][]byte
		want  error
	}{
		{"none", nil, ErrNothingToMerge},
		{"a broken one", [][]byte{raw, raw[:len(raw)-9]}, errSyntax},
		{"a circle", [][]byte{bytes.Replace(sample(), []byte("/ToUnicode 7 0 R"), []byte("/ToUnicode 6 0 R"), 1)}, errSyntax},
	} {
		if _, err := Merge(c.files, o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
