package seal

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/chrometest"
	"github.com/saylovhub/hub/renderer/pdf"
)

// The whole way of a document: printed, finished, sealed, read back.
func finish(t *testing.T, raw []byte) {
	t.Helper()
	data := []byte(`{"number":7}`)
	for _, o := range []pdf.Options{
		{}, {Archive: pdf.A2B}, {Archive: pdf.A3B, Attach: []pdf.Attachment{{Name: "data.json", MediaType: "application/json", Content: data}}},
	} {
		o.At, o.Title, o.Identifier, o.Code = at, "Mandat", "7", "HTTPS://SAYLOV.EXAMPLE/V/7"
		final, err := pdf.Finish(raw, o)
		if err != nil {
			t.Fatal(err)
		}
		out, err := sealer().Seal(final, Options{At: at.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		again, err := sealer().Seal(final, Options{At: at.Add(time.Minute)})
		if err != nil || !bytes.Equal(out, again) {
			t.Errorf("%s: not the same again, %v", o.Archive, err)
		}
		r, err := Verify(out, home().roots)
		if err != nil || !r.OK() || !r.At.Equal(at.Add(time.Minute)) {
			t.Errorf("%s: %+v, %v", o.Archive, r, err)
		}
		info, err := pdf.Read(out)
		if err != nil || !info.Sealed || info.Title != o.Title || info.Code != o.Code || info.Archive != o.Archive {
			t.Errorf("%s: read back %+v, %v", o.Archive, info, err)
		}
		if o.Attach != nil {
			if got, err := pdf.Attached(out, "data.json"); err != nil || !bytes.Equal(got, data) {
				t.Errorf("attached %q, %v", got, err)
			}
		}
		if _, err := sealer().Seal(out, Options{At: at}); fault.KindOf(err) != fault.Rejected {
			t.Errorf("%s: sealed twice: %v", o.Archive, err)
		}
	}
	encrypted, err := pdf.Finish(raw, pdf.Options{At: at, Title: "Mandat"})
	if err == nil {
		encrypted, err = pdf.Encrypt(encrypted, pdf.Protection{Owner: "maxfiy-so'z-1"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealer().Seal(encrypted, Options{At: at}); fault.KindOf(err) != fault.Rejected {
		t.Errorf("an encrypted file is sealed: %v", err)
	}
}

// finished is the print as it is issued: archival, with its data.
func finished(t *testing.T) []byte {
	t.Helper()
	out, err := pdf.Finish(printed(t, "protocol"), pdf.Options{
		At: at, Title: "Bayonnoma", Archive: pdf.A3B, Attach: []pdf.Attachment{{Name: "data.json", MediaType: "application/json", Content: []byte("{}")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFinishedPrint(t *testing.T) {
	t.Parallel()
	finish(t, printed(t, "mandate"))
}

// What the browser of this machine prints, tagged or not, is sealed too.
func TestLivePrint(t *testing.T) {
	t.Parallel()
	b := chrometest.Start(t, chrome.Config{Workers: 1})
	face, err := os.ReadFile(filepath.Join("..", "..", "templates", "assets", "fonts", "NotoSans-Regular.woff2"))
	if err != nil {
		t.Fatal(err)
	}
	shell := `<!doctype html><html lang="uz-Latn"><head><meta charset="utf-8"><title></title>` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'">` +
		`<style>@font-face{font-family:"Noto Sans";src:url(data:font/woff2;base64,` + base64.StdEncoding.EncodeToString(face) + `)}` +
		`@page{size:86mm 124mm;margin:0}body{margin:0;font-family:"Noto Sans"}h1{font-weight:400}</style></head><body></body></html>`
	for _, tagged := range []bool{false, true} {
		p, err := b.Print(t.Context(), chrome.Page{
			Name: "word", Shell: shell, Body: `<h1>Mandat № 7</h1><p>Namunaviy Shaxs</p>`, ID: "id-7", Title: "Mandat · id-7",
			WidthMM: 86, HeightMM: 124, Tagged: tagged, Lang: "uz-Latn",
		})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, p.PDF)
	}
}
