package process

import (
	"path/filepath"

	"github.com/chromedp/chromedp"
)

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
