package store

import (
	"context"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// commissionApplicant is a commission that turns to the next one up (with its
// results), through its chair who is in office.
func (s *Store) commissionApplicant(ctx context.Context, q querier, id, lock string) (dossier.Applicant, bool, error) {
	c, ok, err := record[dossier.Commission](ctx, q, "commission", id)
	if err != nil || !ok {
		return dossier.Applicant{}, false, err
	}
	officials, err := collect(ctx, q, `SELECT id, sealed_body FROM official WHERE commission=? ORDER BY id`+lock, sealedRow[dossier.Official](s, "official"), id)
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	a := dossier.Applicant{ID: c.ID, Kind: c.Level, Title: c.Title}
	today := civil.Of(s.now())
	if i := slices.IndexFunc(officials, func(o dossier.Official) bool { return o.Post == dossier.Chair && o.InOffice(today) }); i >= 0 {
		a.Person, a.Phone = officials[i].PINFL, officials[i].Phone
	}
	return a, true, nil
}
