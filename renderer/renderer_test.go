package renderer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/templates"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2027, 10, 4, 9, 30, 0, 0, civil.Tashkent)

func engine(t testing.TB, cfg chrome.Config) (*renderer.Engine, *templates.Set) {
	t.Helper()
	set, err := templates.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := chrome.Start(context.Background(), cfg, nil)
	if err != nil {
		if fault.KindOf(err) == fault.Misconfigured {
			t.Skipf("%v: run scripts/install-chromium", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return renderer.New(set, b), set
}

func TestSamples(t *testing.T) {
	e, set := engine(t, chrome.Config{})
	for _, name := range set.Names() {
		tpl, _ := set.Get(name)
		d, err := e.Render(t.Context(), renderer.Request{Template: name, ID: "0199a2b4-0000-7000-8000-000000000001", Data: tpl.Sample(), At: at})
		if err != nil {
			t.Error(name, err)
			continue
		}
		if dir := os.Getenv("SAVE_PDF"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, name+".pdf"), d.PDF, 0o600)
		}
		t.Log(name, d.Pages, len(d.PDF), d.SHA256)
	}
}
