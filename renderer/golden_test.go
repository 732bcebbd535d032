package renderer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/renderer/outside"
	"github.com/saylovhub/hub/templates"
)

var update = flag.Bool("update", false, "write the golden pictures and texts anew")

const (
	goldens     = "testdata/golden"
	goldenDPI   = 60
	goldenPages = 3   // of a longer document, the first ones
	codeDPI     = 200 // at which a QR code must be readable
)

// tools are the programs that look at documents from outside. Where they are
// missing the tests are skipped, unless HUB_TEST_TOOLS says that they must be
// there.
func tools(t testing.TB) {
	t.Helper()
	for name, debian := range map[string]string{"pdftotext": "poppler-utils", "pdftoppm": "poppler-utils", "qpdf": "qpdf", "zbarimg": "zbar-tools"} {
		outside.Program(t, name, debian)
	}
}

// TestGoldens prints every sample of every document and compares text and
// pictures with those kept; the QR code is read from the picture.
func TestGoldens(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: prints every document")
	}
	tools(t)
	e, set := engine(t)
	var mu sync.Mutex
	kept := map[string]bool{}
	t.Run("all", func(t *testing.T) {
		for _, name := range set.Names() {
			tpl, _ := set.Get(name)
			for _, sample := range tpl.Samples() {
				t.Run(name+"/"+sample, func(t *testing.T) {
					t.Parallel()
					files := golden(t, e, tpl, sample)
					mu.Lock()
					defer mu.Unlock()
					for _, f := range files {
						kept[f] = true
					}
				})
			}
		}
	})
	strays(t, kept)
}

// strays finds goldens of samples that are gone.
func strays(t *testing.T, kept map[string]bool) {
	err := filepath.WalkDir(goldens, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || kept[path] || t.Failed() {
			return err
		}
		if *update {
			return os.Remove(path)
		}
		t.Errorf("%s belongs to no sample: run with -update", path)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func golden(t *testing.T, e *renderer.Engine, tpl *templates.Template, sample string) (files []string) {
	data, language := tpl.SampleNamed(sample)
	doc, err := e.Render(t.Context(), renderer.Request{Template: tpl.Name, Language: language, ID: id, Data: data, At: at})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, doc.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "qpdf", "--check", file)
	base := filepath.Join(goldens, tpl.Name, sample)
	files = append(files, goldenText(t, base+".txt", file, doc.Pages))
	for i, page := range draw60(t, file, min(doc.Pages, goldenPages)) {
		files = append(files, goldenPicture(t, fmt.Sprintf("%s-%d.png", base, i+1), page))
	}
	readCode(t, file, doc.Pages, data)
	return files
}

func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s%s", name, err, stderr.Bytes(), out)
	}
	return out
}

func goldenText(t *testing.T, path, file string, pages int) string {
	text := output(t, "pdftotext", "-layout", "-l", fmt.Sprint(goldenPages), file, "-")
	lines := strings.Split(fmt.Sprintf("--- pages: %d\n", pages)+strings.ReplaceAll(string(text), "\f", "--- page\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.TrimSuffix(strings.TrimRight(strings.Join(lines, "\n"), "\n"), "--- page") + "\n"
	if *update {
		put(t, path, []byte(got))
		return path
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err, "run with -update")
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-kept +printed):\n%s", path, diff)
	}
	return path
}

func put(t *testing.T, path string, content []byte) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// draw60 draws the first pages in grey.
func draw60(t *testing.T, file string, pages int) (out []*image.Gray) {
	for n := 1; n <= pages; n++ {
		page := fmt.Sprint(n)
		out = append(out, decodeGray(t, output(t, "pdftoppm", "-q", "-gray", "-png", "-r", fmt.Sprint(goldenDPI), "-f", page, "-l", page, file)))
	}
	return out
}

func decodeGray(t *testing.T, raw []byte) *image.Gray {
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(img.Bounds())
	draw.Draw(gray, gray.Bounds(), img, img.Bounds().Min, draw.Src)
	return gray
}

// Pictures agree while at most so many of a thousand pixels differ by more than
// so much of 255.
const (
	pixelStep     = 24
	pixelThousand = 5
)

func goldenPicture(t *testing.T, path string, got *image.Gray) string {
	if *update {
		put(t, path, encodeSmall(t, got))
		return path
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err, "run with -update")
	}
	want := decodeGray(t, raw)
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%s: the paper is %v, was %v", path, got.Bounds(), want.Bounds())
	}
	differ := 0
	for i := range got.Pix {
		if d := int(got.Pix[i]) - int(want.Pix[i]); d > pixelStep || d < -pixelStep {
			differ++
		}
	}
	if differ*1000 > pixelThousand*len(got.Pix) {
		now := filepath.Join(os.TempDir(), strings.ReplaceAll(strings.TrimPrefix(path, goldens+"/"), "/", "-")) //nolint:usetesting // it is looked at after the test
		put(t, now, encodeSmall(t, got))
		t.Errorf("%s: %d of %d pixels differ; what was printed is in %s", path, differ, len(got.Pix), now)
	}
	return path
}

// encodeSmall writes sixteen greys, four bits a pixel.
func encodeSmall(t *testing.T, gray *image.Gray) []byte {
	var greys color.Palette
	for i := range 16 {
		greys = append(greys, color.Gray{uint8(i * 17)}) // at most 255
	}
	small := image.NewPaletted(gray.Bounds(), greys)
	for i, v := range gray.Pix {
		small.Pix[i] = (v + 8) / 17
		if v > 247 {
			small.Pix[i] = 15
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readCode reads the document's QR code from the picture of its page, as a phone
// would.
func readCode(t *testing.T, file string, pages int, data []byte) {
	var holds struct {
		QR string `json:"qr"`
	}
	if err := json.Unmarshal(data, &holds); err != nil || holds.QR == "" {
		return
	}
	for _, page := range codePages(pages) {
		picture := filepath.Join(t.TempDir(), "page.pgm")
		n := fmt.Sprint(page)
		if err := os.WriteFile(picture, output(t, "pdftoppm", "-q", "-gray", "-r", fmt.Sprint(codeDPI), "-f", n, "-l", n, file), 0o600); err != nil {
			t.Fatal(err)
		}
		// It ends with 4 where a page has none.
		out, _ := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).Output()
		if slices.Contains(strings.Split(string(out), "\n"), holds.QR) {
			return
		}
	}
	t.Errorf("no page shows a QR code that reads as the text given")
}

// codePages are where a document has its code: its first pages, or its last.
func codePages(pages int) []int {
	var out []int
	for _, n := range []int{1, pages, 2, pages - 1, 3} {
		if n >= 1 && n <= pages && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
