package app

import (
	"context"
	"sync"
	"time"

	"github.com/saylovhub/hub/pipelines/queue"
)

// gauges show how many jobs stand where, and which stages may not be tried.
func (a *App) gauges(stages []queue.Stage) {
	t := &tally{read: a.store.Tally, now: a.now}
	for _, s := range stages {
		for _, state := range []queue.State{queue.Ready, queue.Waiting, queue.Leased, queue.Failed} {
			a.metrics.Gauge("hub_jobs", "Jobs by stage and state; failed ones wait for an operator.",
				map[string]string{"stage": s.Name, "state": string(state)}, func() float64 { return float64(t.of(s.Name, state)) })
		}
		if s.Gate == nil {
			continue
		}
		a.metrics.Gauge("hub_stage_gated", "1 while a stage's breaker is open: its jobs wait.",
			map[string]string{"stage": s.Name}, func() float64 {
				if s.Gate().Closed {
					return 1
				}
				return 0
			})
	}
}

// tally is one count for all gauges of a scrape.
type tally struct {
	read func(context.Context) (map[string]map[queue.State]int, error)
	now  func() time.Time

	mu    sync.Mutex
	at    time.Time
	count map[string]map[queue.State]int
}

func (t *tally) of(stage string, state queue.State) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); now.Sub(t.at) > time.Second {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if count, err := t.read(ctx); err == nil { // else the last count stands: a scrape must not fail
			t.count, t.at = count, now
		}
	}
	return t.count[stage][state]
}
