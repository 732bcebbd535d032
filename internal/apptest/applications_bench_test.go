package apptest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/floor"
	"github.com/saylovhub/hub/templates"
)

// BenchmarkApplications measures applications of one observer each from their
// submission over HTTP to mandate, decision copy and notices, on the edition that
// HUB_TEST_EDITION names: how many are accepted and how many finished a second.
// Beside it, in the same run, the floor: what one application cannot do without
// (its jobs as empty hops, its calls to the mock systems, signature checks
// among them, and its prints in warm tabs), each measured alone with the machine to
// itself and added up. Then the same with 100,000 jobs waiting.
func BenchmarkApplications(b *testing.B) {
	const applications, waiting = 240, 100_000
	app.TuneMemory() // as the hub that serves does
	need := recordOne(b)
	hop := hopFloor(b)
	calls := need.callFloor(b)
	prints := printFloor(b)
	perApplication := time.Duration(need.jobs)*hop + calls + prints
	others := 0.0

	h := apptest.Start(b, apptest.WithMocks(func(o *mocks.Options) { o.People = 10 * applications }), apptest.Configure(func(c *config.Config) {
		c.Log.Level = "error"
		c.Limits.Rate = -1 // the mock systems bear whatever comes
		debug.FreeOSMemory()
		others = residentMB(b) // the mock systems are up, the hub is not
	}))
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	b.Cleanup(transport.CloseIdleConnections)
	caller := client.New(h.URL, h.TEC.Key)
	caller.HTTP = &http.Client{Transport: transport}
	run := func() (accepted, finished float64) {
		election := h.Election(b)
		documents, signatures := make([][]byte, applications), make([][]byte, applications)
		for i := range documents {
			documents[i] = apptest.JSON(b, h.Observers(election, h.Plain(b)))
			signatures[i] = h.Sign(b, "party-head", documents[i])
		}
		began := time.Now()
		each(b, applications, func(i int) error {
			_, err := caller.Apply(b.Context(), "", documents[i], signatures[i])
			return err
		})
		accepted = applications / time.Since(began).Seconds()
		decideAll(b, h, caller, election, applications)
		return accepted, applications / time.Since(began).Seconds()
	}
	run() // connections, tokens, tabs
	accepted, finished := run()
	_, again := run()
	finished = (finished + again) / 2
	fillWaiting(b, h, waiting)
	_, under := run()
	_, again = run()
	under = (under + again) / 2
	atLeast := 1 / perApplication.Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(accepted, "accepted/s")
	b.ReportMetric(finished, "finished/s")
	b.ReportMetric(atLeast, "floor/s")
	b.ReportMetric(finished/atLeast, "of-floor")
	b.ReportMetric(under/finished, "with-100k-waiting")
	b.ReportMetric(float64(hop.Microseconds())*float64(need.jobs)/1000, "hops-ms")
	b.ReportMetric(float64(calls.Microseconds())/1000, "calls-ms")
	b.ReportMetric(float64(prints.Microseconds())/1000, "prints-ms")
	b.ReportMetric(float64(need.jobs), "jobs/application")
	b.ReportMetric(float64(need.requests()), "calls/application")
	b.ReportMetric(residentMB(b)-others, "hub-MB")
}

// hands ask at once.
const hands = 16

// each does n pieces of work, 16 at once.
func each(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range hands {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// decideAll decides on every application of an election as soon as it is ready and
// waits until all are executed.
func decideAll(b *testing.B, h *apptest.Hub, caller *client.Client, election string, n int) {
	b.Helper()
	decided := map[string]bool{}
	// Looked at ten times a second only: looking takes from what is measured.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	apptest.Poll(b, "all to be executed", func(ctx context.Context) (bool, any, error) {
		<-tick.C
		var ready []string
		left := 0
		for _, line := range h.Query(b, `SELECT state || ' ' || id FROM application WHERE election=? AND state<>'executed'`, election) {
			state, id, _ := strings.Cut(line, " ")
			if left++; state == "ready" && !decided[id] {
				decided[id] = true
				ready = append(ready, id)
			}
		}
		each(b, len(ready), func(i int) error {
			d, err := caller.Dossier(ctx, ready[i])
			if err != nil {
				return err
			}
			doc := apptest.JSON(b, h.Decision(h.TEC, d))
			_, err = caller.Decide(ctx, d.ID, "", doc, h.Sign(b, h.TEC.Chair, doc))
			return err
		})
		return left == 0 && len(decided) == n, left, nil
	})
}

// needs is what one application asks of queue and outside systems.
type needs struct {
	jobs    int
	systems []*apptest.Recorder
}

func (n needs) requests() (all int) {
	for _, r := range n.systems {
		all += r.Len()
	}
	return all
}

// recordOne takes one application through a hub of its own and keeps what it asked.
func recordOne(b *testing.B) needs {
	b.Helper()
	var n needs
	before := func(url *string) {
		r := apptest.Record(b, *url)
		*url = r.URL
		n.systems = append(n.systems, r)
	}
	h := apptest.Start(b, apptest.Configure(func(c *config.Config) {
		c.Log.Level = "error"
		before(&c.Portal.GatewayURL)
		before(&c.EDS.URL)
		before(&c.SMS.Playmobile.URL)
	}))
	one := func() string {
		taken := h.Submit(b, h.TEC, h.Observers(h.Election(b), h.Plain(b)))
		h.Execute(b, h.TEC, h.Await(b, h.TEC, taken.ID, "the dossier", apptest.Ready))
		return taken.ID
	}
	one() // tokens and connections
	for _, r := range n.systems {
		r.Keep(true)
	}
	id := one()
	for _, r := range n.systems {
		r.Keep(false)
	}
	var err error
	if n.jobs, err = strconv.Atoi(h.Query(b, `SELECT count(*) FROM job WHERE application=? AND state='done'`, id)[0]); err != nil {
		b.Fatal(err)
	}
	return n
}

// callFloor is what an application's calls take, asked again straight.
func (n needs) callFloor(b *testing.B) time.Duration {
	b.Helper()
	const rounds = 40
	transport := &http.Transport{MaxIdleConnsPerHost: hands}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	var all time.Duration
	for _, r := range n.systems {
		again := func(rounds int) time.Duration {
			began := time.Now()
			each(b, rounds*r.Len(), func(i int) error { return r.Again(b.Context(), c, i) })
			return time.Since(began)
		}
		again(2)
		all += again(rounds) / rounds
	}
	return all
}

// hopFloor is what an empty job takes from the claim to its end.
func hopFloor(b *testing.B) time.Duration {
	b.Helper()
	const jobs = 4000
	keys := filepath.Join(b.TempDir(), "keys")
	o := store.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler), Connections: hands + hands/2, Keys: func(create bool) (*vault.Vault, error) { return vault.Open(keys, create) }}
	if apptest.Distributed() {
		o.URL = servicetest.Postgres(b)
	} else {
		o.Dir = b.TempDir()
	}
	s, err := store.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	for from := 0; from < jobs; from += 1000 {
		err := s.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < from+1000; i++ {
				if err := tx.Enqueue(ctx, queue.New{Stage: "empty", Key: fmt.Sprint("empty:", i), Applicant: fmt.Sprint(i % 50), Priority: 50}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var left sync.WaitGroup
	left.Add(jobs)
	var ended atomic.Int64
	r, err := queue.NewRunner(queue.Config{
		Store: s, Transport: embedded.New(slog.New(slog.DiscardHandler)), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Stages: []queue.Stage{{
			Name: "empty", Workers: hands, Policy: queue.DefaultPolicy(),
			Handle: func(context.Context, queue.Job, queue.Keeper) (queue.Effect, error) {
				if ended.Add(1) <= jobs {
					left.Done()
				}
				return nil, nil
			},
		}},
	})
	if err != nil {
		b.Fatal(err)
	}
	s.OnCommit(func(c store.Commit) { r.Wake(c.Stages, c.Due) })
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- r.Run(ctx) }()
	left.Wait()
	took := time.Since(began)
	cancel()
	if err := <-done; err != nil {
		b.Error(err)
	}
	return took / jobs
}

// printFloor is what an application's two pages take, printed bare by as many
// browsers as there are cores.
func printFloor(b *testing.B) time.Duration {
	b.Helper()
	const rounds = 60
	set, err := templates.Load(templates.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var pages []chrome.Page
	for _, name := range []string{"observer-party", "decision"} {
		t, _ := set.Get(name)
		data, language := t.SampleNamed("sample")
		body, err := t.Body(language, data)
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, chrome.Page{
			Name: name, Shell: t.Shell(), Body: body, ID: "bench", Title: t.Title, Lang: language, WidthMM: t.WidthMM, HeightMM: t.HeightMM, Tagged: t.Tagged,
		})
	}
	browsers := make([]*floor.Browser, runtime.NumCPU())
	for i := range browsers {
		if browsers[i], err = floor.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		defer browsers[i].Close()
	}
	var all time.Duration
	for _, p := range pages {
		bare := func(rounds int) time.Duration {
			began := time.Now()
			var wg sync.WaitGroup
			for _, browser := range browsers {
				wg.Go(func() {
					for range rounds / len(browsers) {
						if _, err := browser.Bare(p); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			return time.Since(began)
		}
		bare(2 * len(browsers))
		all += bare(rounds) / rounds
	}
	return all
}

// fillWaiting makes jobs that wait for tomorrow.
func fillWaiting(b *testing.B, h *apptest.Hub, n int) {
	b.Helper()
	due := h.Clock.Now().Add(24 * time.Hour)
	for from := 0; from < n; from += 1000 {
		err := h.Store.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < from+1000; i++ {
				if err := tx.Enqueue(ctx, queue.New{Stage: "checks.deadline", Ref: "nobody", Key: fmt.Sprint("waiting:", i), Applicant: fmt.Sprint(i % 500), Priority: 50, DueAt: due}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// residentMB is the memory of this process.
func residentMB(b *testing.B) float64 {
	b.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(n) / 1024
}
