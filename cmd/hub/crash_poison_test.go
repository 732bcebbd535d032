package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/crashtest"
)

// poison stands before the portal and spoils every answer about some people:
// garbage about one, none at all about another.
type poison struct {
	mu      sync.Mutex
	garbage map[personal.PINFL]bool
	silent  map[personal.PINFL]bool
}

func (p *poison) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		about := func(people map[personal.PINFL]bool) bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			for n := range people {
				if bytes.Contains(body, []byte(n)) {
					return true
				}
			}
			return false
		}
		switch {
		case about(p.garbage):
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"result":{"what":[[["is"]]]},"data":-1,"code":{}}`))
		case about(p.silent):
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (p *poison) cure() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.garbage)
	clear(p.silent)
}

// A job that never succeeds stops nothing: the registers answer garbage about one
// person and nothing at all about another, an operator replays again and again,
// and all other applications go through meanwhile. When the registers come to
// their senses, so do those two.
func TestPoisonStopsNothing(t *testing.T) {
	t.Parallel()
	embeddedFirst(t, func(t *testing.T, e crashtest.Edition) {
		others := 10
		if soaking() {
			others = 40
		}
		bad := &poison{garbage: map[personal.PINFL]bool{}, silent: map[personal.PINFL]bool{}}
		w := crashtest.Start(t, crashtest.Options{
			Edition: e, Program: os.Args[0], Env: isHub, Portal: bad.wrap,
			Config: "retry: {base: 200ms, cap: 1s, pending_base: 200ms, pending_cap: 500ms, breach_delay: 300ms, limit: 6s}\n",
		})
		f := w.Flow(t.Context(), crashtest.FlowOptions{Open: 8, Limit: others})
		t.Cleanup(f.Close)
		var poisoned []*crashtest.Entry
		for key, people := range map[string]map[personal.PINFL]bool{"poison-garbage": bad.garbage, "poison-silent": bad.silent} {
			who, err := w.Next()
			if err != nil {
				t.Fatal(err)
			}
			bad.mu.Lock()
			people[who.PINFL] = true
			bad.mu.Unlock()
			e, err := f.Observe(key, who)
			if err != nil {
				t.Fatal(err)
			}
			poisoned = append(poisoned, e)
		}
		began := time.Now()
		wait(t, "all others", func() bool { return f.Done() >= others }, f.Stuck)
		t.Logf("%d applications went through beside it in %.1f s", others, time.Since(began).Seconds())
		wait(t, "failures that an operator sees", func() bool { return f.Replayed() >= 2 })
		for _, one := range poisoned {
			d, err := w.Admin(w.Processes[0]).Dossier(t.Context(), one.ID)
			if err != nil {
				t.Fatal(err)
			}
			if f.FinalOf(one) || answeredAll(d) {
				t.Errorf("a poisoned application is %s and lacks nothing", d.State)
			}
		}
		bad.cure()
		if err := f.Settle(t.Context(), settle); err != nil {
			t.Error(err)
		}
		prove(t, w, f, nil, "poison-"+e.Name)
	})
}

func answeredAll(d client.Dossier) bool {
	for _, s := range d.Subjects {
		for _, c := range s.Checks {
			if c.State != "answered" && c.State != "skipped" {
				return false
			}
		}
	}
	return true
}
