package lint

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, in, want string }{
		{"elements", "parts/a.html", "<p>x\n<b class=\"y\">z</b></p>\n<br/>", "<p data-line=\"parts/a.html:1\">x\n<b data-line=\"parts/a.html:2\" class=\"y\">z</b></p>\n<br data-line=\"parts/a.html:3\"/>"},
		{"not within actions", "a", `{{printf "<p>"}}{{/* <p> }} */}}<p>`, `{{printf "<p>"}}{{/* <p> }} */}}<p data-line="a:1">`},
		{"not within comments", "a", "<!-- <p> --><p>", `<!-- <p> --><p data-line="a:1">`},
		{"sign that is no tag", "a", "1 < 2 <p>", `1 < 2 <p data-line="a:1">`},
		{"value with a bracket", "a", `<p title="a>b">`, `<p data-line="a:1" title="a>b">`},
		{"value with an action", "a", `<p class="{{if eq .a ">"}}x{{end}}">`, `<p data-line="a:1" class="{{if eq .a ">"}}x{{end}}">`},
		{"a drawing's outermost element", "parts/e.svg", `<svg><g><path/></g></svg>`, `<svg data-line="parts/e.svg:1"><g><path/></g></svg>`},
		{"cut off", "a", `<p class="`, `<p data-line="a:1" class="`},
	} {
		if got := marked(c.file, c.in); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

func TestMarkCodes(t *testing.T) {
	t.Parallel()
	in := `<div data-line="a:7"><svg class="qr" x><path></svg></div><p data-line="a:9"><svg class="qr"></svg>`
	want := `<div data-line="a:7"><svg data-line="a:7" class="qr" x><path></svg></div><p data-line="a:9"><svg data-line="a:9" class="qr"></svg>`
	if got := markCodes(in); got != want {
		t.Error(got)
	}
	if got := markCodes(`<svg class="qr">`); got != `<svg class="qr">` {
		t.Error(got)
	}
}

func FuzzMarked(f *testing.F) {
	f.Add(`<p class="{{.a}}">{{end}}<`)
	f.Add("{{`\"}}`")
	f.Fuzz(func(t *testing.T, src string) {
		got := marked("f", src)
		for {
			from := strings.Index(got, ` data-line="f:`)
			if from < 0 || strings.Contains(src, "data-line") {
				break
			}
			to := strings.IndexByte(got[from+14:], '"')
			got = got[:from] + got[from+14+to+1:]
		}
		if !strings.Contains(src, "data-line") && got != src {
			t.Errorf("%q became %q", src, got)
		}
	})
}

func TestContrast(t *testing.T) {
	t.Parallel()
	white, black := RGBA{255, 255, 255, 1}, RGBA{0, 0, 0, 1}
	for _, c := range []struct {
		name         string
		text, ground RGBA
		want         float64
	}{
		{"most", black, white, 21},
		{"none", white, white, 1},
		{"grey that just passes", RGBA{118, 118, 118, 1}, white, 4.54},
		{"either way round", white, RGBA{118, 118, 118, 1}, 4.54},
		{"half opaque", RGBA{0, 0, 0, 0.5}, white, 3.98},
		{"ground that cannot be seen", black, RGBA{0, 0, 0, 0}, 21},
	} {
		if got := contrast(c.text, c.ground); math.Abs(got-c.want) > 0.03 {
			t.Errorf("%s: %.2f, want %.2f", c.name, got, c.want)
		}
	}
	for _, c := range []struct {
		points float64
		weight int
		want   float64
	}{{10, 400, 4.5}, {17.9, 400, 4.5}, {18, 400, 3}, {14, 700, 3}, {14, 600, 4.5}, {13.9, 700, 4.5}} {
		if got := wanted(c.points, c.weight); got != c.want {
			t.Errorf("%v pt at %d: %v", c.points, c.weight, got)
		}
	}
}

func TestLonger(t *testing.T) {
	t.Parallel()
	m := newModel("card/schema.json", []byte(card["card/schema.json"]), []byte(`{"$defs": {
		"person": {"type": "object", "properties": {"surname": {"type": "string", "maxLength": 60}, "given": {"type": "string", "maxLength": 60}}},
		"number": {"type": "string", "pattern": "^[0-9]+$"}, "qr": {"type": "string", "maxLength": 600}}}`))
	raw, err := m.longer([]byte(strings.Replace(card["card/sample.json"], "Zokir", "Зокир", 1)), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Person            struct{ Surname, Given string }
		Number, State, QR string
		Note              string
		Rows              []struct{ Label string }
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Number != "0001" || got.State != "open" || got.QR != "https://tekshirish.example/1" {
		t.Error("what is no free text changed:", got)
	}
	for text, most := range map[string]int{got.Person.Surname: 60, got.Person.Given: 60, got.Note: 40, got.Rows[0].Label: 30} {
		if n := utf8.RuneCountInString(text); n < most/2 || n > most {
			t.Errorf("%q has %d letters of %d", text, n, most)
		}
	}
	if !strings.HasPrefix(got.Person.Given, "Зокир Абду") || !strings.HasPrefix(got.Person.Surname, "Namunaviy Abdu") {
		t.Error(got.Person)
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	got := jsonLines([]byte("{\n \"a\": [\n  1,\n  {\"b/c\": null}\n ],\n \"d\":\n  \"x\"\n}"))
	want := map[string]int{"": 1, "/a": 2, "/a/0": 3, "/a/1": 4, "/a/1/b~1c": 4, "/d": 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := lineOf(got, "/a/1/missing/deeper"); n != 4 {
		t.Error(n)
	}
	for _, raw := range []string{"", "{", `{"a"`, `[1,`, "\xff"} {
		jsonLines([]byte(raw)) // does not panic
	}
}
