package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestReferred(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-0001", 1))
		reserved, issued, again, other := id(), id(), id(), id()
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			errs := []error{tx.AddDecision(ctx, dossier.Decision{
				ID: "d1", Application: a.ID, Commission: a.Commission, Number: "1", State: dossier.DecisionVerifying,
			})}
			for i, d := range []string{reserved, issued, again, other} {
				errs = append(errs, tx.AddDocument(ctx, dossier.Document{
					ID: d, Key: d, Kind: "D4", State: dossier.Reserved, Commission: a.Commission, Election: a.Election, Number: i + 1,
					Application: a.ID, Decision: "d1",
				}))
			}
			for d, file := range map[string]string{issued: issued + ".pdf", again: again + "-second.pdf", other: "list.pdf"} {
				_, err := tx.IssueDocument(ctx, d, dossier.Passport{}, file, time.Now())
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		})
		names := []string{
			issued + ".pdf", again + "-first.pdf", again + "-second.pdf", reserved + ".pdf", reserved + "-first.pdf", other + ".pdf", "list.pdf",
			id() + ".pdf", "", "' OR 1=1", "none.pdf",
		}
		for i := range 1200 { // more than one statement takes
			names = append(names, fmt.Sprintf("none-%d.pdf", i), id()+".pdf")
		}
		got, err := s.Referred(t.Context(), names)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{
			issued + ".pdf": true, again + "-second.pdf": true, reserved + ".pdf": true, reserved + "-first.pdf": true, "list.pdf": true,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err := s.Referred(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("of nothing: %v, %v", got, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Referred(ctx, names); err == nil {
			t.Error("answered although it was cancelled")
		}
	})
}
