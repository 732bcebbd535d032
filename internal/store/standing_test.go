package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// Who sits in a precinct is told whoever put them forward, and asks.
func TestStandingOfSeats(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := application("1726", 6)
		add(t, s, a)
		for i, from := range []string{"first", "first", "second", "second", "second", "first"} {
			r := roleOf(a, a.Subjects[i])
			r.Role, r.Organisation, r.Body = "member", from, "p1"
			if i == 5 {
				r.Body = "p2"
			}
			do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.TakeRole(ctx, r, a.Subjects[i]) })
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.EndRole(ctx, a.Subjects[0].ID, "d", time.Now())
			return err
		})
		for _, c := range []struct {
			seats []string
			want  map[string]eligibility.Body
		}{
			{nil, map[string]eligibility.Body{}},
			{[]string{"p3"}, map[string]eligibility.Body{}},
			{[]string{"p1"}, map[string]eligibility.Body{"p1": {Members: 4, From: map[string]int{"first": 1, "second": 3}}}},
			{[]string{"p1", "p2", "p3"}, map[string]eligibility.Body{
				"p1": {Members: 4, From: map[string]int{"first": 1, "second": 3}}, "p2": {Members: 1, From: map[string]int{"first": 1}},
			}},
		} {
			var now eligibility.Standing
			do(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
				now, err = tx.StandingNow(ctx, a.Election, "", dossier.Applicant{ID: "third"}, c.seats)
				return err
			})
			if d := cmp.Diff(c.want, now.Bodies); d != "" {
				t.Errorf("%v: %s", c.seats, d)
			}
		}
	})
}
