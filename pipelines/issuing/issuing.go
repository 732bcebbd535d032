package issuing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Stages of this package.
const (
	StageReserve = "issuing.reserve"
	StageRender  = "issuing.render"
)

// Reader is what issuing reads.
type Reader interface {
	Application(ctx context.Context, id string) (dossier.Application, error)
	Decision(ctx context.Context, id string) (dossier.Decision, error)
	Document(ctx context.Context, id string) (dossier.Document, error)
	DocumentsOf(ctx context.Context, application, subject string) ([]dossier.Document, error)
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error)
	Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error)
	Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error)
	Precinct(ctx context.Context, id string) (dossier.Precinct, bool, error)
	Territory(ctx context.Context, soato string) (dossier.Territory, bool, error)
	Role(ctx context.Context, id string) (dossier.Role, bool, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
	// People are the subjects as the personal data register knows them, without photo.
	People(ctx context.Context, application, subject string) (map[string]register.PersonalData, error)
	NewestFindings(ctx context.Context, subject string) (map[register.ID]dossier.Finding, error)
}

// Tx is what issuing writes.
type Tx interface {
	queue.Tx
	NextNumbers(ctx context.Context, kind, commission, election string, n int) (first int, err error)
	AddDocument(ctx context.Context, list ...dossier.Document) error
	DocumentByKey(ctx context.Context, key string) (id string, found bool, err error)
	LockDocument(ctx context.Context, id string) (state dossier.DocumentState, successor string, err error)
	StatesOf(ctx context.Context, application, subject string) (map[string]dossier.DocumentState, error)
	// RoleNow is a role that nobody ends before the commit.
	RoleNow(ctx context.Context, id string) (dossier.Role, bool, error)
	IssueDocument(ctx context.Context, id string, p dossier.Passport, file string, at time.Time) (done bool, err error)
	EndDocument(ctx context.Context, id string, from, to dossier.DocumentState, at time.Time) (done bool, err error)
	AddActs(ctx context.Context, acts ...dossier.DocumentAct) error
	WithdrawJob(ctx context.Context, key string) (leased bool, err error)
	Hasten(ctx context.Context, key string, due time.Time) error
	DocumentDone(ctx context.Context, decision string) (open int, err error)
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Bucket keeps documents; Put is atomic and may be repeated.
type Bucket interface {
	Put(ctx context.Context, name string, content []byte) error
}

// Coder signs what a QR code says.
type Coder interface {
	Code(d dossier.Document, dataHash [32]byte, validUntil time.Time) string
}

// Notifier makes the notices of issued documents and executed decisions.
type Notifier interface {
	Issued(ctx context.Context, a dossier.Application, s dossier.Subject, d dossier.Document, number string, notices []string) (queue.Effect, error)
	Decided(ctx context.Context, a dossier.Application, d dossier.Decision, notices []string) (queue.Effect, error)
}

// Announcer makes the notices that an act brings, whatever the type.
type Announcer interface {
	Act(ctx context.Context, a dossier.Application, act string, params map[string]string, subject *dossier.Subject, key string) (queue.Effect, error)
}

// Issuing reserves, renders and issues.
type Issuing struct {
	Catalogue *catalogue.Catalogue
	Store     Reader
	Renderer  Renderer
	Bucket    Bucket
	Coder     Coder
	Notifier  Notifier
	Announcer Announcer // nil: nobody is told of documents besides what their type says
	Now       func() time.Time
	Limit     time.Duration // time limit of a rendering
	AppealFor int           // days to appeal a refusal, as its notice says
	// Grace is how long whoever ordered a document has to finish it before the queue
	// does; default 30 s.
	Grace time.Duration
}

// ref names a document to be: decision, subject (may be empty) and template.
type ref struct {
	Decision string `json:"decision"`
	Subject  string `json:"subject,omitempty"`
	Template string `json:"template"`
}

// Job is the job that reserves a document's number.
func (is *Issuing) Job(a dossier.Application, d dossier.Decision, subject, template string, priority int) queue.New {
	return Job(a, d, subject, template, priority)
}

// Job is the job that reserves a document's number.
func Job(a dossier.Application, d dossier.Decision, subject, template string, priority int) queue.New {
	r, _ := json.Marshal(ref{d.ID, subject, template})
	return queue.New{
		Application: a.ID, Applicant: a.Applicant, Stage: StageReserve, Ref: string(r),
		Key: fmt.Sprintf("document:%s:%s:%s", d.ID, subject, template), Priority: priority,
	}
}

// Reserve is the handler of StageReserve. It calls nobody out: the number, the
// row and the next job are written together.
func (is *Issuing) Reserve(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	var r ref
	if err := json.Unmarshal([]byte(j.Ref), &r); err != nil {
		return nil, fmt.Errorf("reading what to reserve: %w", err)
	}
	f, err := is.gather(ctx, r)
	if err != nil {
		return nil, err
	}
	info, ok := is.Renderer.Describe(r.Template)
	if !ok {
		return nil, fmt.Errorf("no template %q", r.Template)
	}
	now := is.Now()
	ended, err := is.countDown(ctx, origin{f.app, f.dec, f.kind})
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		if _, found, err := tx.DocumentByKey(ctx, j.Key); err != nil || found {
			return err
		}
		if r.Subject != "" { // no document comes of a role that has ended meanwhile
			if role, ok, err := tx.RoleNow(ctx, r.Subject); err != nil {
				return err
			} else if ok && !role.Active() {
				return ended(ctx, tx)
			}
		}
		n, err := tx.NextNumbers(ctx, info.Kind, f.app.Commission, f.app.Election, 1)
		if err != nil {
			return err
		}
		doc := dossier.Document{
			ID: newID(), Key: j.Key, Kind: info.Kind, Template: r.Template, Commission: f.app.Commission,
			Election: f.app.Election, Number: n, State: dossier.Reserved, Application: f.app.ID, Subject: r.Subject,
			Decision: r.Decision, ReservedAt: now,
		}
		if err := is.data(f, &doc); err != nil {
			return err
		}
		if err := tx.AddDocument(ctx, doc); err != nil {
			return err
		}
		if err := tx.AddActs(ctx, act(doc, now, hub, dossier.DeedReserved)); err != nil {
			return err
		}
		return tx.Enqueue(ctx, is.render(doc, j.Applicant, j.Priority, time.Time{}))
	}), nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// hub is the actor of what nobody ordered.
const hub = "hub"

func act(d dossier.Document, at time.Time, actor string, deed dossier.Deed) dossier.DocumentAct {
	return dossier.DocumentAct{Document: d.ID, At: at, Actor: actor, Deed: deed}
}

// render is the job that makes a document's PDF.
func (is *Issuing) render(d dossier.Document, applicant string, priority int, due time.Time) queue.New {
	return queue.New{
		Application: d.Application, Applicant: applicant, Stage: StageRender, Ref: d.ID, Key: renderKey(d.ID), Priority: priority, DueAt: due, Limit: is.Limit,
	}
}

func renderKey(document string) string { return StageRender + ":" + document }

// Number is a number as printed: three digits at least, as on the samples.
func Number(n int) string { return fmt.Sprintf("%03d", n) }
