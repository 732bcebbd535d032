package checks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Stages of this package; each operation of a register has one more, see StageOf.
const (
	StageScatter  = "checks.scatter"
	StageDeadline = "checks.deadline"
	StageAssess   = "checks.assess"
	StageWhole    = "checks.whole"
)

// StageOf names the stage of a register's operation.
func StageOf(id register.ID, operation string) string {
	return "check." + string(id) + "." + operation
}

// chunk bounds how many subjects one scatter transaction holds.
const chunk = 200

// Subject is a subject with what a check needs to know of its application.
type Subject struct {
	dossier.Subject
	Type        string
	Number      string // of the application
	Election    string
	Ballot      string // empty: every one
	Commission  string
	Applicant   string
	Language    string
	State       dossier.State
	SubmittedAt time.Time
}

// application is what a subject says of its application.
func (s Subject) application() dossier.Application {
	return dossier.Application{
		ID: s.Application, Number: s.Number, Type: s.Type, Election: s.Election, Ballot: s.Ballot, Commission: s.Commission, Applicant: s.Applicant,
		Language: s.Language, State: s.State, SubmittedAt: s.SubmittedAt,
	}
}

// Known is all that is known about a subject as of one moment.
type Known struct {
	Subject  Subject
	Election dossier.Election
	Input    eligibility.Input // but for what the catalogue says: Day, Role, Ballots, Conflicts, Deadline; and List
}

// KnownWhole is all that is known about a whole application as of one moment.
type KnownWhole struct {
	Type     string
	Election dossier.Election
	Version  int               // the sum of the findings versions that its subjects are assessed by
	Whole    eligibility.Whole // but for what the catalogue says: Announced
}

// Reader is what checks read.
type Reader interface {
	CheckSubjects(ctx context.Context, application string, from, n int) ([]Subject, error)
	Check(ctx context.Context, id string) (dossier.Check, Subject, error)
	ChecksOf(ctx context.Context, subject string) ([]dossier.Check, error)
	NewestFindings(ctx context.Context, subject string) (map[register.ID]dossier.Finding, error)
	AssessInput(ctx context.Context, subject string) (Known, error)
	Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error)
	// EarlierFindings returns, by the subject's id and in order of their time, the
	// findings about the same people under other subjects of an election that are
	// wanted; what it asks of them has no facts yet.
	EarlierFindings(ctx context.Context, election string, subjects []dossier.Subject, want func(Earlier) bool) (map[string][]Earlier, error)
	ListOf(ctx context.Context, election, organisation, ballot string) ([]dossier.Role, error)
	// WholeVersion is the sum of the findings versions that the subjects are
	// assessed by.
	WholeVersion(ctx context.Context, application string) (int, error)
	WholeInput(ctx context.Context, application string) (KnownWhole, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
}

// Tx is what checks write.
type Tx interface {
	queue.Tx
	AddChecks(ctx context.Context, checks []dossier.Check, due time.Time) error
	SetCheck(ctx context.Context, check string, state dossier.CheckState, token string) error
	// FailCheck keeps the token: the operation that failed needs it in a replay.
	FailCheck(ctx context.Context, check string) error
	AddFinding(ctx context.Context, f dossier.Finding) error
	Identify(ctx context.Context, subject string, pinfl personal.PINFL, document personal.Document) error
	CheckNow(ctx context.Context, check string) (dossier.Check, error)
	// OpenAgain opens, in their next round, those of a subject's checks of some
	// registers that have ended, and returns them.
	OpenAgain(ctx context.Context, subject string, registers []register.ID, state dossier.CheckState) ([]dossier.Check, error)
	SetChecksDue(ctx context.Context, subject string, due time.Time) error
	ChecksIn(ctx context.Context, subject string, state dossier.CheckState) ([]dossier.Check, error)
	RaiseFindings(ctx context.Context, subject string) (Gathered, error)
	Gathered(ctx context.Context, subject string) (Gathered, error)
	// LastVerdict is the latest assessment's; empty: there is none.
	LastVerdict(ctx context.Context, subject string) (eligibility.Verdict, error)
	AddAssessment(ctx context.Context, a eligibility.Assessment) (revision int, err error)
	WholeTx
	AddWhole(ctx context.Context, application string, version int, verdict eligibility.Verdict, answers []eligibility.Answer) (revision int, err error)
	StateOf(ctx context.Context, application string) (dossier.State, error)
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
	Audit(ctx context.Context, l dossier.AuditLine) error
}

// Gathered says where a subject's findings stand.
type Gathered struct {
	Application string
	Version     int
	Open        int  // checks held or open
	Overdue     bool // the deadline of the checks has passed
}

// Announcer makes the notices that an act brings.
type Announcer interface {
	Act(ctx context.Context, a dossier.Application, act string, params map[string]string, subject *dossier.Subject, key string) (queue.Effect, error)
}

// Checks asks and gathers.
type Checks struct {
	Catalogue *catalogue.Catalogue
	Registers []register.Register
	Store     Reader
	Now       func() time.Time
	Deadline  time.Duration                           // of a subject's checks: then it is assessed as it stands
	Limit     func(register.ID, string) time.Duration // time limit of an operation's job
	NewNumber func() string                           // transaction ids
	Announcer Announcer                               // nil: nobody is told
	Receipts  Receipts                                // nil: no receipt is ours
}

func wholeJob(application, applicant string, version, priority int) queue.New {
	return queue.New{
		Application: application, Applicant: applicant, Stage: StageWhole, Ref: application,
		Key: wholeKey(application, version), Priority: priority,
	}
}

// AssessWhole inserts the job that assesses an application as a whole on what is
// known by now. It follows Unassessed, which keeps the application.
func AssessWhole(ctx context.Context, tx WholeTx, application, applicant string, priority int) error {
	version, err := tx.AssessedVersion(ctx, application)
	if err != nil {
		return err
	}
	return tx.Enqueue(ctx, wholeJob(application, applicant, version, priority))
}

// WholeTx is what leads to an assessment of a whole.
type WholeTx interface {
	queue.Tx
	Unassessed(ctx context.Context, application string) (int, error)
	// AssessedVersion is the sum of the findings versions that the subjects are
	// assessed by, and of the confirmations about the whole.
	AssessedVersion(ctx context.Context, application string) (int, error)
}

func wholeKey(application string, version int) string {
	return fmt.Sprintf("%s:%s:%d", StageWhole, application, version)
}

func (c *Checks) register(id register.ID) (register.Register, bool) {
	i := slices.IndexFunc(c.Registers, func(r register.Register) bool { return r.ID == id })
	if i < 0 {
		return register.Register{}, false
	}
	return c.Registers[i], true
}

// job asks a register's n-th operation for a check. Each round of a check has
// jobs of its own.
func (c *Checks) job(s Subject, priority int, r register.Register, n int, k dossier.Check) queue.New {
	op := r.Operations[n].ID
	return queue.New{
		Application: s.Application, Applicant: s.Applicant, Stage: StageOf(r.ID, op), Ref: k.ID,
		Key: jobKey(StageOf(r.ID, op), k), Priority: priority, Limit: c.Limit(r.ID, op),
	}
}

func jobKey(stage string, k dossier.Check) string {
	if k.Round > 0 {
		return fmt.Sprintf("%s:%s:%d", stage, k.ID, k.Round)
	}
	return stage + ":" + k.ID
}

// AtDeadline is the handler of StageDeadline: the subject is assessed as it
// stands, and the applicant told when a register has not answered.
func (c *Checks) AtDeadline(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	tell, err := c.pending(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		g, err := tx.Gathered(ctx, j.Ref)
		if err != nil {
			return err
		}
		if g.Open > 0 {
			if err := tell(ctx, tx); err != nil {
				return err
			}
		}
		g.Overdue = true
		return AssessIfDue(ctx, tx, g, j.Ref, j.Applicant, j.Priority)
	}), nil
}

// AssessIfDue inserts the assess job of this version when no check is open or
// the deadline has passed.
func AssessIfDue(ctx context.Context, tx queue.Tx, g Gathered, subject, applicant string, priority int) error {
	if g.Open > 0 && !g.Overdue {
		return nil
	}
	return tx.Enqueue(ctx, queue.New{
		Application: g.Application, Applicant: applicant, Stage: StageAssess, Ref: subject,
		Key: fmt.Sprintf("%s:%s:%d", StageAssess, subject, g.Version), Priority: priority,
	})
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
