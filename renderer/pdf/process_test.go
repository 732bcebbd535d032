package pdf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// hashes are those of what is made of the prints, finished and merged.
func hashes(t testing.TB) []string {
	t.Helper()
	var out []string
	add := func(b []byte) {
		sum := sha256.Sum256(b)
		out = append(out, hex.EncodeToString(sum[:]))
	}
	var files [][]byte
	for _, page := range prints {
		raw := printed(t, page)
		o := options()
		o.Attach = []Attachment{
			{Name: "b.json", MediaType: "application/json", Content: []byte("{}")},
			{Name: "a.csv", MediaType: "text/csv", Content: []byte("a;b\n")},
		}
		for _, o.Archive = range []Archive{None, A3B} {
			add(finish(t, raw, o))
		}
		files = append(files, finish(t, raw, o), raw)
	}
	merged, err := Merge(files, options())
	if err != nil {
		t.Fatal(err)
	}
	add(merged)
	return out
}

// Another process, whose maps and addresses are others, makes the same bytes.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	const asked = "HUB_PDF_HASHES"
	if os.Getenv(asked) != "" {
		fmt.Println("hashes", strings.Join(hashes(t), " "))
		return
	}
	want := hashes(t)
	if slices.Equal(want[:1], want[1:2]) {
		t.Error("two forms have one hash")
	}
	for range 2 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTwoProcesses$", "-test.count=1")
		cmd.Env = append(os.Environ(), asked+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "hashes "+strings.Join(want, " ")+"\n") {
			t.Errorf("other bytes: %v\n%s", err, out)
		}
	}
}
