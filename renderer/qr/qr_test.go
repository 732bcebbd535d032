package qr_test

import (
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	boom "github.com/boombuler/barcode/qr"

	"github.com/saylovhub/hub/renderer/qr"
)

var (
	box     = regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`)
	outline = regexp.MustCompile(`M(\d+) (\d+)((?:[hv]-?\d+)+)z`)
	stretch = regexp.MustCompile(`([hv])(-?\d+)`)
)

// modules draws the path again: a module is dark where the edges to its left wind
// around it.
func modules(t *testing.T, svg string) (side int, dark map[[2]int]bool) {
	t.Helper()
	m := box.FindStringSubmatch(svg)
	if m == nil || m[1] != m[2] {
		t.Fatalf("no square view box: %.120s", svg)
	}
	side, _ = strconv.Atoi(m[1])
	_, path, ok := strings.Cut(svg, `fill="#000" d="`)
	if !ok {
		t.Fatal("no path")
	}
	path, _, _ = strings.Cut(path, `"`)
	if outline.ReplaceAllString(path, "") != "" {
		t.Fatalf("more than outlines: %.80s", outline.ReplaceAllString(path, ""))
	}
	edges := map[[2]int]int{} // upwards or downwards past a row, at x
	for _, o := range outline.FindAllStringSubmatch(path, -1) {
		x, _ := strconv.Atoi(o[1])
		y, _ := strconv.Atoi(o[2])
		fromX, fromY := x, y
		down := func(n int) {
			for ; n > 0; n-- {
				edges[[2]int{x, y}]++
				y++
			}
			for ; n < 0; n++ {
				y--
				edges[[2]int{x, y}]--
			}
		}
		for _, s := range stretch.FindAllStringSubmatch(o[3], -1) {
			n, _ := strconv.Atoi(s[2])
			if s[1] == "h" {
				x += n
			} else {
				down(n)
			}
		}
		if x != fromX {
			t.Fatal("an outline is not closed by one stretch upwards")
		}
		down(fromY - y)
	}
	dark = map[[2]int]bool{}
	for y := range side {
		winding := 0
		for x := range side {
			winding += edges[[2]int{x, y}]
			dark[[2]int{x, y}] = winding != 0
		}
	}
	return side, dark
}

func TestSVGIsTheCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		level      boom.ErrorCorrectionLevel
	}{
		{"short address", "https://tekshirish.example/verify/D4-01-000001-7K2QF9XM", boom.Q},
		{"capitals and digits", "HTTPS://TEKSHIRISH.EXAMPLE/V/7K2QF9XM", boom.Q},
		{"120 bytes", strings.Repeat("a", 120), boom.Q},
		{"121 bytes", strings.Repeat("a", 121), boom.M},
		{"Uzbek letters", "Oʻzbekiston", boom.Q},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			svg, err := qr.SVG(c.text)
			if err != nil {
				t.Fatal(err)
			}
			want, err := boom.Encode(c.text, c.level, boom.Auto)
			if err != nil {
				t.Fatal(err)
			}
			size := want.Bounds().Dx()
			side, dark := modules(t, svg)
			if side != size+8 {
				t.Fatalf("side %d, want %d and a quiet zone of 4", side, size)
			}
			for y := range side {
				for x := range side {
					is := false
					if in := func(v int) bool { return v >= 4 && v < 4+size }; in(x) && in(y) {
						is = color.GrayModel.Convert(want.At(x-4, y-4)).(color.Gray).Y < 128
					}
					if dark[[2]int{x, y}] != is {
						t.Fatalf("module %d, %d: dark %v", x, y, !is)
					}
				}
			}
			again, _ := qr.SVG(c.text)
			if again != svg {
				t.Error("not the same twice")
			}
		})
	}
}

func TestSVGRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"nothing": "", "too much": strings.Repeat("a", 3000)} {
		if svg, err := qr.SVG(text); err == nil {
			t.Errorf("%s: %.40s", name, svg)
		} else if strings.Contains(err.Error(), "aaaa") {
			t.Errorf("%s: the error repeats the text", name)
		}
	}
}

func ExampleSVG() {
	svg, err := qr.SVG("https://tekshirish.example/verify/7K2QF9XM")
	fmt.Println(strings.HasPrefix(svg, "<svg"), err)
	// Output: true <nil>
}
