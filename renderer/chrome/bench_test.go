//go:build linux

package chrome_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/floor"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/qr"
)

func embedded(kind string, b []byte) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}

func shellWith(tb testing.TB, style string) string {
	tb.Helper()
	var faces strings.Builder
	for _, face := range []struct{ file, family, weight string }{
		{"NotoSans-Regular", "Noto Sans", "400"}, {"NotoSans-Bold", "Noto Sans", "700"},
	} {
		b, err := os.ReadFile(filepath.Join("..", "..", "templates", "assets", "fonts", face.file+".woff2"))
		if err != nil {
			tb.Fatal(err)
		}
		fmt.Fprintf(&faces, `@font-face{font-family:"%s";font-weight:%s;src:url(%s)}`, face.family, face.weight, embedded("font/woff2", b))
	}
	return `<!doctype html><html><head><meta charset="utf-8"><title></title>` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'">` +
		`<style>` + faces.String() + `body{margin:0;font-family:"Noto Sans";font-size:9pt}` + style + `</style></head><body></body></html>`
}

// mandate is a small document: a photo, a QR code, some lines; 86 x 124 mm.
func mandate(tb testing.TB) chrome.Page {
	tb.Helper()
	photo := image.NewRGBA(image.Rect(0, 0, 180, 240))
	for y := range 240 {
		for x := range 180 {
			photo.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y / 200), 255})
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, photo, nil); err != nil {
		tb.Fatal(err)
	}
	code, err := qr.SVG("https://saylov.example/V/3KQ7X0Z5M2W8R4T6Y1N9P0S5D7F3G2H4J6K8L1Z3X5C7V9B2N4M6Q8")
	if err != nil {
		tb.Fatal(err)
	}
	return chrome.Page{
		Name: "mandate", ID: "bench-1", Title: "Mandat · bench-1", WidthMM: 86, HeightMM: 124,
		Shell: shellWith(tb, `@page{size:86mm 124mm;margin:0}main{padding:6mm}svg,img{width:22mm}`),
		Body: `<h1>MANDAT № 001</h1><p><b>BOʻRONOV BOʻRON BOʻRONOVICH</b></p><p>Toshkent shahar hududiy saylov komissiyasi</p>` +
			`<p>Shayxontohur tumani boʻyicha kuzatuvchi</p><img alt="" src="` + embedded("image/jpeg", file.Bytes()) + `">` + code,
	}
}

// protocol is a table over three A4 pages.
func protocol(tb testing.TB) chrome.Page {
	tb.Helper()
	var rows strings.Builder
	for n := range 92 {
		fmt.Fprintf(&rows, `<tr><td>%d</td><td>Toshkent shahri %d-saylov uchastkasi, Shayxontohur tumani</td><td>%d</td><td>%d</td><td>%d</td></tr>`, n+1, n+100, n*37, n*31, n*6)
	}
	return chrome.Page{
		Name: "protocol", ID: "bench-2", Title: "Bayonnoma · bench-2", WidthMM: 210, HeightMM: 297,
		Shell: shellWith(tb, `@page{size:210mm 297mm;margin:15mm}table{border-collapse:collapse;width:100%}td{border:.2mm solid;padding:1mm 2mm}`),
		Body:  `<h1>BAYONNOMA</h1><table><tbody>` + rows.String() + `</tbody></table>`,
	}
}

// What the pool adds to a bare print, and what it saves against the usual way:
// all over one page, the medians compared.
func BenchmarkPrint(b *testing.B) {
	pool, err := chrome.Start(b.Context(), chrome.Config{Workers: 1}, nil)
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() {
		if err := pool.Close(); err != nil {
			b.Error(err)
		}
	})
	least, err := floor.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer least.Close()
	for _, p := range []chrome.Page{mandate(b), protocol(b)} {
		b.Run(p.Name, func(b *testing.B) {
			ways := []struct {
				name string
				do   func() error
				took []time.Duration
			}{
				{name: "print", do: func() error { _, err := pool.Print(b.Context(), p); return err }},
				{name: "bare", do: func() error { _, err := least.Bare(p); return err }},
				{name: "naive", do: func() error { _, err := least.Naive(p); return err }},
			}
			for _, print := range []func(chrome.Page) ([]byte, error){least.Bare, least.Naive} {
				if raw, err := print(p); err != nil {
					b.Fatal(err)
				} else if info, err := pdf.Read(raw); err != nil || len(info.Fonts) == 0 {
					b.Fatalf("the floor prints without the fonts: %+v, %v", info, err)
				}
			}
			for range 5 { // until it is warm
				for _, w := range ways {
					if err := w.do(); err != nil {
						b.Fatal(w.name, err)
					}
				}
			}
			measure := func(n int) {
				begun := time.Now()
				if err := ways[n].do(); err != nil {
					b.Fatal(ways[n].name, err)
				}
				ways[n].took = append(ways[n].took, time.Since(begun))
			}
			rounds := 0
			for b.Loop() {
				measure(rounds % 2) // whoever comes second finds a busier machine
				measure(1 - rounds%2)
				rounds++
			}
			for range min(rounds, 100) { // apart: it leaves a tab to be closed behind
				measure(2)
			}
			median := func(n int) float64 {
				slices.Sort(ways[n].took)
				return float64(ways[n].took[len(ways[n].took)/2]) / 1e6
			}
			for n, w := range ways {
				b.ReportMetric(median(n), w.name+"-ms")
			}
			b.ReportMetric(median(0)/median(1), "print/bare")
			b.ReportMetric(median(2)/median(0), "naive/print")
		})
	}
}
