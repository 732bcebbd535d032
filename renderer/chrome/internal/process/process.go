package process

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// System is the name that faults of the browser carry.
const System = "chrome"

const (
	startLimit = 30 * time.Second
	endLimit   = 5 * time.Second

	folderPrefix = "saylovhub-chrome-"
	lockName     = "lock"
)

// Options says which program is started and as whom.
type Options struct {
	Binary   string // of Find
	UID, GID int    // of the browser when the hub is root
	Log      *slog.Logger
}

// Process is one running browser.
type Process struct {
	Context context.Context    // of chromedp; ends with the browser
	Abort   context.CancelFunc // kills the process group, does not wait
	Finish  func()             // Abort, then waits for everything to end and removes the folder; once
	Version string             // such as 156.0.8078.79
	Group   int                // id of the process group
	Dir     string             // the browser's own folder
	Lost    <-chan struct{}    // closed when the process is gone or its pipe closed
}

// Launch starts a browser and proves that its sandbox works, within 30 s. ctx
// bounds the start only; Finish ends the browser. What goes wrong is a fault
// that says what to do: misconfigured, or unavailable.
func Launch(ctx context.Context, o Options) (*Process, error) {
	sweep(time.Now())
	dir, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, startFault(fmt.Errorf("making the browser's folder: %w", err))
	}
	release, err := prepare(dir, o)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, startFault(fmt.Errorf("making the browser's folder: %w", err))
	}

	base, abort := context.WithCancel(context.WithoutCancel(ctx)) // the browser outlives its first caller
	options := append(flags(dir), chromedp.ExecPath(o.Binary), chromedp.NoInheritEnv, chromedp.Env(environment(dir)...),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) { confine(cmd, o.UID, o.GID, dir) }))
	allocator, waitAllocator := chromedp.NewExecAllocator(base, options...)
	mute := func(string, ...any) {} // its messages can quote the page
	root, wait := chromedp.NewContext(allocator, chromedp.WithLogf(mute), chromedp.WithErrorf(mute), chromedp.WithDebugf(mute))
	p := &Process{Context: root, Abort: abort, Dir: dir}
	p.Finish = sync.OnceFunc(func() {
		abort()
		wait()
		waitAllocator()
		awaitGroupEnd(p.Group, endLimit)
		release()
		if err := os.RemoveAll(dir); err != nil {
			o.Log.WarnContext(base, "the browser's folder could not be removed", "error", err)
		}
	})

	// The first call binds the browser's life to its context, so the deadline
	// and the caller's cancellation abort from the side.
	timer := time.AfterFunc(startLimit, abort)
	stop := context.AfterFunc(ctx, abort)
	version, err := chromedp.CallBrowser(root, browser.GetVersion, struct{}{})
	if c := chromedp.FromContext(root); c.Browser != nil && c.Browser.Process() != nil {
		p.Group = c.Browser.Process().Pid
		p.Lost = c.Browser.LostConnection
	}
	if err == nil {
		_, p.Version, _ = strings.Cut(version.Product, "/")
		err = p.assertSandbox(root)
	}
	timer.Stop()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		p.Finish()
		return nil, startFault(err)
	}
	return p, nil
}

// Dead reports whether the process is gone or its pipe closed.
func (p *Process) Dead() bool {
	select {
	case <-p.Lost:
		return true
	case <-p.Context.Done():
		return true
	default:
		return false
	}
}

// Ping asks the browser for its version and waits for the answer at most as
// long as given. It passes by every queue: a busy page does not hold it up.
func (p *Process) Ping(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(p.Context, limit)
	defer cancel()
	_, err := chromedp.CallBrowser(ctx, browser.GetVersion, struct{}{})
	return err
}

// noFonts leaves the browser without system fonts: a letter that a template's
// own fonts lack must not print in whatever this machine has.
const noFonts = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>`

// prepare fills the folder, locks it and gives it to the browser's user.
func prepare(dir string, o Options) (release func(), err error) {
	for _, name := range []string{"home", "tmp", "profile"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "fonts.conf"), []byte(noFonts), 0o600); err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return giveTo(path, o.UID, o.GID)
	})
	if err != nil {
		return nil, err
	}
	return hold(dir)
}
