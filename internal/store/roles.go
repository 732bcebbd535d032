package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

const roleColumns = `id, election, role, slot, ballot, application_id, commission, organisation, candidate, constituency, territory, body,
	position, female, taken_at, ended_at, ended_by`

func scanRole(r scanner) (dossier.Role, error) {
	var d dossier.Role
	var taken, ended int64
	err := r.Scan(&d.ID, &d.Election, &d.Role, &d.Slot, &d.Ballot, &d.Application, &d.Commission, &d.Organisation, &d.Candidate, &d.Constituency,
		&d.Territory, &d.Body, &d.Position, &d.Female, &taken, &ended, &d.EndedBy)
	d.TakenAt = at(taken)
	if ended > 0 {
		d.EndedAt = at(ended)
	}
	return d, err
}

func rolesWhere(ctx context.Context, q querier, where string, args ...any) ([]dossier.Role, error) {
	return collect(ctx, q, `SELECT `+roleColumns+` FROM role WHERE `+where+` ORDER BY id`, func(r *sql.Rows) (dossier.Role, error) { return scanRole(r) }, args...)
}

// Role returns a role by its id, which is that of the subject that took it.
func (s *Store) Role(ctx context.Context, id string) (dossier.Role, bool, error) {
	r, err := scanRole(s.read.QueryRowContext(ctx, `SELECT `+roleColumns+` FROM role WHERE id=?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("reading a role: %w", err)
	}
	return r, true, nil
}

// personOf is how a subject's person is found: by PINFL, or by passport where no
// register knows them.
func (s *Store) personOf(d dossier.Subject) []byte {
	if d.PINFL == "" && d.Foreigner != nil {
		return s.personIndex("", dossier.PassportOf(*d.Foreigner))
	}
	return s.personIndex(d.PINFL, "")
}

// RolesNow returns the roles that a subject's person holds in an election by other
// subjects. Whoever asks of the same person waits for this transaction, which may
// take or end one.
func (t *Tx) RolesNow(ctx context.Context, election string, s dossier.Subject) ([]dossier.Role, error) {
	person := t.s.personOf(s)
	if err := t.serialize(ctx, "role "+election+" "+hex.EncodeToString(person)); err != nil {
		return nil, err
	}
	return rolesWhere(ctx, t.tx, `election=? AND pinfl_index=? AND ended_at=0 AND id<>?`, election, person, s.ID)
}

// RolesHeld returns the roles that a subject's person holds in an election by other
// subjects.
func (s *Store) RolesHeld(ctx context.Context, election string, d dossier.Subject) ([]dossier.Role, error) {
	return s.rolesHeld(ctx, s.read, election, d)
}

func (s *Store) rolesHeld(ctx context.Context, q querier, election string, d dossier.Subject) ([]dossier.Role, error) {
	return rolesWhere(ctx, q, `election=? AND pinfl_index=? AND ended_at=0 AND id<>?`, election, s.personOf(d), d.ID)
}

// ForeignerOf returns how a foreigner was named who took a role in an election, by
// state and passport; the newest where there are several.
func (s *Store) ForeignerOf(ctx context.Context, election string, d dossier.Subject) (dossier.Foreigner, bool, error) {
	roles, err := rolesWhere(ctx, s.read, `election=? AND pinfl_index=?`, election, s.personOf(d))
	if err != nil || len(roles) == 0 {
		return dossier.Foreigner{}, false, err
	}
	subject, err := s.subject(ctx, s.read, roles[len(roles)-1].ID, "")
	if err != nil || subject.Foreigner == nil {
		return dossier.Foreigner{}, false, err
	}
	return *subject.Foreigner, true, nil
}

// TakeRole gives a subject's person a role; the index refuses a second one of its
// slot.
func (t *Tx) TakeRole(ctx context.Context, r dossier.Role, s dossier.Subject) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO role(id, election, pinfl_index, role, slot, ballot, application_id, commission, organisation, candidate,
		constituency, territory, body, position, female, taken_at) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		r.ID, r.Election, t.s.personOf(s), r.Role, r.Slot, r.Ballot, r.Application, r.Commission, r.Organisation, r.Candidate,
		r.Constituency, r.Territory, r.Body, r.Position, r.Female, ms(r.TakenAt))
	if err != nil && t.s.breaks(err, "role_one", "role.election, role.pinfl_index, role.slot") {
		return dossier.Refusef(dossier.Taken, "the person holds a role in this election by now")
	}
	if err != nil {
		return fmt.Errorf("taking a role: %w", err)
	}
	return nil
}

// EndRole ends a role by a decision; false when it had ended before.
func (t *Tx) EndRole(ctx context.Context, id, decision string, now time.Time) (bool, error) {
	res, err := t.tx.ExecContext(ctx, `UPDATE role SET ended_at=?, ended_by=? WHERE id=? AND ended_at=0`, ms(now), decision, id)
	if err != nil {
		return false, fmt.Errorf("ending a role: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// StandingNow is what an applicant has in an election, and who sits in the
// commissions and precincts that are named (sorted), as of this transaction: whoever
// asks of the same applicant, or of one of them, waits for it.
func (t *Tx) StandingNow(ctx context.Context, election, ballot string, a dossier.Applicant, seats []string) (eligibility.Standing, error) {
	if err := t.serialize(ctx, "standing "+election+" "+a.ID); err != nil {
		return eligibility.Standing{}, err
	}
	for _, seat := range seats {
		if err := t.serialize(ctx, "seat "+election+" "+seat); err != nil {
			return eligibility.Standing{}, err
		}
	}
	return t.s.standing(ctx, t.tx, election, ballot, a, seats)
}

// Standing is what an applicant has in an election, and who sits where.
func (s *Store) Standing(ctx context.Context, election, ballot string, a dossier.Applicant, seats []string) (eligibility.Standing, error) {
	return s.standing(ctx, s.read, election, ballot, a, seats)
}

func (s *Store) standing(ctx context.Context, q querier, election, ballot string, a dossier.Applicant, seats []string) (eligibility.Standing, error) {
	out := eligibility.Standing{Constituencies: map[string]int{}, Bodies: map[string]eligibility.Body{}}
	if a.Held.ID != "" {
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM role WHERE candidate=? AND ended_at=0`, a.Held.ID).Scan(&out.Proxies); err != nil {
			return out, fmt.Errorf("counting proxies: %w", err)
		}
		return out, nil
	}
	candidates, err := rolesWhere(ctx, q, `election=? AND organisation=? AND role='candidate' AND ended_at=0 AND ballot=?`, election, a.ID, ballot)
	if err != nil {
		return out, err
	}
	for _, r := range candidates {
		out.Candidates++
		if r.Female {
			out.Women++
		}
		if r.Constituency != "" {
			out.Constituencies[r.Constituency]++
		}
	}
	for part := range slices.Chunk(seats, rowsAtOnce) {
		if err := s.seated(ctx, q, election, part, out.Bodies); err != nil {
			return out, err
		}
	}
	return out, nil
}

// seated counts the members of commissions and precincts by who put them forward.
func (s *Store) seated(ctx context.Context, q querier, election string, seats []string, into map[string]eligibility.Body) error {
	type row struct {
		seat, organisation string
		n                  int
	}
	args := []any{election}
	for _, seat := range seats {
		args = append(args, seat)
	}
	members, err := collect(ctx, q, `SELECT body, organisation, count(*) FROM role WHERE election=? AND role='member' AND ended_at=0
		AND body IN (?`+strings.Repeat(",?", len(seats)-1)+`) GROUP BY body, organisation`, func(r *sql.Rows) (row, error) {
		var v row
		return v, r.Scan(&v.seat, &v.organisation, &v.n)
	}, args...)
	if err != nil {
		return fmt.Errorf("counting members: %w", err)
	}
	for _, v := range members {
		b := into[v.seat]
		if b.From == nil {
			b.From = map[string]int{}
		}
		b.Members += v.n
		b.From[v.organisation] += v.n
		into[v.seat] = b
	}
	return nil
}

// nameOf is a subject's name as the personal data register has it; the ref where
// nobody was identified.
func (s *Store) nameOf(ctx context.Context, d dossier.Subject) (string, error) {
	found, err := s.findings(ctx, s.read, d.ID)
	if err != nil {
		return "", err
	}
	var p register.PersonalData
	if f := found[register.Personal]; f.Status == register.Found {
		if err := json.Unmarshal(f.Facts, &p); err != nil {
			return "", fmt.Errorf("reading personal data: %w", err)
		}
	}
	return cmp.Or(strings.TrimSpace(p.Surname+" "+p.GivenName), d.Ref), nil
}

// Applicant returns who may hand in applications under an id: an organisation, the
// holder of a role, or a commission.
func (s *Store) Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error) {
	org, ok, err := s.Organisation(ctx, id)
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	if ok {
		return dossier.Applicant{ID: org.ID, Kind: org.Role, Title: org.Title, TIN: org.TIN, Person: org.Head, Phone: org.Phone, Org: org}, true, nil
	}
	role, ok, err := s.Role(ctx, id)
	if err == nil && !ok {
		return s.commissionApplicant(ctx, s.read, id, "")
	}
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	subject, err := s.subject(ctx, s.read, id, "")
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	name, err := s.nameOf(ctx, subject)
	if err != nil {
		return dossier.Applicant{}, false, err
	}
	a := dossier.Applicant{ID: id, Kind: dossier.HolderKinds[role.Role], Title: name, Person: subject.PINFL, Phone: subject.Phone, Held: role}
	a.Org, _, err = s.Organisation(ctx, role.Organisation)
	return a, a.Kind != "", err
}

// RoleNow returns a role as of this transaction; nobody ends it before the commit.
func (t *Tx) RoleNow(ctx context.Context, id string) (dossier.Role, bool, error) {
	r, err := scanRole(t.tx.QueryRowContext(ctx, `SELECT `+roleColumns+` FROM role WHERE id=?`+t.forUpdate(), id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("reading a role: %w", err)
	}
	return r, true, nil
}

const (
	proxiesOf = `candidate=? AND ended_at=0`
	listOf    = `election=? AND organisation=? AND role='candidate' AND ended_at=0 AND ballot=?`
)

// ProxiesOf returns the standing proxies of a candidate's role.
func (s *Store) ProxiesOf(ctx context.Context, candidate string) ([]dossier.Role, error) {
	return rolesWhere(ctx, s.read, proxiesOf, candidate)
}

// ProxiesNow returns the standing proxies of a candidate's role. Whoever takes or
// ends one of them waits for this transaction.
func (t *Tx) ProxiesNow(ctx context.Context, election, candidate string) ([]dossier.Role, error) {
	if err := t.serialize(ctx, "standing "+election+" "+candidate); err != nil {
		return nil, err
	}
	return rolesWhere(ctx, t.tx, proxiesOf, candidate)
}

// ListOf returns the standing candidates of an organisation on a ballot.
func (s *Store) ListOf(ctx context.Context, election, organisation, ballot string) ([]dossier.Role, error) {
	return rolesWhere(ctx, s.read, listOf, election, organisation, ballot)
}

// ListNow returns the standing candidates of an organisation on a ballot. Whoever
// registers more of them waits for this transaction.
func (t *Tx) ListNow(ctx context.Context, election, organisation, ballot string) ([]dossier.Role, error) {
	if err := t.serialize(ctx, "standing "+election+" "+organisation); err != nil {
		return nil, err
	}
	return rolesWhere(ctx, t.tx, listOf, election, organisation, ballot)
}

// CloseGap moves the candidates who stand behind an ended role in its party's list
// up by one place.
func (t *Tx) CloseGap(ctx context.Context, r dossier.Role) error {
	_, err := t.tx.ExecContext(ctx, `UPDATE role SET position=position-1 WHERE election=? AND organisation=? AND role=? AND ballot=? AND ended_at=0 AND position>?`,
		r.Election, r.Organisation, r.Role, r.Ballot, r.Position)
	if err != nil {
		return fmt.Errorf("moving up in a list: %w", err)
	}
	return nil
}
