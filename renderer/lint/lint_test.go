package lint

import (
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/templates"
)

// card is a sound document of two languages; each case breaks it in one place.
var card = map[string]string{
	"card/manifest.yaml": `kind: D4
titles: {uz-Latn: Namuna, uz-Cyrl: Намуна, ru: Образец, en: Sample}
languages: [uz-Latn, ru]
width_mm: 90
height_mm: 90
pages: 1
series: true
signatories: []
validity: none
tagged: false
`,
	"card/schema.json": `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["person", "number", "rows", "state", "qr"],
  "properties": {
    "person": {"$ref": "../parts/defs.json#/$defs/person"},
    "number": {"$ref": "../parts/defs.json#/$defs/number"},
    "note": {"type": "string", "maxLength": 40},
    "state": {"type": "string", "enum": ["open", "shut"]},
    "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
    "qr": {"$ref": "../parts/defs.json#/$defs/qr"}
  },
  "$defs": {
    "row": {
      "type": "object",
      "additionalProperties": false,
      "required": ["label"],
      "properties": {
        "label": {"type": "string", "maxLength": 30}
      }
    }
  }
}
`,
	"card/template.html": `<h1 class="wrap">{{say "heading"}} {{.number}}</h1>
<p class="name">{{fullname .person}}</p>
{{with .note}}<p>{{.}}</p>{{end}}
<p>{{say (printf "state_%s" .state)}}</p>
<ul>{{range .rows}}<li>{{.label}}</li>
{{end}}</ul>
{{$code := .qr}}<div class="code">{{qr $code}}</div>
`,
	"card/style.css": `/* A card. */
main{padding:3mm}
.code .qr{width:24mm;height:24mm}
li::before{content:"–"}
`,
	"card/words.yaml": `heading:
  uz-Latn: Namuna
  ru: Образец
state_open:
  uz-Latn: ochiq
  ru: открыт
state_shut:
  uz-Latn: yopiq
  ru: закрыт
`,
	"card/sample.json": `{
  "person": {"surname": "Namunaviy", "given": "Zokir"},
  "number": "0001",
  "note": "Izoh",
  "state": "open",
  "rows": [{"label": "bir"}],
  "qr": "https://tekshirish.example/1"
}
`,
}

// folders puts the card among the shipped parts and fonts, edited.
func folders(t testing.TB, edit func(map[string]string)) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for _, dir := range []string{"parts", "assets/fonts"} {
		found, err := fs.ReadDir(templates.Files(), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found {
			b, err := fs.ReadFile(templates.Files(), dir+"/"+e.Name())
			if err != nil {
				t.Fatal(err)
			}
			m[dir+"/"+e.Name()] = &fstest.MapFile{Data: b}
		}
	}
	files := maps.Clone(card)
	if edit != nil {
		edit(files)
	}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// swap replaces one text in one file, which must hold it.
func swap(t testing.TB, file, old, with string) func(map[string]string) {
	return func(m map[string]string) {
		if !strings.Contains(m[file], old) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		m[file] = strings.Replace(m[file], old, with, 1)
	}
}

func TestSoundFolder(t *testing.T) {
	t.Parallel()
	got, err := Check(t.Context(), folders(t, nil), Options{})
	if err != nil || len(got) > 0 {
		t.Error(got, err)
	}
}

func TestStaticFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, old, with string
		want                  []string // FILE:LINE: severity rule
	}{
		{"field that the schema lacks", "card/template.html", "{{.number}}", "{{.nummer}}{{.number}}", []string{"card/template.html:1: error unknown-field"}},
		{"field of another object", "card/template.html", "{{.label}}", "{{.label}}{{.number}}", []string{"card/template.html:5: error unknown-field"}},
		{"field through a variable", "card/template.html", "{{qr $code}}", "{{qr $code}}{{$.code}}", []string{"card/template.html:7: error unknown-field"}},
		{"field that a part reads", "card/template.html", "<ul>", "{{template \"head.html\" .}}<ul>", []string{"card/template.html:5: error unknown-field", "card/template.html:5: error unknown-field"}},
		{"field that nobody reads", "card/template.html", "{{with .note}}<p>{{.}}</p>{{end}}", "", []string{"card/schema.json:9: error unused-field"}},
		{"field that the hub sets and nobody reads", "card/template.html", " {{.number}}", "", []string{"card/schema.json:8: error unused-field"}},
		{"field in a definition that nobody reads", "card/template.html", "{{.label}}", "–", []string{"card/schema.json:20: error unused-field"}},
		{"field in no sample", "card/sample.json", "  \"note\": \"Izoh\",\n", "", []string{"card/schema.json:9: error unset-field"}},
		{"sample that does not fit", "card/sample.json", `"open"`, `"ajar"`, []string{"card/sample.json:5: error sample"}},
		{"sample with a field missing", "card/sample.json", `{"label": "bir"}`, `{}`, []string{"card/sample.json:6: error sample", "card/schema.json:20: error unset-field"}},
		{"sample with a letter no font has", "card/sample.json", "Izoh", "漢", []string{"card/sample.json:4: error sample"}},
		{"sample that is no JSON", "card/sample.json", `"0001",`, `"0001"`, []string{"card/sample.json:0: error sample", "card/schema.json:7: error unset-field", "card/schema.json:8: error unset-field", "card/schema.json:9: error unset-field", "card/schema.json:10: error unset-field", "card/schema.json:11: error unset-field", "card/schema.json:12: error unset-field"}},
		{"sample that a function refuses", "card/template.html", "{{.number}}", "{{date .number}}", []string{"card/sample.json:0: error sample"}},
		{"text that is missing", "card/words.yaml", "heading:", "titel:", []string{"card/template.html:1: error words", "card/words.yaml:1: error words"}},
		{"text of an enumerated field", "card/words.yaml", "state_shut", "state_shot", []string{"card/template.html:4: error words"}},
		{"text nobody asks for", "card/words.yaml", "state_open:", "spare:\n  uz-Latn: ortiq\n  ru: лишний\nstate_open:", []string{"card/words.yaml:4: error words"}},
		{"language missing", "card/words.yaml", "  ru: открыт\n", "", []string{"card/words.yaml:4: error words"}},
		{"language too many", "card/words.yaml", "  ru: открыт\n", "  ru: открыт\n  en: open\n", []string{"card/words.yaml:7: error words"}},
		{"places to fill in", "card/words.yaml", "ru: открыт", "ru: открыт %s", []string{"card/words.yaml:6: error words"}},
		{"letter no font has, in words", "card/words.yaml", "ru: открыт", "ru: 漢", []string{"card/words.yaml:6: error letters"}},
		{"two scripts in a word", "card/words.yaml", "uz-Latn: yopiq", "uz-Latn: yорiq", []string{"card/words.yaml:8: error letters"}},
		{"letter no font has, in the page", "card/template.html", "</ul>", "&#x6F22;</ul>", []string{"card/template.html:6: error letters"}},
		{"letter no font has, in an action", "card/template.html", "{{.label}}", `{{printf "漢%s" .label}}`, []string{"card/template.html:5: error letters"}},
		{"letter no font has, in the style", "card/style.css", `"–"`, `"\6F22"`, []string{"card/style.css:4: error letters"}},
		{"picture from outside", "card/template.html", "<ul>", `<img alt="x" src="https://a.example/x.png"><ul>`, []string{"card/template.html:5: error outside"}},
		{"picture from the same folder", "card/template.html", "<ul>", `<img alt="x" src=x.png><ul>`, []string{"card/template.html:5: error outside"}},
		{"address without a scheme", "card/template.html", "<ul>", `<a href="//a.example">x</a><ul>`, []string{"card/template.html:5: error outside"}},
		{"style attribute", "card/template.html", "<ul>", `<ul style="background:url(file:///etc/x)">`, []string{"card/template.html:5: error outside"}},
		{"import", "card/style.css", "main{", "@import \"https://a.example/x.css\";\nmain{", []string{"card/style.css:2: error outside"}},
		{"url in the style", "card/style.css", "main{", "main{background:url('x.png');", []string{"card/style.css:2: error outside"}},
		{"picture in a header", "card/style.css", "main{", "@page{@top-left{content:url(data:image/png;base64,AA)}}\nmain{", []string{"card/style.css:2: error outside"}},
		{"script", "card/template.html", "<ul>", "\n<script>x()</script><ul>", []string{"card/template.html:6: error refused"}},
		{"style element", "card/template.html", "<ul>", "<style>p{}</style><ul>", []string{"card/template.html:5: error refused"}},
		{"event", "card/template.html", "<ul>", `<ul onclick="x()">`, []string{"card/template.html:5: error refused"}},
		{"picture without alt", "card/template.html", "<ul>", `<img src="data:image/png;base64,AA"><ul>`, []string{"card/template.html:5: error alt"}},
		{"photo with an empty alt", "card/template.html", "<ul>", `<img class="photo" alt="" src="data:image/png;base64,AA"><ul>`, []string{"card/template.html:5: error alt"}},
		{"class without a rule", "card/template.html", `class="code"`, `class="code cold"`, []string{"card/template.html:7: warning no-rule"}},
		{"template that does not parse", "card/template.html", "{{end}}</ul>", "</ul>", []string{"card/template.html:8: error folder"}},
		{"function there is not", "card/template.html", "{{.label}}", "{{shout .label}}", []string{"card/template.html:5: error folder"}},
		{"manifest", "card/manifest.yaml", "width_mm: 90", "width_mm: 9000", []string{"card/manifest.yaml:4: error folder"}},
		{"schema is no JSON", "card/schema.json", `"type": "object",`, `"type": object,`, []string{"card/schema.json:0: error folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := Check(t.Context(), folders(t, swap(t, c.file, c.old, c.with)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, c.want, found)
		})
	}
}

// compare holds findings, as FILE:LINE: severity rule, against those wanted.
func compare(t *testing.T, want []string, found []Finding) {
	t.Helper()
	var got []string
	for _, f := range found {
		got = append(got, strings.SplitAfterN(f.String(), ": ", 2)[0]+string(f.Severity)+" "+string(f.Rule))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff, found)
	}
}

// What looks wrong and is not.
func TestNotFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, old, with string }{
		{"address that is printed", "card/template.html", "<ul>", "https://saylov.example/ <ul>"},
		{"name space of a drawing", "card/template.html", "<ul>", `<svg xmlns="http://www.w3.org/2000/svg" fill="url(#a)"><path d="M0 0"/></svg><ul>`},
		{"data in the style", "card/style.css", "main{", "main{background:url(data:image/gif;base64,AA);"},
		{"address in a comment", "card/style.css", "A card.", "https://a.example .cold{url(x)}"},
		{"class made by an action", "card/template.html", `class="name"`, `class="name {{size 20 .number}} x-{{.state}}"`},
		{"tag within an action", "card/template.html", "{{.label}}", `{{printf "<script>%s" .label}}`},
		{"tag within a comment", "card/template.html", "<ul>", "{{/* <script> }} */}}<!-- <script> --><ul>"},
		{"field in a condition", "card/template.html", "{{with .note}}<p>{{.}}</p>{{end}}", "{{if and .note .number}}–{{end}}"},
		{"field by index", "card/template.html", "{{with .note}}<p>{{.}}</p>{{end}}", `{{index . "note"}}`},
		{"row kept in a variable", "card/template.html", "{{range .rows}}<li>{{.label}}", "{{range $i, $row := .rows}}<li>{{inc $i}} {{$row.label}}"},
		{"key from a field", "card/template.html", `{{say (printf "state_%s" .state)}}`, `{{say (printf "state_%v" $.state)}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := Check(t.Context(), folders(t, swap(t, c.file, c.old, c.with)), Options{})
			if err != nil || len(found) > 0 {
				t.Error(found, err)
			}
		})
	}
}

// A document that carries its data as a file reads all of it.
func TestUnusedFieldOfACarriedDocument(t *testing.T) {
	t.Parallel()
	fsys := folders(t, func(m map[string]string) {
		swap(t, "card/manifest.yaml", "tagged: false", "tagged: false\nattach: true")(m)
		swap(t, "card/template.html", "{{with .note}}<p>{{.}}</p>{{end}}", "")(m)
	})
	found, err := Check(t.Context(), fsys, Options{})
	if err != nil || len(found) != 1 || found[0].Severity != Warning || found[0].Rule != UnusedField || Failed(found) {
		t.Error(found, err)
	}
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	if _, err := Check(t.Context(), folders(t, nil), Options{Names: []string{"cart"}}); err == nil || !strings.Contains(err.Error(), "want one of card") {
		t.Error(err)
	}
}
