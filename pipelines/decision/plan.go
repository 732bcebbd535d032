package decision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// plan is a verified decision with everything that was read before it takes effect.
// Its transaction judges again whatever may have changed since, and writes only
// when all of it holds.
type plan struct {
	*dossierCase

	d         *Decisions
	dec       dossier.Decision
	signer    signature.Signer
	evidence  dossier.Evidence
	priority  int
	steps     []step
	wholly    catalogue.Follows // what the outcome of the whole brings
	documents []queue.New
	revoke    map[string]queue.Effect // ends the documents of a role, by its id
	notices   []queue.Effect
	refused   int
	lost      string // what was to be issued again is not in force any more; empty: it is
}

// plan reads what a verified decision needs.
func (d *Decisions) plan(ctx context.Context, a dossier.Application, dec dossier.Decision, signer signature.Signer, e dossier.Evidence, priority int) (*plan, error) {
	c, err := d.open(ctx, a)
	if err == nil {
		err = d.readHeld(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	p := &plan{dossierCase: c, d: d, dec: dec, signer: signer, evidence: e, priority: priority, steps: c.steps(dec.Outcomes), revoke: map[string]queue.Effect{}}
	if t := c.kind.Decision.Document; t != "" {
		p.documents = append(p.documents, d.Papers.Job(a, dec, "", t, priority))
	}
	if p.wholly = c.kind.Outcomes[dec.Whole.Outcome]; dec.Whole.Outcome != "" {
		if err := p.brings(ctx, nil, dec.Whole, p.wholly); err != nil {
			return nil, err
		}
	}
	for _, s := range p.steps {
		if err := p.brings(ctx, &s.subject, s.outcome, s.follows); err != nil {
			return nil, err
		}
		if s.follows.Refuses {
			p.refused++
		}
		prepare, ok := effects[s.effect]
		if !ok {
			return nil, fault.New(fault.Defect, fmt.Errorf("no effect %q", s.effect))
		}
		if prepare.read != nil {
			if err := prepare.read(ctx, p, s); err != nil {
				return nil, err
			}
		}
	}
	if p.wholly.Effect == catalogue.EndList {
		if err := p.readList(ctx); err != nil {
			return nil, err
		}
	}
	announce, err := d.act(ctx, a, "decided", map[string]string{"decno": dec.Number, "date": short(dec.Date)}, dec.ID)
	if err != nil {
		return nil, err
	}
	p.notices = append(p.notices, announce)
	if len(p.documents) == 0 { // else the last document brings them
		told, err := d.Notifier.Decided(ctx, a, dec, c.kind.Decision.Notices)
		if err != nil {
			return nil, err
		}
		p.notices = append(p.notices, told)
	}
	return p, nil
}

// brings adds the document or the notices of an outcome; a document brings its own.
func (p *plan) brings(ctx context.Context, s *dossier.Subject, o dossier.Outcome, f catalogue.Follows) error {
	if f.Document != "" {
		id := ""
		if s != nil {
			id = s.ID
		}
		p.documents = append(p.documents, p.d.Papers.Job(p.app, p.dec, id, f.Document, p.priority))
		if s != nil && !f.Refuses {
			return nil
		}
	}
	e, err := p.d.Notifier.Outcome(ctx, p.app, p.dec, s, o, f.Notices)
	if err == nil {
		p.notices = append(p.notices, e)
	}
	return err
}

// errConflict says that a decision does not hold against what stands by now.
type errConflict struct {
	reason  string
	subject string // id: whom to assess anew; empty: nobody
}

func (e *errConflict) Error() string { return e.reason }

// execute puts the decision into force: one transaction, all or nothing.
func (p *plan) execute(ctx context.Context, tx Tx) error {
	// Who held a post when the EDS was asked may no longer do so.
	officials, err := tx.OfficialsNow(ctx, p.dec.Commission)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(officials, func(o dossier.Official) bool { return o.PINFL == p.signer.PINFL && maySign(o, officials, p.dec) })
	if i < 0 {
		return p.d.refuse(ctx, tx, p.app, p.dec, p.evidence, signature.WrongPerson)
	}
	if err := tx.AddEvidence(ctx, p.evidence); err != nil {
		return err
	}
	held, err := p.holds(ctx, tx)
	if c, ok := errors.AsType[*errConflict](err); ok {
		return p.yield(ctx, tx, c)
	}
	if err != nil {
		return err
	}
	return p.write(ctx, tx, officials[i], held)
}

// holds judges again, with everybody who could change it waiting, what holds across
// applications: two decisions that passed at once must never both take effect.
// Persons come first, in one order, so that no two wait for each other.
func (p *plan) holds(ctx context.Context, tx Tx) (map[string][]dossier.Role, error) {
	held := map[string][]dossier.Role{}
	order := slices.Clone(p.steps)
	slices.SortStableFunc(order, func(a, b step) int { return strings.Compare(person(a.subject), person(b.subject)) })
	for _, s := range order {
		if s.follows.Refuses {
			continue
		}
		// A finding may have come since the decision was handed in.
		verdict, err := tx.LatestVerdict(ctx, s.subject.ID)
		if err != nil {
			return nil, err
		}
		if verdict != eligibility.Eligible {
			return nil, &errConflict{reason: "a newer assessment of subject " + s.subject.Ref + " says " + string(verdict)}
		}
		if !s.takes() && !s.ends() {
			continue
		}
		if held[s.subject.ID], err = tx.RolesNow(ctx, p.el.Roles(), s.subject); err != nil {
			return nil, err
		}
	}
	if err := p.personsHold(held); err != nil {
		return nil, err
	}
	return held, p.applicantHolds(ctx, tx, held)
}

// personsHold: who takes a role has none that bars it, and who loses one has it.
func (p *plan) personsHold(held map[string][]dossier.Role) error {
	if p.lost != "" {
		return &errConflict{reason: p.lost}
	}
	ending := map[string]bool{}
	for _, s := range p.steps {
		if !s.ends() {
			continue
		}
		role, missing := p.ended(s, held[s.subject.ID])
		if missing != "" {
			return &errConflict{reason: missing + " by now", subject: s.subject.ID}
		}
		ending[role.ID] = true
	}
	for _, s := range p.steps {
		if !s.takes() {
			continue
		}
		slot := p.slots.Slot(p.roleOf(s), p.ballot)
		bars := func(r dossier.Role) bool { return !ending[r.ID] && !p.slots.Together(slot, r.Slot) }
		if slices.ContainsFunc(held[s.subject.ID], bars) {
			return &errConflict{reason: "subject " + s.subject.Ref + " holds another role by now", subject: s.subject.ID}
		}
	}
	return nil
}

// applicantHolds: the role in which the applicant acts stands, and the rules over
// the whole pass with what the applicant has by now.
func (p *plan) applicantHolds(ctx context.Context, tx Tx, held map[string][]dossier.Role) error {
	own := p.by.Held.ID
	if len(p.kind.Whole) == 0 && own == "" {
		return nil
	}
	standing, err := tx.StandingNow(ctx, p.el.Roles(), p.ballot, p.by, dossier.Seats(p.app.Subjects))
	if err != nil {
		return err
	}
	if own != "" {
		role, ok, err := tx.RoleNow(ctx, own)
		if err != nil {
			return err
		}
		if !ok || !role.Active() {
			return &errConflict{reason: "the applicant does not hold the role any more in which it applied"}
		}
	}
	failed, err := p.failing(judged{p.dec.Outcomes, p.dec.Whole}, p.steps, standing, held)
	if err != nil || failed == nil {
		return err
	}
	return &errConflict{reason: fmt.Sprintf("rule %s (%s) says %s by now", failed.Rule, failed.Article, failed.Result)}
}

// yield returns the decision; the next revision says why, where the one it stood on
// could not know.
func (p *plan) yield(ctx context.Context, tx Tx, c *errConflict) error {
	if err := p.d.back(p.app, p.dec, dossier.DecisionConflict, c.reason)(ctx, tx); err != nil || c.subject == "" {
		return err
	}
	g, err := tx.RaiseFindings(ctx, c.subject)
	if err != nil {
		return err
	}
	return checks.AssessIfDue(ctx, tx, g, c.subject, p.app.Applicant, p.priority)
}

// write lets the decision take effect; roles end before others are taken.
func (p *plan) write(ctx context.Context, tx Tx, who dossier.Official, held map[string][]dossier.Role) error {
	now := p.evidence.At
	for _, ending := range []bool{true, false} {
		for _, s := range p.steps {
			e := effects[s.effect]
			act := e.take
			if ending {
				act = e.end
			}
			if act == nil {
				continue
			}
			if err := act(ctx, p, tx, s, held[s.subject.ID]); err != nil {
				return err
			}
		}
	}
	if err := p.writeWhole(ctx, tx); err != nil {
		return err
	}
	if err := tx.SetDecision(ctx, p.dec.ID, dossier.DecisionSigned, "", &p.signer, len(p.documents)); err != nil {
		return err
	}
	if err := tx.DropDraft(ctx, p.app.ID); err != nil {
		return err
	}
	if err := tx.Move(ctx, p.app.ID, dossier.Deciding, dossier.Executing, ""); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, p.app.ID, dossier.Entry{At: now, Actor: "official:" + who.ID, Act: "decision_signed", Detail: p.dec.Number}); err != nil {
		return err
	}
	if err := tx.AddEvent(ctx, event.Of(p.app.ID, now, event.Signed{
		Decision: p.dec.ID, Number: p.dec.Number, State: string(dossier.Executing), Registered: len(p.steps) - p.refused, Refused: p.refused, Documents: len(p.documents),
	})); err != nil {
		return err
	}
	if len(p.documents) == 0 { // nothing is to be waited for
		if err := p.done(ctx, tx, now); err != nil {
			return err
		}
	}
	for _, e := range p.notices {
		if err := e(ctx, tx); err != nil {
			return err
		}
	}
	return tx.Enqueue(ctx, p.documents...)
}

// done ends an application whose decision brings no document.
func (p *plan) done(ctx context.Context, tx Tx, now time.Time) error {
	if err := tx.Move(ctx, p.app.ID, dossier.Executing, dossier.Executed, ""); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, p.app.ID, dossier.Entry{At: now, Actor: "hub", Act: "executed", Detail: p.dec.Number}); err != nil {
		return err
	}
	return tx.AddEvent(ctx, event.Of(p.app.ID, now, event.Executed{State: string(dossier.Executed), Decision: p.dec.ID}))
}

// changed asks for the decision to be read again: something it rests on is no
// longer what was read.
func changed(what string) error {
	return &fault.Fault{Kind: fault.Throttled, System: "hub", Operation: "decision", Wait: time.Second, Err: errors.New(what + " changed meanwhile")}
}

func (p *plan) roleOf(s step) string {
	if s.effect == catalogue.Succeed {
		return deputy
	}
	return cmp.Or(s.subject.Role, p.kind.Subjects.Role)
}
