package notice

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
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
	Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error)
	Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error)
	NewestFindings(ctx context.Context, subject string) (map[register.ID]dossier.Finding, error)
	Notice(ctx context.Context, id string) (dossier.Notice, error)
}

// Tx is what notices write.
type Tx interface {
	queue.Tx
	AddNotice(ctx context.Context, n dossier.Notice) (added bool, err error)
	SaveNotice(ctx context.Context, n dossier.Notice) error
	Notice(ctx context.Context, id string) (dossier.Notice, error)
	NoticeOf(ctx context.Context, provider, messageID, ref string) (dossier.Notice, bool, error)
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
	AppealFor int                                          // days to appeal a refusal
	Quiet     Quiet
	Limit     time.Duration // time limit of sending
	Now       func() time.Time
	Log       *slog.Logger // nil: nowhere

	rest resting
}

// Priorities of jobs: a code that somebody waits for goes first.
const (
	ordinary = 50
	urgent   = 5
)

// make one notice. The key says what it tells about: a second one of that key
// is never made.
func (n *Notices) add(ctx context.Context, tx Tx, a dossier.Application, s *dossier.Subject, id, event string, phone personal.Phone, params map[string]string) error {
	kind, ok := n.Catalogue.Notice(id)
	if !ok {
		return fmt.Errorf("no notice %q in the catalogue", id)
	}
	text, err := fill(kind.Text[a.Language], params)
	if err != nil {
		return fmt.Errorf("notice %s: %w", id, err)
	}
	text, parts := n.Text(text)
	now := n.Now()
	note := dossier.Notice{
		ID: uuid.Must(uuid.NewV7()).String(), Key: id + ":" + event, Application: a.ID, Notice: id, Recipient: kind.To,
		Language: a.Language, Phone: phone, Text: text, Parts: parts, Priority: kind.Priority, Secret: kind.Secret,
		MessageID: n.NewID(), State: dossier.NoticeQueued, At: now,
	}
	if s != nil {
		note.Subject = s.ID
		note.Key = id + ":" + s.ID + ":" + event
	}
	return n.queue(ctx, tx, note, a.Applicant)
}

// queue stores a notice, unless it was made before, with its first job.
func (n *Notices) queue(ctx context.Context, tx Tx, note dossier.Notice, applicant string) error {
	added, err := tx.AddNotice(ctx, note)
	if err != nil || !added {
		return err
	}
	return tx.Enqueue(ctx, n.job(note, n.first(note), applicant, n.later(note)))
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

// Announce makes the notices that follow from a submission.
func (n *Notices) Announce(ctx context.Context, a dossier.Application, notices []string) (queue.Effect, error) {
	org, comm, err := n.parties(ctx, a)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		for _, id := range notices {
			if err := n.add(ctx, tx, a, nil, id, "submitted:"+a.ID, org.Phone, map[string]string{"appno": a.Number, "comm": comm.Short}); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// Refused makes the notices of one subject's refusal. Grounds of conviction,
// capacity and post leave the commission as bare codes.
func (n *Notices) Refused(ctx context.Context, a dossier.Application, d dossier.Decision, s dossier.Subject, o dossier.Outcome, notices []string) (queue.Effect, error) {
	org, _, err := n.parties(ctx, a)
	if err != nil {
		return nil, err
	}
	person, err := n.person(ctx, s)
	if err != nil {
		return nil, err
	}
	reason := o.Reason
	if r, ok := n.Catalogue.Reason(o.Reason); ok && !slices.Contains([]string{"R04", "R05", "R06"}, o.Reason) {
		reason = map[string]string{"uz-Latn": r.UzL, "ru": r.Ru, "en": r.En}[a.Language]
	}
	due := d.Date.AddDays(n.AppealFor)
	params := map[string]string{"person": person, "reason": reason, "due": short(due)}
	return queue.In(func(ctx context.Context, tx Tx) error {
		for _, id := range notices {
			if err := n.add(ctx, tx, a, &s, id, d.ID, org.Phone, params); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// Issued makes the notices of one subject's issued document.
func (n *Notices) Issued(ctx context.Context, a dossier.Application, s dossier.Subject, doc dossier.Document, number string, notices []string) (queue.Effect, error) {
	params := map[string]string{"no": number, "territory": s.Territory}
	if s.Constituency != "" {
		c, ok, err := n.Store.Constituency(ctx, s.Constituency)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("constituency %s is no longer in the directory", s.Constituency)
		}
		params["council"] = c.CouncilSMS
		el, _, err := n.Store.Election(ctx, a.Election)
		if err != nil {
			return nil, err
		}
		params["max"] = fmt.Sprint(n.Proxies[el.Kind])
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		for _, id := range notices {
			if err := n.add(ctx, tx, a, &s, id, doc.ID, s.Phone, params); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// Decided makes the notices to the applicant once a decision is executed.
func (n *Notices) Decided(ctx context.Context, a dossier.Application, d dossier.Decision, notices []string) (queue.Effect, error) {
	org, _, err := n.parties(ctx, a)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		for _, id := range notices {
			if err := n.add(ctx, tx, a, nil, id, "decided:"+d.ID, org.Phone, map[string]string{"decno": d.Number}); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

func (n *Notices) parties(ctx context.Context, a dossier.Application) (dossier.Organisation, dossier.Commission, error) {
	org, ok, err := n.Store.Organisation(ctx, a.Applicant)
	if err != nil {
		return org, dossier.Commission{}, err
	}
	if !ok {
		return org, dossier.Commission{}, fmt.Errorf("organisation %s is no longer in the directory", a.Applicant)
	}
	c, ok, err := n.Store.Commission(ctx, a.Commission)
	if err != nil {
		return org, c, err
	}
	if !ok {
		return org, c, fmt.Errorf("commission %s is no longer in the directory", a.Commission)
	}
	return org, c, nil
}

func short(d civil.Date) string { return fmt.Sprintf("%02d.%02d.%04d", d.Day, d.Month, d.Year) }
