package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/population"
)

// Applicant makes another party, with the same head, and returns its id: whom
// the queue is fair to is the applicant.
func (w *World) Applicant(ctx context.Context, id string) error {
	raw, err := w.Filler.Directory(ctx)
	if err != nil {
		return err
	}
	var directory struct {
		Organisations []object `json:"organisations"`
	}
	if err := json.Unmarshal(raw, &directory); err != nil {
		return err
	}
	directory.Organisations[0]["id"] = id
	if raw, err = json.Marshal(directory); err != nil {
		return err
	}
	_, err = w.Admin(w.Processes[0]).ImportDirectory(ctx, raw)
	return err
}

// People are n persons whom nothing bars.
func (w *World) People(n int) ([]*population.Person, error) {
	out := make([]*population.Person, n)
	for i := range out {
		p, err := w.Next()
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// Ready waits until a dossier may be decided on, every check answered, and
// returns when that was.
func (w *World) Ready(ctx context.Context, e *Entry) (time.Time, error) {
	for {
		d, err := w.Admin(w.Processes[0]).Dossier(ctx, e.ID)
		if err == nil && d.State == "ready" && answered(d) {
			return time.Now(), nil
		}
		select {
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("application %s is %s%s: %w", e.Number, d.State, open(d), ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Answered counts the checks that have ended in some dossiers.
func (w *World) Answered(ctx context.Context, entries []*Entry) (int, error) {
	n := 0
	for _, e := range entries {
		d, err := w.Admin(w.Processes[0]).Dossier(ctx, e.ID)
		if err != nil {
			return n, err
		}
		n += ended(d)
	}
	return n, nil
}

func ended(d client.Dossier) int {
	n := 0
	for _, s := range d.Subjects {
		for _, c := range s.Checks {
			if c.State == "answered" || c.State == "skipped" {
				n++
			}
		}
	}
	return n
}
