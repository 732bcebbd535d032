package call_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
)

// BenchmarkDo compares an exchange through a Caller with the same exchange of
// net/http alone, body read in full, over the same local server and the same
// client. Both are measured in turns within one run, so that what else the
// machine does hits both alike. It reports the ratio of times, what the Caller
// adds in nanoseconds and what it allocates more often.
func BenchmarkDo(b *testing.B) {
	answer := bytes.Repeat([]byte("x"), 2048)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	}))
	b.Cleanup(server.Close)
	client := call.NewClient(nil)
	b.Cleanup(client.CloseIdleConnections)
	question := []byte(`{"pinpp":"41505939980027"}`)
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer token"}}

	plain := func() error {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL, bytes.NewReader(question))
		if err != nil {
			return err
		}
		r.Header = header.Clone()
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		if err == nil && len(body) != len(answer) {
			err = fmt.Errorf("%d bytes", len(body))
		}
		return err
	}
	caller := call.New(call.Operation{System: "s", ID: "o", Repeatable: true, Limits: call.Limits{RatePerSecond: -1, Bulkhead: 256, Reserved: -1}}, client, nil, nil)
	through := func() error {
		return caller.Do(b.Context(), call.Request{
			Method: http.MethodPost, URL: server.URL, Header: header, Body: question,
			Decode: func(r call.Response) error {
				if len(r.Body) != len(answer) {
					return fmt.Errorf("%d bytes", len(r.Body))
				}
				return nil
			},
		})
	}
	b.Run("sequential", func(b *testing.B) {
		turns(b, plain, through, func(n int, f func() error) error {
			for range n {
				if err := f(); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.Run("parallel", func(b *testing.B) {
		turns(b, plain, through, func(n int, f func() error) error {
			var left atomic.Int64
			left.Store(int64(n))
			ended := make(chan error, 16)
			for range cap(ended) {
				go func() {
					var err error
					for err == nil && left.Add(-1) >= 0 {
						err = f()
					}
					ended <- err
				}()
			}
			var err error
			for range cap(ended) {
				if one := <-ended; one != nil {
					err = one
				}
			}
			return err
		})
	})
}

// turns runs plain and through by turns of up to 200, b.N of each.
func turns(b *testing.B, plain, through func() error, run func(n int, f func() error) error) {
	const turn = 200
	var took [2]time.Duration
	var allocs [2]uint64
	for _, f := range []func() error{plain, through} { // connections
		if err := run(turn, f); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for done, first := 0, 0; done < b.N; first = 1 - first {
		n := min(turn, b.N-done)
		for i := range 2 {
			which := (first + i) % 2 // who goes first changes
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			err := run(n, []func() error{plain, through}[which])
			took[which] += time.Since(began)
			runtime.ReadMemStats(&after)
			if err != nil {
				b.Fatal(err)
			}
			allocs[which] += after.Mallocs - before.Mallocs
		}
		done += n
	}
	b.StopTimer()
	per := func(v float64) float64 { return v / float64(b.N) }
	b.ReportMetric(0, "ns/op") // of both together: it means nothing
	b.ReportMetric(per(float64(took[0])), "ns/plain")
	b.ReportMetric(per(float64(took[1])), "ns/call")
	b.ReportMetric(per(float64(took[1]-took[0])), "ns-extra")
	b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
	b.ReportMetric(per(float64(allocs[1])-float64(allocs[0])), "allocs-extra")
}
