package apptest_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/portal"
)

// BenchmarkAutofill measures what an auto-fill takes over the slowest register:
// seven registers of fixed latency, one of 50 ms. Each answer, as its caller
// sees it over HTTP, is held against that register's own answer within it, as
// the hub's record of exchanges has it from the transport. At least 200 answers
// are taken, however long that is. The floor is what the machine takes for the
// two things that cannot be left out, after the same rest: an empty request to
// the hub, and a file made durable (what is asked about whom is on record
// before it is asked).
func BenchmarkAutofill(b *testing.B) {
	const least = 200
	app.TuneMemory() // as the hub that serves does
	h := apptest.Start(b, apptest.WithMocks(func(o *mocks.Options) { o.Portal.PendingPolls = -1 }),
		apptest.Configure(func(c *config.Config) {
			c.Limits = config.Limits{Bulkhead: 64, Rate: -1}
		}))
	for op, latency := range map[string]time.Duration{
		portal.OpEducation: 50 * time.Millisecond, portal.OpPersonal: 10 * time.Millisecond, portal.OpAddress: 10 * time.Millisecond,
		portal.OpEmployment: 10 * time.Millisecond, portal.OpCapacity: 10 * time.Millisecond, portal.OpSearch: 5 * time.Millisecond,
		portal.OpCheck: 5 * time.Millisecond, portal.OpDisability: 5 * time.Millisecond,
	} {
		if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: op, Kind: chaos.Latency, Delay: latency}); err != nil {
			b.Fatal(err)
		}
	}
	in := apptest.JSON(b, apptest.M{"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(h.Story(b, "candidate-clean").PINFL)})
	// A plain client: the tests' own checks every answer against the contract.
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	b.Cleanup(transport.CloseIdleConnections)
	caller := client.New(h.URL, h.DEC.Key)
	caller.HTTP = &http.Client{Transport: transport}

	for name, askers := range map[string]int{"one": 1, "eight": 8} {
		b.Run(name, func(b *testing.B) {
			for range 2 * askers { // connections and the token
				if _, err := caller.Autofill(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			var mu sync.Mutex
			var all, over []time.Duration
			for left := max(b.N, least); left > 0; {
				n := min(left, 400) // the record is read 500 at a time
				took := map[string]time.Duration{}
				var wg sync.WaitGroup
				for i := range askers {
					wg.Go(func() {
						for range (n + askers - 1 - i) / askers {
							began := time.Now()
							a, err := caller.Autofill(b.Context(), in)
							d := time.Since(began)
							if err != nil {
								b.Error(err)
								return
							}
							mu.Lock()
							took[transactionOf(a, "education")] = d
							mu.Unlock()
						}
					})
				}
				wg.Wait()
				for transaction, own := range ownTimes(b, h, took) {
					all, over = append(all, took[transaction]), append(over, took[transaction]-own)
				}
				left -= n
			}
			floor := floors(b, caller, least)
			slices.Sort(all)
			slices.Sort(over)
			slices.Sort(floor)
			millis := func(list []time.Duration, q float64) float64 {
				return float64(list[min(len(list)-1, int(q*float64(len(list))))]) / float64(time.Millisecond)
			}
			b.ReportMetric(0, "ns/op") // of fewer answers than were taken
			b.ReportMetric(millis(all, 0.5), "p50-ms")
			b.ReportMetric(millis(all, 0.99), "p99-ms")
			b.ReportMetric(millis(over, 0.5), "p50-over-ms")
			b.ReportMetric(millis(over, 0.99), "p99-over-ms")
			b.ReportMetric(millis(floor, 0.5), "p50-floor-ms")
			b.ReportMetric(millis(floor, 0.99), "p99-floor-ms")
			b.ReportMetric(millis(over, 0.5)/millis(floor, 0.5), "p50-ratio")
			b.ReportMetric(millis(over, 0.99)/millis(floor, 0.99), "p99-ratio")
		})
	}
}

// floors takes the floor n times, after rests as long as the slowest register.
func floors(b *testing.B, caller *client.Client, n int) []time.Duration {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	page := make([]byte, 16<<10)
	rest := time.NewTicker(50 * time.Millisecond)
	defer rest.Stop()
	var out []time.Duration
	for range n {
		<-rest.C
		began := time.Now()
		resp, err := caller.HTTP.Get(caller.URL + "/healthz") //nolint:noctx // as short as it gets
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
		if _, err := file.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		out = append(out, time.Since(began))
	}
	return out
}

func transactionOf(a client.Autofill, id string) string {
	for _, r := range a.Registers {
		if r.Register == id && r.Status == "found" {
			return r.Transaction
		}
	}
	return ""
}

// ownTimes reads how long the slowest register took in each of the answers.
func ownTimes(b *testing.B, h *apptest.Hub, answers map[string]time.Duration) map[string]time.Duration {
	b.Helper()
	own := map[string]time.Duration{}
	apptest.Poll(b, "the record of all exchanges", func(ctx context.Context) (bool, any, error) {
		list, err := h.Admin.Exchanges(ctx, client.ExchangeFilter{System: "portal", Operation: portal.OpEducation}, 500)
		for _, e := range list {
			if _, ours := answers[e.Transaction]; ours && e.Tries == 1 {
				own[e.Transaction] = time.Duration(e.Micros) * time.Microsecond
			}
		}
		return len(own) == len(answers), len(own), err
	})
	return own
}
