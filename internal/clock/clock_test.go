package clock

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var dawn = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// machine is a machine whose clock can be set, and its database's.
type machine struct {
	wall, theirs time.Time
	mono         time.Duration
	trip         time.Duration // of a question to the database; half of it each way
}

func (m *machine) clock() *Clock {
	return &Clock{read: func() (time.Time, time.Duration, bool) { return m.wall, m.mono, true }}
}

func (m *machine) pass(d time.Duration) {
	m.wall, m.theirs, m.mono = m.wall.Add(d), m.theirs.Add(d), m.mono+d
}

func (m *machine) ask(context.Context) (time.Time, bool, error) {
	m.pass(m.trip / 2)
	t := m.theirs
	m.pass(m.trip / 2)
	return t, true, nil
}

func want(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if d := got.Sub(want).Abs(); d > time.Millisecond {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestSetBackAnHour(t *testing.T) {
	t.Parallel()
	m := &machine{wall: dawn}
	c := m.clock()
	want(t, "at first", c.Now(), dawn)
	m.pass(time.Minute)
	want(t, "it goes", c.Now(), dawn.Add(time.Minute))
	m.wall = m.wall.Add(-time.Hour)
	last := c.Now()
	for range 100 {
		m.pass(time.Second)
		now := c.Now()
		if now.Sub(last) != 900*time.Millisecond {
			t.Fatalf("a second lasted %v", now.Sub(last))
		}
		last = now
	}
	m.pass(11 * time.Hour)
	want(t, "in the end it is right again", c.Now(), m.wall)
	m.wall = m.wall.Add(time.Hour)
	want(t, "set forward", c.Now(), m.wall)
}

func TestFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		offset  time.Duration
		applied bool
	}{
		{"a little", 200 * time.Millisecond, false},
		{"ahead of us", 3 * time.Second, true},
		{"hours ahead", 5 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &machine{wall: dawn, theirs: dawn.Add(c.offset), trip: 20 * time.Millisecond}
			k := m.clock()
			if err := k.Measure(t.Context(), m.ask); err != nil {
				t.Fatal(err)
			}
			if d := (k.Offset() - c.offset).Abs(); d > time.Millisecond {
				t.Errorf("offset %v", k.Offset())
			}
			now := m.wall
			if c.applied {
				now = m.theirs
			}
			want(t, "now", k.Now(), now)
			want(t, "shared", k.Shared(), m.theirs)
			m.wall = m.wall.Add(-time.Hour) // is not looked at between measurements
			m.pass(time.Second)
			want(t, "later", k.Now(), now.Add(time.Second))
			want(t, "shared later", k.Shared(), m.theirs)
			if err := k.Measure(t.Context(), m.ask); err != nil {
				t.Fatal(err)
			}
			if got := k.Now(); got.Before(now.Add(time.Second)) || got.Sub(m.theirs).Abs() > 300*time.Millisecond {
				t.Errorf("the machine's clock was set back: %v, the database's %v", got, m.theirs)
			}
		})
	}
}

// Once it is corrected it stays so until the difference is small.
func TestCorrectionSettles(t *testing.T) {
	t.Parallel()
	m := &machine{wall: dawn}
	k := m.clock()
	for _, step := range []struct {
		offset  time.Duration
		applied bool
	}{{240 * time.Millisecond, false}, {260 * time.Millisecond, true}, {200 * time.Millisecond, true}, {90 * time.Millisecond, false}, {-240 * time.Millisecond, false}} {
		m.theirs = m.wall.Add(step.offset)
		if err := k.Measure(t.Context(), m.ask); err != nil || k.applied != step.applied {
			t.Errorf("%v: applied %v, %v", step.offset, k.applied, err)
		}
	}
}

// A database whose clock is behind is followed without a step back.
func TestDatabaseBehind(t *testing.T) {
	t.Parallel()
	m := &machine{wall: dawn, theirs: dawn.Add(-10 * time.Second)}
	k := m.clock()
	last := k.Now()
	for i := range 150 {
		if i%5 == 0 {
			if err := k.Measure(t.Context(), m.ask); err != nil {
				t.Fatal(err)
			}
		}
		m.pass(time.Second)
		now := k.Now()
		if !now.After(last) {
			t.Fatalf("from %v to %v", last, now)
		}
		last = now
	}
	want(t, "there", last, m.theirs)
}

func TestSlowAnswersSetNothing(t *testing.T) {
	t.Parallel()
	m := &machine{wall: dawn, theirs: dawn.Add(time.Hour), trip: 2 * time.Second}
	k := m.clock()
	if err := k.Measure(t.Context(), m.ask); !errors.Is(err, ErrSlow) {
		t.Errorf("got %v", err)
	}
	want(t, "now", k.Now(), m.wall)
	broken := errors.New("away")
	if err := k.Measure(t.Context(), func(context.Context) (time.Time, bool, error) { return time.Time{}, false, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := k.Measure(t.Context(), func(context.Context) (time.Time, bool, error) { return time.Time{}, false, nil }); err != nil {
		t.Errorf("a database without a clock: %v", err)
	}
	want(t, "shared without a database", k.Shared(), m.wall)
}

// A test's own clock stands as it is put, but never moves back, and is not corrected.
func TestInjected(t *testing.T) {
	t.Parallel()
	now := dawn
	k := New(func() time.Time { return now })
	if err := k.Measure(t.Context(), func(context.Context) (time.Time, bool, error) { return dawn.Add(time.Hour), true, nil }); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ set, want time.Duration }{{0, 0}, {time.Hour, time.Hour}, {-time.Hour, time.Hour}, {2 * time.Hour, 2 * time.Hour}} {
		now = dawn.Add(step.set)
		if got := k.Now(); !got.Equal(dawn.Add(step.want)) {
			t.Errorf("set to %v: %v", step.set, got)
		}
	}
	if got := k.Shared(); !got.Equal(dawn.Add(2 * time.Hour)) {
		t.Errorf("shared: %v", got)
	}
}

// The real thing, from many goroutines.
func TestRealClock(t *testing.T) {
	t.Parallel()
	k := New(time.Now)
	if _, _, steady := k.read(); !steady {
		t.Fatal("time.Now is taken for a test's clock")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			last := k.Now()
			for range 10_000 {
				now := k.Now()
				if now.Before(last) {
					t.Errorf("from %v back to %v", last, now)
				}
				last = now
			}
		})
	}
	wg.Wait()
	if d := time.Since(k.Now()).Abs(); d > time.Second {
		t.Errorf("%v off", d)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		offset := 5 * time.Second
		var log bytes.Buffer
		origin := time.Now() // has no monotonic reading in here
		k := &Clock{read: func() (time.Time, time.Duration, bool) { return time.Now(), time.Since(origin), true }}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			k.Watch(ctx, func(context.Context) (time.Time, bool, error) {
				mu.Lock()
				defer mu.Unlock()
				return time.Now().Add(offset), true, nil
			}, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		synctest.Wait()
		want(t, "now", k.Now(), time.Now().Add(5*time.Second))
		time.Sleep(time.Minute)
		mu.Lock()
		offset = 0
		mu.Unlock()
		time.Sleep(time.Minute)
		want(t, "now", k.Now(), time.Now())
		cancel()
		<-ended
		if got := log.String(); strings.Count(got, "level=WARN") != 1 || strings.Count(got, "agrees") != 1 {
			t.Errorf("log: %s", got)
		}
	})
}
