//go:build linux

package chrome

import (
	"math"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
)

func near(a, b float64) bool { return math.Abs(a-b) < 0.6 }

func TestMeasure(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Workers: 1})
	const words = "Boʻronova Aziza Botirovna"
	cases := []struct {
		name, style, body string
		line              int
		want              func(Finding) bool
	}{
		{"fits", "", `<p data-line="3">` + words + `</p>`, 3, func(f Finding) bool {
			return f.Element == "p" && f.Text == words && f.Overflow.Max() == 0 && f.Clipped.Max() == 0 && f.Paper.Max() == 0 &&
				len(f.Overlaps) == 0 && f.Fonts[0] == "Noto Sans" && f.Size == 16 && f.Weight == 400 && !f.Large && !f.Decorative &&
				f.Colour == "#000000" && f.Background == "#ffffff" && near(f.Contrast, 21)
		}},
		{"out of its box", "", `<p data-line="4" style="width:50px;white-space:nowrap">` + words + `</p>`, 4, func(f Finding) bool {
			return f.Overflow.Right > 100 && f.Overflow.Left == 0 && f.Overflow.Bottom == 0 && f.Clipped.Max() == 0 && near(f.Box.Width, 50)
		}},
		{"below its box", "", `<div data-line="4" style="width:60px;height:20px">` + words + `</div>`, 4, func(f Finding) bool {
			return f.Overflow.Bottom > 20 && f.Overflow.Right < 30
		}},
		{"a tight line is no overflow", "", `<div data-line="4" style="line-height:1">` + words + `</div>`, 4, func(f Finding) bool { return f.Overflow.Max() == 0 }},
		{"clipped", "", `<div style="overflow:hidden;width:60px"><span data-line="5" style="white-space:nowrap">` + words + `</span></div>`, 5, func(f Finding) bool {
			return f.Clipped.Right > 80 && f.Paper.Max() == 0
		}},
		{"off the paper", "", `<p data-line="6" style="margin:0 0 0 80mm;white-space:nowrap">` + words + `</p>`, 6, func(f Finding) bool {
			return f.Paper.Right > 100 && near(f.Box.X, 80*pxPerMM)
		}},
		{"off the paper below", "", `<p data-line="6" style="margin:0;padding-top:130mm">x</p>`, 6, func(f Finding) bool { return f.Paper.Bottom > 10 }},
		{"within margins", "@page{margin:10mm 5mm 10mm 20mm}", `<p data-line="6" style="margin:0">` + words + `</p>`, 6, func(f Finding) bool {
			return near(f.Box.X, 20*pxPerMM) && near(f.Box.Y, 10*pxPerMM) && near(f.Box.Width, 65*pxPerMM)
		}},
		{"over another", "", `<p data-line="7" style="margin:0">` + words + `</p><p data-line="8" style="margin:-12px 0 0">` + words + `</p>`, 8, func(f Finding) bool {
			return len(f.Overlaps) == 1 && f.Overlaps[0].Line == 7 && f.Overlaps[0].Width > 100 && f.Overlaps[0].Height > 1
		}},
		{"one below the other", "", `<p data-line="7" style="margin:0">` + words + `</p><p data-line="8" style="margin:0">` + words + `</p>`, 8, func(f Finding) bool {
			return len(f.Overlaps) == 0
		}},
		{"grey on a tint", "", `<div style="background:#eee"><p data-line="9" style="color:rgba(0,0,0,.5)">x</p></div>`, 9, func(f Finding) bool {
			return f.Colour == "#777777" && f.Background == "#eeeeee" && f.Contrast > 3.8 && f.Contrast < 3.95 && !f.Pictured
		}},
		{"faded", "", `<div style="opacity:.5"><p data-line="9">x</p></div>`, 9, func(f Finding) bool { return f.Colour == "#808080" }},
		{"on a gradient", "", `<p data-line="9" style="background:linear-gradient(red,blue)">x</p>`, 9, func(f Finding) bool { return f.Pictured }},
		{"large", "", `<p data-line="9" style="font-size:14pt;font-weight:700">x</p>`, 9, func(f Finding) bool { return f.Large && f.Weight == 700 }},
		{"the worst of its words", "", `<p data-line="9">x <span style="color:#999">y</span></p>`, 9, func(f Finding) bool { return f.Text == "x y" && f.Colour == "#999999" }},
		{"a picture", "", `<svg data-line="10" width="2000" height="9"><path d="M0 0h9"/></svg>`, 10, func(f Finding) bool { return f.Paper.Right > 1000 && f.Text == "" && f.Contrast == 0 }},
		{"decoration", "", `<div aria-hidden="true"><p data-line="11">x</p></div>`, 11, func(f Finding) bool { return f.Decorative }},
		{"for print only", "@media print{p{font-size:30px}}", `<p data-line="12">x</p>`, 12, func(f Finding) bool { return f.Size == 30 && f.Large }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := sheet(t, "id", "")
			p.Shell = strings.Replace(p.Shell, "</style>", c.style+"</style>", 1)
			p.Body = c.body
			found, err := b.Measure(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Line == c.line {
					if !c.want(f) {
						t.Errorf("%+v", f)
					}
					return
				}
			}
			t.Errorf("nothing on line %d: %+v", c.line, found)
		})
	}
	t.Run("an active element", func(t *testing.T) {
		p := sheet(t, "id", "")
		p.Body = "<script></script>"
		_, err := b.Measure(t.Context(), p)
		wantKind(t, err, fault.Defect)
	})
	if got := mustPrint(t, b, sheet(t, "id", "after")); strings.TrimSpace(got) != "after" {
		t.Errorf("text %q", got)
	}
	if n := len(current(b).idle); n != 1 {
		t.Errorf("%d tabs are left of measuring", n-1)
	}
}
