package decision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// effect is what an outcome does to a subject. read runs before the transaction;
// end and take in it, end for all subjects first.
type effect struct {
	read      func(ctx context.Context, p *plan, s step) error
	end, take func(ctx context.Context, p *plan, tx Tx, s step, held []dossier.Role) error
}

// effects is the list; to add one is to add an entry here.
var effects = map[catalogue.Effect]effect{
	catalogue.None:     {},
	catalogue.Take:     {take: take},
	catalogue.End:      {read: readEnd, end: end},
	catalogue.EndList:  {read: readEndList, end: endList},
	catalogue.Reissue:  {read: readReissue, take: reissue},
	catalogue.Succeed:  {read: readEnd, end: end, take: succeed},
	catalogue.Admitted: {take: admit},
}

// take gives the subject the type's role.
func take(ctx context.Context, p *plan, tx Tx, s step, _ []dossier.Role) error {
	return tx.TakeRole(ctx, p.role(s), s.subject)
}

// role is what a subject takes.
func (p *plan) role(s step) dossier.Role {
	name := p.roleOf(s)
	r := dossier.Role{
		ID: s.subject.ID, Election: p.el.Roles(), Role: name, Slot: p.slots.Slot(name, p.ballot), Ballot: p.ballot, Application: p.app.ID,
		Commission: p.app.Commission, Organisation: p.app.Applicant, Constituency: s.subject.Constituency, Territory: s.subject.Territory,
		Body: s.subject.Seat(), Position: s.subject.Position, Female: p.people[s.subject.ID].Sex == "female", TakenAt: p.evidence.At,
	}
	if r.Role == candidate && r.Constituency == "" && r.Position == 0 && p.kind.Subjects.Max > 1 { // a list in the order it is written
		r.Position = 1 + slices.IndexFunc(p.app.Subjects, func(o dossier.Subject) bool { return o.ID == r.ID })
	}
	if p.by.Held.ID != "" { // a candidate's proxy: put forward by the candidate's party
		r.Candidate, r.Organisation = p.by.Held.ID, p.by.Held.Organisation
	}
	return r
}

// end ends the subject's role with its documents; a candidate's proxies go too.
func end(ctx context.Context, p *plan, tx Tx, s step, held []dossier.Role) error {
	role, missing := p.ended(s, held)
	if missing != "" {
		return changed("a role")
	}
	if err := p.endRole(ctx, tx, role); err != nil || s.effect != catalogue.End || role.Role != candidate || role.Position == 0 {
		return err
	}
	return tx.CloseGap(ctx, role) // the list goes on without the person
}

func readEnd(ctx context.Context, p *plan, s step) error {
	// What is missing shows in the transaction, where it makes a conflict.
	if role, missing := p.ended(s, p.held[s.subject.ID]); missing == "" {
		return p.readRole(ctx, role)
	}
	return nil
}

// readRole prepares the end of a role's documents, and of its proxies'.
func (p *plan) readRole(ctx context.Context, r dossier.Role) error {
	if p.revoke[r.ID] != nil {
		return nil
	}
	e, err := p.d.Papers.EndAll(ctx, r.Application, r.ID, "commission:"+p.dec.Commission, "decision "+p.dec.Number+" of "+p.dec.Date.String())
	if err != nil {
		return err
	}
	p.revoke[r.ID] = e
	if r.Role != candidate {
		return nil
	}
	proxies, err := p.d.Store.ProxiesOf(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, proxy := range proxies {
		if err := p.readRole(ctx, proxy); err != nil {
			return err
		}
	}
	return nil
}

// endRole ends one role, its documents and, of a candidate, the proxies.
func (p *plan) endRole(ctx context.Context, tx Tx, r dossier.Role) error {
	revoke, known := p.revoke[r.ID]
	if !known {
		return changed("the roles to be ended")
	}
	done, err := tx.EndRole(ctx, r.ID, p.dec.ID, p.evidence.At)
	if err != nil || !done { // it had ended: by another subject of this decision
		return err
	}
	if err := revoke(ctx, tx); err != nil {
		return err
	}
	line := dossier.Entry{At: p.evidence.At, Actor: "commission:" + p.dec.Commission, Act: "role_ended", Detail: fmt.Sprintf("%s: decision %s", r.Role, p.dec.Number)}
	if err := tx.AddEntry(ctx, r.Application, line); err != nil || r.Role != candidate {
		return err
	}
	proxies, err := tx.ProxiesNow(ctx, p.el.Roles(), r.ID)
	if err != nil {
		return err
	}
	for _, proxy := range proxies {
		if err := p.endRole(ctx, tx, proxy); err != nil {
			return err
		}
	}
	return nil
}

// endList ends every candidacy of the applicant on the ballot.
func endList(ctx context.Context, p *plan, tx Tx, _ step, _ []dossier.Role) error {
	return p.endList(ctx, tx)
}

func readEndList(ctx context.Context, p *plan, _ step) error { return p.readList(ctx) }

func (p *plan) readList(ctx context.Context) error {
	list, err := p.d.Store.ListOf(ctx, p.el.Roles(), p.by.ID, p.ballot)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := p.readRole(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) endList(ctx context.Context, tx Tx) error {
	list, err := tx.ListNow(ctx, p.el.Roles(), p.by.ID, p.ballot)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := p.endRole(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// reissue makes a duplicate of the subject's document; the old one is replaced when
// it is issued.
func reissue(ctx context.Context, p *plan, tx Tx, s step, _ []dossier.Role) error {
	return p.revoke[again+s.subject.ID](ctx, tx)
}

// again tells the duplicates of subjects from the ends of roles.
const again = "again "

func readReissue(ctx context.Context, p *plan, s step) error {
	doc, err := p.d.Store.Document(ctx, s.subject.IssuedDocument)
	if err != nil {
		return err
	}
	e, err := p.d.Papers.Again(ctx, doc, "commission:"+p.dec.Commission, "decision "+p.dec.Number+" of "+p.dec.Date.String())
	if r, ok := errors.AsType[*dossier.Refusal](err); ok {
		p.lost = "subject " + s.subject.Ref + ": " + r.Detail
		return nil
	}
	p.revoke[again+s.subject.ID] = e
	return err
}

// succeed makes a deputy of a candidate, whose candidacy has ended by then.
func succeed(ctx context.Context, p *plan, tx Tx, s step, held []dossier.Role) error {
	r := p.role(s)
	if was, missing := p.ended(s, held); missing == "" {
		r.Organisation, r.Constituency, r.Territory = was.Organisation, was.Constituency, was.Territory
		r.Female = was.Female
		if r.Position == 0 {
			r.Position = was.Position
		}
	}
	return tx.TakeRole(ctx, r, s.subject)
}

// admit lets the applicant take part in the ballot.
func admit(ctx context.Context, p *plan, tx Tx, s step, _ []dossier.Role) error {
	first := slices.IndexFunc(p.steps, func(o step) bool { return o.effect == catalogue.Admitted })
	if p.steps[first].subject.ID != s.subject.ID { // of several persons, once
		return nil
	}
	return p.admit(ctx, tx)
}

func (p *plan) admit(ctx context.Context, tx Tx) error {
	return tx.AddEntry(ctx, p.app.ID, dossier.Entry{At: p.evidence.At, Actor: "commission:" + p.dec.Commission, Act: "admitted", Detail: p.ballot})
}

// writeWhole does what the outcome of the whole does to the applicant.
func (p *plan) writeWhole(ctx context.Context, tx Tx) error {
	if p.wholly.Refuses {
		return nil
	}
	switch p.wholly.Effect {
	case catalogue.EndList:
		return p.endList(ctx, tx)
	case catalogue.Admitted:
		return p.admit(ctx, tx)
	case catalogue.None, catalogue.Take, catalogue.End, catalogue.Reissue, catalogue.Succeed: // those are of subjects
	}
	return nil
}
