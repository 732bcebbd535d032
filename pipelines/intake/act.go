package intake

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// ActorApplicant is who did what came signed with an application.
const ActorApplicant = "applicant"

// Act is what every act on an application says.
type Act struct {
	Application string
	Commission  string // the caller is bound to; empty: any
	Version     int    // that the caller has seen; zero: any
}

// Official is an act of an official of the commission.
type Official struct {
	Act
	Official string // id
}

// own reads an application that the caller may act on.
func (in *Intake) own(ctx context.Context, act Act) (dossier.Application, error) {
	a, err := in.Store.Application(ctx, act.Application)
	if err != nil {
		return a, err
	}
	if act.Commission != "" && act.Commission != a.Commission {
		return a, dossier.Refusef(dossier.NotFound, "no such application")
	}
	return a, stale(act, a)
}

// stale refuses an act by somebody who has seen another version.
func stale(act Act, now dossier.Application) error {
	if act.Version != 0 && act.Version != now.Version {
		return dossier.Refuse(dossier.StaleVersion, "header:If-Match", fmt.Sprintf("the version is %d: read it again", now.Version))
	}
	return nil
}

// entitled refuses who is no official of the commission today.
func (in *Intake) entitled(list []dossier.Official, id string) error {
	today := civil.Of(in.Now())
	if !slices.ContainsFunc(list, func(o dossier.Official) bool { return o.ID == id && o.InOffice(today) }) {
		return dossier.Refuse(dossier.NotEntitled, "/official", "want the id of an official of this commission who is in office")
	}
	return nil
}

// atDesk judges an official's act at the door.
func (in *Intake) atDesk(ctx context.Context, o Official) (dossier.Application, error) {
	a, err := in.own(ctx, o.Act)
	if err != nil {
		return a, err
	}
	officials, err := in.Store.Officials(ctx, a.Commission)
	if err != nil {
		return a, err
	}
	return a, in.entitled(officials, o.Official)
}

// now judges it again where it is written.
func (in *Intake) now(ctx context.Context, tx Tx, o Official, commission string) (dossier.Application, error) {
	a, err := tx.ApplicationNow(ctx, o.Application)
	if err != nil {
		return a, err
	}
	if err := stale(o.Act, a); err != nil {
		return a, err
	}
	officials, err := tx.OfficialsNow(ctx, commission)
	if err != nil {
		return a, err
	}
	return a, in.entitled(officials, o.Official)
}

// wrong refuses an act in this state.
func wrong(a dossier.Application, act string) error {
	return dossier.Refusef(dossier.WrongState, "the application is %s; it cannot be %s", a.State, act)
}

// Return asks the applicant to correct an application.
type Return struct {
	Official
	Reason string     // code of the catalogue, or words
	Due    civil.Date // last day to correct it; zero: as the type says
}

// reasonCode is what codes of refusal look like.
var reasonCode = regexp.MustCompile(`^R[0-9]{2}$`)

// Return judges the act at the door and returns what to write.
func (in *Intake) Return(ctx context.Context, r Return) (func(context.Context, Tx) error, error) {
	a, err := in.atDesk(ctx, r.Official)
	if err != nil {
		return nil, err
	}
	r.Reason = strings.TrimSpace(r.Reason)
	_, known := in.Catalogue.Reason(r.Reason)
	if r.Reason == "" || reasonCode.MatchString(r.Reason) && !known {
		return nil, dossier.Refuse(dossier.BadForm, "/reason", "want a reason of the catalogue (R01 to R16), or words")
	}
	t, ok := in.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	today := civil.Of(in.Now())
	if r.Due.IsZero() {
		days := t.Correct
		if days == 0 {
			days = correctFor
		}
		r.Due = today.AddDays(days)
	}
	if r.Due.Compare(today) < 0 || today.AddDays(correctAtMost).Compare(r.Due) < 0 {
		return nil, dossier.Refuse(dossier.BadForm, "/due", fmt.Sprintf("want a day from today on, in %d days at most", correctAtMost))
	}
	if a.State.CanBecome(dossier.Returned) != nil {
		return nil, wrong(a, "returned")
	}
	due, now := r.Due.AddDays(1).Start(), in.Now()
	a.ReturnDue, a.Reason = due, r.Reason
	announce, err := in.Announcer.Act(ctx, a, "returned", map[string]string{"reason": r.Reason, "due": dayOf(r.Due)}, nil, a.ID)
	if err != nil {
		return nil, err
	}
	fact := event.Returned{State: string(dossier.Returned), Due: r.Due.String()}
	if known {
		fact.Reason = r.Reason // words stay in the dossier
	}
	return func(ctx context.Context, tx Tx) error {
		is, err := in.now(ctx, tx, r.Official, a.Commission)
		if err != nil {
			return err
		}
		if is.State.CanBecome(dossier.Returned) != nil {
			return wrong(is, "returned")
		}
		if err := tx.Move(ctx, a.ID, is.State, dossier.Returned, r.Reason); err != nil {
			return err
		}
		if err := tx.SetReturnDue(ctx, a.ID, due); err != nil {
			return err
		}
		if err := tell(ctx, tx, a.ID, dossier.Entry{
			At: now, Actor: "official:" + r.Official.Official, Act: "returned", Detail: fmt.Sprintf("%s; until %s", r.Reason, r.Due),
		}, fact); err != nil {
			return err
		}
		if err := announce(ctx, tx); err != nil {
			return err
		}
		return tx.Enqueue(ctx, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageLapse, Ref: a.ID, Key: StageLapse + ":" + a.ID, Priority: t.Priority, DueAt: due,
		})
	}, nil
}

func dayOf(d civil.Date) string { return fmt.Sprintf("%02d.%02d.%04d", d.Day, d.Month, d.Year) }

// tell writes a line of the timeline and an event of the same moment.
func tell(ctx context.Context, tx Tx, application string, line dossier.Entry, fact event.Fact) error {
	if err := tx.AddEntry(ctx, application, line); err != nil {
		return err
	}
	return tx.AddEvent(ctx, event.Of(application, line.At, fact))
}

// Lapse is the handler of StageLapse: what was not corrected in time ends.
func (in *Intake) Lapse(_ context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	now := in.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		a, err := tx.ApplicationNow(ctx, j.Ref)
		if err != nil || a.State != dossier.Returned || now.Before(a.ReturnDue) {
			return err
		}
		if err := tx.Move(ctx, a.ID, dossier.Returned, dossier.Lapsed, ""); err != nil {
			return err
		}
		return tell(ctx, tx, a.ID, dossier.Entry{At: now, Actor: "hub", Act: "lapsed", Detail: ""}, event.Lapsed{State: string(dossier.Lapsed)})
	}), nil
}

// Review marks that the commission has opened an application: once, whoever else
// opens it later.
func (in *Intake) Review(ctx context.Context, o Official) (func(context.Context, Tx) error, error) {
	a, err := in.atDesk(ctx, o)
	if err != nil {
		return nil, err
	}
	reviewable := func(a dossier.Application) bool { return !a.ReviewedAt.IsZero() || open(a.State) }
	if !reviewable(a) {
		return nil, wrong(a, "reviewed")
	}
	announce, err := in.Announcer.Act(ctx, a, "review", nil, nil, a.ID)
	if err != nil {
		return nil, err
	}
	now := in.Now()
	return func(ctx context.Context, tx Tx) error {
		is, err := in.now(ctx, tx, o, a.Commission)
		if err != nil {
			return err
		}
		if !reviewable(is) {
			return wrong(is, "reviewed")
		}
		if first, err := tx.MarkReviewed(ctx, a.ID, now); err != nil || !first {
			return err
		}
		err = tell(ctx, tx, a.ID, dossier.Entry{At: now, Actor: "official:" + o.Official, Act: "in_review", Detail: ""}, event.Reviewed{State: string(is.State)})
		if err != nil {
			return err
		}
		return announce(ctx, tx)
	}, nil
}

// open reports that the commission works on an application in this state.
func open(s dossier.State) bool { return s == dossier.Checking || s == dossier.DossierReady }

// Amend changes a column by hand.
type Amend struct {
	Official
	Subject, Column, Value, Reason string // Subject is its ref
}

// Amend judges the act at the door and returns what to write. The register's word
// stays beside it, and rules and documents go on resting on that.
func (in *Intake) Amend(ctx context.Context, m Amend) (func(context.Context, Tx) error, error) {
	a, err := in.atDesk(ctx, m.Official)
	if err != nil {
		return nil, err
	}
	if !open(a.State) {
		return nil, wrong(a, "amended")
	}
	i := slices.IndexFunc(a.Subjects, func(s dossier.Subject) bool { return s.Ref == m.Subject })
	if i < 0 {
		return nil, dossier.Refusef(dossier.NotFound, "no such subject")
	}
	if !slices.Contains(addable, m.Column) {
		return nil, dossier.Refuse(dossier.BadForm, "/column", fmt.Sprintf("want one of %v: the others are the registers' alone", addable))
	}
	for field, value := range map[string]string{"/value": m.Value, "/reason": m.Reason} {
		if strings.TrimSpace(value) == "" {
			return nil, dossier.Refuse(dossier.BadForm, field, "required")
		}
	}
	now := in.Now()
	change := dossier.Amendment{
		ID: newID(), Subject: a.Subjects[i].ID, Name: m.Column, Value: strings.TrimSpace(m.Value), Reason: strings.TrimSpace(m.Reason),
		Actor: "official:" + m.Official.Official, At: now,
	}
	return func(ctx context.Context, tx Tx) error {
		is, err := in.now(ctx, tx, m.Official, a.Commission)
		if err != nil {
			return err
		}
		if !open(is.State) {
			return wrong(is, "amended")
		}
		if err := tx.AddAmendments(ctx, a.ID, change); err != nil {
			return err
		}
		if err := tx.Touch(ctx, a.ID); err != nil {
			return err
		}
		return tell(ctx, tx, a.ID, dossier.Entry{At: now, Actor: change.Actor, Act: "amended", Detail: fmt.Sprintf("subject %s: %s", m.Subject, m.Column)},
			event.Amended{State: string(is.State), Subject: change.Subject, Column: m.Column})
	}, nil
}
