package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// titleOf is how a template's documents are called.
func (n *Notices) titleOf(template, lang string) string {
	if n.DocumentTitle == nil {
		return template
	}
	return cmp.Or(n.DocumentTitle(template, lang), template)
}

// number is that of the paper the notice is about, else the application's own.
func (s *story) number(ctx context.Context) (string, error) {
	d, ok, err := s.paper(ctx)
	switch {
	case err != nil:
		return "", err
	case ok:
		return documentNumber(d), nil
	case s.app.Number == "":
		return "", errNoPaper
	}
	return s.app.Number, nil
}

// errNoPaper: a mailing about documents does not go to who has none.
var errNoPaper = errors.New("the person has no document")

// paper is the document the notice is about: the one named, else the one by which
// the person has its role.
func (s *story) paper(ctx context.Context) (dossier.Document, bool, error) {
	if s.subject == nil {
		return dossier.Document{}, false, nil
	}
	if id := s.subject.IssuedDocument; id != "" {
		d, err := s.n.Store.Document(ctx, id)
		return d, err == nil, err
	}
	e, err := s.vote(ctx)
	if err != nil {
		return dossier.Document{}, false, err
	}
	// A mailing's subject holds the role itself, another's person by another subject.
	held, err := s.n.Store.RolesHeld(ctx, e.Roles(), *s.subject)
	if err != nil {
		return dossier.Document{}, false, err
	}
	held = append(held, dossier.Role{ID: s.subject.ID, Role: s.subject.Role, Application: s.subject.Application})
	for _, r := range held {
		if r.Role != s.subject.Role || r.Application == "" {
			continue
		}
		list, err := s.n.Store.Documents(ctx, r.Application)
		if err != nil {
			return dossier.Document{}, false, err
		}
		for _, d := range slices.Backward(list) {
			if d.Subject == r.ID && d.State.Made() {
				return d, true, nil
			}
		}
	}
	return dossier.Document{}, false, nil
}

func documentNumber(d dossier.Document) string { return fmt.Sprintf("%03d", d.Number) }

func (s *story) who(ctx context.Context) (dossier.Applicant, error) {
	if s.applicant == nil && s.app.Applicant == "" {
		s.applicant = &dossier.Applicant{} // a mailing's addressee of whom none is known
	}
	if s.applicant == nil {
		a, ok, err := s.n.Store.Applicant(ctx, s.app.Applicant)
		if err != nil {
			return a, err
		}
		if !ok {
			return a, fmt.Errorf("applicant %s is no longer in the directory", s.app.Applicant)
		}
		s.applicant = &a
	}
	return *s.applicant, nil
}

func (s *story) commission(ctx context.Context) (dossier.Commission, error) {
	if s.comm == nil && s.app.Commission == "" {
		s.comm = &dossier.Commission{}
	}
	if s.comm == nil {
		c, ok, err := s.n.Store.Commission(ctx, s.app.Commission)
		if err != nil {
			return c, err
		}
		if !ok {
			return c, fmt.Errorf("commission %s is no longer in the directory", s.app.Commission)
		}
		s.comm = &c
	}
	return *s.comm, nil
}

func (s *story) vote(ctx context.Context) (dossier.Election, error) {
	if s.election == nil {
		e, ok, err := s.n.Store.Election(ctx, s.app.Election)
		if err != nil {
			return e, err
		}
		if !ok {
			return e, fmt.Errorf("election %s is no longer in the directory", s.app.Election)
		}
		s.election = &e
	}
	return *s.election, nil
}
