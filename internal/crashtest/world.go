package crashtest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/mocks"
)

// Options of Start. The zero value of a field means its documented default.
type Options struct {
	Edition Edition
	Program string   // what is a hub when started with hub arguments
	Env     []string // what makes it one
	Config  string   // YAML over the configuration of these tests
	Seed    uint64   // of people and faults; default 7
	People  int      // ordinary people; default 4000
	// Portal wraps the portal's mock, for what its own faults cannot do. Nil: not.
	Portal func(next http.Handler) http.Handler
}

// config is what holds in these tests: what takes minutes in an election takes
// seconds, and what is wrong is found out soon.
const config = `
checks: {deadline: 10s}
retry: {base: 200ms, cap: 1s, pending_base: 200ms, pending_cap: 500ms, breach_delay: 300ms, stopped_delay: 1s, throttle_cap: 1s, limit: 1m}
limits: {total: 3s, try: 1s, stop_retry: 1s, breaker: {open: 1s}}
stages:
  check.criminal-record.search: {retry: {limit: 1m}}
  check.criminal-record.check: {retry: {limit: 1m}}
`

// World is the mock systems, the hub's processes and who may ask them.
type World struct {
	T         testing.TB
	Edition   Edition
	Dir       string // data folder of all processes
	Systems   *mocks.Systems
	Addresses client.Mocks
	Processes []*Process
	Day       civil.Date // of the election
	Now       func() time.Time
	Filler    *demo.Filler

	seed   uint64
	adminK string
	keys   map[string]string // of the commissions
	http   *http.Client
	names  sync.Map // of barred people taken
	person atomic.Int64
	number atomic.Int64
}

// Election, commissions and their people as the demo's directory has them.
const (
	election = "kengash"
	tec      = "1726"
	dec      = "1726269"
)

var drafters = map[string]string{tec: "tec-deputy", dec: "dec-deputy"}

var chairs = map[string]string{tec: "chair-tec", dec: "chair-dec"}

// Start starts the mock systems and the processes, and prepares the directory
// and the commissions' keys. Everything ends with the test.
func Start(t testing.TB, o Options) *World {
	t.Helper()
	if o.Seed == 0 {
		o.Seed = 7
	}
	if o.People == 0 {
		o.People = 4000
	}
	day := demo.ElectionDay(time.Now())
	systems, err := mocks.Start(t.Context(), mocks.Options{Seed: o.Seed, ElectionDay: day, People: o.People, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = systems.Close() })
	w := &World{
		T: t, Edition: o.Edition, Dir: filepath.Join(t.TempDir(), "data"), Systems: systems, Addresses: demo.Addresses(systems), Day: day, Now: time.Now,
		seed: o.Seed, keys: map[string]string{},
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
	}
	t.Cleanup(w.http.CloseIdleConnections)
	if o.Portal != nil {
		w.Addresses.Portal = wrap(t, w.Addresses.Portal, o.Portal)
	}
	w.Filler = &demo.Filler{Mocks: w.Addresses, Day: day}
	file := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(file, []byte(merged(o.Config)), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range o.Edition.Processes {
		w.Processes = append(w.Processes, w.newProcess(t, fmt.Sprintf("hub %d", i+1), o, file))
	}
	t.Cleanup(w.closeProcesses)
	// The first makes the keys that all share.
	for _, p := range w.Processes {
		if err := p.Start(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, p.log.Latest())
		}
	}
	w.prepare(t)
	return w
}

// merged lays a test's configuration over the common one: two documents cannot
// hold the same key, so the test's own lines go first.
func merged(own string) string {
	if own == "" {
		return config
	}
	var keep []string
	skip := false
	for line := range strings.Lines(config) {
		if key, _, found := strings.Cut(line, ":"); found && key != "" && key[0] != ' ' {
			skip = strings.HasPrefix(own, key+":") || strings.Contains(own, "\n"+key+":")
		}
		if !skip {
			keep = append(keep, line)
		}
	}
	return own + "\n" + strings.Join(keep, "")
}

func (w *World) newProcess(t testing.TB, name string, o Options, config string) *Process {
	t.Helper()
	address, err := freeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j := &journal{}
	a := w.Addresses
	return &Process{
		Name: name, Address: address, program: o.Program, log: j,
		env: append(append([]string{}, o.Env...), o.Edition.Env...),
		args: []string{
			"--config", config, "serve", "--demo", "--data-dir", w.Dir, "--listen", address,
			"--mock-portal", a.Portal, "--mock-eds", a.EDS, "--mock-sms", a.SMS,
		},
	}
}

// freeAddress is one that outgoing connections are not given while the process
// that belongs there is dead.
func freeAddress(ctx context.Context) (string, error) {
	var last error
	for range 200 {
		address := "127.0.0.1:" + strconv.Itoa(20000+rand.IntN(12000)) //nolint:gosec // any port will do
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			last = err
			continue
		}
		return address, l.Close()
	}
	return "", fmt.Errorf("looking for a free port: %w", last)
}

func (w *World) closeProcesses() {
	for _, p := range w.Processes {
		p.Kill()
		for _, odd := range p.Odd() {
			w.T.Errorf("%s: %s", p.Name, odd)
		}
		if w.T.Failed() {
			w.T.Logf("%s said last:\n%s", p.Name, p.log.Latest())
		}
	}
}

func (w *World) prepare(t testing.TB) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.Dir, "admin.key"))
	if err != nil {
		t.Fatal(err)
	}
	w.adminK = strings.TrimSpace(string(raw))
	directory, err := w.Filler.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin := w.Admin(w.Processes[0])
	if _, err := admin.ImportDirectory(t.Context(), directory); err != nil {
		t.Fatalf("importing the directory: %v", err)
	}
	for _, c := range []string{tec, dec} {
		key, err := admin.CreateKey(t.Context(), "crash "+c, c, "applications:write", "applications:read", "decisions:write", "documents:read")
		if err != nil {
			t.Fatalf("making a key: %v", err)
		}
		w.keys[c] = key
	}
}

// Admin is the administrator at one process.
func (w *World) Admin(p *Process) *client.Client { return w.client(p.URL(), w.adminK) }

func (w *World) client(address, key string) *client.Client {
	c := client.New(address, key)
	c.HTTP = w.http
	return c
}

// AdminKeyFile is where the administrator's key lies.
func (w *World) AdminKeyFile() string { return filepath.Join(w.Dir, "admin.key") }

// Odd is what processes did that no hub may do.
func (w *World) Odd() []string {
	var out []string
	for _, p := range w.Processes {
		out = append(out, p.Odd()...)
	}
	return out
}
