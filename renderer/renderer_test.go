package renderer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/chrometest"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/templates"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const id = "0199a2b4-0000-7000-8000-000000000001"

var at = time.Date(2027, 10, 4, 9, 30, 0, 0, civil.Tashkent)

func engine(t testing.TB) (*renderer.Engine, *templates.Set) {
	t.Helper()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &renderer.Engine{Set: set, Browser: start(t), Now: time.Now}, set
}

func start(t testing.TB, cfg ...chrome.Config) *chrome.Browser {
	t.Helper()
	b := chrometest.Start(t, append(cfg, chrome.Config{})[0])
	return b
}

// sample returns a template's sample with some fields changed.
func sample(t testing.TB, set *templates.Set, name string, changes map[string]any) []byte {
	t.Helper()
	tpl, ok := set.Get(name)
	if !ok {
		t.Fatalf("no template %s", name)
	}
	var data map[string]any
	if err := json.Unmarshal(tpl.Sample(), &data); err != nil {
		t.Fatal(err)
	}
	maps.Copy(data, changes)
	out, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// read returns the text of a document with single spaces. Set SAVE_PDF to a
// folder to look at what the tests print.
func read(t testing.TB, d renderer.Document) string {
	t.Helper()
	if dir := os.Getenv("SAVE_PDF"); dir != "" {
		name := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()) + "-" + d.SHA256[:6] + ".pdf"
		if err := os.WriteFile(filepath.Join(dir, name), d.PDF, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := pdf.Text(d.PDF)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(text), " ")
}

func TestSamples(t *testing.T) {
	t.Parallel()
	e, set := engine(t)
	want := map[string]struct {
		pages int
		title string
		texts []string
	}{
		"observer-party": {1, "Siyosiy partiya kuzatuvchisining mandati № 001 · " + id, []string{
			"MSK", "Toshkent shahar hududiy saylov komissiyasi", "SAYLOV 2027", "MANDAT № 001",
			"BOʻRONOV BOʻRON BOʻRONOVICH", "Liberal-demokratik partiyasidan",
			"Kengashi saylovlarida Shayxontohur tumani boʻyicha", "KUZATUVCHI",
			"2027-yil 31-oktabrgacha haqiqiydir.", "Berilgan sana: 2027-yil 4-oktabr",
			"Shaxsini tasdiqlovchi hujjat koʻrsatilganida haqiqiy hisoblanadi.",
		}},
		"candidate": {1, "Nomzodlik guvohnomasi № 0128 · " + id, []string{
			"NOMZODLIK GUVOHNOMASI № 0128", "GʻULOMOVA SHAHNOZA MAʼMURJON qizi", "palatasi deputatligiga nomzod",
			"68-son Shayxontohur saylov okrugi", "2027-yil 7-sentabr",
			"komissiyasining 2027-yil 7-sentabrdagi 1402-son qarori", "Markaziy saylov komissiyasi Raisi Z.M. Namunaviy",
		}},
		"decision": {2, "Saylov komissiyasining qarori № 12 · " + id, []string{
			"Markaziy saylov komissiyasining QARORI 2027-yil 7-sentabr № 12", "roʻyxatga olish toʻgʻrisida", "qaror qiladi: 1 . ",
			"Rais Z.M. Namunaviy", "77AF 03C1 9E52 4D08", "07.09.2027 14:05 (Toshkent vaqti)", "12-son qaroriga ILOVA",
			"Toʻraxoʻjayev Oʻtkir Isʼhoqovich", "rad etildi : muqim yashash muddati yetarli emas",
		}},
	}
	for name, w := range want { // the pictures and texts of all are in golden_test.go
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tpl, _ := set.Get(name)
			d, err := e.Render(t.Context(), renderer.Request{Template: name, ID: id, Data: tpl.Sample(), At: at})
			if err != nil {
				t.Fatal(err)
			}
			info, err := pdf.Read(d.PDF)
			if err != nil || info.Pages != w.pages || d.Pages != w.pages || info.Title != w.title {
				t.Errorf("%d pages, %+v, %v", d.Pages, info, err)
			}
			text := read(t, d)
			for _, s := range w.texts {
				if !strings.Contains(text, s) {
					t.Errorf("%q is missing in %q", s, text)
				}
			}
			if d.Template != tpl.Hash || d.Browser == "" || len(d.SHA256) != 64 {
				t.Errorf("template %q, browser %q, hash %q", d.Template, d.Browser, d.SHA256)
			}
			if !bytes.Contains(d.PDF, []byte("(D:20271004043000+00'00')")) {
				t.Error("the PDF's dates are not the business time")
			}
		})
	}
}

// Same data, same template, same browser version: same bytes, whichever tab,
// process and user printed it, cold or warm.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one := chrome.Config{Workers: 1}
	two := chrome.Config{Workers: 2, UID: 65533, GID: 65533} // another user, if the tests run as root
	engines := []*renderer.Engine{{Set: set, Browser: start(t, one)}, {Set: set, Browser: start(t, two)}}
	other := sample(t, set, "observer-party", map[string]any{"number": "777"})
	for _, name := range set.Names() {
		tpl, _ := set.Get(name)
		sums, contents := map[string]int{}, map[string]int{}
		for _, e := range engines {
			for n := range 2 {
				if n == 1 { // something else in between
					if _, err := e.Render(t.Context(), renderer.Request{Template: "observer-party", ID: "other", Data: other, At: at}); err != nil {
						t.Fatal(err)
					}
				}
				d, err := e.Render(t.Context(), renderer.Request{Template: name, ID: id, Data: tpl.Sample(), At: at})
				if err != nil {
					t.Fatal(err)
				}
				sums[d.SHA256]++
				contents[d.Content]++
			}
		}
		if len(sums) != 1 || len(contents) != 1 {
			t.Errorf("%s: %d different files", name, len(sums))
		}
	}
	tpl, _ := set.Get("candidate")
	a, err1 := engines[0].Render(t.Context(), renderer.Request{Template: "candidate", ID: id, Data: tpl.Sample(), At: at})
	b, err2 := engines[0].Render(t.Context(), renderer.Request{Template: "candidate", ID: id, Data: tpl.Sample(), At: at.Add(time.Second)})
	if err1 != nil || err2 != nil || a.SHA256 == b.SHA256 {
		t.Errorf("another business time gives the same file (%v, %v)", err1, err2)
	}
}

func TestMarkupInDataIsText(t *testing.T) {
	t.Parallel()
	e, set := engine(t)
	data := sample(t, set, "observer-party", map[string]any{
		"person":    map[string]any{"surname": "<b>Bor</b>", "given": `"><script>1</script>`, "patronymic": "{{.number}}"},
		"territory": `<img src=x onerror=1> & "tuman"`,
	})
	d, err := e.Render(t.Context(), renderer.Request{Template: "observer-party", ID: id, Data: data, At: at})
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, d)
	for _, s := range []string{"<B>BOR</B>", `"><SCRIPT>1</SCRIPT>`, "{{.NUMBER}}", `<img src=x onerror=1> & "tuman" boʻyicha`} {
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(s, " ", "")) {
			t.Errorf("%q is missing in %q", s, text)
		}
	}
}

// The next document in a warm tab carries nothing of the one before.
func TestNobodyElse(t *testing.T) {
	t.Parallel()
	e, set := engine(t)
	people := []string{"Abdullayeva", "Botirov", "Chinorova", "Davronov"}
	var wg sync.WaitGroup
	for round := range 24 {
		me := people[round%len(people)]
		wg.Go(func() {
			data := sample(t, set, "candidate", map[string]any{"person": map[string]any{"surname": me, "given": "Namuna"}})
			d, err := e.Render(t.Context(), renderer.Request{Template: "candidate", ID: fmt.Sprintf("id-%d", round), Data: data, At: at})
			if err != nil {
				t.Error(err)
				return
			}
			text := read(t, d)
			for _, p := range people {
				if has := strings.Contains(text, strings.ToUpper(p)); has != (p == me) {
					t.Errorf("%s in the document of %s: %v", p, me, has)
				}
			}
		})
	}
	wg.Wait()
}

// The longest names and other scripts stay whole and on one page.
func TestLongAndForeignNames(t *testing.T) {
	t.Parallel()
	e, set := engine(t)
	people := map[string]map[string]any{
		"short":      {"surname": "Li", "given": "Oʻ"},
		"usual":      {"surname": "Gʻulomxoʻjayeva", "given": "Dilfuza", "patronymic": "Abdurahmon qizi"},
		"long":       {"surname": "Sayyidjaloliddinxoʻjayeva", "given": "Muhabbatoyxonim", "patronymic": "Najmiddinxoʻjabobojonovna"},
		"longest":    {"surname": strings.Repeat("Oʻgʻilxoʻja", 5), "given": strings.Repeat("Shamsiddin", 6), "patronymic": strings.Repeat("Zayniddin", 5) + " oʻgʻli"},
		"Cyrillic":   {"surname": "Ғуломхўжаев", "given": "Ўткир", "patronymic": "Ҳикматқул ўғли"},
		"Karakalpak": {"surname": "Áwezov", "given": "Ǵayrat", "patronymic": "Ísmayıl ulı"},
	}
	long := map[string]any{
		"commission": "Qoraqalpogʻiston Respublikasi Taxiatosh tumanidagi 1234-sonli Doʻstlik saylov okrugi saylov komissiyasi",
		"party":      "Tadbirkorlar va ishbilarmonlar harakati — Oʻzbekiston Liberal-demokratik partiyasi",
	}
	for _, tpl := range []string{"observer-party", "candidate"} {
		for name, person := range people {
			t.Run(tpl+" "+name, func(t *testing.T) {
				t.Parallel()
				changes := map[string]any{"person": person}
				if strings.HasPrefix(name, "long") {
					maps.Copy(changes, long)
				}
				d, err := e.Render(t.Context(), renderer.Request{Template: tpl, ID: id, Data: sample(t, set, tpl, changes), At: at})
				if err != nil {
					t.Fatal(err)
				}
				text := strings.ReplaceAll(read(t, d), " ", "")
				for _, part := range person {
					for word := range strings.FieldsSeq(part.(string)) {
						if !strings.Contains(strings.ToUpper(text), strings.ToUpper(word)) {
							t.Errorf("%q is not whole in %q", word, text)
						}
					}
				}
			})
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	e, set := engine(t)
	full := strings.TrimSpace(strings.Repeat("juda uzun hudud nomi ", 4))
	for _, c := range []struct {
		name string
		r    renderer.Request
		kind fault.Kind
		says string
	}{
		{"unknown template", renderer.Request{Template: "none", ID: id, At: at}, fault.Rejected, "no such template"},
		{"data that does not fit", renderer.Request{Template: "candidate", ID: id, At: at, Data: []byte(`{}`)}, fault.Rejected, "/party: required, but missing"},
		{"no id", renderer.Request{Template: "candidate", At: at, Data: []byte(`{}`)}, fault.Defect, "id"},
		{"no time", renderer.Request{Template: "candidate", ID: id, Data: []byte(`{}`)}, fault.Defect, "time"},
		{"text that overflows", renderer.Request{Template: "observer-party", ID: id, At: at, Data: sample(t, set, "observer-party", map[string]any{
			"territory": full, "election": strings.Repeat(full+" ", 3), "party": full + " " + full[:70], "commission": full + " " + full[:70],
			"person": map[string]any{"surname": strings.Repeat("W", 60), "given": strings.Repeat("W", 60), "patronymic": strings.Repeat("W", 60)},
		})}, fault.Rejected, "overflows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := e.Render(t.Context(), c.r)
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %s about %q", err, c.kind, c.says)
			}
		})
	}
}

// Every code point that coverage.txt promises prints in every face: read back
// from the PDF, with no font but the shipped ones.
func TestFontsCoverTheirLetters(t *testing.T) {
	t.Parallel()
	b := start(t)
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	letters := templates.Letters()
	for _, must := range "ʻʼўқғҳЎҚҒҲәңөүӘҢӨҮáǵıńóúÁǴİŃÓÚ№“”«»–—…€©" {
		if !strings.ContainsRune(letters, must) {
			t.Errorf("%c (U+%04X) is not covered", must, must)
		}
	}
	tpl, _ := set.Get("decision")
	for _, family := range []string{"Noto Serif", "Noto Sans"} {
		for _, weight := range []string{"400", "700"} {
			style := fmt.Sprintf(`<style>p{font:%s 9pt "%s";overflow-wrap:anywhere}</style></head>`, weight, family)
			var body strings.Builder
			for _, r := range letters {
				fmt.Fprintf(&body, "<p>%d&#%d;</p>", r, r)
			}
			out, err := b.Print(t.Context(), chrome.Page{
				Name: "letters", Shell: strings.Replace(tpl.Shell(), "</head>", style, 1), Body: body.String(),
				ID: family + weight, Title: family + weight, WidthMM: tpl.WidthMM, HeightMM: tpl.HeightMM,
			})
			if err != nil {
				t.Errorf("%s %s: %v", family, weight, err)
				continue
			}
			text, err := pdf.Text(out.PDF)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range letters {
				if want := fmt.Sprintf("%d%c\n", r, r); !strings.Contains(text, want) && r != ' ' && r != 0xa0 && (r < 0x2002 || r > 0x200a) && r != 0x202f {
					t.Errorf("%s %s: U+%04X %c does not read back", family, weight, r, r)
				}
			}
		}
	}
}

func BenchmarkMandate(b *testing.B) {
	e, set := engine(b)
	data := sample(b, set, "observer-party", nil)
	for b.Loop() {
		if _, err := e.Render(b.Context(), renderer.Request{Template: "observer-party", ID: id, Data: data, At: at}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor is what Chrome itself takes for a page of one word: the least
// that a document can cost.
func BenchmarkFloor(b *testing.B) {
	browser := start(b)
	p := chrome.Page{
		Name: "word", Shell: `<!doctype html><html><head><title></title><style>@page{size:90mm 130mm;margin:0}</style></head><body></body></html>`,
		Body: "<p></p>", ID: id, Title: id, WidthMM: 90, HeightMM: 130,
	}
	for b.Loop() {
		if _, err := browser.Print(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMandateParallel(b *testing.B) {
	e, set := engine(b)
	data := sample(b, set, "observer-party", nil)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := e.Render(b.Context(), renderer.Request{Template: "observer-party", ID: id, Data: data, At: at}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
