package process

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

var errNoSandbox = errors.New("the browser's page process is not sandboxed")

// assertSandbox looks at the page process that every browser starts with. It
// is the proof that the sandbox works, whatever the flags say.
func (p *Process) assertSandbox(ctx context.Context) error {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, member := range Members(p.Group) {
			// The zygote forks renderers and turns the filter on a moment later.
			if member.Kind == Page && member.Seccomp == 2 && member.UID != 0 {
				return nil
			}
		}
	}
	return errNoSandbox
}

// startFault says what an operator can do about a browser that did not start.
func startFault(err error) error {
	f := &fault.Fault{Kind: fault.Unavailable, System: System, Operation: "start", Err: err}
	text := strings.ToLower(err.Error())
	switch {
	case errors.Is(err, errNoSandbox), strings.Contains(text, "sandbox"), strings.Contains(text, "namespace"):
		f.Kind, f.Err = fault.Misconfigured, errNoSandbox
		f.Hint = "allow unprivileged user namespaces (kernel.unprivileged_userns_clone, AppArmor, container profile) or install the package chromium-sandbox; the hub does not run a browser without its sandbox"
	case errors.Is(err, os.ErrPermission):
		f.Kind = fault.Misconfigured
		f.Hint = "the browser's unprivileged user must be able to run its program and to enter the folder for temporary files"
	case errors.Is(err, os.ErrNotExist), strings.Contains(text, "failed to start"):
		f.Kind = fault.Misconfigured
		f.Err = errors.New("the browser's program did not start")
		f.Hint = "run the configured browser with --version by hand; scripts/install-chromium installs one that works"
	}
	return f
}
