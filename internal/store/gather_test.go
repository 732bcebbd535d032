package store_test

import (
	"context"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// gathering is a subject with checks, the last of which has it assessed.
func gathering(s *store.Store) func(ctx context.Context, n int) ([]queue.Effect, string, error) {
	return func(ctx context.Context, n int) ([]queue.Effect, string, error) {
		a := application("TEC-0001", 1)
		subject := a.Subjects[0].ID
		var list []dossier.Check
		for i := range n {
			list = append(list, dossier.Check{ID: id(), Subject: subject, Register: register.ID([]string{"a", "b", "c", "d"}[i]), State: dossier.Open})
		}
		err := s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.AddApplication(ctx, a); err != nil {
				return err
			}
			return tx.AddChecks(ctx, list, time.Time{})
		})
		if err != nil {
			return nil, "", err
		}
		var ends []queue.Effect
		for _, c := range list {
			ends = append(ends, queue.In(func(ctx context.Context, tx *store.Tx) error {
				if err := tx.SetCheck(ctx, c.ID, dossier.Answered, ""); err != nil {
					return err
				}
				g, err := tx.RaiseFindings(ctx, subject)
				if err != nil {
					return err
				}
				return checks.AssessIfDue(ctx, tx, g, subject, a.Applicant, 10)
			}))
		}
		return ends, checks.StageAssess, nil
	}
}
