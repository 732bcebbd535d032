package fleet

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
)

// BenchmarkQuota compares calls whose rate is shared over a PostgreSQL database
// with calls whose rate is the process's own, to the same server, by turns. It
// reports the ratio of times and how many calls a booking serves.
func BenchmarkQuota(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(make([]byte, 2048))
	}))
	b.Cleanup(server.Close)
	client := call.NewClient(nil)
	b.Cleanup(client.CloseIdleConnections)
	keys := filepath.Join(b.TempDir(), "keys")
	s, err := store.Open(b.Context(), store.Options{URL: servicetest.Postgres(b), Now: time.Now, Log: quiet(), Keys: func(bool) (*vault.Vault, error) {
		return vault.Open(keys, true)
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	for _, c := range []struct {
		name    string
		workers int
	}{{"sequential", 1}, {"parallel", 16}} {
		b.Run(c.name, func(b *testing.B) {
			var bookings timing
			op := call.Operation{System: "s", ID: c.name, Limits: call.Limits{RatePerSecond: 100_000, Bulkhead: 64, Reserved: 16}}
			own := call.Deps{Client: client}.Caller(op)
			together := call.Deps{Client: client, Quota: func(op call.Operation) call.Quota { return newBucket(op, bookings.of(s), time.Now) }}.Caller(op)
			run := func(caller *call.Caller, n int) time.Duration {
				var left atomic.Int64
				left.Store(int64(n))
				began := time.Now()
				var wg sync.WaitGroup
				for range c.workers {
					wg.Go(func() {
						for left.Add(-1) >= 0 {
							if err := caller.Do(b.Context(), call.Request{Method: http.MethodGet, URL: server.URL}); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				return time.Since(began)
			}
			const turn = 3000 // longer than a booking lasts
			for _, caller := range []*call.Caller{own, together} {
				run(caller, turn)
			}
			bookings.n, bookings.took = 0, 0
			b.ResetTimer()
			var took [2]time.Duration
			for done := 0; done < b.N; done += turn {
				for i, caller := range []*call.Caller{own, together} {
					took[i] += run(caller, min(turn, b.N-done))
				}
			}
			b.ReportMetric(0, "ns/op") // of both together: it means nothing
			b.ReportMetric(float64(took[0])/float64(b.N), "ns/own")
			b.ReportMetric(float64(took[1])/float64(b.N), "ns/shared")
			b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
			b.ReportMetric(float64(b.N)/float64(max(bookings.n, 1)), "calls/booking")
		})
	}
}
