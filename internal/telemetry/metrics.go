package telemetry

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// otherLabel counts what is not worth, or not fit for, a label of its own.
const otherLabel = "other"

// maxLabels bounds the values of one label; systems, operations and stages
// together are fewer than a hundred.
const maxLabels = 200

// seconds are the upper bounds of both histograms: a quick database step to a
// register that takes its whole minute.
var seconds = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60}

// Metrics counts and times what the hub does. It is safe for concurrent use;
// NewMetrics makes one.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.HistogramVec
	jobs     *prometheus.HistogramVec
	reports  *prometheus.CounterVec

	mu   sync.RWMutex
	seen map[labelKey]struct{}
	n    map[string]int // values seen per label
}

type labelKey struct{ label, value string }

// NewMetrics makes a registry of its own with the program's and the process's
// figures, so that two hubs in one test never meet.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hub_call_duration_seconds", Buckets: seconds,
			Help: "Calls to outside systems by how they ended.",
		}, []string{"system", "operation", "outcome"}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hub_job_duration_seconds", Buckets: seconds,
			Help: "Jobs worked on by how they ended.",
		}, []string{"stage", "outcome"}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hub_delivery_reports_total", Help: "Delivery reports of SMS gateways by what they did.",
		}, []string{"provider", "did"}),
		seen: map[labelKey]struct{}{},
		n:    map[string]int{},
	}
	m.registry.MustRegister(m.calls, m.jobs, m.reports, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Call counts one call to an operation of an outside system. The outcome is a
// fault's kind or an answer's status ("found"); d is the time it took.
func (m *Metrics) Call(system, operation, outcome string, d time.Duration) {
	m.calls.WithLabelValues(m.label("system", system), m.label("operation", operation), m.label("outcome", outcome)).
		Observe(d.Seconds())
}

// Job counts one try of a stage's job. The outcome is "done" or a fault's kind.
func (m *Metrics) Job(stage, outcome string, d time.Duration) {
	m.jobs.WithLabelValues(m.label("stage", stage), m.label("outcome", outcome)).Observe(d.Seconds())
}

// Report counts one delivery report by what it did.
func (m *Metrics) Report(provider, did string) {
	m.reports.WithLabelValues(m.label("provider", provider), m.label("did", did)).Inc()
}

// Gauge registers a figure that f tells at every scrape; f must be quick and
// safe to call at any time. The labels are fixed, and bounded like all others.
// The same name and labels twice, or a name Prometheus does not allow, is a
// mistake in the wiring and panics.
func (m *Metrics) Gauge(name, help string, labels map[string]string, f func() float64) {
	fixed := make(prometheus.Labels, len(labels))
	for k, v := range labels {
		fixed[k] = m.label(k, v)
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: fixed}, f))
}

// Handler serves the figures in the format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	})
}

// label returns value when it is a short word and among the first maxLabels of
// its label, and "other" when it is not.
func (m *Metrics) label(label, value string) string {
	k := labelKey{label, value}
	m.mu.RLock()
	_, known := m.seen[k]
	m.mu.RUnlock()
	if known {
		return value
	}
	if !fit(value) {
		return otherLabel
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known = m.seen[k]; known {
		return value
	}
	if m.n[label] >= maxLabels {
		return otherLabel
	}
	m.seen[k] = struct{}{}
	m.n[label]++
	return value
}

// fit allows names as we write them in code: letters, digits, dots, dashes and
// low lines, up to 64 bytes, and never six digits in a row, as identifiers of
// people have them.
func fit(value string) bool {
	if value == "" || len(value) > 64 {
		return false
	}
	run := 0
	for i := range len(value) {
		c := value[i]
		if !letter(c) && !digit(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
		if !digit(c) {
			run = 0
			continue
		}
		if run++; run >= 6 {
			return false
		}
	}
	return true
}
