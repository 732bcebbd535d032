//go:build linux

package chrome

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/pdf"
)

func TestTaggedPrint(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	for _, tagged := range []bool{true, false, true} { // in one tab
		p := sheet(t, "id", "x")
		p.Tagged, p.Lang = tagged, "uz-Cyrl"
		out, err := b.Print(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		info, err := pdf.Read(out.PDF)
		if err != nil {
			t.Fatal(err)
		}
		if info.Tagged != tagged || tagged && info.Language != "uz-Cyrl" {
			t.Errorf("%+v, want tagged %v", info, tagged)
		}
		if out.Browser != b.Version() {
			t.Errorf("printed by %q", out.Browser)
		}
	}
	p := sheet(t, "id", "x")
	if _, err := prove(mustRaw(t, b, p), "x", Page{Title: p.Title, WidthMM: 90, HeightMM: 130, Tagged: true}, nil); err == nil {
		t.Error("an untagged print passes for a tagged one")
	}
	if n := b.cold.Load(); n != 1 {
		t.Errorf("%d tabs were opened", n)
	}
}

func mustRaw(t *testing.T, b *Browser, p Page) []byte {
	t.Helper()
	out, err := b.Print(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return out.PDF
}

func TestLangAndSampleAreSet(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	for _, c := range []struct {
		lang   string
		sample bool
		want   string
	}{{"ru", true, "ru ru true"}, {"", false, "  false"}, {"kaa", false, "kaa kaa false"}} {
		var got string
		b.filled = func(_ *instance, tb *tab) {
			if err := evaluate(tb, `(m => [document.documentElement.lang, m.lang, 'sample' in m.dataset].join(' '))(document.querySelector('main'))`, &got); err != nil {
				t.Error(err)
			}
		}
		p := sheet(t, "id", "x")
		p.Lang, p.Sample = c.lang, c.sample
		mustPrint(t, b, p)
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Nobody lays the page out before it is printed, and yet everything is there
// that style brings in: capitals, hidden words, pictures behind the text.
func TestStyleOfPrint(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
	raw, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		t.Fatal(err)
	}
	with := func(style, body string) Page {
		p := sheet(t, "id", "")
		p.Shell = strings.Replace(p.Shell, "</style>", style+"</style>", 1)
		p.Body = body
		return p
	}
	if got := mustPrint(t, b, with("p{text-transform:uppercase}", "<p>aziza</p>")); strings.TrimSpace(got) != "AZIZA" {
		t.Errorf("capitals read %q", got)
	}
	if got := mustPrint(t, b, with("i{display:none}", "<p>a<i>hidden</i></p>")); strings.TrimSpace(got) != "a" {
		t.Errorf("with hidden words it reads %q", got)
	}
	for name, p := range map[string]Page{
		"behind the text": with(`p{height:50mm;background:url(`+dataURI("image/png", raw)+`)}`, "<p>x</p>"),
		"before the text": with(`p::before{content:url(`+dataURI("image/png", raw)+`)}`, "<p>x</p>"),
		"an image":        with("", `<p>x<img src="`+dataURI("image/png", raw)+`" width="90">`),
	} {
		first := mustRaw(t, b, p) // the first print of its tab, and a later one
		later := mustRaw(t, b, p)
		for _, file := range [][]byte{first, later} {
			if !strings.Contains(string(file), "/Subtype /Image") {
				t.Errorf("%s: no image in the print", name)
			}
		}
	}
	// What is missing altogether is still noticed.
	p := with("", "<p>x</p>")
	b.filled = func(_ *instance, tb *tab) {
		var s string
		if err := evaluate(tb, `document.querySelector('p').textContent = ''`, &s); err != nil {
			t.Error(err)
		}
	}
	_, err = b.Print(t.Context(), p)
	wantKind(t, err, fault.Defect)
}
