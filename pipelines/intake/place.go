package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// looked is what was looked up for one application, by kind and id: thousands of
// persons are of few places.
type looked map[string]found

// found is one record of the directory, or that there is none.
type found struct {
	record any
	ok     bool
}

// look looks a record up once.
func look[T any](ctx context.Context, seen looked, kind, id string, get func(context.Context, string) (T, bool, error)) (T, bool, error) {
	if f, known := seen[kind+" "+id]; known {
		return f.record.(T), f.ok, nil
	}
	v, ok, err := get(ctx, id)
	if err == nil {
		seen[kind+" "+id] = found{v, ok}
	}
	return v, ok, err
}

func (c *desk) commissionOf(ctx context.Context, id string) (dossier.Commission, bool, error) {
	return look(ctx, c.seen, "commission", id, c.in.Store.Commission)
}

func (c *desk) precinctOf(ctx context.Context, id string) (dossier.Precinct, bool, error) {
	return look(ctx, c.seen, "precinct", id, c.in.Store.Precinct)
}

// deepest is how many commissions there are from a precinct up to the top.
const deepest = 6

// under reports whether a commission is the one addressed, or below it.
func (c *desk) under(ctx context.Context, id string) (bool, error) {
	for range deepest {
		if id == c.commission.ID {
			return true, nil
		}
		k, ok, err := c.commissionOf(ctx, id)
		if err != nil || !ok || k.Parent == "" {
			return false, err
		}
		id = k.Parent
	}
	return false, nil
}

// places checks what a person's entry refers to in the directory.
func (c *desk) places(ctx context.Context, at string, s dossier.FormSubject) error {
	for _, check := range []struct {
		field, id, want string
		holds           func(context.Context, string) (bool, error)
	}{
		{"constituency", s.Constituency, "want a constituency of this election and commission", c.constituency},
		{"precinct", s.Precinct, "want a precinct of this election under the commission", c.precinct},
		{"body", s.Body, "want a commission or precinct under the commission", c.body},
		{"territory", s.Territory, "want a SOATO of the directory", c.territory},
		{"party", s.Party, "want a party of the directory", c.party},
		{"document", s.Document, "want an issued document of this commission and election that the applicant may have again", c.document},
	} {
		if check.id == "" {
			continue
		}
		ok, err := check.holds(ctx, check.id)
		if err != nil {
			return err
		}
		if !ok {
			c.bad(at+"/"+check.field, check.want)
		}
	}
	return nil
}

// here reports whether a record is of this election; a second round goes on with
// the first one's.
func (c *desk) here(election string) bool {
	return election == c.election.ID || election == c.election.Roles()
}

func (c *desk) constituency(ctx context.Context, id string) (bool, error) {
	k, ok, err := look(ctx, c.seen, "constituency", id, c.in.Store.Constituency)
	if err != nil || !ok || !c.here(k.Election) {
		return false, err
	}
	of := k.Ballot
	if of == "" {
		of = c.election.Kind
	}
	if c.ballot != "" && of != c.ballot {
		return false, nil
	}
	if c.applicant.Held.Constituency == id { // the applicant's own, whichever commission formed it
		return true, nil
	}
	if k.Commission == "" {
		return true, nil
	}
	return c.under(ctx, k.Commission)
}

func (c *desk) precinct(ctx context.Context, id string) (bool, error) {
	p, ok, err := c.precinctOf(ctx, id)
	if err != nil || !ok || p.Election != "" && !c.here(p.Election) {
		return false, err
	}
	return c.under(ctx, p.Commission)
}

func (c *desk) body(ctx context.Context, id string) (bool, error) {
	k, ok, err := c.commissionOf(ctx, id)
	if err != nil {
		return false, err
	}
	if !ok {
		return c.precinct(ctx, id)
	}
	if k.Parent == "" {
		return k.ID != c.commission.ID, nil
	}
	return c.under(ctx, k.Parent)
}

// territory: a number is a SOATO; anything else is words for the mandate.
func (c *desk) territory(ctx context.Context, id string) (bool, error) {
	if strings.Trim(id, "0123456789") != "" {
		return true, nil
	}
	_, ok, err := look(ctx, c.seen, "territory", id, c.in.Store.Territory)
	return ok, err
}

func (c *desk) party(ctx context.Context, id string) (bool, error) {
	o, ok, err := look(ctx, c.seen, "organisation", id, c.in.Store.Organisation)
	return ok && o.Role == "PARTY", err
}

// document: whoever put its holder forward, or the holder, may have it again.
func (c *desk) document(ctx context.Context, id string) (bool, error) {
	d, err := c.in.Store.Document(ctx, id)
	if missing(err) {
		return false, nil
	}
	if err != nil || d.State != dossier.Issued || d.Commission != c.commission.ID || !c.here(d.Election) || d.Subject == "" {
		return false, err
	}
	if c.applicant.Held.ID != "" {
		return d.Subject == c.applicant.Held.ID, nil
	}
	a, err := c.in.Store.Application(ctx, d.Application)
	return a.Applicant == c.applicant.ID, err
}

// missing reports that something was not found.
func missing(err error) bool {
	r, ok := errors.AsType[*dossier.Refusal](err)
	return ok && r.Code == dossier.NotFound
}

// proposals checks the territories of what is proposed; a state is not one of them.
func (c *desk) proposals(ctx context.Context) error {
	for i, p := range c.form.Proposals {
		if ok, err := c.territory(ctx, p.Territory); err != nil {
			return err
		} else if !ok {
			c.bad(fmt.Sprintf("/proposals/%d/territory", i), "want a SOATO of the directory")
		}
	}
	return nil
}
