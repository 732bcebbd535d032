package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// AskAgain asks some registers about a subject anew: its checks of them, whatever
// they ended with, are open again in their next round, with jobs and a deadline of
// their own. Those that are open already stay as they are, and a register that was
// never to be asked about the subject is not asked now. Earlier findings stand
// beside the new ones.
func (c *Checks) AskAgain(ctx context.Context, s Subject, registers []register.ID) (queue.Effect, error) {
	if s.Foreigner != nil || len(registers) == 0 || dropped(s.State) {
		return nothing, nil
	}
	t, ok := c.Catalogue.Type(s.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", s.Type)
	}
	found, err := c.Store.NewestFindings(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	// Who the person is comes first where it is asked too, or is not known: the
	// others wait for it.
	first, rest := registers, []register.ID(nil)
	if slices.Contains(registers, register.Personal) || found[register.Personal].Status != register.Found {
		first = []register.ID{register.Personal}
		rest = slices.DeleteFunc(slices.Clone(registers), func(id register.ID) bool { return id == register.Personal })
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		g, err := tx.Gathered(ctx, s.ID) // of two who ask at once the second finds the checks open
		if err != nil {
			return err
		}
		opened, err := tx.OpenAgain(ctx, s.ID, first, dossier.Open)
		if err != nil {
			return err
		}
		held, err := tx.OpenAgain(ctx, s.ID, rest, dossier.Held)
		if err != nil || len(opened)+len(held) == 0 {
			return err
		}
		due := c.Now().Add(c.Deadline)
		if err := tx.SetChecksDue(ctx, s.ID, due); err != nil {
			return err
		}
		jobs := []queue.New{{
			Application: s.Application, Applicant: s.Applicant, Stage: StageDeadline, Ref: s.ID,
			Key: fmt.Sprintf("%s:%s:%d", StageDeadline, s.ID, g.Version), Priority: t.Priority, DueAt: due,
		}}
		for _, k := range opened {
			r, ok := c.register(k.Register)
			if !ok {
				return fmt.Errorf("no connector for the register %s", k.Register)
			}
			jobs = append(jobs, c.job(s, t.Priority, r, 0, k))
		}
		var names []string
		for _, k := range slices.Concat(opened, held) {
			names = append(names, string(k.Register))
		}
		slices.Sort(names)
		if err := tx.AddEntry(ctx, s.Application, dossier.Entry{
			At: c.Now(), Actor: "hub", Act: "asked_again", Detail: fmt.Sprintf("subject %s: %s", s.Ref, strings.Join(names, ", ")),
		}); err != nil {
			return err
		}
		return tx.Enqueue(ctx, jobs...)
	}), nil
}

func nothing(context.Context, queue.Tx) error { return nil }
