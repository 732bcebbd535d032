package crashtest

import (
	"math"
	"testing"
	"time"

	"github.com/saylovhub/hub/mocks/chaos"
)

// Fail lets one call in five of every outside system go wrong, in several ways:
// 5xx, reset, no answer at all, late, garbage, throttled. Of the SMS gateway's
// ways all keep the truth countable: what it took is in its inbox under its id.
func (w *World) Fail(t testing.TB) {
	t.Helper()
	late := chaos.Fault{Kind: chaos.Latency, Delay: 300 * time.Millisecond, Jitter: 400 * time.Millisecond}
	common := []chaos.Fault{
		{Kind: chaos.Status, Status: 503}, {Kind: chaos.Reset}, {Kind: chaos.Hang}, late, {Kind: chaos.HTML, Status: 502}, {Kind: chaos.Truncated}, {Kind: chaos.Down},
	}
	if err := w.Systems.Portal.Fault(share(append([]chaos.Fault{{Kind: chaos.WrongTypes}, {Kind: chaos.Malformed}, {Kind: chaos.Throttle}}, common...))...); err != nil {
		t.Fatal(err)
	}
	if err := w.Systems.EDS.Fault(share(append([]chaos.Fault{{Kind: chaos.Malformed}}, common...))...); err != nil {
		t.Fatal(err)
	}
	if err := w.Systems.SMS.Fault(share(common)...); err != nil {
		t.Fatal(err)
	}
}

// Heal ends all faults; calls that hang go on.
func (w *World) Heal() {
	w.Systems.Portal.Heal(chaos.All)
	w.Systems.EDS.Heal(chaos.All)
	w.Systems.SMS.Heal(chaos.All)
}

// share makes kinds strike one call in five together: each is asked only when
// those before it did not strike.
func share(kinds []chaos.Fault) []chaos.Fault {
	each := 1 - math.Pow(0.8, 1/float64(len(kinds)))
	for i := range kinds {
		kinds[i].Share = each
	}
	return kinds
}

// Late lets every call of every outside system take a time.
func (w *World) Late(t testing.TB, d time.Duration) {
	t.Helper()
	f := chaos.Fault{Kind: chaos.Latency, Delay: d}
	for _, order := range []func(...chaos.Fault) error{w.Systems.Portal.Fault, w.Systems.EDS.Fault, w.Systems.SMS.Fault} {
		if err := order(f); err != nil {
			t.Fatal(err)
		}
	}
}
