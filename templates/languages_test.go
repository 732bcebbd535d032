package templates

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/saylovhub/hub/contracts/fault"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	tpl, _ := mustLoad(t).Get("candidate")
	data, lang := tpl.SampleNamed("sample-karakalpak.kaa-Latn")
	if lang != Karakalpak {
		t.Fatalf("the sample's language is %q", lang)
	}
	body, err := tpl.Body(lang, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TALABAN GÚWALÍǴÍ", "deputatlıǵına talaban", "7-sanlı Ámiwdárya saylaw okrugi", "2027-jıl 7-sentyabr"} {
		if !strings.Contains(body, want) {
			t.Errorf("the Karakalpak certificate lacks %q", want)
		}
	}
	for _, bad := range []string{"NOMZODLIK", "Asos", "sentabr"} {
		if strings.Contains(body, bad) {
			t.Errorf("the Karakalpak certificate says %q", bad)
		}
	}
	usual, err1 := tpl.Body("", data)
	named, err2 := tpl.Body(UzLatin, data)
	if err1 != nil || err2 != nil || usual != named || !strings.Contains(usual, "NOMZODLIK") {
		t.Errorf("no language is not the usual one: %v, %v", err1, err2)
	}
	if _, err := tpl.Body(Russian, data); fault.KindOf(err) != fault.Rejected || !strings.Contains(err.Error(), "want uz-Latn or kaa-Latn") {
		t.Errorf("a language that the document is not in: %v", err)
	}
	if !tpl.Speaks("") || !tpl.Speaks(Karakalpak) || tpl.Speaks(Russian) {
		t.Error("Speaks is wrong")
	}
	if !tpl.Declares("qr") || tpl.Declares("surname") || tpl.Declares("nothing") {
		t.Error("Declares is wrong")
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"a missing language", "  kaa-Latn: Tiykar\n", "", "words.yaml: ground: no text in kaa-Latn"},
		{"a language too many", "  kaa-Latn: Tiykar\n", "  kaa-Latn: Tiykar\n  ru: Основание\n", "words.yaml: ground: ru is no language of the document"},
		{"a key that the page asks for", "ground:", "grounds:", "template.html:14: no ground in words.yaml"},
		{"not YAML", "ground:", "ground: [", "words.yaml"},
	} {
		m := copyOf(t)
		before := string(m["candidate/words.yaml"].Data)
		after := strings.Replace(before, c.old, c.new, 1)
		if before == after {
			t.Fatal(c.name, "changes nothing")
		}
		m["candidate/words.yaml"] = &fstest.MapFile{Data: []byte(after)}
		_, err := load(m, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// A letter of the other script that looks the same is another name to every
// register, and to every search.
func TestMixedScripts(t *testing.T) {
	t.Parallel()
	for in, bad := range map[string]bool{
		"Karimov":             false,
		"Каримов":             false,
		"Karimov Каримов":     false,
		"Oʻtkir, Ўткир":       false,
		"Kаrimov":             true, // Cyrillic а
		"Каримoв":             true, // Latin o
		"Karimov-Каримов":     false,
		"Oʻткир":              true,
		"2027-yil, №12а":      false,
		"Nomaʼlum (noмаълум)": true,
		"Shayxontohur 7A, 7А": false,
		"Gʻ":                  false,
		"":                    false,
		"Қарақалпақстан / Qoraqalp": false,
	} {
		if _, got := mixed(in); got != bad {
			t.Errorf("%q: mixed %v", in, got)
		}
	}
	tpl, _ := mustLoad(t).Get("observer-party")
	_, err := tpl.Body("", []byte(strings.Replace(string(tpl.Sample()), `"Boʻron"`, `"Bоʻron"`, 1)))
	if fault.KindOf(err) != fault.Rejected || !strings.Contains(err.Error(), "/person/given: a word holds letters of two scripts (U+") || strings.Contains(err.Error(), "ron\"") {
		t.Errorf("%v", err)
	}
}

func TestTooMuchData(t *testing.T) {
	t.Parallel()
	tpl, _ := mustLoad(t).Get("decision")
	if _, err := tpl.Body("", []byte(`"`+strings.Repeat("x", maxData)+`"`)); fault.KindOf(err) != fault.Rejected || !strings.Contains(err.Error(), "16 MB") {
		t.Errorf("%v", err)
	}
	rows := strings.Repeat(`{"order":1,"person":{"surname":"A","given":"B"},"from":"x","outcome":"registered"},`, 100_001)
	data := strings.Replace(string(tpl.Sample()), `"rows": [`, `"rows": [`+rows, 1)
	if _, err := tpl.Body("", []byte(data)); fault.KindOf(err) != fault.Rejected || !strings.Contains(err.Error(), "/annex/rows: want at most 5000 items") {
		t.Errorf("%v", err)
	}
}

func TestEmblem(t *testing.T) {
	t.Parallel()
	plain := `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="url(#g)"/></svg>`
	s, err := Load(Options{Emblem: []byte(plain)})
	if err != nil {
		t.Fatal(err)
	}
	own, _ := s.Get("candidate")
	shipped, _ := mustLoad(t).Get("candidate")
	body, err := own.Body("", own.Sample())
	if err != nil || !strings.Contains(body, `<svg class="emblem" xmlns`) || !strings.Contains(body, `fill="url(#g)"`) || own.Hash == shipped.Hash {
		t.Errorf("the configured emblem is not in the document, or its hash is the same: %v", err)
	}
	for name, svg := range map[string]string{
		"not SVG":        "hello",
		"empty root":     "<html/>",
		"script":         `<svg><script>x</script></svg>`,
		"handler":        `<svg onload="x"/>`,
		"outside image":  `<svg><image href="http://x/"/></svg>`,
		"outside link":   `<svg><path xlink:href="http://x/" xmlns:xlink="http://www.w3.org/1999/xlink"/></svg>`,
		"outside paint":  `<svg><path style="fill:url(http://x)"/></svg>`,
		"foreign":        `<svg><foreignObject/></svg>`,
		"template code":  `<svg><path d="{{.person}}"/></svg>`,
		"not finished":   `<svg><path`,
		"style element":  `<svg><style>@import "http://x"</style></svg>`,
		"a second class": `<svg class="x"/>`,
	} {
		if _, err := Load(Options{Emblem: []byte(svg)}); err == nil || !strings.Contains(err.Error(), "the emblem") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
