package chrome

import (
	"context"
	"errors"
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

	"github.com/saylovhub/hub/contracts/fault"
)

const (
	system     = "chrome"
	startLimit = 30 * time.Second
	probeLimit = 2 * time.Second // a browser that does not answer in it is hung

	folderPrefix = "saylovhub-chrome-"
	lockName     = "lock"
)

// instance is one browser process with its tabs.
type instance struct {
	ctx     context.Context
	abort   context.CancelFunc // kills the process group, does not wait
	dir     string
	pgid    int
	version string
	lost    <-chan struct{}
	log     *slog.Logger

	mu      sync.Mutex
	idle    []*tab // the most recently used last
	busy    int
	taken   int // prints begun
	retired bool

	finish func() // waits for everything to end, removes the folder; once
}

// noFonts leaves the browser without system fonts: a letter that a template's
// own fonts lack must not print in whatever this machine has.
const noFonts = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>`

func launch(ctx context.Context, binary string, cfg Config, log *slog.Logger) (*instance, error) {
	sweep(time.Now())
	dir, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, startFault(fmt.Errorf("making the browser's folder: %w", err))
	}
	i := &instance{dir: dir, log: log}
	release, err := i.prepare(cfg)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, startFault(fmt.Errorf("making the browser's folder: %w", err))
	}

	base, abort := context.WithCancel(context.WithoutCancel(ctx)) // the browser outlives its first caller
	options := append(flags(dir), chromedp.ExecPath(binary), chromedp.NoInheritEnv, chromedp.Env(environment(dir)...),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) { confine(cmd, cfg.UID, cfg.GID, dir) }))
	allocator, waitAllocator := chromedp.NewExecAllocator(base, options...)
	mute := func(string, ...any) {} // its messages can quote the page
	root, wait := chromedp.NewContext(allocator, chromedp.WithLogf(mute), chromedp.WithErrorf(mute), chromedp.WithDebugf(mute))
	i.ctx, i.abort = root, abort
	i.finish = sync.OnceFunc(func() {
		abort()
		wait()
		waitAllocator()
		awaitGroupEnd(i.pgid, 5*time.Second)
		release()
		if err := os.RemoveAll(dir); err != nil {
			log.WarnContext(base, "the browser's folder could not be removed", "error", err)
		}
	})

	// The first call binds the browser's life to its context, so the deadline
	// and the caller's cancellation abort from the side.
	timer := time.AfterFunc(startLimit, abort)
	stop := context.AfterFunc(ctx, abort)
	version, err := chromedp.CallBrowser(root, browser.GetVersion, struct{}{})
	if c := chromedp.FromContext(root); c.Browser != nil && c.Browser.Process() != nil {
		i.pgid = c.Browser.Process().Pid
		i.lost = c.Browser.LostConnection
	}
	if err == nil {
		_, i.version, _ = strings.Cut(version.Product, "/")
		err = i.assertSandbox(root)
	}
	timer.Stop()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		i.finish()
		return nil, startFault(err)
	}
	return i, nil
}

// prepare fills the folder, locks it and gives it to the browser's user.
func (i *instance) prepare(cfg Config) (release func(), err error) {
	for _, name := range []string{"home", "tmp", "profile"} {
		if err := os.Mkdir(filepath.Join(i.dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(i.dir, "fonts.conf"), []byte(noFonts), 0o600); err != nil {
		return nil, err
	}
	err = filepath.WalkDir(i.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return giveTo(path, cfg.UID, cfg.GID)
	})
	if err != nil {
		return nil, err
	}
	return hold(i.dir)
}

func environment(dir string) []string {
	home := filepath.Join(dir, "home")
	return []string{
		"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=Asia/Tashkent",
		"HOME=" + home, "TMPDIR=" + filepath.Join(dir, "tmp"),
		"XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_RUNTIME_DIR=" + home,
		"FONTCONFIG_FILE=" + filepath.Join(dir, "fonts.conf"),
	}
}

func flags(dir string) []chromedp.ExecAllocatorOption {
	f := func(name string, v any) chromedp.ExecAllocatorOption { return chromedp.Flag(name, v) }
	return []chromedp.ExecAllocatorOption{
		f("no-sandbox", false), // chromedp would add it for root
		f("headless", true), f("hide-scrollbars", true), f("mute-audio", true),
		f("no-first-run", true), f("no-default-browser-check", true), f("enable-automation", true),
		f("user-data-dir", filepath.Join(dir, "profile")),
		f("disable-dev-shm-usage", !shmIsRoomy()),
		f("disable-gpu", true),
		// Same layout everywhere: without it text widths follow the machine.
		f("font-render-hinting", "none"), f("force-color-profile", "srgb"), f("lang", "en-US"),
		// The dead network. Port 9 is the discard port; the bypass rule takes
		// away the exception that loopback otherwise has.
		f("proxy-server", "http://127.0.0.1:9"), f("proxy-bypass-list", "<-loopback>"),
		f("host-resolver-rules", "MAP * ~NOTFOUND"),
		f("disable-background-networking", true), f("disable-component-update", true), f("disable-sync", true),
		f("disable-default-apps", true), f("disable-extensions", true), f("disable-breakpad", true),
		f("disable-crash-reporter", true), f("no-pings", true), f("metrics-recording-only", true),
		f("disable-client-side-phishing-detection", true), f("safebrowsing-disable-auto-update", true),
		f("disable-background-timer-throttling", true), f("disable-renderer-backgrounding", true),
		f("disable-backgrounding-occluded-windows", true), f("disable-hang-monitor", true),
		f("disable-popup-blocking", false), f("disable-prompt-on-repost", true),
		f("disable-features", "Translate,WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints"),
		f("password-store", "basic"),
	}
}

var errNoSandbox = errors.New("the browser's page process is not sandboxed")

// assertSandbox looks at the page process that every browser starts with. It
// is the proof that the sandbox works, whatever the flags say.
func (i *instance) assertSandbox(ctx context.Context) error {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, p := range group(i.pgid) {
			// The zygote forks renderers and turns the filter on a moment later.
			if p.kind == "renderer" && p.seccomp == 2 && p.uid != 0 {
				return nil
			}
		}
	}
	return errNoSandbox
}

// startFault says what an operator can do about a browser that did not start.
func startFault(err error) error {
	f := &fault.Fault{Kind: fault.Unavailable, System: system, Operation: "start", Err: err}
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

// dead reports whether the process is gone or its pipe closed.
func (i *instance) dead() bool {
	select {
	case <-i.lost:
		return true
	case <-i.ctx.Done():
		return true
	default:
		return false
	}
}

// probe kills a browser that does not answer.
func (i *instance) probe() {
	ctx, cancel := context.WithTimeout(i.ctx, probeLimit)
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, browser.GetVersion, struct{}{}); err != nil {
		i.abort()
	}
}
