package decision

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// dossierCase is an application with all that a decision on it is judged by.
type dossierCase struct {
	app      dossier.Application
	kind     catalogue.Type
	el       dossier.Election
	by       dossier.Applicant
	ballot   string
	latest   map[string]eligibility.Assessment // of each subject, by id
	whole    eligibility.Assessment
	together eligibility.Whole                // what the rules over the whole look at; only where there are any
	people   map[string]register.PersonalData // by subject's id; only of candidates
	held     map[string][]dossier.Role        // of those whose role ends, by subject's id
	places   map[string]string                // where subjects stand in what is decided, by id
	slots    *catalogue.Catalogue
	now      time.Time
}

// open reads a case.
func (d *Decisions) open(ctx context.Context, a dossier.Application) (*dossierCase, error) {
	c := &dossierCase{app: a, slots: d.Catalogue, now: d.Now(), held: map[string][]dossier.Role{}, places: map[string]string{}}
	var ok bool
	var err error
	if c.kind, ok = d.Catalogue.Type(a.Type); !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	if c.el, ok, err = d.Store.Election(ctx, a.Election); err != nil || !ok {
		return nil, cmp.Or(err, gone("election", a.Election))
	}
	if c.by, ok, err = d.Store.Applicant(ctx, a.Applicant); err != nil || !ok {
		return nil, cmp.Or(err, gone("applicant", a.Applicant))
	}
	c.ballot = dossier.BallotOf(a, c.el)
	if c.latest, err = d.Store.LatestAssessments(ctx, a.ID); err != nil {
		return nil, err
	}
	if c.kind.Subjects.Role == candidate {
		if c.people, err = d.Store.People(ctx, a.ID, ""); err != nil {
			return nil, err
		}
	}
	if len(c.kind.Whole) > 0 {
		if c.whole, _, err = d.Store.LatestWhole(ctx, a.ID); err != nil {
			return nil, err
		}
		k, err := d.Store.WholeInput(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		c.together = k.Whole
		c.together.Announced, _ = d.Catalogue.Day("campaign-first-day", c.el.Day, c.el.Calendar)
	}
	return c, nil
}

// gone is a failure that a person mends in the directory.
func gone(what, id string) error {
	return fault.New(fault.Rejected, fmt.Errorf("%s %s is no longer in the directory", what, id))
}

// readHeld reads the roles of those whose role may end.
func (d *Decisions) readHeld(ctx context.Context, c *dossierCase) error {
	ends := slices.ContainsFunc(c.app.Subjects, func(s dossier.Subject) bool { return s.Part == dossier.Leaving })
	for _, f := range c.kind.Outcomes {
		ends = ends || f.Effect == catalogue.End || f.Effect == catalogue.Succeed
	}
	if !ends {
		return nil
	}
	for _, s := range c.app.Subjects {
		roles, err := d.Store.RolesHeld(ctx, c.el.Roles(), s)
		if err != nil {
			return err
		}
		c.held[s.ID] = roles
	}
	return nil
}

func (c *dossierCase) reason(code string) (catalogue.Reason, bool) { return c.slots.Reason(code) }

// Roles that code knows by name.
const (
	candidate = "candidate"
	deputy    = "deputy"
	member    = "member"
)

// step is what is decided about one subject and what it does.
type step struct {
	subject dossier.Subject
	outcome dossier.Outcome
	follows catalogue.Follows
	effect  catalogue.Effect
}

// takes reports that the subject takes a role.
func (s step) takes() bool { return s.effect == catalogue.Take || s.effect == catalogue.Succeed }

// ends reports that a role of the subject's ends.
func (s step) ends() bool { return s.effect == catalogue.End || s.effect == catalogue.Succeed }

func (c *dossierCase) step(s dossier.Subject, o dossier.Outcome) step {
	st := step{subject: s, outcome: o, follows: c.kind.Outcomes[o.Outcome]}
	st.effect = st.follows.Effect
	switch {
	case st.follows.Refuses:
		st.effect = catalogue.None
	case s.Part == dossier.Leaving:
		// Whoever leaves gets no document, whatever those who come get.
		st.effect, st.follows.Document = catalogue.End, ""
		if c.kind.Leaving != nil {
			st.follows.Notices = c.kind.Leaving.Notices
		}
	}
	return st
}

// steps are the parts of a decision in the application's order.
func (c *dossierCase) steps(outcomes []dossier.Outcome) []step {
	bySubject := make(map[string]dossier.Outcome, len(outcomes))
	for _, o := range outcomes {
		bySubject[o.Subject] = o
	}
	out := make([]step, 0, len(c.app.Subjects))
	for _, s := range c.app.Subjects {
		out = append(out, c.step(s, bySubject[s.ID]))
	}
	return out
}

// ended finds the role of a person that a step ends, or says what is missing. It is
// the one that the rule asked for which let the subject pass.
func (c *dossierCase) ended(s step, held []dossier.Role) (role dossier.Role, missing string) {
	want := cmp.Or(s.subject.Role, c.kind.Subjects.Role)
	if s.effect == catalogue.Succeed {
		want = candidate
	}
	role, ok := eligibility.Own(eligibility.Input{
		Roles: held, Role: want, Ballot: c.app.Ballot, Ballots: c.kind.Ballots, Subject: s.subject, Applicant: c.by,
	})
	if !ok {
		return role, fmt.Sprintf("subject %s holds no such role (%s) from this applicant", s.subject.Ref, want)
	}
	return role, ""
}

// without is what stands when a role has ended.
func without(s eligibility.Standing, r dossier.Role) eligibility.Standing {
	switch r.Role {
	case "proxy":
		s.Proxies = max(0, s.Proxies-1)
	case candidate:
		s.Candidates = max(0, s.Candidates-1)
		if r.Female {
			s.Women = max(0, s.Women-1)
		}
		if n := s.Constituencies[r.Constituency]; n > 0 {
			s.Constituencies = maps.Clone(s.Constituencies)
			s.Constituencies[r.Constituency] = n - 1
		}
	case member:
		b, ok := s.Bodies[r.Body]
		if !ok {
			return s
		}
		b.Members = max(0, b.Members-1)
		if n := b.From[r.Organisation]; n > 0 {
			b.From = maps.Clone(b.From)
			b.From[r.Organisation] = n - 1
		}
		s.Bodies = maps.Clone(s.Bodies)
		s.Bodies[r.Body] = b
	}
	return s
}
