//go:build linux

package chrome

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func dataURI(kind string, b []byte) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}

// evaluate runs a script in the tab from outside.
func evaluate(t *tab, expression string, result any) error {
	ctx, cancel := context.WithTimeout(t.ctx, 5*time.Second)
	defer cancel()
	yes := true
	out, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ReturnByValue: &yes})
	if err != nil {
		return err
	}
	return json.Unmarshal(out.Result.Value, result)
}

// openDir is a folder for one test that the browser's unprivileged user can
// enter: t.TempDir lies in a folder closed to others.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// current is the browser of the first worker, once it has one.
func current(b *Browser) *instance {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		b.mu.Lock()
		i := b.workers[0].i
		b.mu.Unlock()
		if i != nil {
			return i
		}
		<-tick.C
	}
}
