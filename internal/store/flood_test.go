package store_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
)

// fill makes n due jobs of one stage in one statement.
func fill(t testing.TB, s *store.Store, n int) {
	t.Helper()
	err := s.Exec(t.Context(), `WITH RECURSIVE k(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i+1 FROM k WHERE i+1 < CAST(? AS BIGINT))
		INSERT INTO job(applicant, stage, key, priority, rank, due_at, state, created_at) SELECT 'A', 'work', 'work:' || (1000000 + i), 50, i, 1, 'ready', 1 FROM k`, n)
	if err != nil {
		t.Fatal(err)
	}
}

// meter counts what passes through a transport.
type meter struct {
	queue.Transport
	mu        sync.Mutex
	published int
	delivered map[string]int
	most      int // hints in flight
}

func (m *meter) Publish(topic string, list ...*message.Message) error {
	m.mu.Lock()
	m.published += len(list)
	m.most = max(m.most, m.published-len(m.delivered))
	m.mu.Unlock()
	return m.Transport.Publish(topic, list...)
}

func (m *meter) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	in, err := m.Transport.Subscribe(ctx, topic)
	if err != nil {
		return nil, err
	}
	out := make(chan *message.Message)
	go func() {
		defer close(out)
		for hint := range in {
			m.mu.Lock()
			m.delivered[hint.UUID]++
			m.mu.Unlock()
			out <- hint
		}
	}()
	return out, nil
}

// A mountain of due jobs is worked off a hint a job, few hints at a time, in
// bounded memory. HUB_SOAK=1 works it all off, else the first thousand.
func TestSoakMountain(t *testing.T) {
	const jobs, workers = 100_000, 8
	handle := 1000
	if os.Getenv("HUB_SOAK") == "1" {
		handle = jobs
	}
	s := open(t, t.TempDir(), time.Now)
	fill(t, s, jobs)

	m := &meter{Transport: embedded.New(quiet()), delivered: map[string]int{}}
	var mu sync.Mutex
	done := map[int64]int{}
	var highest uint64
	enough := make(chan struct{})
	goroutines := runtime.NumGoroutine()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := queue.NewRunner(queue.Config{
		Store: s, Transport: m, Now: time.Now, Log: quiet(), Poll: time.Minute, Drain: time.Minute,
		Stages: []queue.Stage{{
			Name: "work", Workers: workers, Policy: queue.DefaultPolicy(),
			Handle: func(_ context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
				mu.Lock()
				defer mu.Unlock()
				done[j.ID]++
				if len(done)%500 == 0 {
					var now runtime.MemStats
					runtime.ReadMemStats(&now)
					highest = max(highest, now.HeapAlloc)
					if g := runtime.NumGoroutine(); g > goroutines+20*workers {
						t.Errorf("%d goroutines, %d before", g, goroutines)
					}
				}
				if len(done) == handle {
					close(enough)
				}
				return nil, nil
			},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.OnCommit(func(c store.Commit) { r.Wake(c.Stages, c.Due) })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- r.Run(ctx) }()
	select {
	case <-enough:
	case err := <-ended:
		t.Fatalf("ended early: %v", err)
	}
	t.Logf("%d jobs in %s", handle, time.Since(began).Round(time.Millisecond))
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for id, n := range done {
		if n != 1 {
			t.Errorf("job %d done %d times", id, n)
		}
	}
	if n, err := s.Text(t.Context(), `SELECT count(*) FROM job WHERE state='done'`); err != nil || n != fmt.Sprint(len(done)) {
		t.Errorf("%s jobs are done in the store, %d were handled (%v)", n, len(done), err)
	}
	if n, err := s.Text(t.Context(), `SELECT count(*) FROM job WHERE state NOT IN ('done','ready')`); err != nil || n != "0" {
		t.Errorf("%s jobs are neither done nor ready (%v)", n, err)
	}
	for hint, n := range m.delivered {
		if n != 1 {
			t.Errorf("hint %s delivered %d times", hint, n)
		}
	}
	if left := m.published - len(m.delivered); left < 0 || left > 2*workers {
		t.Errorf("%d hints published, %d delivered: want a delivery a hint, but for what the end cut off", m.published, len(m.delivered))
	}
	if extra := len(m.delivered) - len(done); extra < 0 || extra > 2*workers {
		t.Errorf("%d hints for %d jobs, want one a job", len(m.delivered), len(done))
	}
	if m.most > 2*workers {
		t.Errorf("%d hints in flight, want %d at most", m.most, 2*workers)
	}
	if grown := int64(highest) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// observer is told once a job.
type observer func()

func (o observer) Job(string, string, time.Duration) { o() }
