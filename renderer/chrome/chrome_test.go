package chrome

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t testing.TB, cfg Config) *Browser {
	t.Helper()
	b, err := Start(context.Background(), cfg, nil)
	if err != nil {
		if fault.KindOf(err) == fault.Misconfigured {
			t.Skipf("%v: run scripts/install-chromium", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

const plain = `<!doctype html><html><head><meta charset="utf-8"><style>@page{size:90mm 130mm;margin:0}body{margin:0}</style></head><body></body></html>`

func word(id, text string) Page {
	return Page{Name: "word", Shell: plain, Body: "<p>" + text + "</p>", ID: id, Title: "Word · " + id, WidthMM: 90, HeightMM: 130}
}

func TestPrint(t *testing.T) {
	b := start(t, Config{})
	for range 3 {
		at := time.Now()
		out, err := b.Print(t.Context(), word("a", "hello"))
		if err != nil {
			t.Fatal(err)
		}
		t.Log(out.Pages, len(out.PDF), b.Version(), time.Since(at))
	}
}
