package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/saylovhub/hub/contracts/fault"
)

// Find returns the browser's program: the given one or, for an empty name,
// chromium-headless-shell or chromium of PATH. Debian's commands are shell
// wrappers that stay as the parent; the program itself is started, so that the
// process that is watched and killed is the browser. None is a fault of kind
// misconfigured.
func Find(binary string) (string, error) {
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
		Kind: fault.Misconfigured, System: System, Operation: "start",
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
