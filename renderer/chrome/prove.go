package chrome

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/saylovhub/hub/renderer/pdf"
)

// prove reads the print back and compares it with what was asked for: title,
// paper, fonts, and that every letter the page showed is in the print.
func prove(raw []byte, shown string, p Page, families []string) (Print, error) {
	info, err := pdf.Read(raw)
	if err != nil {
		return Print{}, fmt.Errorf("%w: %w", errIdentity, err)
	}
	if err := errors.Join(proveFrame(info, p), proveFonts(info, families), proveText(raw, shown)); err != nil {
		return Print{}, fmt.Errorf("%w: %w", errIdentity, err)
	}
	return Print{PDF: raw, Pages: info.Pages, Fonts: info.Fonts}, nil
}

func proveFrame(info pdf.Info, p Page) error {
	far := func(pt, mm float64) bool { return math.Abs(pt-mm/mmPerInch*pointsPerInch) > 1 }
	switch {
	case info.Title != p.Title:
		return errors.New("another title")
	case far(info.WidthPt, p.WidthMM) || far(info.HeightPt, p.HeightMM):
		return fmt.Errorf("paper of %.0f x %.0f points", info.WidthPt, info.HeightPt)
	case info.Tagged != p.Tagged:
		return fmt.Errorf("tagged: %t", info.Tagged)
	case p.Tagged && info.Language != p.Lang: // only a tagged print says its language
		return errors.New("another language")
	}
	return nil
}

// proveFonts accepts only faces of the shell's families; a shell without fonts
// has none to keep to.
func proveFonts(info pdf.Info, families []string) error {
	for _, font := range info.Fonts {
		ours := func(family string) bool {
			face := strings.ReplaceAll(family, " ", "")
			return font == face || strings.HasPrefix(font, face+"-")
		}
		if len(families) > 0 && !slices.ContainsFunc(families, ours) {
			return fmt.Errorf("font %s is not the template's", font)
		}
	}
	return nil
}

var errLetters = errors.New("letters are missing")

// proveText counts letters: order and line breaks differ between the page and
// the print, and the print may hold more (page numbers, repeated table heads).
func proveText(raw []byte, shown string) error {
	text, err := pdf.Text(raw)
	if err != nil {
		return err
	}
	count := map[rune]int{}
	for _, r := range text {
		count[r]++
	}
	missing := 0
	for _, r := range shown {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) { // soft hyphens and the like
			continue
		}
		if count[r]--; count[r] < 0 {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d %w", missing, errLetters)
	}
	return nil
}
