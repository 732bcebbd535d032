//go:build linux

package chrome

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestMainHub is not a test: it is the hub that TestHubIsKilled kills.
func TestMainHub(t *testing.T) {
	if os.Getenv("SAYLOVHUB_TEST_HUB") == "" {
		t.Skip("started by TestHubIsKilled only")
	}
	b, err := Start(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("browser %d %s\n", b.current.pgid, b.current.dir)
	<-t.Context().Done() // the test binary's own time-out ends it if nobody does
}

// When the hub is killed, the browser dies with it, and the next start removes
// the folder that was left.
func TestHubIsKilled(t *testing.T) {
	t.Parallel()
	if _, err := find(""); err != nil {
		t.Skip("no Chromium here: run scripts/install-chromium")
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
	i := &instance{}
	for lines := bufio.NewScanner(out); i.pgid == 0 && lines.Scan(); {
		_, _ = fmt.Sscanf(lines.Text(), "browser %d %s", &i.pgid, &i.dir)
	}
	if i.pgid == 0 || len(group(i.pgid)) == 0 {
		t.Fatal("the hub did not start its browser")
	}
	if err := hub.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = hub.Wait()
	if !gone(i) {
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
	if _, err := os.Stat(i.dir); err != nil {
		t.Errorf("a young folder was removed: %v", err)
	}
	release, err := hold(i.dir)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	sweepIn(later)
	if _, err := os.Stat(i.dir); err != nil {
		t.Errorf("a folder in use was removed: %v", err)
	}
	release()
	sweepIn(later)
	if _, err := os.Stat(i.dir); !os.IsNotExist(err) {
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
