package templates

import (
	"encoding/json"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/saylovhub/hub/contracts/fault"
)

func mustLoad(t testing.TB) *Set {
	t.Helper()
	s, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoad(t *testing.T) {
	t.Parallel()
	s := mustLoad(t)
	twin, err := load(shipped, Options{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, name := range s.Names() {
		tpl, _ := s.Get(name)
		kinds[tpl.Kind] = true
	}
	for n := 1; n <= 17; n++ {
		if kind := "D" + strconv.Itoa(n); !kinds[kind] {
			t.Errorf("no document of kind %s", kind)
		}
	}
	if _, ok := s.Get("parts"); ok {
		t.Error("the parts are not a document")
	}
	seen := map[string]bool{}
	for _, name := range s.Names() {
		tpl, _ := s.Get(name)
		if tpl.Name != name || len(tpl.Hash) != 64 || seen[tpl.Hash] || tpl.Title == "" || tpl.Kind == "" {
			t.Errorf("%s: %+v", name, tpl)
		}
		seen[tpl.Hash] = true
		shell := tpl.Shell()
		for _, want := range []string{`lang="uz-Latn"`, "default-src 'none'", "data:font/woff2;base64,", "</style></head><body></body></html>"} {
			if !strings.Contains(shell, want) {
				t.Errorf("%s: the shell lacks %s", name, want)
			}
		}
		if n := strings.Count(shell, "@font-face"); n != 4 {
			t.Errorf("%s: %d faces", name, n)
		}
		if strings.Contains(shell, "http:") || strings.Contains(shell, "https:") {
			t.Errorf("%s: the shell names an address", name)
		}
		again, _ := twin.Get(name)
		if again.Hash != tpl.Hash || again.Shell() != shell {
			t.Errorf("%s: not the same twice", name)
		}
	}
}

func TestSamplesFit(t *testing.T) {
	t.Parallel()
	s := mustLoad(t)
	for _, name := range s.Names() {
		tpl, _ := s.Get(name)
		if err := tpl.CheckSamples(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSampleIsACopy(t *testing.T) {
	t.Parallel()
	tpl, _ := mustLoad(t).Get("candidate")
	clear(tpl.Sample())
	if _, err := tpl.Body("", tpl.Sample()); err != nil {
		t.Error(err)
	}
}

// copyOf is the shipped folder as a map, to be edited.
func copyOf(t *testing.T) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(shipped, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := shipped.ReadFile(path)
		m[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLoadNamesEveryFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, old, new, want string }{
		{"unknown key in the manifest", "candidate/manifest.yaml", "kind:", "kynd:", "manifest.yaml"},
		{"no paper", "candidate/manifest.yaml", "width_mm: 210", "width_mm: 0", "width_mm: want 20 to 420"},
		{"unknown language", "candidate/manifest.yaml", "[uz-Latn, kaa-Latn]", "[uz]", "languages: want"},
		{"broken template", "candidate/template.html", "{{date .registered}}", "{{date .registered}", "template.html"},
		{"unknown function", "candidate/template.html", "{{date .registered}}", "{{dayte .registered}}", "dayte"},
		{"misspelt field", "candidate/template.html", "{{date .registered}}", "{{.registred}}", ".registred is not declared"},
		{"schema lets fields through", "candidate/schema.json", `"additionalProperties": false`, `"additionalProperties": true`, "additionalProperties false at /"},
		{"schema of another draft", "candidate/schema.json", "2020-12", "2019-09", "want the draft 2020-12"},
		{"schema is not one", "candidate/schema.json", `"type": "object"`, `"type": "thing"`, "schema.json"},
		{"sample does not fit", "candidate/sample.json", `"0128"`, `"x"`, "sample.json"},
		{"sample is not JSON", "candidate/sample.json", `{`, `[`, "sample.json"},
		{"style leaves its element", "candidate/style.css", "main{", "</style>main{", "closing tag"},
		{"sample with a letter the fonts lack", "candidate/sample.json", "Shahnoza", "漢", "/person/given"},
		{"unreadable coverage", "assets/fonts/coverage.txt", "0020-007E", "007E-0020", "coverage.txt"},
		{"broken part", "parts/mark.html", "{{template", "{{templat", "mark.html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := copyOf(t)
			edited := strings.Replace(string(m[c.file].Data), c.old, c.new, 1)
			if edited == string(m[c.file].Data) {
				t.Fatal("the case changes nothing")
			}
			m[c.file] = &fstest.MapFile{Data: []byte(edited)}
			s, err := load(m, Options{})
			if err == nil {
				tpl, _ := s.Get("candidate")
				err = tpl.CheckSamples()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
		})
	}
	m := copyOf(t)
	delete(m, "candidate/style.css")
	m["decision/manifest.yaml"] = &fstest.MapFile{Data: []byte("pages: 1\n")}
	_, err := load(m, Options{})
	for _, want := range []string{"template candidate: style.css: missing", "template decision: ", "kind: want", "height_mm: want"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the joined error lacks %q: %v", want, err)
		}
	}
}

// The hash changes with everything that decides how a document looks.
func TestHash(t *testing.T) {
	t.Parallel()
	before, _ := mustLoad(t).Get("candidate")
	for file, changes := range map[string]bool{
		"candidate/style.css": true, "candidate/template.html": true, "parts/base.css": true, "parts/emblem.svg": true,
		"assets/fonts/NotoSans-Bold.woff2": true, "decision/style.css": false,
	} {
		m := copyOf(t)
		m[file] = &fstest.MapFile{Data: append(m[file].Data, '\n')}
		s, err := load(m, Options{})
		if err != nil {
			t.Fatal(file, err)
		}
		after, _ := s.Get("candidate")
		if got := after.Hash != before.Hash; got != changes {
			t.Errorf("%s: hash changed %v, want %v", file, got, changes)
		}
	}
}

func TestBodyEscapes(t *testing.T) {
	t.Parallel()
	tpl, _ := mustLoad(t).Get("observer-party")
	data := strings.NewReplacer("Shayxontohur tumani", `<script>x</script>`, "Boʻronovich", `\" onload=\"x`).Replace(string(tpl.Sample()))
	body, err := tpl.Body("", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(body, "<script") || strings.Contains(body, `" onload`) || !strings.Contains(body, "&lt;script&gt;") {
		t.Error(body)
	}
}

func TestBodyMendsApostrophes(t *testing.T) {
	t.Parallel()
	tpl, _ := mustLoad(t).Get("observer-party")
	typed := strings.NewReplacer("ʻ", "'", "verify/D4", "verify/o'D4").Replace(string(tpl.Sample()))
	body, err := tpl.Body("", []byte(typed))
	if err != nil {
		t.Fatal(err)
	}
	right, err := tpl.Body("", []byte(strings.Replace(string(tpl.Sample()), "verify/D4", "verify/o'D4", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if body != right || !strings.Contains(body, "BOʻRONOV") {
		t.Error("the typed apostrophe stays, or the QR code's text was mended")
	}
}

// A fault names every path and never a value.
func TestBodyRejects(t *testing.T) {
	t.Parallel()
	s := mustLoad(t)
	person := map[string]any{"surname": "Yashirinov", "given": "Maxfiy"}
	for _, c := range []struct {
		name, template string
		changes        map[string]any
		want           []string
	}{
		{"fields missing", "observer-party", map[string]any{"party": nil, "qr": nil}, []string{"/party: required, but missing", "/qr: required, but missing"}},
		{"wrong types", "observer-party", map[string]any{"party": 4711, "issued": "2027-02-30"}, []string{"/party: want string", "/issued: want the format date"}},
		{"unknown field", "observer-party", map[string]any{"pinfl": "32103889999014"}, []string{"/pinfl: unknown field"}},
		{"data as a field's name", "observer-party", map[string]any{"Yashirinov Maxfiy": 1}, []string{"/…: unknown field"}},
		{"form", "observer-party", map[string]any{"number": "Yashirinov"}, []string{"/number: want the pattern"}},
		{"too long", "observer-party", map[string]any{"party": strings.Repeat("Yashirinov", 100)}, []string{"/party: want at most 160 characters"}},
		{"nested", "observer-party", map[string]any{"person": map[string]any{"given": "Maxfiy"}}, []string{"/person/surname: required, but missing"}},
		{"letters the fonts lack", "observer-party", map[string]any{"party": "Yashirinov 漢", "territory": "Maxfiy 😀"}, []string{"/party: holds a character that the fonts lack (U+6F22)", "/territory: holds"}},
		{"no choice made", "candidate", map[string]any{"constituency": nil}, []string{"/constituency: required, but missing", "/list_position: required, but missing"}},
		{"both choices made", "candidate", map[string]any{"list_position": 3}, []string{"/: want exactly one of the allowed forms"}},
		{"refused without a reason", "decision", map[string]any{"annex": map[string]any{"title": "Ilova", "rows": []any{
			map[string]any{"order": 1, "person": person, "from": "x", "outcome": "refused"},
			map[string]any{"order": 2, "person": person, "from": "x", "outcome": "Yashirinov"},
		}}}, []string{"/annex/rows/0/reason: required, but missing", "/annex/rows/1/outcome: want one of"}},
		{"a control character", "observer-party", map[string]any{"party": "Yashirinov\x00"}, []string{"/party: holds"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tpl, _ := s.Get(c.template)
			var data map[string]any
			if err := json.Unmarshal(tpl.Sample(), &data); err != nil {
				t.Fatal(err)
			}
			for k, v := range c.changes {
				if data[k] = v; v == nil {
					delete(data, k)
				}
			}
			raw, err := json.Marshal(data)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tpl.Body("", raw)
			if fault.KindOf(err) != fault.Rejected {
				t.Fatalf("error %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %v, want also %q", err, w)
				}
			}
			for _, secret := range []string{"Yashirin", "Maxfiy", "4711", "32103889999014", "漢"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q: %v", secret, err)
				}
			}
		})
	}
	tpl, _ := s.Get("candidate")
	for _, raw := range []string{"", "{", "[]", `"x"`, "{} {}", "\xff"} {
		if _, err := tpl.Body("", []byte(raw)); fault.KindOf(err) != fault.Rejected {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestOptionalFieldsPrintNothing(t *testing.T) {
	t.Parallel()
	s := mustLoad(t)
	tpl, _ := s.Get("decision")
	var data map[string]any
	if err := json.Unmarshal(tpl.Sample(), &data); err != nil {
		t.Fatal(err)
	}
	delete(data, "place")
	delete(data, "annex")
	raw, _ := json.Marshal(data)
	body, err := tpl.Body("", raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"no value", "nil", "ILOVA"} {
		if strings.Contains(body, bad) {
			t.Errorf("the body holds %q", bad)
		}
	}
	cand, _ := s.Get("candidate")
	list := strings.Replace(string(cand.Sample()), `"constituency": {"number": 68, "name": "Shayxontohur"}`, `"list_position": 7`, 1)
	if body, err = cand.Body("", []byte(list)); err != nil || !strings.Contains(body, "Partiya roʻyxati</dt><dd>№ 7") {
		t.Errorf("%v: %s", err, body)
	}
}

func FuzzBody(f *testing.F) {
	s, err := Load(Options{})
	if err != nil {
		f.Fatal(err)
	}
	tpl, _ := s.Get("observer-party")
	f.Add(tpl.Sample())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if body, err := tpl.Body("", raw); err == nil && strings.Contains(body, "<script") {
			t.Error("markup got through")
		} else if err != nil && fault.KindOf(err) != fault.Rejected {
			t.Error(err)
		}
	})
}
