package intake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// parties are who and what an application is between.
type parties struct {
	election   dossier.Election
	commission dossier.Commission
	applicant  dossier.Applicant
	ballot     string
	previous   *dossier.Application
}

// parties finds them, and checks that this applicant may address this commission
// with this type, in this election and in time (Regulation 1352 §6; the election's
// calendar).
func (in *Intake) parties(ctx context.Context, f dossier.Form, t catalogue.Type) (p parties, err error) {
	var ok bool
	if p.election, ok, err = in.Store.Election(ctx, f.Election); err != nil {
		return p, err
	}
	if !ok {
		return p, dossier.Refuse(dossier.UnknownRecord, "/election", "want an election of the directory")
	}
	if p.commission, ok, err = in.Store.Commission(ctx, f.Commission); err != nil {
		return p, err
	}
	if !ok {
		return p, dossier.Refuse(dossier.UnknownRecord, "/commission", "want a commission of the directory")
	}
	if p.applicant, ok, err = in.Store.Applicant(ctx, f.Applicant); err != nil {
		return p, err
	}
	if !ok {
		return p, dossier.Refuse(dossier.UnknownRecord, "/applicant", "want an organisation of the directory, or the id of a candidate's or proxy's role")
	}
	if kind := p.applicant.Kind; !slices.Contains(t.Route.From, kind) || !slices.Contains(t.Route.To, p.commission.Level) {
		return p, dossier.Refuse(dossier.RouteNotAllowed, "/commission",
			fmt.Sprintf("%s may not address a commission of level %s with %s: want one of %v to one of %v", kind, p.commission.Level, t.ID, t.Route.From, t.Route.To))
	}
	if err := in.holder(ctx, p); err != nil {
		return p, err
	}
	if p.ballot, err = in.ballot(ctx, f, t, p); err != nil {
		return p, err
	}
	// The matrix goes by what the applicant stands for, whatever the type is about.
	if vote := cmp.Or(p.applicant.Held.Ballot, p.ballot); !in.Catalogue.Allows(p.applicant.Kind, p.commission.Level, vote) {
		return p, dossier.Refuse(dossier.RouteNotAllowed, "/commission",
			fmt.Sprintf("%s of %s may not address a commission of level %s", p.applicant.Kind, vote, p.commission.Level))
	}
	rounds := t.Rounds
	if len(rounds) == 0 {
		rounds = []int{1}
	}
	if round := max(p.election.Round, 1); !slices.Contains(rounds, round) {
		return p, dossier.Refuse(dossier.BadForm, "/election", fmt.Sprintf("this type is of round %v; the election is of round %d", rounds, round))
	}
	if p.previous, err = in.previous(ctx, f); err != nil {
		return p, err
	}
	return p, in.window(t, p)
}

// holder checks that whoever acts in a role of their own still has it, in this
// election, and turns to the commission that gave it, where the one addressed is
// of its level.
func (in *Intake) holder(ctx context.Context, p parties) error {
	r := p.applicant.Held
	switch {
	case r.ID == "":
		return nil
	case !r.Active():
		return dossier.Refuse(dossier.NotEntitled, "/applicant", "this role has ended: its holder may not act in it any more")
	case r.Election != p.election.ID && r.Election != p.election.Roles():
		return dossier.Refuse(dossier.NotEntitled, "/applicant", "want a role in this election")
	case r.Commission == p.commission.ID:
		return nil
	}
	gave, ok, err := in.Store.Commission(ctx, r.Commission)
	if err == nil && ok && gave.Level == p.commission.Level {
		return dossier.Refuse(dossier.RouteNotAllowed, "/commission", "want the commission that registered the applicant")
	}
	return err
}

// ballot is the kind of vote that an application is about: the form's, the role's,
// the constituency's, or the only one that can be meant.
func (in *Intake) ballot(ctx context.Context, f dossier.Form, t catalogue.Type, p parties) (string, error) {
	possible := p.election.Ballots
	if len(possible) == 0 {
		possible = []string{p.election.Kind}
	}
	if len(t.Ballots) > 0 {
		possible = slices.DeleteFunc(slices.Clone(possible), func(b string) bool { return !slices.Contains(t.Ballots, b) })
	}
	if len(possible) == 0 {
		return "", dossier.Refuse(dossier.BadForm, "/election", fmt.Sprintf("want an election that holds one of %v", t.Ballots))
	}
	own := p.applicant.Held.Ballot
	switch {
	case own != "" && len(t.Ballots) > 0 && !slices.Contains(possible, own):
		return "", dossier.Refuse(dossier.NotEntitled, "/applicant", fmt.Sprintf("want a role in one of %v", possible))
	case f.Ballot != "" && !slices.Contains(possible, f.Ballot):
		return "", dossier.Refuse(dossier.BadForm, "/ballot", fmt.Sprintf("want one of %v", possible))
	case own != "" && f.Ballot != "" && own != f.Ballot:
		return "", dossier.Refuse(dossier.BadForm, "/ballot", "want the kind of vote of the applicant's role: "+own)
	case f.Ballot != "":
		return f.Ballot, nil
	case own != "" && slices.Contains(possible, own):
		return own, nil
	case len(possible) == 1:
		return possible[0], nil
	}
	for _, s := range f.Subjects {
		if s.Constituency == "" {
			continue
		}
		c, _, err := in.Store.Constituency(ctx, s.Constituency)
		if err != nil {
			return "", err
		}
		if slices.Contains(possible, c.Ballot) {
			return c.Ballot, nil // that the others are of it too is checked with them
		}
	}
	takes := slices.ContainsFunc(slices.Collect(maps.Values(t.Outcomes)), func(f catalogue.Follows) bool { return f.Effect == catalogue.Take })
	if len(t.Ballots) == 0 || !takes {
		return "", nil
	}
	return "", dossier.Refuse(dossier.BadForm, "/ballot", fmt.Sprintf("want one of %v", possible))
}

// previous finds the application that this one corrects.
func (in *Intake) previous(ctx context.Context, f dossier.Form) (*dossier.Application, error) {
	if f.Previous == "" {
		return nil, nil
	}
	old, err := in.Store.Application(ctx, f.Previous)
	if missing(err) ||
		err == nil && (old.Type != f.Type || old.Applicant != f.Applicant || old.Election != f.Election || old.Commission != f.Commission) {
		return nil, dossier.Refuse(dossier.UnknownRecord, "/previous", "want an application of the same type, applicant, election and commission")
	}
	if err != nil {
		return nil, err
	}
	if err := in.correctableNow(old); err != nil {
		return nil, err
	}
	return &old, nil
}

// correctableNow refuses what is not returned, or was returned too long ago.
func (in *Intake) correctableNow(old dossier.Application) error {
	if old.State != dossier.Returned {
		return dossier.Refuse(dossier.WrongState, "/previous", fmt.Sprintf("it is %s; only what is %s is corrected", old.State, dossier.Returned))
	}
	if !in.Now().Before(old.ReturnDue) {
		return dossier.Refuse(dossier.Late, "/previous", fmt.Sprintf("the last day to correct it was %s", civil.Of(old.ReturnDue.Add(-1))))
	}
	return nil
}

// correctable is the same inside the transaction that takes the new one; nil:
// there is none to correct.
func (in *Intake) correctable(ctx context.Context, tx Tx, previous string) (*dossier.Application, error) {
	if previous == "" {
		return nil, nil
	}
	old, err := tx.ApplicationNow(ctx, previous)
	if err != nil {
		return nil, err
	}
	return &old, in.correctableNow(old)
}

// window checks that today lies in the type's window. What was returned is
// corrected until the day that was set, whatever the calendar says.
func (in *Intake) window(t catalogue.Type, p parties) error {
	if p.previous != nil {
		return nil
	}
	today, el := civil.Of(in.Now()), p.election
	if first, ok := in.Catalogue.Day(t.Window.From, el.Day, el.Calendar); ok && today.Compare(first) < 0 {
		return dossier.Refuse(dossier.TooEarly, "/type", fmt.Sprintf("the first day is %s", first))
	}
	if last, ok := in.Catalogue.Day(t.Window.Until, el.Day, el.Calendar); ok && today.Compare(last) > 0 {
		return dossier.Refuse(dossier.Late, "/type", fmt.Sprintf("the last day was %s", last))
	}
	return nil
}
