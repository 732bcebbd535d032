package main

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// isHub makes this test binary the hub: the processes that the tests start and
// kill run the same main, race detector included.
var isHub = []string{"HUB_TEST_IS_HUB=1"}

// TestMain serves as the hub where a test asks for it. A hub whose environment
// names a file of an hour's offset (HUB_TEST_CLOCK) has a wall clock that is
// wrong by it.
func TestMain(m *testing.M) {
	if os.Getenv("HUB_TEST_IS_HUB") != "" {
		if file := os.Getenv("HUB_TEST_CLOCK"); file != "" {
			wallClock = wrongClock(file)
		}
		os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// wrongClock is a wall clock with an offset that a file holds, as a duration; the
// file may change at any time.
func wrongClock(file string) func() time.Time {
	var offset atomic.Int64
	read := func() {
		if raw, err := os.ReadFile(file); err == nil {
			if d, err := time.ParseDuration(strings.TrimSpace(string(raw))); err == nil {
				offset.Store(int64(d))
			}
		}
	}
	read()
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			read()
		}
	}()
	return func() time.Time { return shifted(time.Now(), time.Duration(offset.Load())) }
}

// shifted is what time.Now returns when somebody has set the machine's clock: a
// wall clock that is off by whole seconds beside a monotonic one that knows
// nothing of it. Package time cannot make such a time, so its wall seconds, 33
// bits above 30 of nanoseconds, are changed in place.
func shifted(t time.Time, by time.Duration) time.Time {
	type clocks struct {
		wall uint64
		ext  int64
		loc  *time.Location
	}
	c := (*clocks)(unsafe.Pointer(&t))
	c.wall += uint64(int64(by/time.Second)) << 30
	return t
}

func TestShifted(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, by := range []time.Duration{0, -time.Hour, time.Hour, -time.Second} {
		got := shifted(now, by)
		if d := got.Round(0).Sub(now.Round(0)); d != by {
			t.Errorf("the wall clock is off by %s, want %s", d, by)
		}
		if d := got.Sub(now); d != 0 {
			t.Errorf("the monotonic clock is off by %s", d)
		}
	}
}
