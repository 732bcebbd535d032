//go:build linux

package pdf_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/chrometest"
	"github.com/saylovhub/hub/renderer/pdf"
)

var update = flag.Bool("update", false, "print testdata again")

func start(t *testing.T) *chrome.Browser {
	t.Helper()
	b := chrometest.Start(t, chrome.Config{Workers: 1})
	return b
}

var node = regexp.MustCompile(`node\d+`)

// pages are the prints of testdata, about nobody.
func pages(t *testing.T) map[string]chrome.Page {
	t.Helper()
	var photo bytes.Buffer
	picture := image.NewRGBA(image.Rect(0, 0, 60, 80))
	for i := range 60 * 80 {
		picture.Set(i%60, i/60, color.RGBA{uint8(i), uint8(3 * (i % 60)), uint8(2 * (i / 60)), 255})
	}
	if err := jpeg.Encode(&photo, picture, nil); err != nil {
		t.Fatal(err)
	}
	mandate := `<h1>Mandat</h1><p>Boʻronov Boʻron Boʻronovich</p><p>Шайхонтоҳур тумани, Qwʼüşń</p>` +
		`<svg width="60" height="60"><path d="M0 0h30v30h-30zM30 30h30v30h-30z" fill="#036" fill-opacity=".5"/></svg>` +
		`<img alt="Surat" src="data:image/jpeg;base64,` + base64.StdEncoding.EncodeToString(photo.Bytes()) + `">`
	table := func(rows int) string {
		return `<h1>Bayonnoma</h1><p>Havola: <a href="https://saylov.example/">saylov.example</a></p><table>` +
			`<thead><tr><th scope="col">№</th><th scope="col">Nomzod</th><th scope="col">Ovozlar</th></tr></thead><tbody>` +
			strings.Repeat(`<tr><th scope="row">№</th><td>Toʻraxoʻjayev Oʻtkir</td><td>2027</td></tr>`, rows) + `</tbody></table>`
	}
	font, err := os.ReadFile(filepath.Join("..", "..", "templates", "assets", "fonts", "NotoSans-Regular.woff2"))
	if err != nil {
		t.Fatal(err)
	}
	shell := `<!doctype html><html lang="uz-Latn"><head><meta charset="utf-8"><title></title>` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'">` +
		`<style>@font-face{font-family:"Noto Sans";src:url(data:font/woff2;base64,` + base64.StdEncoding.EncodeToString(font) + `)}` +
		`@page{size:%gmm %gmm;margin:0}body{margin:0;padding:5mm;font:400 9pt "Noto Sans"}h1{font:400 14pt "Noto Sans"}` +
		`th{font-weight:400}td,th{border:1px solid #888;padding:2pt 6pt}</style></head><body></body></html>`
	page := func(name, body string, width, height float64) chrome.Page {
		return chrome.Page{
			Name: name, Shell: fmt.Sprintf(shell, width, height), Body: body, ID: "id-1", Title: "Namuna № 1 · id-1",
			WidthMM: width, HeightMM: height, Lang: "uz-Latn",
		}
	}
	tagged := page("tagged", table(40), 210, 297)
	tagged.Tagged = true
	return map[string]chrome.Page{
		"mandate": page("mandate", mandate, 86, 124),
		"table":   page("table", table(92), 210, 297),
		"tagged":  tagged,
	}
}

// Two prints of a page, from two tabs of two browsers, are one file once they
// are finished.
func TestLive(t *testing.T) {
	t.Parallel()
	o := pdf.Options{At: time.Date(2027, 10, 4, 0, 0, 0, 0, time.UTC), Title: "Namuna", Archive: pdf.A2B}
	first, second := start(t), start(t)
	for name, page := range pages(t) {
		a, err := first.Print(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(filepath.Join("testdata", name+".pdf"), a.PDF, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var b chrome.Print
		for range 2 { // the same tab: its nodes are counted on
			if b, err = second.Print(t.Context(), page); err != nil {
				t.Fatal(err)
			}
		}
		if page.Tagged && bytes.Equal(node.Find(a.PDF), node.Find(b.PDF)) {
			t.Errorf("%s: the nodes have the same numbers, which proves nothing", name)
		}
		x, err := pdf.Finish(a.PDF, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		y, err := pdf.Finish(b.PDF, o)
		if err != nil || !bytes.Equal(x, y) {
			t.Errorf("%s: two prints differ once finished (%v)", name, err)
		}
	}
}
