package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// StageMailing walks through the audiences of mailings.
const StageMailing = "notice.mailing"

// MailingState says how far a mailing has come.
type MailingState string

// The states of a mailing. What is done or cancelled stays so.
const (
	MailingRunning   MailingState = "running"
	MailingPaused    MailingState = "paused"
	MailingCancelled MailingState = "cancelled"
	MailingDone      MailingState = "done" // everybody's notice is made, not yet sent perhaps
)

// Audience is whom a mailing goes to: those who hold one of the roles in its
// election, narrowed down by what else is given.
type Audience struct {
	Roles        []string `json:"roles"` // of the catalogue; Parties; posts of officials in office
	Commission   string   `json:"commission,omitempty"`
	Territory    string   `json:"territory,omitempty"` // SOATO: it and what is within
	Constituency string   `json:"constituency,omitempty"`
}

// Parties is, as a role of an audience, the organisations of parties that put
// people forward.
const Parties = "party"

// Mailing is one notice to many.
type Mailing struct {
	ID        string
	Key       string // a second one of it is never made
	Election  string
	Notice    string
	Audience  Audience
	Params    map[string]string // beside those that every addressee brings
	PerSecond int
	State     MailingState
	Actor     string
	At        time.Time
	EndedAt   time.Time // zero: it goes on
	Cursor    string    // up to where the audience is walked through
	Total     int       // people counted when it began
	Made      int       // notices
}

// Addressee is one of an audience.
type Addressee struct {
	Person       string // the same for one person in two roles
	As           string // role or post
	Subject      dossier.Subject
	Language     string
	Phone        personal.Phone
	Commission   string
	Organisation string
}

// Progress counts the notices of a mailing.
type Progress struct {
	Waiting     int `json:"waiting"` // made, not sent
	Sent        int `json:"sent"`    // a provider took them, delivered or not
	Delivered   int `json:"delivered"`
	Undelivered int `json:"undelivered"`
	Failed      int `json:"failed"`
	Expired     int `json:"expired"` // cancelled
}

// Bounds of mailings.
const (
	usualRate  = 20
	mostRate   = 200
	chunkTime  = 10 * time.Second // a chunk is sent in about this
	mostChunk  = 500
	pausedRest = time.Minute // until what was made before a pause is looked at again
)

// Judge says what is wrong with a mailing that somebody wants to start: nil, or a
// *dossier.Refusal.
func (n *Notices) Judge(ctx context.Context, m Mailing) error {
	kind, ok := n.Catalogue.Notice(m.Notice)
	if !ok || kind.Secret {
		return dossier.Refuse(dossier.UnknownRecord, "/notice", "want a notice of the catalogue that holds no code")
	}
	if _, ok, err := n.Store.Election(ctx, m.Election); err != nil || !ok {
		return cmp.Or(err, error(dossier.Refuse(dossier.UnknownRecord, "/election", "want an election of the directory")))
	}
	if len(m.Audience.Roles) == 0 {
		return dossier.Refuse(dossier.BadForm, "/roles", "want at least one role")
	}
	for i, r := range m.Audience.Roles {
		if n.Catalogue.RoleTitle(r, "en") == "" && r != Parties && !slices.Contains(Posts, r) {
			return dossier.Refuse(dossier.BadForm, fmt.Sprintf("/roles/%d", i), "want a role of the catalogue, party, chair, deputy or secretary")
		}
	}
	has := Params()[OnDay]
	if kind.Day == "" {
		has = slices.DeleteFunc(has, func(name string) bool { return name == "date" })
	}
	for _, text := range kind.Text {
		for _, name := range catalogue.ParamsOf(text) {
			if _, given := m.Params[name]; !given && !slices.Contains(has, name) {
				return dossier.Refuse(dossier.BadForm, "/params/"+name, "the notice names this parameter: give it")
			}
		}
	}
	return nil
}

// Posts are those of officials that an audience may name.
var Posts = []string{dossier.Chair, dossier.Deputy, dossier.Secretary}

// Prepare makes a mailing ready to be begun: its audience is counted.
func (n *Notices) Prepare(ctx context.Context, m Mailing) (Mailing, error) {
	m.ID, m.State, m.At = uuid.Must(uuid.NewV7()).String(), MailingRunning, n.Now()
	m.Key = cmp.Or(m.Key, "mailing:"+m.ID)
	m.PerSecond = min(cmp.Or(m.PerSecond, n.PerSecond, usualRate), mostRate)
	e, err := n.rolesOf(ctx, m.Election)
	if err != nil {
		return m, err
	}
	m.Total, err = n.Store.CountAudience(ctx, e, m.Audience)
	return m, err
}

func (n *Notices) rolesOf(ctx context.Context, election string) (string, error) {
	e, ok, err := n.Store.Election(ctx, election)
	if err == nil && !ok {
		err = fmt.Errorf("election %s is no longer in the directory", election)
	}
	return e.Roles(), err
}

// Begin stores a prepared mailing with its first job; one of the same key is never
// begun twice.
func (n *Notices) Begin(ctx context.Context, tx Tx, m Mailing) (bool, error) {
	added, err := tx.AddMailing(ctx, m)
	if err != nil || !added {
		return false, err
	}
	return true, tx.Enqueue(ctx, mailingJob(m, n.Now(), "begin"))
}

// mailingJob goes on with a mailing from its cursor on.
func mailingJob(m Mailing, due time.Time, why string) queue.New {
	return queue.New{
		Applicant: "mailing:" + m.ID, Stage: StageMailing, Ref: m.ID, Key: mailingKey(m) + why, Priority: bulk, DueAt: due,
	}
}

func mailingKey(m Mailing) string { return "mailing:" + m.ID + ":" + m.Cursor + ":" }

// Mail is the handler of StageMailing: it makes the notices of the next of an
// audience, spread over time by the mailing's rate, and goes on behind them.
func (n *Notices) Mail(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	m, err := n.Store.Mailing(ctx, j.Ref)
	if err != nil || m.State != MailingRunning || !strings.HasPrefix(j.Key, mailingKey(m)) {
		return nil, err // stopped, or another job is further on
	}
	kind, ok := n.Catalogue.Notice(m.Notice)
	if !ok {
		return nil, fmt.Errorf("no notice %q in the catalogue", m.Notice)
	}
	now := n.Now()
	if due := n.later(dossier.Notice{Notice: m.Notice}, now); due.After(now) {
		return queue.In(func(ctx context.Context, tx Tx) error {
			return tx.Enqueue(ctx, mailingJob(m, due, due.UTC().Format("20060102T150405")))
		}), nil
	}
	roles, err := n.rolesOf(ctx, m.Election)
	if err != nil {
		return nil, err
	}
	size := min(max(m.PerSecond*int(chunkTime/time.Second), 1), mostChunk)
	people, next, err := n.Store.AudienceAfter(ctx, roles, m.Audience, m.Cursor, size)
	if err != nil {
		return nil, err
	}
	notes, err := n.wordAll(ctx, m, kind, people)
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		held, err := tx.MailingNow(ctx, m.ID)
		if err != nil || held.State != MailingRunning || held.Cursor != m.Cursor {
			return err // somebody stopped it, or was here before
		}
		made := 0
		for _, note := range notes {
			added, err := tx.AddNotice(ctx, note)
			if err != nil {
				return err
			}
			if !added {
				continue // got it in another role
			}
			due := n.later(note, now.Add(slot(made, m.PerSecond)))
			if err := tx.Enqueue(ctx, n.job(note, n.first(note), "mailing:"+m.ID, due)); err != nil {
				return err
			}
			made++
		}
		held.Made += made
		if held.Cursor = next; next == "" {
			held.State, held.EndedAt = MailingDone, now
			return tx.SaveMailing(ctx, held)
		}
		if err := tx.SaveMailing(ctx, held); err != nil {
			return err
		}
		return tx.Enqueue(ctx, mailingJob(held, now.Add(slot(made, m.PerSecond)), "on"))
	}), nil
}

// slot is when the i-th of a chunk goes out.
func slot(i, perSecond int) time.Duration {
	return time.Duration(i) * time.Second / time.Duration(perSecond)
}

// wordAll words a mailing's notice to each who has a phone.
func (n *Notices) wordAll(ctx context.Context, m Mailing, kind catalogue.Notice, people []Addressee) ([]dossier.Notice, error) {
	var out []dossier.Notice
	applicants := map[string]*dossier.Applicant{}
	var election *dossier.Election
	for _, p := range people {
		if p.Phone == "" {
			continue
		}
		s := &story{
			n: n, day: kind.Day, given: m.Params, election: election, applicant: applicants[p.Organisation],
			app: dossier.Application{Election: m.Election, Commission: p.Commission, Applicant: p.Organisation, Language: p.Language},
		}
		if p.Subject.ID != "" {
			s.subject = &p.Subject
		}
		note, err := n.note(ctx, s, kind, recipient{as: p.As, lang: p.Language, phone: p.Phone}, "")
		if errors.Is(err, errNoPaper) {
			continue
		}
		if err != nil {
			return nil, err
		}
		election, applicants[p.Organisation] = s.election, s.applicant
		note.Application, note.Mailing, note.Key = "", m.ID, "mailing:"+m.ID+":"+p.Person
		out = append(out, note)
	}
	return out, nil
}

// Steer pauses, resumes or cancels a mailing. What was made and not sent waits
// while it is paused, and never goes once it is cancelled.
func (n *Notices) Steer(ctx context.Context, tx Tx, id string, to MailingState) (Mailing, error) {
	m, err := tx.MailingNow(ctx, id)
	if err != nil {
		return m, err
	}
	from := map[MailingState][]MailingState{
		MailingPaused:    {MailingRunning},
		MailingRunning:   {MailingPaused},
		MailingCancelled: {MailingRunning, MailingPaused, MailingDone},
	}[to]
	if m.State == to {
		return m, nil
	}
	if !slices.Contains(from, m.State) {
		return m, dossier.Refusef(dossier.WrongState, "the mailing is %s", m.State)
	}
	m.State = to
	switch to {
	case MailingRunning:
		if err := tx.Enqueue(ctx, mailingJob(m, n.Now(), n.Now().UTC().Format("20060102T150405.000000"))); err != nil {
			return m, err
		}
	case MailingCancelled:
		m.EndedAt = n.Now()
		if err := tx.ExpireQueued(ctx, id); err != nil {
			return m, err
		}
	case MailingPaused, MailingDone:
	}
	return m, tx.SaveMailing(ctx, m)
}
