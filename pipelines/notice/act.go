package notice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Act makes every notice that the catalogue has on an act (see Params), about a
// subject or, for nil, about the whole. A second one of the same key is never
// made. What is not standard comes in params.
func (n *Notices) Act(ctx context.Context, a dossier.Application, act string, params map[string]string, subject *dossier.Subject, key string) (queue.Effect, error) {
	own, known := acts[act]
	if !known {
		return nil, fmt.Errorf("notices know no act %q", act)
	}
	s, err := n.story(a, subject)
	if err != nil {
		return nil, err
	}
	s.given = params
	ids := n.on(act)
	if act == "submitted" {
		ids, key = append(ids, s.kind.OnSubmit...), a.ID // handed in once
	}
	for _, name := range own {
		if _, given := params[name]; !given && !slices.Contains([]string{"n", "reason", "result"}, name) && len(ids) > 0 {
			return nil, fmt.Errorf("notices on %s: the parameter %q is missing", act, name)
		}
	}
	tell, err := n.tellOf(ctx, s, ids, act+":"+key)
	if err != nil {
		return nil, err
	}
	return n.withDeadline(tell, a, act), nil
}

// withDeadline has a deadline that an act sets looked after: as the application
// is once the act is written.
func (n *Notices) withDeadline(tell queue.Effect, a dossier.Application, act string) queue.Effect {
	about := map[string]string{"submitted": "due_soon", "returned": "fix_soon"}[act]
	if about == "" || len(n.on(about)) == 0 {
		return tell
	}
	return func(ctx context.Context, tx queue.Tx) error {
		if err := tell(ctx, tx); err != nil {
			return err
		}
		return tx.Enqueue(ctx, deadlineJob(a.ID, about, "look", n.Now()))
	}
}

// on lists the notices that an act brings, by id.
func (n *Notices) on(act string) []string {
	var out []string
	for _, id := range n.Catalogue.NoticeIDs() {
		if kind, _ := n.Catalogue.Notice(id); slices.Contains(kind.On, act) {
			out = append(out, id)
		}
	}
	return out
}

// Announce makes the notices that follow from a submission.
func (n *Notices) Announce(ctx context.Context, a dossier.Application, notices []string) (queue.Effect, error) {
	s, err := n.story(a, nil)
	if err != nil {
		return nil, err
	}
	tell, err := n.tellOf(ctx, s, append(n.on("submitted"), notices...), "submitted:"+a.ID)
	if err != nil {
		return nil, err
	}
	return n.withDeadline(tell, a, "submitted"), nil
}

// Outcome makes the notices of what was decided about one subject, or about an
// application that names none. Those of an outcome with a document are Issued's.
func (n *Notices) Outcome(ctx context.Context, a dossier.Application, d dossier.Decision, subject *dossier.Subject, o dossier.Outcome, notices []string) (queue.Effect, error) {
	s, err := n.story(a, subject)
	if err != nil {
		return nil, err
	}
	s.decision, s.outcomes, s.given = d, []catalogue.Outcome{o.Outcome}, map[string]string{"reason": o.Reason}
	s.due = d.Date.AddDays(n.AppealFor)
	return n.tellOf(ctx, s, notices, d.ID)
}

// Refused makes the notices of one subject's refusal.
func (n *Notices) Refused(ctx context.Context, a dossier.Application, d dossier.Decision, s dossier.Subject, o dossier.Outcome, notices []string) (queue.Effect, error) {
	return n.Outcome(ctx, a, d, &s, o, notices)
}

// Issued makes the notices of one subject's issued document.
func (n *Notices) Issued(ctx context.Context, a dossier.Application, s dossier.Subject, doc dossier.Document, number string, notices []string) (queue.Effect, error) {
	st, err := n.story(a, &s)
	if err != nil {
		return nil, err
	}
	st.decision.ID, st.outcomes = doc.Decision, nil
	st.given = map[string]string{"no": number, "doc": doc.Template}
	return n.tellOf(ctx, st, notices, doc.ID)
}

// Decided makes the notices to the applicant once a decision is executed.
func (n *Notices) Decided(ctx context.Context, a dossier.Application, d dossier.Decision, notices []string) (queue.Effect, error) {
	s, err := n.story(a, nil)
	if err != nil {
		return nil, err
	}
	s.decision, s.given = d, map[string]string{"reason": d.Whole.Reason}
	for _, o := range d.Outcomes {
		s.outcomes = append(s.outcomes, o.Outcome)
		s.given["reason"] = cmp.Or(s.given["reason"], o.Reason)
	}
	if d.Whole.Outcome != "" {
		s.outcomes = []catalogue.Outcome{d.Whole.Outcome}
	}
	return n.tellOf(ctx, s, notices, "decided:"+d.ID)
}

func (n *Notices) story(a dossier.Application, subject *dossier.Subject) (*story, error) {
	kind, ok := n.Catalogue.Type(a.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is no longer in the catalogue", a.Type)
	}
	return &story{n: n, app: a, kind: kind, subject: subject}, nil
}

// recipient is somebody whom a notice goes to.
type recipient struct {
	as    string // by role: subject, applicant, chair, ...
	id    string // tells apart those of one role; empty: there is one
	lang  string
	phone personal.Phone
}

// tellOf makes notices of one happening; key tells it apart from any other.
func (n *Notices) tellOf(ctx context.Context, s *story, ids []string, key string) (queue.Effect, error) {
	var made []dossier.Notice
	var missed []dossier.Entry
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		kind, ok := n.Catalogue.Notice(id)
		if !ok {
			return nil, fmt.Errorf("no notice %q in the catalogue", id)
		}
		to, err := n.recipients(ctx, s, kind.To)
		if err != nil {
			return nil, err
		}
		skipped, err := n.deliver(ctx, s, kind, to, key, &made)
		if err != nil {
			return nil, err
		}
		missed = append(missed, skipped...)
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		for _, note := range made {
			if err := n.queue(ctx, tx, note, s.app.Applicant); err != nil {
				return err
			}
		}
		for _, e := range missed {
			if err := tx.AddEntry(ctx, s.app.ID, e); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// deliver makes a notice's copies, one a phone, and says who has none.
func (n *Notices) deliver(ctx context.Context, s *story, kind catalogue.Notice, to []recipient, key string, made *[]dossier.Notice) ([]dossier.Entry, error) {
	var missed []dossier.Entry
	phones := map[personal.Phone]bool{}
	for _, r := range to {
		if r.phone == "" {
			missed = append(missed, dossier.Entry{At: n.Now(), Actor: hub, Act: "notice_skipped", Detail: kind.ID + " to " + r.as + ": no phone"})
			continue
		}
		if phones[r.phone] {
			continue // one person in two posts
		}
		phones[r.phone] = true
		note, err := n.note(ctx, s, kind, r, key)
		if err != nil {
			return nil, err
		}
		*made = append(*made, note)
	}
	return missed, nil
}

// note words one notice to one recipient.
func (n *Notices) note(ctx context.Context, s *story, kind catalogue.Notice, r recipient, key string) (dossier.Notice, error) {
	lang := spoken(r.lang)
	text, err := s.text(ctx, kind, lang)
	if err != nil {
		return dossier.Notice{}, err
	}
	text, parts := n.Text(text)
	note := dossier.Notice{
		ID: uuid.Must(uuid.NewV7()).String(), Application: s.app.ID, Notice: kind.ID, Recipient: r.as, Language: lang, Phone: r.phone,
		Text: text, Parts: parts, Priority: kind.Priority, Secret: kind.Secret, MessageID: n.NewID(), State: dossier.NoticeQueued, At: n.Now(),
	}
	about := []string{kind.ID}
	if s.subject != nil {
		note.Subject = s.subject.ID
		about = append(about, s.subject.ID)
	}
	if r.id != "" {
		about = append(about, r.id)
	}
	note.Key = strings.Join(append(about, key), ":")
	return note, nil
}

// spoken is a language that notices have.
func spoken(lang string) string {
	if slices.Contains(catalogue.NoticeLanguages, lang) {
		return lang
	}
	return "uz-Latn"
}

// recipients are those whom a catalogue's `to` names, one or several.
func (n *Notices) recipients(ctx context.Context, s *story, to string) ([]recipient, error) {
	var out []recipient
	names := strings.FieldsFunc(to, func(r rune) bool { return r == ' ' || r == ',' })
	for _, as := range names {
		switch as {
		case "subject":
			if s.subject != nil {
				out = append(out, recipient{as: as, lang: cmp.Or(s.subject.Language, s.app.Language), phone: s.subject.Phone})
			}
		case "applicant":
			a, err := s.who(ctx)
			if err != nil {
				return nil, err
			}
			r := recipient{as: as, lang: s.app.Language, phone: a.Phone}
			if len(names) > 1 {
				r.id = as
			}
			out = append(out, r)
		default:
			post, ok := map[string]string{"chair": dossier.Chair, "secretary": dossier.Secretary, "deputies": dossier.Deputy}[as]
			if !ok {
				return nil, fmt.Errorf("a notice goes to %q: nobody knows who that is", as)
			}
			list, err := n.inOffice(ctx, s.app.Commission, post)
			if err != nil {
				return nil, err
			}
			for _, o := range list {
				out = append(out, recipient{as: as, id: o.ID, phone: o.Phone})
			}
		}
	}
	return out, nil
}

// inOffice are the officials of a commission who hold a post today.
func (n *Notices) inOffice(ctx context.Context, commission, post string) ([]dossier.Official, error) {
	list, err := n.Store.Officials(ctx, commission)
	if err != nil {
		return nil, err
	}
	today := civil.Of(n.Now())
	return slices.DeleteFunc(list, func(o dossier.Official) bool { return o.Post != post || !o.InOffice(today) }), nil
}
