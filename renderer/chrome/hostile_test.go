//go:build linux

package chrome

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

// counter is a server that a page must never reach: it counts connections,
// whatever they would speak.
func counter(t *testing.T) (address string, hits *atomic.Int64) {
	t.Helper()
	hits = new(atomic.Int64)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return l.Addr().String(), hits
}

// hostile are bodies that try to get out, to read a file, or to act. %[1]s is
// the counter's address, %[2]s a file with a secret.
var hostile = map[string]string{
	"script":              `<script>document.querySelector('p').textContent='SCRIPTRAN';fetch('http://%[1]s/a');navigator.sendBeacon('http://%[1]s/b')</script>`,
	"web socket":          `<script>new WebSocket('ws://%[1]s/ws')</script>`,
	"endless script":      `<script>for(;;);</script>`,
	"worker":              `<script>new Worker('http://%[1]s/w');navigator.serviceWorker&&navigator.serviceWorker.register('http://%[1]s/sw')</script>`,
	"handler of an image": `<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" onload="document.querySelector('p').textContent='SCRIPTRAN plain'">`,
	"other handlers":      `<img src="x:" onerror="document.querySelector('p').textContent='SCRIPTRAN'"><svg onload="document.querySelector('p').textContent='SCRIPTRAN'"></svg>`,
	"address of a script": `<a href="javascript:document.querySelector('p').textContent='SCRIPTRAN'">x</a><iframe src="javascript:parent.document.querySelector('p').textContent='SCRIPTRAN'"></iframe>`,
	"file frames":         `<iframe src="file://%[2]s"></iframe><object data="file://%[2]s"></object><embed src="file://%[2]s">`,
	"file images":         `<img src="file://%[2]s"><svg><image href="file://%[2]s"/></svg><p style="background:url(file://%[2]s)">z</p>`,
	"file style":          `<style>@import url(file://%[2]s);@font-face{font-family:z;src:url(file://%[2]s)}p{font-family:z}</style><link rel="stylesheet" href="file://%[2]s">`,
	"http frames":         `<iframe src="http://%[1]s/f"></iframe><object data="http://%[1]s/o"></object><embed src="http://%[1]s/e">`,
	"https frames":        `<iframe src="https://%[1]s/f"></iframe><object data="https://%[1]s/o"></object><embed src="https://%[1]s/e"><img src="https://%[1]s/i" width="1">`,
	"frame with a source": `<iframe srcdoc="<script>parent.document.querySelector('p').textContent='SCRIPTRAN'</script><img src='http://%[1]s/srcdoc'>"></iframe>`,
	"images":              `<img src="http://%[1]s/i" width="1"><picture><source srcset="http://%[1]s/p"><img></picture><video poster="http://%[1]s/v"></video><img srcset="http://%[1]s/2 2x">`,
	"media":               `<video src="http://%[1]s/v" autoplay></video><audio src="http://%[1]s/a" autoplay></audio><track src="http://%[1]s/t">`,
	"style":               `<style>@import url(http://%[1]s/c);body{background:url(http://%[1]s/bg)}</style><p style="background:url(http://%[1]s/bg2)">z</p>`,
	"style of print":      `<style>@media print{@import url(http://%[1]s/c);p{background:url(http://%[1]s/bg);content:url(http://%[1]s/co);list-style:url(http://%[1]s/li);cursor:url(http://%[1]s/cu),auto;mask:url(http://%[1]s/m);border-image:url(http://%[1]s/b)}}</style>`,
	"font":                `<style>@font-face{font-family:z;src:url(http://%[1]s/font)}p{font-family:z}</style>`,
	"svg image":           `<svg><image href="http://%[1]s/s"/><feImage href="http://%[1]s/fe"/></svg>`,
	"svg use":             `<svg xmlns:xlink="http://www.w3.org/1999/xlink"><use href="http://%[1]s/u.svg#a"/><use xlink:href="http://%[1]s/x.svg#a"/></svg>`,
	"svg script":          `<svg><script>document.querySelector('p').textContent='SCRIPTRAN'</script><script href="http://%[1]s/js"/></svg>`,
	"svg foreign object":  `<svg><foreignObject width="9" height="9"><iframe src="http://%[1]s/fo"></iframe><img src="http://%[1]s/foi"></foreignObject></svg>`,
	"svg animation":       `<svg><a><animate attributeName="href" values="javascript:document.querySelector('p').textContent='SCRIPTRAN'"/></a><set attributeName="onload" to="document.querySelector('p').textContent='SCRIPTRAN'"/></svg>`,
	"svg as an image":     `<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'><image href='http://%[1]s/inner'/><script>1</script></svg>">`,
	"links":               `<link rel="stylesheet" href="http://%[1]s/css"><link rel="prefetch" href="http://%[1]s/pf"><link rel="icon" href="http://%[1]s/ico"><link rel="modulepreload" href="http://%[1]s/mp"><link rel="preload" as="font" href="http://%[1]s/pl">`,
	"preconnect":          `<link rel="preconnect" href="http://%[1]s"><link rel="dns-prefetch" href="http://%[1]s">`,
	"refresh":             `<meta http-equiv="refresh" content="0;url=http://%[1]s/refresh">`,
	"refresh to data":     `<meta http-equiv="refresh" content="0;url=data:text/html,<script>fetch('http://%[1]s/d')</script>">`,
	"refresh to a file":   `<meta http-equiv="refresh" content="0;url=file://%[2]s">`,
	"base and form":       `<base href="http://%[1]s/"><form action="http://%[1]s/form"><input autofocus></form><a href="http://%[1]s/ping" ping="http://%[1]s/ping">x</a>`,
	"metadata address":    `<img src="http://169.254.169.254/latest/meta-data/" width="1"><iframe src="http://169.254.169.254/"></iframe><style>@import url(http://169.254.169.254/)</style>`,
	"own policy":          `<meta http-equiv="Content-Security-Policy" content="default-src * 'unsafe-inline'"><img src="http://%[1]s/i" width="1">`,
}

// The page gets past the check of elements here, so that the walls behind it
// are what is tested: all of them, and all but the content policy.
func TestHostilePageReachesNothing(t *testing.T) {
	t.Parallel()
	address, hits := counter(t)
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address) // proves that the counter counts
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the counter to count", func() bool { return hits.Load() == 1 })
	_ = c.Close()
	hits.Store(0)
	secret := filepath.Join(openDir(t), "secret.txt")
	if err := os.WriteFile(secret, []byte("TOPSECRET"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := start(t, Config{Workers: 2, Timeout: 10 * time.Second})
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	for name, body := range hostile {
		for _, guarded := range []bool{true, false} { // the other walls hold without the policy, too
			t.Run(fmt.Sprintf("%s, policy %v", name, guarded), func(t *testing.T) {
				p := sheet(t, "id", "")
				if !guarded {
					p.Shell = policy.ReplaceAllString(p.Shell, "")
				}
				p.Body = "<p>plain</p>" + strings.NewReplacer("%[1]s", address, "%[2]s", secret).Replace(body)
				out, err := b.print(t.Context(), p, true)
				// A page that went elsewhere or broke an image is refused, which is
				// fine; a form control crashes a browser that has no system fonts.
				if err != nil {
					if k := fault.KindOf(err); k != fault.Defect && name != "base and form" && name != "media" {
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
					t.Errorf("%d connections went out", n)
				}
			})
		}
	}
	if h := b.Health(); h.Alive() == 0 {
		t.Errorf("health %+v", h)
	}
}

// A page that is too much is refused by name, and the others print on beside
// and after it.
func TestHugePages(t *testing.T) {
	t.Parallel()
	rows := func(n int) string {
		return "<table>" + strings.Repeat("<tr><td>Boʻronova Aziza Botirovna</td><td>1234567</td></tr>", n) + "</table>"
	}
	cases := []struct {
		name, style, body string
		kind              fault.Kind
		code              string
	}{
		{"100,001 rows", "", rows(100_001), fault.Unavailable, CodeUnsettled},
		{"more than the limit", "", strings.Repeat("x", 9*mega), fault.Rejected, ""},
		{"a style that never settles", "p{filter:blur(20mm);position:absolute;inset:0;background:linear-gradient(red,blue)}", strings.Repeat("<p>x</p>", 2000), fault.Unavailable, CodeUnsettled},
	}
	b := start(t, Config{Workers: 2, Timeout: 2 * time.Second, MaxBody: 8 * mega})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := sheet(t, "id", "")
			p.Shell = strings.Replace(p.Shell, "</style>", c.style+"</style>", 1)
			p.Body = c.body
			var beside sync.WaitGroup
			beside.Go(func() {
				for range 5 {
					if got := mustPrint(t, b, sheet(t, "beside", "beside")); strings.TrimSpace(got) != "beside" {
						t.Errorf("beside it: %q", got)
					}
				}
			})
			begun := time.Now()
			_, err := b.Print(t.Context(), p)
			t.Log(time.Since(begun), err)
			wantKind(t, err, c.kind)
			if f := fault.Of(err); f.Code != c.code {
				t.Errorf("code %q, want %q", f.Code, c.code)
			}
			beside.Wait()
			if got := mustPrint(t, b, sheet(t, "next", "next")); strings.TrimSpace(got) != "next" {
				t.Errorf("the next print reads %q", got)
			}
		})
	}
	// The pages that did not end are gone with their processes, else they would
	// go on calculating for ever.
	await(t, "the pages to end", func() bool { return !working(t, b) })
}

// working reports whether a page's process uses the processor while nothing is
// printed.
func working(t *testing.T, b *Browser) bool {
	t.Helper()
	spent := func() (all int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.workers {
			if w.i == nil {
				continue
			}
			for _, m := range process.Members(w.i.Group) {
				stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.PID))
				if _, rest, ok := strings.Cut(string(stat), ") "); m.Kind == process.Page && err == nil && ok {
					user, _ := strconv.Atoi(strings.Fields(rest)[11])
					all += user
				}
			}
		}
		return all
	}
	before, tick := spent(), time.NewTicker(300*time.Millisecond)
	defer tick.Stop()
	<-tick.C
	return spent() > before+2 // hundredths of a second
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
