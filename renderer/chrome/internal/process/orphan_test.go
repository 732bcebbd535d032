//go:build linux

package process

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/saylovhub/hub/renderer/outside"
)

// TestMainHub is not a test: it is the hub that TestHubIsKilled kills.
func TestMainHub(t *testing.T) {
	if os.Getenv("SAYLOVHUB_TEST_HUB") == "" {
		t.Skip("started by TestHubIsKilled only")
	}
	binary, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Launch(t.Context(), Options{Binary: binary, UID: 65534, GID: 65534, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("browser %d %s\n", p.Group, p.Dir)
	<-t.Context().Done() // the test binary's own time-out ends it if nobody does
}

// When the hub is killed, the browser dies with it, and the next start removes
// the folder that was left.
func TestHubIsKilled(t *testing.T) {
	t.Parallel()
	if _, err := Find(""); err != nil {
		outside.Missing(t, outside.Chromium)
	}
	tmp := openDir(t)
	hub := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMainHub$", "-test.timeout=60s")
	hub.Env = append(os.Environ(), "SAYLOVHUB_TEST_HUB=1", "TMPDIR="+tmp)
	out, err := hub.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{}
	for lines := bufio.NewScanner(out); p.Group == 0 && lines.Scan(); {
		_, _ = fmt.Sscanf(lines.Text(), "browser %d %s", &p.Group, &p.Dir)
	}
	if p.Group == 0 || len(Members(p.Group)) == 0 {
		t.Fatal("the hub did not start its browser")
	}
	if err := hub.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = hub.Wait()
	if !gone(p) {
		t.Error("the browser outlives the hub")
	}

	sweepIn := func(at time.Time) {
		next := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMainSweep$")
		next.Env = append(os.Environ(), "SAYLOVHUB_TEST_SWEEP="+at.Format(time.RFC3339), "TMPDIR="+tmp)
		if out, err := next.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	sweepIn(time.Now())
	if _, err := os.Stat(p.Dir); err != nil {
		t.Errorf("a young folder was removed: %v", err)
	}
	release, err := hold(p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	sweepIn(later)
	if _, err := os.Stat(p.Dir); err != nil {
		t.Errorf("a folder in use was removed: %v", err)
	}
	release()
	sweepIn(later)
	if _, err := os.Stat(p.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// TestMainSweep is not a test: it sweeps under another TMPDIR.
func TestMainSweep(t *testing.T) {
	at, err := time.Parse(time.RFC3339, os.Getenv("SAYLOVHUB_TEST_SWEEP"))
	if err != nil {
		t.Skip("started by TestHubIsKilled only")
	}
	sweep(at)
}

// gone waits until no process of the group lives; the scheduler decides when.
func gone(p *Process) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		if len(Members(p.Group)) == 0 {
			return true
		}
		<-tick.C
	}
	return false
}

// openDir is a folder that the browser's unprivileged user can enter:
// t.TempDir lies in a folder closed to others.
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
