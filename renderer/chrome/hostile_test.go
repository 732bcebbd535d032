//go:build linux

package chrome

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// counter is a server that a page must never reach.
func counter(t *testing.T) (url string, hits *atomic.Int64) {
	t.Helper()
	hits = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(s.Close)
	return s.URL, hits
}

// The page gets past the check of elements here, so that the walls behind it
// are what is tested.
func TestHostilePageReachesNothing(t *testing.T) {
	t.Parallel()
	url, hits := counter(t)
	resp, err := http.Get(url) //nolint:noctx // proves that the counter counts
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if hits.Swap(0) != 1 {
		t.Fatal("the counter does not count")
	}
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("TOPSECRET"), 0o644); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{
		"script":              `<script>document.querySelector('p').textContent='SCRIPTRAN';fetch('%[1]s/a');new WebSocket('%[1]s'.replace('http','ws'));navigator.sendBeacon('%[1]s/b')</script>`,
		"handler of an image": `<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" onload="document.querySelector('p').textContent='SCRIPTRAN plain'">`,
		"other handlers":      `<img src="x:" onerror="document.querySelector('p').textContent='SCRIPTRAN'"><svg onload="document.querySelector('p').textContent='SCRIPTRAN'"></svg>`,
		"file iframe":         `<iframe src="file://%[2]s"></iframe><object data="file://%[2]s"></object><embed src="file://%[2]s">`,
		"http frames":         `<iframe src="%[1]s/f"></iframe><object data="%[1]s/o"></object><embed src="%[1]s/e">`,
		"images":              `<img src="%[1]s/i" width="1"><svg><image href="%[1]s/s"/></svg><picture><source srcset="%[1]s/p"><img></picture><video poster="%[1]s/v"></video>`,
		"style":               `<style>@import url(%[1]s/c);body{background:url(%[1]s/bg)}@font-face{font-family:z;src:url(%[1]s/font)}p{font-family:z}</style><p style="background:url(%[1]s/bg2)">z</p>`,
		"links":               `<link rel="stylesheet" href="%[1]s/css"><link rel="preconnect" href="%[1]s"><link rel="dns-prefetch" href="%[1]s"><link rel="prefetch" href="%[1]s/pf"><link rel="icon" href="%[1]s/ico">`,
		"refresh":             `<meta http-equiv="refresh" content="0;url=%[1]s/refresh">`,
		"refresh to data":     `<meta http-equiv="refresh" content="0;url=data:text/html,<script>fetch('%[1]s/d')</script>">`,
		"base and form":       `<base href="%[1]s/"><form action="%[1]s/form"><input autofocus></form><a href="%[1]s/ping" ping="%[1]s/ping">x</a>`,
		"metadata address":    `<img src="http://169.254.169.254/latest/meta-data/" width="1">`,
	}
	b := start(t, Config{})
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	for name, body := range bodies {
		for _, guarded := range []bool{true, false} { // the other walls hold without the policy, too
			t.Run(fmt.Sprintf("%s, policy %v", name, guarded), func(t *testing.T) {
				p := sheet(t, "id", "")
				if !guarded {
					p.Shell = policy.ReplaceAllString(p.Shell, "")
				}
				p.Body = "<p>plain</p>" + strings.NewReplacer("%[1]s", url, "%[2]s", secret).Replace(body)
				out, err := b.print(t.Context(), p, true)
				// A page that went elsewhere or broke an image is refused, which is
				// fine; a form control crashes a browser that has no system fonts.
				if err != nil {
					if k := fault.KindOf(err); k != fault.Defect && name != "base and form" {
						t.Errorf("%s: %v", k, err)
					}
				} else if text := textOf(t, out.PDF); !strings.Contains(text, "plain") || strings.Contains(text, "SCRIPTRAN") || strings.Contains(text, "TOPSECRET") {
					t.Errorf("the print reads %q", text)
				}
				// What was set off may still be under way: a whole print passes.
				if got := mustPrint(t, b, sheet(t, "next", "next")); strings.TrimSpace(got) != "next" {
					t.Errorf("the next print reads %q", got)
				}
				if n := hits.Load(); n != 0 {
					t.Errorf("%d requests went out", n)
				}
			})
		}
	}
}

func TestActiveElementsAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	for _, element := range []string{"script", "iframe", "object", "embed", "meta", "link", "base", "style", "form", "video"} {
		p := sheet(t, "id", "")
		p.Body = fmt.Sprintf("<div><%s></div>", element)
		_, err := b.Print(t.Context(), p)
		if fault.KindOf(err) != fault.Defect || !strings.Contains(err.Error(), "element "+element) {
			t.Errorf("%s: %v", element, err)
		}
	}
}

func TestBrowserIsConfined(t *testing.T) {
	t.Setenv("HUB_TEST_SECRET", "do not inherit")
	b := start(t, Config{})
	mustPrint(t, b, sheet(t, "id", "x"))
	i := current(b)
	var online bool
	if err := evaluate(i.idle[0], "navigator.onLine", &online); err != nil || online {
		t.Errorf("the tab is online (%v, %v)", online, err)
	}
	info, err := os.Stat(i.Dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	renderers := 0
	for _, p := range process.Members(i.Group) {
		if p.UID <= 0 || os.Getuid() == 0 && p.UID != nobody {
			t.Errorf("process %q runs as user %d", p.Kind, p.UID)
		}
		if p.Kind == process.Page {
			renderers++
			if p.Seccomp != 2 {
				t.Errorf("a page's process has seccomp %d", p.Seccomp)
			}
		}
		if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.PID)); err == nil && strings.Contains(string(env), "HUB_TEST_SECRET") {
			t.Errorf("process %q has the hub's environment", p.Kind)
		}
		if p.Kind == "" {
			line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
			if err != nil || strings.Contains(string(line), "no-sandbox") || strings.Contains(string(line), "debugging-port") {
				t.Errorf("command line %q, %v", line, err)
			}
			for _, flag := range []string{"--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND", "--font-render-hinting=none"} {
				if !strings.Contains(string(line), flag+"\x00") {
					t.Errorf("%s is missing", flag)
				}
			}
		}
	}
	if renderers == 0 {
		t.Error("no page's process found")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if left := process.Members(i.Group); len(left) != 0 {
		t.Errorf("%d processes left", len(left))
	}
	if _, err := os.Stat(i.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	_, err = b.Print(t.Context(), sheet(t, "id", "x"))
	wantKind(t, err, fault.Unavailable)
}
