package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// DirectoryFilter narrows a list of the directory; what is empty does not. A list
// looks at the fields that its records have.
type DirectoryFilter struct {
	Election   string // constituencies, precincts
	Ballot     string // constituencies
	Commission string // officials, constituencies, precincts
	Parent     string // territories, commissions
	Level      string // commissions
	Role       string // organisations
}

// plainRow and sealedRow read a row of id and body.
func plainRow[T any](r *sql.Rows) (T, error) {
	var id, body string
	var v T
	if err := r.Scan(&id, &body); err != nil {
		return v, err
	}
	return v, unmarshal(body, &v)
}

func sealedRow[T any](s *Store, table string) func(*sql.Rows) (T, error) {
	return func(r *sql.Rows) (T, error) {
		var id string
		var body []byte
		var v T
		if err := r.Scan(&id, &body); err != nil {
			return v, err
		}
		return v, s.unseal(table, "body", id, body, &v)
	}
}

// directoryPage reads a page of a table by its key, those after one. equal are
// pairs of a column and the value it must have; empty values do not count.
func directoryPage[T any](ctx context.Context, q querier, table, key, body, after string, limit int, scan func(*sql.Rows) (T, error), equal ...string) ([]T, error) {
	where, args := []string{key + ">?"}, []any{after}
	for i := 0; i < len(equal); i += 2 {
		if equal[i+1] != "" {
			where, args = append(where, equal[i]+"=?"), append(args, equal[i+1])
		}
	}
	list, err := collect(ctx, q, `SELECT `+key+`, `+body+` FROM `+table+` WHERE `+strings.Join(where, " AND ")+` ORDER BY `+key+` LIMIT ?`, scan, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("listing the directory: %w", err)
	}
	return list, nil
}

// ListTerritories returns up to limit territories by SOATO, those after one.
func (s *Store) ListTerritories(ctx context.Context, f DirectoryFilter, after string, limit int) ([]dossier.Territory, error) {
	return directoryPage(ctx, s.read, "territory", "soato", "body", after, limit, plainRow[dossier.Territory], "parent", f.Parent)
}

// ListElections returns up to limit elections by id, those after one.
func (s *Store) ListElections(ctx context.Context, _ DirectoryFilter, after string, limit int) ([]dossier.Election, error) {
	return directoryPage(ctx, s.read, "election", "id", "body", after, limit, plainRow[dossier.Election])
}

// ListCommissions returns up to limit commissions by id, those after one.
func (s *Store) ListCommissions(ctx context.Context, f DirectoryFilter, after string, limit int) ([]dossier.Commission, error) {
	return directoryPage(ctx, s.read, "commission", "id", "body", after, limit, plainRow[dossier.Commission], "parent", f.Parent, "level", f.Level)
}

// ListOfficials returns up to limit officials by id, those after one.
func (s *Store) ListOfficials(ctx context.Context, f DirectoryFilter, after string, limit int) ([]dossier.Official, error) {
	return directoryPage(ctx, s.read, "official", "id", "sealed_body", after, limit, sealedRow[dossier.Official](s, "official"), "commission", f.Commission)
}

// ListOrganisations returns up to limit organisations by id, those after one.
func (s *Store) ListOrganisations(ctx context.Context, f DirectoryFilter, after string, limit int) ([]dossier.Organisation, error) {
	return directoryPage(ctx, s.read, "organisation", "id", "sealed_body", after, limit, sealedRow[dossier.Organisation](s, "organisation"), "role", f.Role)
}

// ListConstituencies returns up to limit constituencies by id, those after one.
func (s *Store) ListConstituencies(ctx context.Context, f DirectoryFilter, after string, limit int) ([]dossier.Constituency, error) {
	return directoryPage(ctx, s.read, "constituency", "id", "body", after, limit, plainRow[dossier.Constituency],
		"election", f.Election, "ballot", f.Ballot, "commission", f.Commission)
}

// ListPrecincts returns up to limit precincts by id, those after one.
func (s *Store) ListPrecincts(ctx context.Context, f DirectoryFilter, after string, limit int) ([]dossier.Precinct, error) {
	return directoryPage(ctx, s.read, "precinct", "id", "body", after, limit, plainRow[dossier.Precinct], "election", f.Election, "commission", f.Commission)
}

// OpenApplications counts a commission's and an election's applications that have
// not ended; empty: any.
func (s *Store) OpenApplications(ctx context.Context, commission, election string) (int, error) {
	var open []any
	for _, state := range dossier.States() {
		if !state.Final() {
			open = append(open, string(state))
		}
	}
	where, args := `state IN (?`+strings.Repeat(",?", len(open)-1)+`)`, open
	if commission != "" {
		where, args = where+` AND commission=?`, append(args, commission)
	}
	if election != "" {
		where, args = where+` AND election=?`, append(args, election)
	}
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM application WHERE `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting applications: %w", err)
	}
	return n, nil
}
