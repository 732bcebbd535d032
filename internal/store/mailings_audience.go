package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
)

// An audience is walked through in three parts, each by id; a cursor is a part and
// the last id looked at.
const (
	partRoles     = "role:"
	partParties   = "party:"
	partOfficials = "official:"
)

// split sorts the roles of an audience by part.
func split(a notice.Audience) (roles []any, parties bool, officials []any) {
	for _, r := range a.Roles {
		switch {
		case r == notice.Parties:
			parties = true
		case slices.Contains(notice.Posts, r):
			officials = append(officials, r)
		default:
			roles = append(roles, r)
		}
	}
	return roles, parties, officials
}

func marks(n int) string { return "?" + strings.Repeat(",?", n-1) }

// holder is one role as an audience is chosen by.
type holder struct {
	id, person, role, commission, organisation, constituency, territory, language string
}

// holders are roles after an id that an audience may mean; the territory of one
// with a constituency is the constituency's and is looked at afterwards.
func (s *Store) holders(ctx context.Context, election string, a notice.Audience, roles []any, after string, limit int) ([]holder, error) {
	where := `r.election=? AND r.ended_at=0 AND r.role IN (` + marks(len(roles)) + `) AND r.id > ?`
	args := append(append([]any{election}, roles...), after)
	if a.Commission != "" {
		where, args = where+` AND r.commission=?`, append(args, a.Commission)
	}
	if a.Constituency != "" {
		where, args = where+` AND r.constituency=?`, append(args, a.Constituency)
	}
	return collect(ctx, s.read, `SELECT r.id, r.pinfl_index, r.role, r.commission, r.organisation, r.constituency, r.territory, a.language
		FROM role r JOIN application a ON a.id=r.application_id WHERE `+where+` ORDER BY r.id LIMIT ?`, func(r *sql.Rows) (holder, error) {
		var h holder
		var person []byte
		err := r.Scan(&h.id, &person, &h.role, &h.commission, &h.organisation, &h.constituency, &h.territory, &h.language)
		h.person = hex.EncodeToString(person)
		return h, err
	}, append(args, limit)...)
}

// within leaves those who are in a territory; empty: all.
func (s *Store) within(ctx context.Context, territory string, list []holder) ([]holder, error) {
	if territory == "" {
		return list, nil
	}
	known := map[string]string{}
	var out []holder
	for _, h := range list {
		if h.constituency != "" {
			if _, ok := known[h.constituency]; !ok {
				c, _, err := s.Constituency(ctx, h.constituency)
				if err != nil {
					return nil, err
				}
				known[h.constituency] = c.Territory
			}
			h.territory = known[h.constituency]
		}
		if strings.HasPrefix(h.territory, territory) {
			out = append(out, h)
		}
	}
	return out, nil
}

const partyWhere = ` FROM role r JOIN organisation o ON o.id=r.organisation AND o.role='PARTY' WHERE r.election=? AND r.ended_at=0`

// CountAudience counts the people of an audience, each once.
func (s *Store) CountAudience(ctx context.Context, election string, a notice.Audience) (int, error) {
	people := map[string]bool{}
	for cursor := ""; ; {
		next, err := s.walk(ctx, election, a, cursor, 5000, func(p seen) { people[p.person] = true })
		if err != nil || next == "" {
			return len(people), err
		}
		cursor = next
	}
}

// seen is one of an audience before the person's own record is opened.
type seen struct {
	holder

	phone personal.Phone // organisations and officials
}

// walk looks at the next of an audience and returns the cursor after them.
func (s *Store) walk(ctx context.Context, election string, a notice.Audience, cursor string, limit int, each func(seen)) (string, error) {
	roles, parties, officials := split(a)
	if after, ok := strings.CutPrefix(cmp.Or(cursor, partRoles), partRoles); ok {
		if len(roles) == 0 {
			return partParties, nil
		}
		list, err := s.holders(ctx, election, a, roles, after, limit)
		if err != nil {
			return "", err
		}
		chosen, err := s.within(ctx, a.Territory, list)
		if err != nil {
			return "", err
		}
		for _, h := range chosen {
			each(seen{holder: h})
		}
		if len(list) == limit {
			return partRoles + list[limit-1].id, nil
		}
		return partParties, nil
	}
	if after, ok := strings.CutPrefix(cursor, partParties); ok {
		if !parties {
			return partOfficials, nil
		}
		list, err := s.partiesAfter(ctx, election, a, after, limit)
		if err != nil {
			return "", err
		}
		for _, id := range list {
			o, _, err := s.Organisation(ctx, id)
			if err != nil {
				return "", err
			}
			if strings.HasPrefix(o.Territory, a.Territory) {
				each(seen{holder{id: id, person: "organisation:" + id, role: notice.Parties, organisation: id}, o.Phone})
			}
		}
		if len(list) == limit {
			return partParties + list[limit-1], nil
		}
		return partOfficials, nil
	}
	if len(officials) == 0 {
		return "", nil
	}
	list, err := s.officialsAfter(ctx, a, officials, strings.TrimPrefix(cursor, partOfficials), limit)
	if err != nil {
		return "", err
	}
	today := civil.Of(s.now())
	for _, o := range list {
		c, _, err := s.Commission(ctx, o.Commission)
		if err != nil {
			return "", err
		}
		if o.InOffice(today) && strings.HasPrefix(c.Territory, a.Territory) {
			each(seen{holder{id: o.ID, person: hex.EncodeToString(s.personIndex(o.PINFL, "")), role: o.Post, commission: o.Commission}, o.Phone})
		}
	}
	if len(list) == limit {
		return partOfficials + list[limit-1].ID, nil
	}
	return "", nil
}

func (s *Store) partiesAfter(ctx context.Context, election string, a notice.Audience, after string, limit int) ([]string, error) {
	where, args := partyWhere+` AND r.organisation > ?`, []any{election, after}
	if a.Commission != "" {
		where, args = where+` AND r.commission=?`, append(args, a.Commission)
	}
	if a.Constituency != "" {
		where, args = where+` AND r.constituency=?`, append(args, a.Constituency)
	}
	return collect(ctx, s.read, `SELECT DISTINCT r.organisation`+where+` ORDER BY r.organisation LIMIT ?`, func(r *sql.Rows) (string, error) {
		var id string
		return id, r.Scan(&id)
	}, append(args, limit)...)
}

func (s *Store) officialsAfter(ctx context.Context, a notice.Audience, posts []any, after string, limit int) ([]dossier.Official, error) {
	where, args := `post IN (`+marks(len(posts))+`) AND id > ?`, append(slices.Clone(posts), after)
	if a.Commission != "" {
		where, args = where+` AND commission=?`, append(args, a.Commission)
	}
	return collect(ctx, s.read, `SELECT id, sealed_body FROM official WHERE `+where+` ORDER BY id LIMIT ?`, func(r *sql.Rows) (dossier.Official, error) {
		var id string
		var body []byte
		var o dossier.Official
		if err := r.Scan(&id, &body); err != nil {
			return o, err
		}
		return o, s.unseal("official", "body", id, body, &o)
	}, append(args, limit)...)
}

// AudienceAfter returns about limit people of an audience after a cursor, and the
// cursor after those; an empty one is the end.
func (s *Store) AudienceAfter(ctx context.Context, election string, a notice.Audience, cursor string, limit int) ([]notice.Addressee, string, error) {
	var list []seen
	next, err := s.walk(ctx, election, a, cursor, limit, func(p seen) { list = append(list, p) })
	if err != nil {
		return nil, "", err
	}
	out := make([]notice.Addressee, 0, len(list))
	for _, p := range list {
		to := notice.Addressee{Person: p.person, As: p.role, Language: p.language, Phone: p.phone, Commission: p.commission, Organisation: p.organisation}
		if p.language != "" { // which only holders of roles have
			if to.Subject, err = s.subject(ctx, s.read, p.id, ""); err != nil {
				return nil, "", err
			}
			to.Phone, to.Language = to.Subject.Phone, cmp.Or(to.Subject.Language, p.language)
		}
		out = append(out, to)
	}
	return out, next, nil
}
