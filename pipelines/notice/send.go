package notice

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Provider sends one text message. A fault that is Uncertain leaves open
// whether the message was taken.
type Provider interface {
	Name() string
	Deduplicates() bool // a repeat of a message id is no second SMS
	Send(ctx context.Context, id string, to personal.Phone, text string) error
}

// Send is the handler of the provider's stage.
func (n *Notices) Send(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error) {
	note, err := n.Store.Notice(ctx, j.Ref)
	if err != nil {
		return nil, err
	}
	if note.State == dossier.NoticeSent {
		return nil, nil
	}
	if note.State == dossier.NoticeSending && !n.Provider.Deduplicates() {
		return nil, unknownOutcome(n.Provider.Name(), errors.New("it was being sent when the hub stopped"))
	}
	err = keep(ctx, queue.In(func(ctx context.Context, tx Tx) error {
		return tx.SetNotice(ctx, note.ID, dossier.NoticeSending, n.Provider.Name(), n.Now())
	}))
	if err != nil {
		return nil, err
	}
	if err := n.Provider.Send(ctx, note.MessageID, note.Phone, note.Text); err != nil {
		f := fault.Of(err)
		if f.Uncertain && !n.Provider.Deduplicates() {
			return nil, unknownOutcome(n.Provider.Name(), err)
		}
		if !f.Uncertain {
			// The provider surely did not take it: the state must say so, or a
			// restart would take it for an unknown outcome.
			e := keep(ctx, queue.In(func(ctx context.Context, tx Tx) error {
				return tx.SetNotice(ctx, note.ID, dossier.NoticeQueued, "", n.Now())
			}))
			return nil, errors.Join(err, e)
		}
		return nil, err
	}
	at := n.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		return tx.SetNotice(ctx, note.ID, dossier.NoticeSent, n.Provider.Name(), at)
	}), nil
}

// GaveUp marks the notice of a job that became a failure. One found `sending`
// stays so, whatever ended the job: its outcome is unknown, and a replay must
// see that.
func (n *Notices) GaveUp(j queue.Job, f queue.Failure) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		if err := tx.FailNotice(ctx, j.Ref); err != nil {
			return err
		}
		return tx.AddEntry(ctx, j.Application, dossier.Entry{At: f.At, Actor: "hub", Act: "notice_failed", Detail: string(f.Kind)})
	})
}

func unknownOutcome(provider string, cause error) error {
	return &fault.Fault{
		Kind: fault.Rejected, System: provider, Operation: "send", Code: "unknown_outcome", Err: cause,
		Hint: "ask the provider whether the message went out, then settle it by hand: it is not repeated",
	}
}

// person is a name short enough for an SMS: surname and initials of the
// register's Latin form; the ref when nobody was identified.
func (n *Notices) person(ctx context.Context, s dossier.Subject) (string, error) {
	found, err := n.Store.NewestFindings(ctx, s.ID)
	if err != nil {
		return "", err
	}
	var p register.PersonalData
	if f := found[register.Personal]; f.Status == register.Found {
		if err := json.Unmarshal(f.Facts, &p); err != nil {
			return "", err
		}
	}
	if p.Surname == "" {
		return s.Ref, nil
	}
	out := p.Surname
	if r := initial(p.GivenName); r != "" {
		out += " " + r + "."
	}
	return out, nil
}

// initial keeps the digraphs: Sh., Ch., Yo., Oʻ. are one letter.
func initial(name string) string {
	up := strings.ToUpper(name)
	for _, d := range []string{"SH", "CH", "YO", "YU", "YA", "YE", "Oʻ", "Gʻ", "O‘", "G‘", "O'", "G'"} {
		if strings.HasPrefix(up, d) {
			return d
		}
	}
	r := []rune(up)
	if len(r) == 0 {
		return ""
	}
	return string(r[0])
}
