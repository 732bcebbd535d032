//go:build linux

package lint

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/chrometest"
	"github.com/saylovhub/hub/templates"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t testing.TB) *chrome.Browser {
	t.Helper()
	b := chrometest.Start(t, chrome.Config{})
	return b
}

// The documents that are shipped have neither errors nor warnings.
func TestShippedTemplatesAreClean(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: prints every document")
	}
	found, err := Check(t.Context(), templates.Files(), Options{Browser: start(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("templates/%s", f)
	}
}

func TestMeasuredFindings(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, c := range []struct {
		name, file, old, with string
		want                  []string // FILE:LINE: severity rule
	}{
		{"sound", "card/style.css", "A card", "The card", nil},
		{"text wider than its box", "card/style.css", "main{", ".name{width:9mm;white-space:nowrap;overflow-wrap:normal}main{", []string{"card/template.html:2: error overflow"}},
		{"text that is cut off", "card/style.css", "main{", ".name{width:9mm;overflow:hidden;white-space:nowrap;overflow-wrap:normal}main{", []string{"card/template.html:2: error overflow"}},
		{"text beyond the paper", "card/style.css", "main{", "#x,.name{margin-left:75mm;white-space:nowrap;overflow-wrap:normal}main{", []string{"card/template.html:2: error overflow"}},
		{"text over text", "card/style.css", "main{", ".name{margin-top:-4mm}main{", []string{"card/template.html:1: error overlap", "card/template.html:2: error overlap"}},
		{"a second page", "card/style.css", "main{", "main{min-height:95mm;", []string{"card/template.html:0: error pages"}},
		{"faint", "card/style.css", "main{", ".name{color:#999}main{", []string{"card/template.html:2: error contrast"}},
		{"faint, but large", "card/style.css", "main{", ".name{color:#8a8a8a;font:700 14pt/1 'Noto Sans'}main{", nil},
		{"fine print", "card/style.css", "main{", ".name{font-size:6pt}main{", []string{"card/template.html:2: error small-type"}},
		{"a small code", "card/style.css", "24mm;height:24mm", "20mm;height:20mm", []string{"card/template.html:7: error small-code"}},
		{"in another language only", "card/words.yaml", "ru: Образец", "ru: " + strings.Repeat("Образец ", 90), []string{"card/template.html:0: error pages"}},
		{"with long texts only", "card/style.css", "main{", "li{width:22mm;white-space:nowrap}main{", []string{"card/template.html:5: error overflow"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := Check(t.Context(), folders(t, swap(t, c.file, c.old, c.with)), Options{Browser: b})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, c.want, found)
		})
	}
}
