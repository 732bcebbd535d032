package crashtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Front is what stands before several processes: it asks each one's /readyz every
// 100 ms and sends requests to those that are ready, in turns.
type Front struct {
	URL string

	mu    sync.Mutex
	ready []*Process
	turn  int
}

// Front starts a front; it ends with the test.
func (w *World) Front(t testing.TB) *Front {
	t.Helper()
	f := &Front{ready: append([]*Process{}, w.Processes...)}
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			if target := f.next(); target != nil {
				r.SetURL(target)
			}
		},
	}
	s := httptest.NewServer(proxy)
	f.URL = s.URL
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var watching sync.WaitGroup
	watching.Go(func() { f.watch(ctx, w.Processes) })
	t.Cleanup(func() {
		cancel()
		watching.Wait()
		s.CloseClientConnections()
		s.Close()
		transport.CloseIdleConnections()
	})
	return f
}

func (f *Front) watch(ctx context.Context, all []*Process) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		answers := make([]bool, len(all))
		var asking sync.WaitGroup
		for i, p := range all {
			asking.Go(func() { answers[i] = p.answers(ctx) })
		}
		asking.Wait()
		var ready []*Process
		for i, ok := range answers {
			if ok {
				ready = append(ready, all[i])
			}
		}
		f.mu.Lock()
		f.ready = ready
		f.mu.Unlock()
	}
}

func (f *Front) next() *url.URL {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ready) == 0 {
		return nil
	}
	f.turn++
	return &url.URL{Scheme: "http", Host: f.ready[f.turn%len(f.ready)].Address}
}

// Ready counts the processes that requests go to.
func (f *Front) Ready() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ready)
}
