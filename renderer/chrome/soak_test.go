//go:build linux

package chrome

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// Documents by the thousand, over two templates: each comes right, the memory
// stays flat, nothing is left behind. HUB_SOAK=1 makes it 20,000.
func TestSoak(t *testing.T) {
	t.Parallel()
	documents := 300
	cfg := Config{Workers: 2, TabDocuments: 50, MaxDocuments: 120}
	if os.Getenv("HUB_SOAK") != "" {
		documents, cfg = 20_000, Config{Workers: 2}
	}
	b := start(t, cfg)
	shells := []string{shellOf(t), shellOf(t) + "<!--2-->"}
	for n, s := range shells {
		if err := b.Warm(t.Context(), fmt.Sprint("shell ", n), s); err != nil {
			t.Fatal(err)
		}
	}
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := range numbers {
				id := fmt.Sprintf("document-%d", n)
				p := sheet(t, id, "text of "+id)
				p.Shell = shells[n%2]
				if out, err := b.Print(t.Context(), p); err != nil {
					t.Error(err)
				} else if got := textOf(t, out.PDF); strings.TrimSpace(got) != "text of "+id {
					t.Errorf("%s reads %q", id, got)
				}
			}
		})
	}
	begun := time.Now()
	early, most := int64(0), int64(0)
	for n := range documents {
		numbers <- n
		if n%(documents/20) == 0 && n > 0 {
			used := int64(0)
			b.mu.Lock()
			for _, w := range b.workers {
				if w.i != nil {
					used += process.Memory(w.i.Group).Total
				}
			}
			b.mu.Unlock()
			if n <= documents/4 {
				early = max(early, used)
			}
			most = max(most, used)
		}
	}
	close(numbers)
	wg.Wait()
	h := b.Health()
	t.Logf("%d documents in %v; memory %d MB early, %d MB at most; %d tabs opened by prints; %+v",
		documents, time.Since(begun).Round(time.Millisecond), early/mega, most/mega, b.cold.Load(), h)
	if most > early*3/2 {
		t.Errorf("memory grew from %d to %d MB", early/mega, most/mega)
	}
	if n := b.cold.Load(); n > 0 {
		t.Errorf("%d prints opened a tab of their own", n)
	}
	total := int64(0)
	for _, w := range h.Workers {
		total += w.Prints
		if !w.Alive || w.Tabs > 4 {
			t.Errorf("worker %+v", w)
		}
	}
	if total != int64(documents) {
		t.Errorf("%d documents were printed, want %d", total, documents)
	}
}
