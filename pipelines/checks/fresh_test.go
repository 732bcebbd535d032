package checks_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestFresh(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, c := range []struct {
		name string
		id   register.ID
		age  time.Duration
		want bool
	}{
		{"criminal record on the fifth day", register.Criminal, 5 * day, true},
		{"criminal record after it", register.Criminal, 5*day + time.Second, false},
		{"legal capacity on the fifth day", register.Capacity, 5 * day, true},
		{"legal capacity after it", register.Capacity, 5*day + time.Second, false},
		{"employment of a month", register.Employment, 30 * day, true},
		{"employment after it", register.Employment, 30*day + time.Second, false},
		{"personal data of a month", register.Personal, 30 * day, true},
		{"personal data after it", register.Personal, 30*day + time.Second, false},
		{"of this moment", register.Address, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := checks.Fresh(c.id, now.Add(-c.age), now); got != c.want {
				t.Errorf("fresh %v, want %v", got, c.want)
			}
		})
	}
	if checks.Fresh(register.Personal, time.Time{}, now) {
		t.Error("what was never answered is fresh")
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	found := map[register.ID]dossier.Finding{}
	for _, id := range []register.ID{register.Personal, register.Capacity, register.Criminal, register.Address} {
		found[id] = dossier.Finding{At: now.AddDate(0, 0, -10)}
	}
	if d := cmp.Diff([]register.ID{register.Criminal, register.Capacity}, checks.Stale(found, now)); d != "" {
		t.Error(d)
	}
}
