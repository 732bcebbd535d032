package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/saylovhub/hub/pipelines/queue"
)

// JobsAbout returns the jobs about a notice (or whatever ref names) that are not
// done, oldest first. The application is the jobs' own; empty when they have
// none.
func (t *Tx) JobsAbout(ctx context.Context, application, ref string) ([]queue.Job, error) {
	if t.forUpdate() != "" {
		// A replay must not take a failure that is about to be ended. Those at work are
		// let be: who holds one may be waiting for what this transaction has locked.
		_, err := t.tx.ExecContext(ctx, `SELECT id FROM job WHERE application=? AND ref=? AND state='failed' ORDER BY id`+t.forUpdate(), application, ref)
		if err != nil {
			return nil, fmt.Errorf("locking failures: %w", err)
		}
	}
	// The list of states is job_open's, so that its index serves.
	return collect(ctx, t.tx, `SELECT `+jobColumns+` FROM job WHERE application=? AND ref=? AND state IN ('ready','waiting','leased','failed') ORDER BY id`,
		func(r *sql.Rows) (queue.Job, error) { return scanJob(r) }, application, ref)
}

// EndFailure ends a failure as done: what it was about was settled in another
// way, and a replay must not begin again.
func (t *Tx) EndFailure(ctx context.Context, job int64) error {
	if _, err := t.tx.ExecContext(ctx, `UPDATE job SET state='done' WHERE id=? AND state='failed'`, job); err != nil {
		return fmt.Errorf("ending a failure: %w", err)
	}
	return nil
}
