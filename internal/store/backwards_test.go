package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/saylovhub/hub/pipelines/queue"
)

// What waits is moved with its time limit, and the newest time is that of the last
// thing that was written.
func TestWaitingIsMoved(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		began := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		s := open(t, where(t), func() time.Time { return began })
		if newest, err := s.Newest(t.Context()); err != nil || !newest.IsZero() {
			t.Errorf("the newest time of nothing is %s, %v", newest, err)
		}
		err := write(t.Context(), s, func(ctx context.Context, tx queue.Tx) error {
			return tx.Enqueue(ctx, queue.New{Stage: "test", Key: "a", DueAt: began.Add(49 * time.Hour), Limit: time.Minute}, queue.New{Stage: "test", Key: "b"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if newest, err := s.Newest(t.Context()); err != nil || !newest.Equal(began) {
			t.Errorf("the newest time is %s, %v", newest, err)
		}
		if err := s.MoveWaiting(t.Context(), 48*time.Hour); err != nil {
			t.Fatal(err)
		}
		j, err := s.Job(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if due, expires := j.DueAt.Sub(began), j.ExpiresAt.Sub(j.DueAt); due != time.Hour || expires != time.Minute {
			t.Errorf("due after %s, expires %s later, want an hour and a minute", due, expires)
		}
		if j, err = s.Job(t.Context(), 2); err != nil || !j.ExpiresAt.IsZero() {
			t.Errorf("one without a limit expires at %s, %v", j.ExpiresAt, err)
		}
	})
}
