// Package chrometest starts browsers for tests. Only tests import it.
package chrometest

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/outside"
)

// Start starts browsers until the test ends. Without a Chromium the test is
// skipped, or fails with HUB_TEST_TOOLS.
func Start(t testing.TB, cfg chrome.Config) *chrome.Browser {
	t.Helper()
	b, err := chrome.Start(t.Context(), cfg, nil)
	if f := fault.Of(err); f != nil && strings.Contains(f.Hint, "install-chromium") {
		outside.Missing(t, outside.Chromium)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}
