package lint

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, in, want string }{
		{"elements", "parts/a.html", "<p>x\n<b class=\"y\">z</b></p>\n<br/>", "<p data-line=\"1\">x\n<b data-line=\"2\" class=\"y\">z</b></p>\n<br data-line=\"3\"/>"},
		{"not within actions", "a", `{{printf "<p>"}}{{/* <p> }} */}}<p>`, `{{printf "<p>"}}{{/* <p> }} */}}<p data-line="1">`},
		{"not within comments", "a", "<!-- <p> --><p>", `<!-- <p> --><p data-line="1">`},
		{"sign that is no tag", "a", "1 < 2 <p>", `1 < 2 <p data-line="1">`},
		{"value with a bracket", "a", `<p title="a>b">`, `<p data-line="1" title="a>b">`},
		{"value with an action", "a", `<p class="{{if eq .a ">"}}x{{end}}">`, `<p data-line="1" class="{{if eq .a ">"}}x{{end}}">`},
		{"a drawing's outermost element", "parts/e.svg", `<svg><g><path/></g></svg>`, `<svg data-line="1"><g><path/></g></svg>`},
		{"cut off", "a", `<p class="`, `<p data-line="1" class="`},
	} {
		if got := marked(c.file, c.in, func(line int) int { return line }); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

func TestMarkCodes(t *testing.T) {
	t.Parallel()
	m := &marks{}
	m.add(mark{place: place{"a", 7}})
	m.add(mark{place: place{"a", 9}})
	in := `<div data-line="1"><svg class="qr" x><path></svg></div><p data-line="2"><svg class="qr"></svg><svg class="qr">`
	want := `<div data-line="1"><svg data-line="3" class="qr" x><path></svg></div><p data-line="2"><svg data-line="4" class="qr"></svg><svg data-line="5" class="qr">`
	if got := m.codes(in); got != want {
		t.Error(got)
	}
	for n, line := range map[int]int{1: 7, 2: 9, 3: 7, 4: 9, 5: 9} {
		if k, ok := m.of(n); !ok || k.line != line || k.code != (n > 2) {
			t.Errorf("%d: %+v", n, k)
		}
	}
	if _, ok := m.of(6); ok {
		t.Error("a number that was not given")
	}
}

func FuzzMarked(f *testing.F) {
	f.Add(`<p class="{{.a}}">{{end}}<`)
	f.Add("{{`\"}}`")
	f.Fuzz(func(t *testing.T, src string) {
		got := marked("f", src, func(line int) int { return line })
		for {
			from := strings.Index(got, ` data-line="`)
			if from < 0 || strings.Contains(src, "data-line") {
				break
			}
			to := strings.IndexByte(got[from+12:], '"')
			got = got[:from] + got[from+12+to+1:]
		}
		if !strings.Contains(src, "data-line") && got != src {
			t.Errorf("%q became %q", src, got)
		}
	})
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
