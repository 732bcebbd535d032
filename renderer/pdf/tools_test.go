package pdf

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/saylovhub/hub/renderer/outside"
)

// tool runs one of the outside programs that files are held against, in a
// folder that holds them, and returns what it prints. Where it is missing the
// test is skipped, unless HUB_TEST_TOOLS asks for all of them.
func tool(t *testing.T, files map[string][]byte, program string, args ...string) (string, error) {
	t.Helper()
	path := outside.Program(t, program, "qpdf or poppler-utils")
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must is tool for a program that must end well.
func must(t *testing.T, raw []byte, program string, args ...string) string {
	t.Helper()
	out, err := tool(t, map[string][]byte{"a.pdf": raw}, program, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return out
}

// pixels is the hash of the pages' pictures.
func pixels(t *testing.T, raw []byte) string {
	t.Helper()
	sum := sha256.Sum256([]byte(must(t, raw, "pdftoppm", "-r", "60", "a.pdf")))
	return hex.EncodeToString(sum[:])
}
