//go:build linux

package preview_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/chrometest"
	"github.com/saylovhub/hub/renderer/outside"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/preview"
	"github.com/saylovhub/hub/templates"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func maker(t *testing.T) *preview.Maker {
	t.Helper()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := chrometest.Start(t, chrome.Config{Workers: 1})
	return &preview.Maker{Set: set, Browser: b}
}

// marking looks that every page is printed as a sample.
type marking struct {
	t *testing.T
	preview.Browser
}

func (m marking) Print(ctx context.Context, p chrome.Page) (chrome.Print, error) {
	if !p.Sample {
		m.t.Error("printed without the mark of a sample")
	}
	return m.Browser.Print(ctx, p)
}

func TestPreview(t *testing.T) {
	t.Parallel()
	m := maker(t)
	m.Browser = marking{t, m.Browser}
	text := func(r preview.Request) string {
		t.Helper()
		p, err := m.PDF(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if p.Over != 0 || p.Pages == 0 || p.SHA256 != preview.Sum(p.PDF) {
			t.Errorf("%d pages, %d over, %s", p.Pages, p.Over, p.SHA256)
		}
		got, err := pdf.Text(p.PDF)
		if err != nil {
			t.Fatal(err)
		}
		info, err := pdf.Read(p.PDF)
		if err != nil || !strings.HasSuffix(info.Title, preview.ID) {
			t.Errorf("title %q, %v", info.Title, err)
		}
		return strings.Join(strings.Fields(got), " ")
	}
	first := text(preview.Request{Template: "candidate"})
	if !strings.Contains(first, preview.ID) {
		t.Errorf("a preview without its mark: %s", first)
	}
	if other := text(preview.Request{Template: "candidate", Language: templates.Karakalpak}); !strings.Contains(other, "TALABAN") {
		t.Errorf("not in the language asked for: %s", other)
	}
	tpl, _ := m.Set.Get("candidate")
	data := strings.Replace(string(tpl.Sample()), "0128", "0731", 1)
	if own := text(preview.Request{Template: "candidate", Data: []byte(data)}); !strings.Contains(own, "0731") {
		t.Errorf("not the data given: %s", own)
	}
}

func TestSameDataSameBytes(t *testing.T) {
	t.Parallel()
	m := maker(t)
	var sums []string
	for range 2 {
		p, err := m.PDF(t.Context(), preview.Request{Template: "observer-party"})
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, p.SHA256)
	}
	if sums[0] != sums[1] {
		t.Error("two previews of one sample differ")
	}
}

// What is too long is shown, so that one can see it, and counted.
func TestTooLong(t *testing.T) {
	t.Parallel()
	m := maker(t)
	tpl, _ := m.Set.Get("observer-party")
	var data map[string]any
	if err := json.Unmarshal(tpl.Sample(), &data); err != nil {
		t.Fatal(err)
	}
	for field, letters := range map[string]int{"party": 160, "election": 260, "territory": 90, "commission": 160} {
		data[field] = strings.Repeat("ЩЩЩЩЩ ", letters/6)
	}
	for _, part := range []string{"surname", "given", "patronymic"} {
		data["person"].(map[string]any)[part] = strings.Repeat("ЩЩЩЩЩ ", 9)
	}
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.PDF(t.Context(), preview.Request{Template: "observer-party", Data: raw})
	if err != nil || p.Pages < 2 || p.Over != p.Pages-1 {
		t.Errorf("%d pages, %d over, %v", p.Pages, p.Over, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &preview.Maker{Set: set}
	for _, c := range []struct {
		name, want string
		r          preview.Request
	}{
		{"document", "no such document", preview.Request{Template: "diploma"}},
		{"sample", "no such sample", preview.Request{Template: "candidate", Sample: "sample-none"}},
		{"language", "not printed in that language", preview.Request{Template: "candidate", Language: "en"}},
		{"data", "/person: required", preview.Request{Template: "candidate", Data: []byte("{}")}},
	} {
		if _, err := m.PDF(t.Context(), c.r); fault.KindOf(err) != fault.Rejected || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestPNG(t *testing.T) {
	outside.Program(t, "pdftoppm", "poppler-utils")
	m := maker(t)
	p, err := m.PDF(t.Context(), preview.Request{Template: "decision", Sample: "sample-many"})
	if err != nil || p.Pages < 2 {
		t.Fatal(p.Pages, err)
	}
	one, err := preview.PNG(t.Context(), p.PDF, 1, 50)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.DecodeConfig(bytes.NewReader(one))
	if err != nil || img.Width < 412 || img.Width > 415 || img.Height < 583 || img.Height > 586 { // A4 at 50 dots an inch
		t.Errorf("%+v, %v", img, err)
	}
	two, err := preview.PNG(t.Context(), p.PDF, 2, 50)
	if err != nil || bytes.Equal(one, two) {
		t.Error("the second page is the first", err)
	}
	for _, c := range []struct{ page, dpi int }{{0, 50}, {1, 5}, {1, 2000}, {p.Pages + 1, 50}} {
		if _, err := preview.PNG(t.Context(), p.PDF, c.page, c.dpi); fault.KindOf(err) != fault.Rejected {
			t.Errorf("page %d at %d: %v", c.page, c.dpi, err)
		}
	}
	if _, err := preview.PNG(t.Context(), []byte("no PDF"), 1, 50); err == nil {
		t.Error("a picture of no PDF")
	}
	t.Setenv("PATH", "/nonexistent")
	if _, err := preview.PNG(t.Context(), p.PDF, 1, 50); fault.KindOf(err) != fault.Misconfigured || fault.Of(err).Hint != "install poppler-utils" {
		t.Error(err)
	}
}
