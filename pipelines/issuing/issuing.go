package issuing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
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
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error)
	Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
	NewestFindings(ctx context.Context, subject string) (map[register.ID]dossier.Finding, error)
}

// Tx is what issuing writes.
type Tx interface {
	queue.Tx
	NextNumber(ctx context.Context, kind, commission, election string) (int, error)
	AddDocument(ctx context.Context, d dossier.Document) error
	DocumentByKey(ctx context.Context, key string) (id string, found bool, err error)
	IssueDocument(ctx context.Context, id string, p dossier.Passport, file string, at time.Time) error
	DocumentDone(ctx context.Context, decision string) (open int, err error)
	Move(ctx context.Context, application string, from, to dossier.State, reason string) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Rendered is a made PDF.
type Rendered struct {
	PDF      []byte
	Pages    int
	SHA256   string
	Template string
	Browser  string
}

// Renderer makes a PDF of a template and data.
type Renderer interface {
	Render(ctx context.Context, template, id string, data []byte, at time.Time) (Rendered, error)
	Kind(template string) (kind string, ok bool) // the series its numbers come from
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

// Issuing reserves, renders and issues.
type Issuing struct {
	Catalogue *catalogue.Catalogue
	Store     Reader
	Renderer  Renderer
	Bucket    Bucket
	Coder     Coder
	Notifier  Notifier
	Now       func() time.Time
	Limit     time.Duration // time limit of a rendering
}

// ref names a document to be: decision, subject (may be empty) and template.
type ref struct {
	Decision string `json:"decision"`
	Subject  string `json:"subject,omitempty"`
	Template string `json:"template"`
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
	kind, ok := is.Renderer.Kind(r.Template)
	if !ok {
		return nil, fmt.Errorf("no template %q", r.Template)
	}
	now := is.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		if _, found, err := tx.DocumentByKey(ctx, j.Key); err != nil || found {
			return err
		}
		n, err := tx.NextNumber(ctx, kind, f.app.Commission, f.app.Election)
		if err != nil {
			return err
		}
		doc := dossier.Document{
			ID: uuid.Must(uuid.NewV7()).String(), Key: j.Key, Kind: kind, Template: r.Template, Commission: f.app.Commission,
			Election: f.app.Election, Number: n, State: dossier.Reserved, Application: f.app.ID, Subject: r.Subject,
			Decision: r.Decision, ReservedAt: now,
		}
		if doc.Data, err = is.data(f, doc); err != nil {
			return err
		}
		if err := tx.AddDocument(ctx, doc); err != nil {
			return err
		}
		return tx.Enqueue(ctx, queue.New{
			Application: doc.Application, Applicant: j.Applicant, Stage: StageRender, Ref: doc.ID,
			Key: StageRender + ":" + doc.ID, Priority: j.Priority, Limit: is.Limit,
		})
	}), nil
}

// Render is the handler of StageRender: the PDF lies in the bucket before
// anything refers to it.
func (is *Issuing) Render(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	doc, err := is.Store.Document(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	if doc.State != dossier.Reserved {
		return nil, nil
	}
	made, err := is.Renderer.Render(ctx, doc.Template, doc.ID, doc.Data, doc.ReservedAt)
	if err != nil {
		return nil, err
	}
	// Named by what it holds: one who lost the job to another and is late with his
	// own print does not write over what the other's row refers to.
	file := doc.ID + "-" + made.SHA256[:16] + ".pdf"
	if err := is.Bucket.Put(ctx, file, made.PDF); err != nil {
		return nil, err
	}
	hash := sha256.Sum256(doc.Data)
	passport := dossier.Passport{
		SHA256: made.SHA256, DataHash: hex.EncodeToString(hash[:]), Template: made.Template, Browser: made.Browser, Pages: made.Pages,
	}
	return is.issue(ctx, doc, passport, file)
}

func (is *Issuing) issue(ctx context.Context, doc dossier.Document, p dossier.Passport, file string) (queue.Effect, error) {
	a, err := is.Store.Application(ctx, doc.Application)
	if err != nil {
		return nil, err
	}
	d, err := is.Store.Decision(ctx, doc.Decision)
	if err != nil {
		return nil, err
	}
	t, ok := is.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	announce, err := is.announce(ctx, a, t, doc)
	if err != nil {
		return nil, err
	}
	decided, err := is.Notifier.Decided(ctx, a, d, t.Decision.Notices)
	if err != nil {
		return nil, err
	}
	now := is.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		if err := tx.IssueDocument(ctx, doc.ID, p, file, now); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "hub", Act: "document_issued", Detail: doc.Kind + " " + Number(doc.Number)}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, now, event.Issued{
			Document: doc.ID, Kind: doc.Kind, Template: doc.Template, Number: doc.Number, Decision: doc.Decision, Subject: doc.Subject,
		})); err != nil {
			return err
		}
		if err := announce(ctx, tx); err != nil {
			return err
		}
		open, err := tx.DocumentDone(ctx, doc.Decision)
		if err != nil || open > 0 {
			return err
		}
		if err := tx.Move(ctx, a.ID, dossier.Executing, dossier.Executed, ""); err != nil {
			return err
		}
		if err := tx.AddEntry(ctx, a.ID, dossier.Entry{At: now, Actor: "hub", Act: "executed", Detail: d.Number}); err != nil {
			return err
		}
		if err := tx.AddEvent(ctx, event.Of(a.ID, now, event.Executed{State: string(dossier.Executed), Decision: d.ID})); err != nil {
			return err
		}
		return decided(ctx, tx)
	}), nil
}

// announce makes the notices that a subject's document brings.
func (is *Issuing) announce(ctx context.Context, a dossier.Application, t catalogue.Type, doc dossier.Document) (queue.Effect, error) {
	i := slices.IndexFunc(a.Subjects, func(s dossier.Subject) bool { return s.ID == doc.Subject })
	if i < 0 {
		return func(context.Context, queue.Tx) error { return nil }, nil
	}
	return is.Notifier.Issued(ctx, a, a.Subjects[i], doc, Number(doc.Number), t.Outcomes[catalogue.Register].Notices)
}

// Number is a number as printed: three digits at least, as on the samples.
func Number(n int) string { return fmt.Sprintf("%03d", n) }
