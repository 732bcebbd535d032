package chaos_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saylovhub/hub/mocks/chaos"
)

// outcome is what became of one call.
type outcome struct {
	Kind  chaos.Kind
	Delay time.Duration
}

func play(t rapid.TB, seed uint64, faults []chaos.Fault, calls []string) []outcome {
	t.Helper()
	c := &clock{t: time.Unix(1000, 0)}
	i := chaos.New(c.now, "a", "b").WithSeed(seed)
	if err := i.Add(faults...); err != nil {
		t.Fatal(err)
	}
	return calling(i, c, calls)
}

func calling(i *chaos.Injector, c *clock, calls []string) []outcome {
	out := make([]outcome, len(calls))
	for n, op := range calls {
		if f, _ := i.Strike(op, "/"+op); f != nil {
			out[n] = outcome{f.Kind, f.Delay}
		}
		c.t = c.t.Add(time.Second)
	}
	return out
}

func someFault(t *rapid.T) chaos.Fault {
	seconds := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 20).Draw(t, name)) * time.Second
	}
	f := chaos.Fault{
		Operation: rapid.SampledFrom([]string{"a", "b", "*", "/a"}).Draw(t, "operation"),
		Kind:      rapid.SampledFrom(chaos.Kinds()).Draw(t, "kind"),
		Delay:     seconds("delay"), Jitter: seconds("jitter"), After: seconds("after"), For: seconds("for"),
		Times: rapid.IntRange(0, 5).Draw(t, "times"),
	}
	if rapid.Bool().Draw(t, "by chance") {
		f.Share = rapid.Float64Range(0, 1).Draw(t, "share")
	} else {
		f.OneIn = rapid.IntRange(0, 4).Draw(t, "one in")
	}
	return f
}

// The same seed, orders and calls give the same strikes and delays, and delays
// stay within their bounds.
func TestSameSeedSameStrikes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		faults := rapid.SliceOfN(rapid.Custom(someFault), 1, 4).Draw(t, "faults")
		calls := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 1, 40).Draw(t, "calls")
		first := play(t, seed, faults, calls)
		if d := cmp.Diff(first, play(t, seed, faults, calls)); d != "" {
			t.Fatal(d)
		}
		for n, o := range first {
			within := o.Kind == ""
			for _, f := range faults {
				least := f.Delay
				if f.Kind == chaos.SlowDrip && least == 0 {
					least = 50 * time.Millisecond
				}
				within = within || f.Kind == o.Kind && o.Delay >= least && o.Delay <= least+f.Jitter
			}
			if !within {
				t.Fatalf("call %d: %v is not the delay of any fault", n, o)
			}
		}
	})
}

func calls(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "a"
	}
	return out
}

func struck(outcomes []outcome) int {
	n := 0
	for _, o := range outcomes {
		if o.Kind != "" {
			n++
		}
	}
	return n
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0.01, 0.3, 0.9} {
		for seed := range uint64(5) {
			got := struck(play(t, seed, []chaos.Fault{{Kind: chaos.Down, Share: share}}, calls(10_000)))
			if want := int(share * 10_000); got < want-250 || got > want+250 { // five standard deviations and more
				t.Errorf("seed %d: %d of 10,000 struck, share is %g", seed, got, share)
			}
		}
	}
}

func TestJitterSpreads(t *testing.T) {
	t.Parallel()
	low, high, sum := time.Hour, time.Duration(0), time.Duration(0)
	for _, o := range play(t, 1, []chaos.Fault{{Kind: chaos.Latency, Delay: time.Second, Jitter: time.Second}}, calls(1000)) {
		low, high, sum = min(low, o.Delay), max(high, o.Delay), sum+o.Delay
	}
	if mean := sum / 1000; low > 1010*time.Millisecond || high < 1990*time.Millisecond || mean < 1450*time.Millisecond || mean > 1550*time.Millisecond {
		t.Errorf("delays from %v to %v, mean %v", low, high, mean)
	}
}

// Seeds differ, and so do the faults of one seed; what one fault draws does not
// hang on the others' calls.
func TestDrawsHangOnSeedAndNumber(t *testing.T) {
	t.Parallel()
	half := chaos.Fault{Operation: "a", Kind: chaos.Down, Share: 0.5}
	one := play(t, 1, []chaos.Fault{half}, calls(64))
	if cmp.Equal(one, play(t, 2, []chaos.Fault{half}, calls(64))) {
		t.Error("two seeds strike alike")
	}
	never := chaos.Fault{Operation: "b", Kind: chaos.Down}
	if cmp.Equal(one, play(t, 1, []chaos.Fault{never, half}, calls(64))) {
		t.Error("two numbers strike alike")
	}
	other := half
	other.Operation = "b"
	var mixed []string
	for range 64 {
		mixed = append(mixed, "a", "b")
	}
	var ofA []outcome
	for n, o := range play(t, 1, []chaos.Fault{half, other}, mixed) {
		if mixed[n] == "a" {
			ofA = append(ofA, o)
		}
	}
	if d := cmp.Diff(one, ofA); d != "" {
		t.Error("calls of another operation changed the draws: " + d)
	}
}

// New's seed is 1, and a running system that was healed repeats a trial.
func TestTrialRepeats(t *testing.T) {
	t.Parallel()
	f := chaos.Fault{Kind: chaos.Latency, Share: 0.5, Jitter: time.Second}
	c := &clock{t: time.Unix(1000, 0)}
	i := chaos.New(c.now, "a", "b")
	want := play(t, 1, []chaos.Fault{f}, calls(30))
	for trial := range 3 {
		if err := i.Add(f); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, calling(i, c, calls(30))); d != "" {
			t.Errorf("trial %d: %s", trial, d)
		}
		i.Heal("*")
	}
}
