package clock_test

import (
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/clock"
)

// The machine's clock was set back between two lives. By an hour: the time goes on
// where it was, and never back. By days: it is believed.
func TestResume(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		ahead  time.Duration // of the earlier life
		behind bool
		goesOn bool
	}{
		{"a life that ended before", -time.Hour, false, false},
		{"an hour", time.Hour, false, true},
		{"two days", 48 * time.Hour, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := clock.New(time.Now)
			last := time.Now().Add(c.ahead)
			if behind := k.Resume(last); (behind > 0) != c.behind {
				t.Errorf("behind by %s", behind)
			}
			now := k.Now()
			if goesOn := !now.Before(last.Round(0)); goesOn != (c.goesOn || c.ahead < 0) {
				t.Errorf("it is %s, the last life was till %s", now, last)
			}
			if later := k.Now(); later.Before(now) {
				t.Errorf("the time went back from %s to %s", now, later)
			}
		})
	}
	if behind := clock.New(time.Now).Resume(time.Time{}); behind != 0 {
		t.Errorf("no earlier life, and behind by %s", behind)
	}
}
