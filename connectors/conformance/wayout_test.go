package conformance_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever makes calls by itself goes past deadlines, bulkheads, breakers and
// the record: only package call may.
var byItself = regexp.MustCompile(`http\.((Get|Post|PostForm|Head)\(|DefaultClient|DefaultTransport|Transport\{|Client\{)|net\.Dial|tls\.Dial|net\.Dialer|websocket`)

func TestCallIsTheOnlyWayOut(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "call" || d.Name() == "conformance") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if code, _, _ := strings.Cut(line, "//"); byItself.MatchString(code) {
				t.Errorf("%s:%d goes out by itself: %s", path, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil || seen < 30 {
		t.Errorf("%d files looked at, %v", seen, err)
	}
}
