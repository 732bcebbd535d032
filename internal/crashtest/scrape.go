package crashtest

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/pipelines/notice"
	jobs "github.com/saylovhub/hub/pipelines/queue"
)

// gauge reads the values above zero of one metric, by its labels.
func (w *World) gauge(ctx context.Context, p *Process, prefix string) (map[string]int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL()+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reading metrics: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading metrics: status %d", resp.StatusCode)
	}
	out := map[string]int{}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		labels, found := strings.CutPrefix(lines.Text(), prefix)
		labels, value, cut := strings.Cut(labels, "} ")
		if !found || !cut {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("reading metrics: %w", err)
		}
		if n > 0 {
			out[labels] = int(n)
		}
	}
	return out, lines.Err()
}

// jobs counts what is left in the queue, by stage and state. What waits for a day of
// the calendar that is to come is not left over.
func (w *World) jobs(ctx context.Context, p *Process) (map[string]int, error) {
	left, err := w.gauge(ctx, p, "hub_jobs{")
	maps.DeleteFunc(left, func(labels string, _ int) bool {
		return strings.Contains(labels, `stage="`+notice.StageCalendar+`"`) && strings.Contains(labels, `state="`+string(jobs.Waiting)+`"`)
	})
	return left, err
}

// Lost counts the results that a process wanted to write under a lease which was
// another's by then.
func (w *World) Lost(ctx context.Context, p *Process) int {
	ended, err := w.gauge(ctx, p, "hub_job_duration_seconds_count{")
	if err != nil {
		w.T.Errorf("%s: %v", p.Name, err)
	}
	n := 0
	for labels, some := range ended {
		if strings.Contains(labels, `outcome="lease_lost"`) {
			n += some
		}
	}
	return n
}

// InFlight counts the calls to outside systems that a process has under way.
func (w *World) InFlight(ctx context.Context, p *Process) int {
	list, err := w.Admin(p).Connectors(ctx)
	if err != nil {
		return 0
	}
	n := 0
	for _, c := range list {
		n += c.InFlight
	}
	return n
}
