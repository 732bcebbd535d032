package telemetry

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Call("portal", "employment", "found", 300*time.Millisecond)
	m.Call("portal", "employment", "found", 700*time.Millisecond)
	m.Job("register.employment", "unavailable", 2*time.Second)
	waiting := 7.0
	m.Gauge("hub_jobs", "Jobs by state.", map[string]string{"state": "waiting"}, func() float64 { return waiting })
	m.Gauge("hub_jobs", "Jobs by state.", map[string]string{"state": "ready"}, func() float64 { return 1 })
	waiting = 8
	out := scrape(t, m)
	for _, want := range []string{
		`hub_call_duration_seconds_count{operation="employment",outcome="found",system="portal"} 2`,
		`hub_call_duration_seconds_sum{operation="employment",outcome="found",system="portal"} 1`,
		`hub_call_duration_seconds_bucket{operation="employment",outcome="found",system="portal",le="0.5"} 1`,
		`hub_job_duration_seconds_count{outcome="unavailable",stage="register.employment"} 1`,
		`hub_jobs{state="waiting"} 8`,
		`hub_jobs{state="ready"} 1`,
		"# TYPE go_goroutines gauge",
	} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
	if other := scrape(t, NewMetrics()); strings.Contains(other, "hub_jobs") {
		t.Error("two registries share figures")
	}
}

func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	for _, bad := range []string{"", "32103889999014", "XA0000001", "998900000001", "Vali Aliyev", "a/b", "o‘zbek", strings.Repeat("x", 65), `a"b`} {
		m.Call("portal", bad, "found", time.Millisecond)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 2 * maxLabels {
				m.Job(fmt.Sprintf("stage-%d", i+w), "done", time.Millisecond)
			}
		})
	}
	wg.Wait()
	out := scrape(t, m)
	if !strings.Contains(out, `hub_call_duration_seconds_count{operation="other",outcome="found",system="portal"} 9`) {
		t.Errorf("values unfit for a label are not counted as other")
	}
	if n := strings.Count(out, "hub_job_duration_seconds_count{"); n != maxLabels+1 {
		t.Errorf("%d stages, want %d and other", n, maxLabels)
	}
	if n := strings.Count(out, "hub_call_duration_seconds_count{"); n != 1 {
		t.Errorf("%d operations, want other alone", n)
	}
}

func TestAGaugeTwiceIsAMistake(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	zero := func() float64 { return 0 }
	m.Gauge("hub_a", "A.", nil, zero)
	defer func() {
		if recover() == nil {
			t.Error("the second one was taken silently")
		}
	}()
	m.Gauge("hub_a", "A.", nil, zero)
}

func BenchmarkCall(b *testing.B) {
	m := NewMetrics()
	b.ReportAllocs()
	for b.Loop() {
		m.Call("portal", "employment", "found", time.Millisecond)
	}
}
