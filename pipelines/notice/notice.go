package notice

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Reader is what notices read.
type Reader interface {
	Election(ctx context.Context, id string) (dossier.Election, bool, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
	Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error)
	Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error)
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
	RolesHeld(ctx context.Context, election string, s dossier.Subject) ([]dossier.Role, error)
	Decision(ctx context.Context, id string) (dossier.Decision, error)
	Document(ctx context.Context, id string) (dossier.Document, error)
	Documents(ctx context.Context, application string) ([]dossier.Document, error) // oldest first
	PlaceName(ctx context.Context, place, lang string) (string, error)             // a SOATO code in words; what is none stays
	NewestFindings(ctx context.Context, subject string) (map[register.ID]dossier.Finding, error)
	Notice(ctx context.Context, id string) (dossier.Notice, error)
	Application(ctx context.Context, id string) (dossier.Application, error)
	MailingState(ctx context.Context, id string) (MailingState, error)
	Mailing(ctx context.Context, id string) (Mailing, error)
	// CountAudience counts the people of an audience, each once.
	CountAudience(ctx context.Context, election string, a Audience) (int, error)
	// AudienceAfter returns about limit of them after a cursor, some of them perhaps
	// again, and the cursor after those; an empty one is the end.
	AudienceAfter(ctx context.Context, election string, a Audience, cursor string, limit int) ([]Addressee, string, error)
}

// Tx is what notices write.
type Tx interface {
	queue.Tx
	AddNotice(ctx context.Context, n dossier.Notice) (added bool, err error)
	SaveNotice(ctx context.Context, n dossier.Notice) error
	Notice(ctx context.Context, id string) (dossier.Notice, error)
	NoticeOf(ctx context.Context, provider, messageID, ref string) (dossier.Notice, bool, error)
	AddMailing(ctx context.Context, m Mailing) (added bool, err error)
	MailingNow(ctx context.Context, id string) (Mailing, error) // and keeps it for the transaction
	SaveMailing(ctx context.Context, m Mailing) error
	// ExpireQueued ends the notices of a mailing that were not sent yet.
	ExpireQueued(ctx context.Context, mailing string) error
	JobsAbout(ctx context.Context, application, ref string) ([]queue.Job, error) // those not done
	EndFailure(ctx context.Context, job int64) error
	AddEntry(ctx context.Context, application string, e dossier.Entry) error
	AddEvent(ctx context.Context, events ...event.Event) error
}

// Quiet are the hours in which no SMS goes out, local time; equal hours: none.
type Quiet struct{ From, To int }

// Notices makes and sends notices and learns what became of them.
type Notices struct {
	Catalogue *catalogue.Catalogue
	Store     Reader
	Providers []Provider                                   // in order of preference, each with a name of its own
	Ready     func(provider string) bool                   // whether calls to it get through; nil: as the gates of Stages say
	Text      func(text string) (normal string, parts int) // the alphabet of SMS
	NewID     func() string                                // message ids as gateways take them
	Proxies   map[string]int                               // proxies a candidate may have, by kind of election
	// DocumentTitle is how a template's documents are called; nil: as the template.
	DocumentTitle func(template, lang string) string
	AppealFor     int // days to appeal a refusal
	Quiet         Quiet
	Limit         time.Duration // time limit of sending
	PerSecond     int           // notices of a mailing of the calendar; default 20
	Now           func() time.Time
	Log           *slog.Logger // nil: nowhere

	rest resting
}

// hub acts where nobody else does.
const hub = "hub"

// Priorities of jobs: a code that somebody waits for goes first.
const (
	ordinary = 50
	urgent   = 5
	bulk     = 80 // mailings hold up nobody
)

// queue stores a notice, unless it was made before, with its first job.
func (n *Notices) queue(ctx context.Context, tx Tx, note dossier.Notice, applicant string) error {
	added, err := tx.AddNotice(ctx, note)
	if err != nil || !added {
		return err
	}
	return tx.Enqueue(ctx, n.job(note, n.first(note), applicant, n.later(note, n.Now())))
}

// Direct is a notice that follows from no application.
type Direct struct {
	Key       string // a second one of it is never made
	Notice    string // catalogue id
	Subject   string
	Language  string
	Phone     personal.Phone
	Params    map[string]string
	ExpiresAt time.Time // it is not sent after this
}

// Direct queues a notice that follows from no application and returns its id.
func (n *Notices) Direct(ctx context.Context, tx Tx, d Direct) (string, error) {
	kind, ok := n.Catalogue.Notice(d.Notice)
	if !ok {
		return "", fmt.Errorf("no notice %q in the catalogue", d.Notice)
	}
	text, err := fill(kind.Text[d.Language], d.Params)
	if err != nil {
		return "", fmt.Errorf("notice %s: %w", d.Notice, err)
	}
	text, parts := n.Text(text)
	now := n.Now()
	note := dossier.Notice{
		ID: uuid.Must(uuid.NewV7()).String(), Key: d.Key, Subject: d.Subject, Notice: d.Notice, Recipient: kind.To, Language: d.Language,
		Phone: d.Phone, Text: text, Parts: parts, Priority: kind.Priority, Secret: kind.Secret, MessageID: n.NewID(),
		State: dossier.NoticeQueued, At: now, ExpiresAt: d.ExpiresAt,
	}
	return note.ID, n.queue(ctx, tx, note, "")
}

// fill puts the parameters into a text. What a person wrote stays as it is: a
// brace in it is no parameter.
func fill(text string, params map[string]string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := params[name]
		if !closed || !known {
			return "", fmt.Errorf("the parameter %q is missing", name)
		}
		out.WriteString(value)
		text = after
	}
}

// next is the first moment at or after now outside the quiet hours.
func (q Quiet) next(now time.Time) time.Time {
	if q.From == q.To {
		return now
	}
	t := now.In(civil.Tashkent)
	h := t.Hour()
	quiet := h >= q.From && h < q.To
	if q.From > q.To { // over midnight
		quiet = h >= q.From || h < q.To
	}
	if !quiet {
		return now
	}
	end := time.Date(t.Year(), t.Month(), t.Day(), q.To, 0, 0, 0, civil.Tashkent)
	if !end.After(t) {
		end = end.AddDate(0, 0, 1)
	}
	return end
}
