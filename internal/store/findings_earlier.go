package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// EarlierFindings returns, by the subject's id and in order of their time, the
// findings about the same people under other subjects of an election that are
// wanted; what want sees of them has no facts yet.
func (s *Store) EarlierFindings(ctx context.Context, election string, subjects []dossier.Subject, want func(checks.Earlier) bool) (map[string][]checks.Earlier, error) {
	out := map[string][]checks.Earlier{}
	for part := range slices.Chunk(subjects, rowsAtOnce) {
		var people, own []any
		by := map[string]string{} // the subject's id by the person's hash
		for _, d := range part {
			person := s.personOf(d)
			people, own, by[string(person)] = append(people, person), append(own, d.ID), d.ID
		}
		_, err := collect(ctx, s.read, `SELECT s.pinfl_index, s.id, a.type, f.id, f.register, f.status, f.transaction_id, f.sealed_body, f.at
			FROM subject s JOIN application a ON a.id=s.application_id JOIN finding f ON f.subject_id=s.id
			WHERE a.election=? AND s.pinfl_index IN `+rows(len(part), 1)+` AND s.id NOT IN `+rows(len(part), 1)+` ORDER BY f.at, f.id`, func(r *sql.Rows) (struct{}, error) {
			var e checks.Earlier
			var person, sealed []byte
			var when int64
			err := r.Scan(&person, &e.Subject, &e.Type, &e.ID, &e.Register, &e.Status, &e.Transaction, &sealed, &when)
			e.At = at(when)
			about := by[string(person)]
			if err != nil || !want(e) {
				return struct{}{}, err
			}
			var b findingBody
			if err := s.unseal("finding", "body", e.ID, sealed, &b); err != nil {
				return struct{}{}, err
			}
			e.Facts, e.Columns = b.Facts, b.Columns
			out[about] = append(out[about], e)
			return struct{}{}, nil
		}, slices.Concat([]any{election}, people, own)...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
