package decision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// StageVerify verifies a decision's signature and executes it.
const StageVerify = "decision.verify"

// Submission is what a commission hands in.
type Submission struct {
	Application string // id
	Document    []byte // the decision as JSON; these very bytes were signed
	Signature   []byte // PKCS#7, DER
	Version     int    // of the application as it was decided on; 0: not said
	By          string // API key
	Commission  string // the caller is bound to; empty: any
}

// Reader is what decisions read.
type Reader interface {
	Application(ctx context.Context, id string) (dossier.Application, error)
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
	LatestAssessments(ctx context.Context, application string) (map[string]eligibility.Assessment, error)
	LatestWhole(ctx context.Context, application string) (eligibility.Assessment, bool, error)
	// People are the subjects as the personal data register knows them, without photo.
	People(ctx context.Context, application, subject string) (map[string]register.PersonalData, error)
	// FindingTimes are the newest findings without what they say, by subject.
	FindingTimes(ctx context.Context, application string) (map[string]map[register.ID]dossier.Finding, error)
	RolesHeld(ctx context.Context, election string, s dossier.Subject) ([]dossier.Role, error)
	ProxiesOf(ctx context.Context, candidate string) ([]dossier.Role, error)
	ListOf(ctx context.Context, election, organisation, ballot string) ([]dossier.Role, error)
	// WholeInput is what the rules over a whole application look at.
	WholeInput(ctx context.Context, application string) (checks.KnownWhole, error)
	Document(ctx context.Context, id string) (dossier.Document, error)
	Decision(ctx context.Context, id string) (dossier.Decision, error)
}

// Tx is what decisions write.
type Tx interface {
	queue.Tx
	// OfficialsNow reads a commission's officials inside the transaction.
	OfficialsNow(ctx context.Context, commission string) ([]dossier.Official, error)
	AddEvidence(ctx context.Context, e dossier.Evidence) error
	AddDecision(ctx context.Context, d dossier.Decision) error
	SetDecision(ctx context.Context, id string, state dossier.DecisionState, reason string, signer *signature.Signer, documents int) error
	DropDraft(ctx context.Context, application string) error
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	// RolesNow are the roles of the subject's person by other subjects; others who ask wait.
	RolesNow(ctx context.Context, election string, s dossier.Subject) ([]dossier.Role, error)
	RoleNow(ctx context.Context, id string) (dossier.Role, bool, error)
	// ProxiesNow and ListNow are roles that stand; who adds to them waits.
	ProxiesNow(ctx context.Context, election, candidate string) ([]dossier.Role, error)
	ListNow(ctx context.Context, election, organisation, ballot string) ([]dossier.Role, error)
	StandingNow(ctx context.Context, election, ballot string, a dossier.Applicant, seats []string) (eligibility.Standing, error)
	TakeRole(ctx context.Context, r dossier.Role, s dossier.Subject) error
	EndRole(ctx context.Context, id, decision string, now time.Time) (bool, error)
	// CloseGap moves those who stand behind an ended role in its list up by one.
	CloseGap(ctx context.Context, r dossier.Role) error
	LatestVerdict(ctx context.Context, subject string) (eligibility.Verdict, error)
	RaiseFindings(ctx context.Context, subject string) (checks.Gathered, error)
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Verifier verifies a signature over a document, by whom and when the act wants
// it; an error means nobody could tell.
type Verifier interface {
	Verify(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error)
}

// Notifier makes the notices of outcomes.
type Notifier interface {
	// Outcome makes those of what was decided about one subject, or about the whole
	// (nil), where no document brings them.
	Outcome(ctx context.Context, a dossier.Application, d dossier.Decision, s *dossier.Subject, o dossier.Outcome, notices []string) (queue.Effect, error)
	// Decided makes the notices to the applicant once a decision is executed.
	Decided(ctx context.Context, a dossier.Application, d dossier.Decision, notices []string) (queue.Effect, error)
}

// Announcer makes the notices that an act brings, whatever the type.
type Announcer interface {
	Act(ctx context.Context, a dossier.Application, act string, params map[string]string, subject *dossier.Subject, key string) (queue.Effect, error)
}

// Asker asks registers anew about a subject whose findings are too old.
type Asker interface {
	AskAgain(ctx context.Context, s checks.Subject, registers []register.ID) (queue.Effect, error)
}

// Papers are the documents that a decision brings or ends.
type Papers interface {
	// Job reserves a document.
	Job(a dossier.Application, d dossier.Decision, subject, template string, priority int) queue.New
	// EndAll revokes what a subject was issued by an application and gives up what it
	// was going to be.
	EndAll(ctx context.Context, application, subject, actor, reason string) (queue.Effect, error)
	// Again makes a duplicate that takes a document's place.
	Again(ctx context.Context, doc dossier.Document, actor, reason string) (queue.Effect, error)
}

// Decisions takes and executes decisions.
type Decisions struct {
	Catalogue *catalogue.Catalogue
	Form      *schema.Schema
	Store     Reader
	Verifier  Verifier
	Notifier  Notifier
	Announcer Announcer
	Asker     Asker
	Papers    Papers
	Now       func() time.Time
	Limit     time.Duration // time limit of a verification
}

// Accept judges a decision at the door and returns what to write, or a
// *dossier.Refusal; *Stale is one with something to be written all the same.
func (d *Decisions) Accept(ctx context.Context, s Submission) (*dossier.Decision, func(context.Context, Tx) error, error) {
	a, err := d.own(ctx, s.Application, s.Commission)
	if err != nil {
		return nil, nil, err
	}
	content, err := readContent(d.Form, s.Document)
	if err != nil {
		return nil, nil, err
	}
	if content.Application != a.ID {
		return nil, nil, dossier.Refuse(dossier.BadForm, "/application", "the signed decision is about another application")
	}
	drafter, j, err := d.consider(ctx, a, content, s.Version)
	if err != nil {
		return nil, nil, err
	}
	if err := dossier.CheckEnvelope(s.Document, s.Signature); err != nil {
		return nil, nil, err
	}
	dec := &dossier.Decision{
		ID: newID(), Application: a.ID, Commission: a.Commission, Number: content.Number, Date: content.Date, State: dossier.DecisionVerifying,
		DraftedBy: drafter.ID, Document: s.Document, Signature: s.Signature, At: d.Now(), Outcomes: j.outcomes, Whole: j.whole,
	}
	t, _ := d.Catalogue.Type(a.Type)
	return dec, func(ctx context.Context, tx Tx) error {
		if err := tx.Move(ctx, a.ID, dossier.DossierReady, dossier.Deciding, ""); err != nil {
			return err
		}
		if err := tx.AddDecision(ctx, *dec); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: dec.At, Actor: "official:" + drafter.ID, Act: "decision_submitted", Detail: dec.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, dec.At, event.DecisionTaken{Decision: dec.ID, Number: dec.Number, State: string(dossier.Deciding)})); err != nil {
			return err
		}
		return tx.Enqueue(ctx, queue.New{
			Application: a.ID, Applicant: a.Applicant, Stage: StageVerify, Ref: dec.ID,
			Key: StageVerify + ":" + dec.ID, Priority: t.Priority, Limit: d.Limit,
		})
	}, nil
}

// own returns an application that a caller may decide on.
func (d *Decisions) own(ctx context.Context, id, commission string) (dossier.Application, error) {
	a, err := d.Store.Application(ctx, id)
	if err == nil && commission != "" && commission != a.Commission {
		err = dossier.Refusef(dossier.NotFound, "no such application")
	}
	return a, err
}

// consider judges what is to be decided, signed or only drafted.
func (d *Decisions) consider(ctx context.Context, a dossier.Application, content Content, version int) (dossier.Official, judged, error) {
	var none judged
	now := d.Now()
	if content.Date.Compare(civil.Of(now)) != 0 {
		return dossier.Official{}, none, dossier.Refuse(dossier.BadForm, "/date", "want today's date in Tashkent")
	}
	if a.State != dossier.DossierReady {
		return dossier.Official{}, none, dossier.Refusef(dossier.WrongState, "the application is %s; a decision is taken on one that is %s", a.State, dossier.DossierReady)
	}
	if version != 0 && version != a.Version {
		return dossier.Official{}, none, dossier.Refusef(dossier.StaleVersion, "the application is of version %d by now: read it again", a.Version)
	}
	drafter, err := d.drafter(ctx, a.Commission, content.DraftedBy, content.Date)
	if err != nil {
		return drafter, none, err
	}
	c, err := d.open(ctx, a)
	if err != nil {
		return drafter, none, err
	}
	if err := d.readHeld(ctx, c); err != nil {
		return drafter, none, err
	}
	j, err := c.judge(content)
	if err != nil {
		return drafter, none, err
	}
	if err := d.reissuable(ctx, c, c.steps(j.outcomes)); err != nil {
		return drafter, none, err
	}
	return drafter, j, d.fresh(ctx, c, c.steps(j.outcomes))
}

// drafter must be the commission's deputy chair or secretary, in office that day.
func (d *Decisions) drafter(ctx context.Context, commission, id string, day civil.Date) (dossier.Official, error) {
	all, err := d.Store.Officials(ctx, commission)
	if err != nil {
		return dossier.Official{}, err
	}
	i := slices.IndexFunc(all, func(o dossier.Official) bool { return o.ID == id })
	if i < 0 || (all[i].Post != dossier.Deputy && all[i].Post != dossier.Secretary) || !all[i].InOffice(day) {
		return dossier.Official{}, dossier.Refuse(dossier.NotEntitled, "/drafted_by", "want the id of this commission's deputy chair or secretary, in office on that day")
	}
	return all[i], nil
}

// reissuable holds that a document to be issued again is in force and the person's.
func (d *Decisions) reissuable(ctx context.Context, c *dossierCase, steps []step) error {
	for _, s := range steps {
		if s.effect != catalogue.Reissue {
			continue
		}
		at := c.at(s.subject) + "/outcome"
		doc, err := d.Store.Document(ctx, s.subject.IssuedDocument)
		if err != nil {
			return err
		}
		if doc.State != dossier.Issued {
			return dossier.Refuse(dossier.NotEligible, at, fmt.Sprintf("the document is %s: only one in force is issued again", doc.State))
		}
		mine, err := d.holds(ctx, doc, s.subject)
		if err != nil {
			return err
		}
		if !mine || doc.Election != c.app.Election || doc.Commission != c.app.Commission {
			return dossier.Refuse(dossier.NotEligible, at, "this commission issued no such document to this person")
		}
	}
	return nil
}

// holds reports whether a document is about a subject's person.
func (d *Decisions) holds(ctx context.Context, doc dossier.Document, s dossier.Subject) (bool, error) {
	if doc.Application == "" {
		return false, nil
	}
	from, err := d.Store.Application(ctx, doc.Application)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(from.Subjects, func(o dossier.Subject) bool {
		return o.ID == doc.Subject && person(o) == person(s) && person(s) != ""
	}), nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
