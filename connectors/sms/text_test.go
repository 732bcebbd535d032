package sms_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/connectors/sms"
)

func TestNormalise(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"oʻzbek, gʻalaba":    "o'zbek, g'alaba",
		"O‘ZBEK maʼlumot":    "O'ZBEK ma'lumot",
		"o’ o` o´":           "o' o' o'",
		"«Saylov» “2029” „x": `"Saylov" "2029" "x`,
		"a – b — c … № 5":    "a - b - c ... No 5",
		"12\u00a0345":        "12 345",
		"сайлов ўтказилади":  "сайлов ўтказилади",
		"plain 'text' \n":    "plain 'text' \n",
		"":                   "",
	}
	for in, want := range cases {
		if got := sms.Normalise(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text, encoding string
		parts                int
	}{
		{"nothing", "", sms.GSM7, 0},
		{"160 of GSM", strings.Repeat("a", 160), sms.GSM7, 1},
		{"161 of GSM", strings.Repeat("a", 161), sms.GSM7, 2},
		{"306 of GSM", strings.Repeat("a", 306), sms.GSM7, 2},
		{"307 of GSM", strings.Repeat("a", 307), sms.GSM7, 3},
		{"70 Cyrillic", strings.Repeat("ў", 70), sms.UCS2, 1},
		{"71 Cyrillic", strings.Repeat("ў", 71), sms.UCS2, 2},
		{"134 Cyrillic", strings.Repeat("қ", 134), sms.UCS2, 2},
		{"135 Cyrillic", strings.Repeat("қ", 135), sms.UCS2, 3},
		{"80 signs of two units", strings.Repeat("€", 80), sms.GSM7, 1},
		{"one more unit", strings.Repeat("€", 80) + "a", sms.GSM7, 2},
		{"a border inside a sign of two units", strings.Repeat("a", 152) + strings.Repeat("€", 77), sms.GSM7, 3},
		{"without that border it is two", strings.Repeat("€", 77) + strings.Repeat("a", 152), sms.GSM7, 3},
		{"exactly two parts", strings.Repeat("a", 153) + strings.Repeat("€", 76) + "a", sms.GSM7, 2},
		{"35 signs beyond the basic plane", strings.Repeat("😀", 35), sms.UCS2, 1},
		{"66 of them: 33 in a part", strings.Repeat("😀", 66), sms.UCS2, 2},
		{"67 of them", strings.Repeat("😀", 67), sms.UCS2, 3},
		{"98 with U+0027", strings.Repeat("o'", 49), sms.GSM7, 1},
		{"98 with U+02BB", strings.Repeat("oʻ", 49), sms.UCS2, 2},
		{"98 with U+2018", strings.Repeat("o‘", 49), sms.UCS2, 2},
		{"98 with U+2019", strings.Repeat("o’", 49), sms.UCS2, 2},
		{"98 with U+02BC", strings.Repeat("oʼ", 49), sms.UCS2, 2},
		{"98 with U+0060", strings.Repeat("o`", 49), sms.UCS2, 2},
		{"98 with U+00B4", strings.Repeat("o´", 49), sms.UCS2, 2},
		{"one Cyrillic sign switches all", strings.Repeat("a", 70) + "ғ", sms.UCS2, 2},
		{"Russian is UCS-2 too", strings.Repeat("ж", 71), sms.UCS2, 2},
		{"every sign of two units", "^{}[]~\\|€" + strings.Repeat("a", 142), sms.GSM7, 1},
		{"and one unit more", "^{}[]~\\|€" + strings.Repeat("a", 143), sms.GSM7, 2},
		{"a pair at the border is not cut", strings.Repeat("ў", 66) + "😀" + strings.Repeat("ў", 66), sms.UCS2, 3},
		{"the grave accent is none of GSM", "`", sms.UCS2, 1},
		{"line feed is", "a\nb", sms.GSM7, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if e, n := sms.Segments(c.text); e != c.encoding || n != c.parts {
				t.Errorf("%s, %d parts; want %s, %d", e, n, c.encoding, c.parts)
			}
		})
	}
}

var alphabet = []rune("abcXYZ 019'\n@£€[]{}^~|\\ўқғҳЖоʻʼ‘’`«»–…№😀\u00a0ß")

// Properties that hold for any text.
func TestTextProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 500).Draw(t, "text"))
		properties(t, text)
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "oʻ", "Saylov — 2029", strings.Repeat("€", 100), "\xff\xfe", "😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { properties(t, text) })
}

type failer interface{ Fatalf(string, ...any) }

func properties(t failer, text string) {
	normal := sms.Normalise(text)
	if sms.Normalise(normal) != normal {
		t.Fatalf("normalising twice changes %q", normal)
	}
	if strings.ContainsAny(normal, "ʻʼ‘’`´«»“”–—…№\u00a0") {
		t.Fatalf("%q is not normal", normal)
	}
	encoding, parts := sms.Segments(text)
	units, alone, each := 0, 160, 153
	if encoding == sms.UCS2 {
		units, alone, each = len(utf16.Encode([]rune(text))), 70, 67
	} else {
		for _, r := range text {
			if r > 0x20ac {
				t.Fatalf("%U in GSM-7", r)
			}
			units++
			if strings.ContainsRune("\f^{}\\[~]|€", r) {
				units++
			}
		}
	}
	switch {
	case (units == 0) != (parts == 0):
		t.Fatalf("%d units in %d parts", units, parts)
	case (units > 0 && units <= alone) != (parts == 1):
		t.Fatalf("%d units of %s in %d parts", units, encoding, parts)
	case units > parts*each && parts > 1:
		t.Fatalf("%d units cannot fit %d parts", units, parts)
	case parts > 1 && (parts-1)*(each-1) >= units:
		t.Fatalf("%d parts are too many for %d units", parts, units)
	}
	if _, more := sms.Segments(text + "a"); more < parts {
		t.Fatalf("a longer text takes fewer parts")
	}
}
