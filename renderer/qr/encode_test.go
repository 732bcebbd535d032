package qr

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	boom "github.com/boombuler/barcode/qr"
)

// Every version, in both modes and at both levels, is what another encoder makes.
func TestEveryVersion(t *testing.T) {
	t.Parallel()
	levels := map[level]boom.ErrorCorrectionLevel{levelM: boom.M, levelQ: boom.Q}
	for l, theirs := range levels {
		for version := 1; version <= versions; version++ {
			for _, alpha := range []bool{true, false} {
				// The other encoder is slow: of large symbols some that are special.
				if version > 10 && (l != levelM || !slices.Contains([]int{14, 27, 32, 40}, version)) {
					continue
				}
				text := longest(version, l, alpha)
				s, err := encode(text, l)
				if err != nil || s.side != 17+4*version {
					t.Fatalf("version %d: side %d, %v", version, s.side, err)
				}
				want, err := boom.Encode(text, theirs, boom.Auto)
				if err != nil {
					t.Fatal(err)
				}
				same := want.Bounds().Dx() == s.side
				for i := 0; same && i < len(s.dark); i++ {
					same = (s.dark[i] == 1) == (color.GrayModel.Convert(want.At(i%s.side, i/s.side)).(color.Gray).Y < 128)
				}
				if !same {
					t.Errorf("version %d, level %d, alphanumeric %v: another symbol", version, l, alpha)
				}
			}
		}
	}
}

// longest is the longest text that still fits a version.
func longest(version int, l level, alpha bool) string {
	unit := "a7%Z"
	if alpha {
		unit = "A7%Z"
	}
	room := dataWords(version, l) * 8
	for n := room; n > 0; n-- {
		p := planOf(strings.Repeat(unit, n/4+1)[:n])
		if alpha != p.alpha {
			continue
		}
		if 4+p.counter(version)+p.body <= room {
			return p.text
		}
	}
	return ""
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	if _, err := encode(longest(versions, levelM, true)+"A", levelM); err == nil {
		t.Error("a text that no symbol holds was taken")
	}
}

func BenchmarkSVG(b *testing.B) {
	text := "HTTPS://TEKSHIRISH.EXAMPLE/V/" + strings.Repeat("A7K2", 37) // what a document carries
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, err := SVG(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("library, symbol only", func(b *testing.B) {
		for b.Loop() {
			if _, err := boom.Encode(text, boom.M, boom.Auto); err != nil {
				b.Fatal(err)
			}
		}
	})
}
