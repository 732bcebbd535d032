//go:build linux

package chrome

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
	"github.com/saylovhub/hub/renderer/outside"
	"github.com/saylovhub/hub/renderer/pdf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t testing.TB, cfg Config) *Browser {
	t.Helper()
	if _, err := process.Find(""); err != nil {
		outside.Missing(t, outside.Chromium)
	}
	b, err := Start(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// shellOf has one of the shipped faces, read as a file: this package knows no
// templates.
func shellOf(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "templates", "assets", "fonts", "NotoSans-Regular.woff2"))
	if err != nil {
		t.Fatal(err)
	}
	return `<!doctype html><html><head><meta charset="utf-8"><title></title>` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'">` +
		`<style>@font-face{font-family:"Noto Sans";src:url(` + dataURI("font/woff2", b) + `)}` +
		`@page{size:90mm 130mm;margin:0}body{margin:0;font-family:"Noto Sans"}</style></head><body></body></html>`
}

func sheet(t testing.TB, id, text string) Page {
	return Page{
		Name: "word", Shell: shellOf(t), Body: "<p>" + text + "</p>", ID: id, Title: "Word · " + id,
		WidthMM: 90, HeightMM: 130,
	}
}

// mustPrint prints and returns the text read back.
func mustPrint(t testing.TB, b *Browser, p Page) string {
	t.Helper()
	out, err := b.Print(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return textOf(t, out.PDF)
}

func textOf(t testing.TB, raw []byte) string {
	t.Helper()
	text, err := pdf.Text(raw)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Fatalf("kind %q, want %q: %v", got, want, err)
	}
}

func TestPrintReadsBack(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	p := sheet(t, "id-1", "Oʻzbekiston ўқғҳ")
	p.Title = "  Word  № 1 ·\nid-1 "
	out, err := b.Print(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	info, err := pdf.Read(out.PDF)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Fonts) != 1 || out.Fonts[0] != "NotoSans-Regular" {
		t.Errorf("fonts %v", out.Fonts)
	}
	if info.Title != "Word № 1 · id-1" || out.Pages != 1 || info.Tagged || len(info.Fonts) != 1 || info.Fonts[0] != "NotoSans-Regular" {
		t.Errorf("%d pages, %+v", out.Pages, info)
	}
	if got := textOf(t, out.PDF); strings.TrimSpace(got) != "Oʻzbekiston ўқғҳ" {
		t.Errorf("text %q", got)
	}
	if v := b.Version(); !strings.Contains(v, ".") || strings.Contains(v, "/") {
		t.Errorf("version %q", v)
	}
	p.Body = `<p style="height:200mm">a</p><p>b</p>`
	if out, err = b.Print(t.Context(), p); err != nil || out.Pages != 2 {
		t.Errorf("%d pages, %v; want 2", out.Pages, err)
	}
}

// Each is a print that could be somebody else's document; the tab must go.
func TestPrintProvesIdentity(t *testing.T) {
	t.Parallel()
	const script = `(() => { %s; return '' })()`
	cases := []struct {
		name string
		edit func(*Page) // before the print
		js   string      // in the tab, between filling and printing
		want string
	}{
		{"the body brings an id of its own", func(p *Page) { p.Body = `<p data-document="other">x</p>` }, "", "document id"},
		{"the body closes its element", func(p *Page) { p.Body = `</main><main data-document="other">` }, "", "document id"},
		{"another id got into the tab", nil, `document.querySelector('main').dataset.document = 'other'`, "document id"},
		{"a second document got into the tab", nil, `document.body.append(document.createElement('p'))`, "body"},
		{"the title changed", nil, `document.title = 'other'`, "title"},
		{"the tab went elsewhere", nil, `document.open(); document.write('<p>x</p>'); document.close()`, "elsewhere"},
		{"a letter that no font has", func(p *Page) { p.Body = "<p>x漢y</p>" }, "", "without text"},
		{"a broken image", func(p *Page) { p.Body = `<img src="data:image/png;base64,AAAA">` }, "", "image"},
		{"a font that cannot be read", func(p *Page) {
			p.Shell = strings.Replace(p.Shell, "font/woff2;base64,d09GMg", "font/woff2;base64,d09GMgAAAAAA", 1)
		}, "", ""},
		{"another paper", func(p *Page) { p.WidthMM = 91; p.Shell = strings.Replace(p.Shell, "90mm", "89mm", 1) }, "", "paper"},
	}
	b := start(t, Config{Workers: 1})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := sheet(t, "id-1", "x")
			if c.edit != nil {
				c.edit(&p)
			}
			if c.js != "" {
				b.filled = func(_ *instance, tb *tab) {
					var s string
					if err := evaluate(tb, strings.Replace(script, "%s", c.js, 1), &s); err != nil {
						t.Error(err)
					}
				}
			}
			_, err := b.Print(t.Context(), p)
			b.filled = nil
			if c.want == "" {
				if err == nil {
					t.Error("printed")
				}
				return
			}
			wantKind(t, err, fault.Defect)
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
			if n := len(current(b).idle); n != 0 {
				t.Errorf("%d tabs kept", n)
			}
			if got := mustPrint(t, b, sheet(t, "id-2", "next")); strings.TrimSpace(got) != "next" {
				t.Errorf("the next print reads %q", got)
			}
			for _, old := range current(b).idle { // the next case starts anew
				old.abort()
				b.clean(old.finish)
			}
			current(b).idle = nil
		})
	}
}

func TestWarmTabForgets(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	first := mustPrint(t, b, sheet(t, "a", "Boʻronova Aziza"))
	warm := current(b).idle[0]
	second := mustPrint(t, b, sheet(t, "b", "Gʻulomov Botir"))
	if current(b).idle[0] != warm || !warm.printed(2) {
		t.Error("the tab was not used again")
	}
	if strings.TrimSpace(first) != "Boʻronova Aziza" || strings.TrimSpace(second) != "Gʻulomov Botir" {
		t.Errorf("texts %q and %q", first, second)
	}
	var left string
	if err := evaluate(warm, "document.title + document.body.innerHTML", &left); err != nil || left != "" {
		t.Errorf("the idle tab holds %q, %v", left, err)
	}
}

func TestStrayedIdleTabIsNotUsed(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	mustPrint(t, b, sheet(t, "a", "a"))
	old := current(b).idle[0]
	var s string
	if err := evaluate(old, `document.open(); document.write('<p>x</p>'); document.close(); ''`, &s); err != nil {
		t.Fatal(err)
	}
	if got := mustPrint(t, b, sheet(t, "b", "b")); strings.TrimSpace(got) != "b" {
		t.Errorf("text %q", got)
	}
	if len(current(b).idle) != 1 || current(b).idle[0] == old {
		t.Error("the strayed tab was kept")
	}
}

func TestPrintRefusesIncompletePages(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	for name, edit := range map[string]func(*Page){
		"id": func(p *Page) { p.ID = "" }, "title": func(p *Page) { p.Title = " " },
		"shell": func(p *Page) { p.Shell = "" }, "size": func(p *Page) { p.WidthMM = 0 },
	} {
		p := sheet(t, "id", "x")
		edit(&p)
		if _, err := b.Print(t.Context(), p); fault.KindOf(err) != fault.Defect {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestStartSaysWhatToDo(t *testing.T) {
	t.Parallel()
	noSandbox := filepath.Join(openDir(t), "browser")
	if err := os.WriteFile(noSandbox, []byte("#!/bin/sh\necho 'FATAL: No usable sandbox!' >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(openDir(t), "browser")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, binary, hint string }{
		{"missing", "/nowhere/chromium", "scripts/install-chromium"},
		{"no sandbox", noSandbox, "user namespaces"},
		{"does not start", broken, "scripts/install-chromium"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, err := Start(t.Context(), Config{Binary: c.binary}, nil)
			if err == nil {
				_ = b.Close()
			}
			wantKind(t, err, fault.Misconfigured)
			if f := fault.Of(err); !strings.Contains(f.Hint, c.hint) {
				t.Errorf("hint %q, want one about %q; cause %v", f.Hint, c.hint, f.Err)
			}
		})
	}
}
