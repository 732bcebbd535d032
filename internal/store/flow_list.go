package store

import (
	"context"
	"database/sql"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// ApplicationFilter says which applications are meant; what is empty means all.
type ApplicationFilter struct {
	Commission, Election, Type, Applicant string
	State                                 dossier.State
}

// Applications lists a commission's applications (all for an empty one), newest
// first, after a cursor id.
func (s *Store) Applications(ctx context.Context, commission, before string, limit int) ([]dossier.Application, error) {
	return s.ApplicationsWhere(ctx, ApplicationFilter{Commission: commission}, before, limit)
}

// ApplicationsWhere lists applications without their content and subjects, newest
// first, after a cursor id.
func (s *Store) ApplicationsWhere(ctx context.Context, f ApplicationFilter, before string, limit int) ([]dossier.Application, error) {
	return collect(ctx, s.read, `SELECT id, number, type, election, commission, ballot, applicant, state, reason, version, submitted_at, previous, return_due,
		decide_by, reviewed_at FROM application
		WHERE (?1='' OR commission=?1) AND (?2='' OR id < ?2) AND (?4='' OR election=?4) AND (?5='' OR type=?5) AND (?6='' OR applicant=?6) AND (?7='' OR state=?7)
		ORDER BY id DESC LIMIT ?3`, func(r *sql.Rows) (dossier.Application, error) {
		var a dossier.Application
		var when, due, reviewed int64
		var by string
		err := r.Scan(&a.ID, &a.Number, &a.Type, &a.Election, &a.Commission, &a.Ballot, &a.Applicant, &a.State, &a.Reason, &a.Version, &when, &a.Previous, &due,
			&by, &reviewed)
		if err != nil {
			return a, err
		}
		a.SubmittedAt, a.ReturnDue, a.ReviewedAt = at(when), at(due), at(reviewed)
		if by != "" {
			a.DecideBy, err = civil.Parse(by)
		}
		return a, err
	}, f.Commission, before, limit, f.Election, f.Type, f.Applicant, string(f.State))
}
