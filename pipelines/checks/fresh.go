package checks

import (
	"maps"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

const day = 24 * time.Hour

// ages say how old an answer of a register may be and still be rested on. That a
// criminal record, a finding on legal capacity and a work place grow stale is
// assumed, as are the numbers; so is that all others do after the same month.
var ages = map[register.ID]time.Duration{
	register.Criminal:   5 * day,
	register.Capacity:   5 * day,
	register.Employment: 30 * day,
	register.WorksAt:    30 * day,
}

const otherAge = 30 * day

// Fresh reports whether what a register answered at a moment may still be rested
// on now.
func Fresh(id register.ID, at, now time.Time) bool {
	age, ok := ages[id]
	if !ok {
		age = otherAge
	}
	return !at.IsZero() && now.Sub(at) <= age
}

// Stale lists, sorted, the registers whose newest answer is too old to decide on.
func Stale(findings map[register.ID]dossier.Finding, now time.Time) []register.ID {
	var out []register.ID
	for _, id := range slices.Sorted(maps.Keys(findings)) {
		if !Fresh(id, findings[id].At, now) {
			out = append(out, id)
		}
	}
	return out
}
