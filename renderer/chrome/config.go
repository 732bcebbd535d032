package chrome

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// Config says which browser runs and within which bounds. The zero value works.
type Config struct {
	Binary       string        // empty: chromium-headless-shell, then chromium, in PATH
	UID, GID     int           // of the browser when the hub is root; 0 means 65534 (nobody)
	Timeout      time.Duration // of one try of one print; 0 means 15 s
	MaxDocuments int           // prints after which the process is replaced; 0 means 10,000
	Workers      int           // prints at the same time; 0 means one a core
	Queue        int           // prints that may wait for a worker; 0 means 256
	Tabs         int           // warm tabs kept, the least recently used goes; 0 means 16
}

const nobody = 65534

// tabDocuments is after how many prints a tab is replaced: its memory grows by
// some 100 KB a document.
const tabDocuments = 500

func (c Config) withDefaults() Config {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&c.UID, nobody)
	set(&c.GID, nobody)
	set(&c.MaxDocuments, 10_000)
	set(&c.Workers, runtime.GOMAXPROCS(0))
	set(&c.Queue, 256)
	set(&c.Tabs, 16)
	if c.Timeout <= 0 {
		c.Timeout = 15 * time.Second
	}
	return c
}

// find returns the browser's program. Debian's commands are shell wrappers
// that stay as the parent; the program itself is started, so that the process
// that is watched and killed is the browser.
func find(binary string) (string, error) {
	names := []string{binary}
	if binary == "" {
		names = []string{"chromium-headless-shell", "chromium"}
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if program := filepath.Join("/usr/lib/chromium", filepath.Base(path)); isScript(path) && isProgram(program) {
			return program, nil
		}
		return filepath.Abs(path)
	}
	return "", &fault.Fault{
		Kind: fault.Misconfigured, System: system, Operation: "start",
		Hint: "run scripts/install-chromium, or set the path of a Chromium in the configuration",
		Err:  errors.New("no Chromium found"),
	}
}

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [2]byte
	n, _ := f.Read(head[:])
	return n == 2 && string(head[:]) == "#!"
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
