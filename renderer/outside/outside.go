// Package outside finds the programs that tests hold documents against. Only
// tests import it.
package outside

import (
	"os"
	"os/exec"
	"testing"
)

// Chromium is what Missing says of a browser that is not there.
const Chromium = "Chromium (scripts/install-chromium)"

// Program returns a program's path. Where it is missing the test is skipped and
// says which package brings it; with HUB_TEST_TOOLS, which `make test` sets, it
// fails.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" (package "+debian+")")
	}
	return path
}

// Missing skips a test that cannot be run here, or fails it with HUB_TEST_TOOLS.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("HUB_TEST_TOOLS") != "" {
		t.Fatal("missing: " + what)
	}
	t.Skip("missing: " + what + "; set HUB_TEST_TOOLS to fail instead")
}
