package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Handler is a stage's handler.
type Handler = func(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error)

// Stages returns the stages of all providers: one to send and, where it can be
// asked, one to ask. Gate tells what a provider's operation, "send" or "ask",
// depends on; it may be nil and may return nil. Unless Ready is set, a provider
// is ready whose gate to send lets at least a trial through. Call it before any
// notice is made.
func (n *Notices) Stages(gate func(provider, operation string) func() queue.Gate) []queue.Stage {
	of := func(p Provider, operation string) func() queue.Gate {
		if gate == nil {
			return nil
		}
		return gate(p.Name(), operation)
	}
	gates := map[string]func() queue.Gate{}
	if n.Ready == nil {
		n.Ready = func(provider string) bool {
			if gates[provider] == nil {
				return true
			}
			g := gates[provider]()
			return !g.Closed || g.Trial
		}
	}
	var out []queue.Stage
	for _, p := range n.Providers {
		gates[p.Name()] = of(p, "send")
		out = append(out, queue.Stage{Name: StageOf(p.Name()), Workers: 8, Handle: n.Send(p), GiveUp: n.GaveUp, Gate: n.bypass(p, gates[p.Name()])})
		if a, ok := p.(Asker); ok {
			out = append(out, queue.Stage{Name: AskStageOf(p.Name()), Workers: 4, Handle: n.Ask(p, a), GiveUp: n.GaveUp, Gate: of(p, "ask")})
		}
	}
	return append(out, queue.Stage{Name: StageMailing, Workers: 1, Handle: n.Mail}, queue.Stage{Name: StageCalendar, Workers: 2, Handle: n.Calendar})
}

// bypass opens the gate of a provider whose breaker is open while another is up:
// its jobs are claimed, and go on there instead of waiting.
func (n *Notices) bypass(p Provider, gate func() queue.Gate) func() queue.Gate {
	if gate == nil || len(n.Providers) < 2 {
		return gate
	}
	return func() queue.Gate {
		g := gate()
		if g.Closed && !n.up(p) && n.other(p, dossier.Notice{}, true) != nil {
			return queue.Gate{}
		}
		return g
	}
}

// Send returns the handler of a provider's stage.
func (n *Notices) Send(p Provider) Handler {
	return func(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error) {
		note, err := n.Store.Notice(ctx, j.Ref)
		if err != nil {
			return nil, err
		}
		// Found in the middle: an earlier call may have been taken, and no later
		// refusal takes that back.
		doubt := note.State == dossier.NoticeSending
		switch {
		case note.State == dossier.NoticeSent, note.State == dossier.NoticeExpired:
			return nil, nil
		case n.over(note):
			return n.expire(note.ID), nil
		case !doubt && n.later(note, n.Now()).After(n.Now()):
			return n.putOff(note, p, j.Applicant, n.later(note, n.Now())), nil
		case doubt && note.Provider != p.Name():
			return nil, unknownOutcome(note.Provider, errors.New("another provider was sending it"))
		case doubt && !p.Deduplicates():
			return n.doubtful(p, note, errors.New("it was being sent when the hub stopped"))
		case !doubt && note.Round < maxRounds && !n.up(p):
			if q := n.other(p, note, true); q != nil {
				return n.moveOn(note, q, j.Applicant), nil
			}
		}
		if note.Mailing != "" && !doubt {
			state, err := n.Store.MailingState(ctx, note.Mailing)
			switch {
			case err != nil:
				return nil, err
			case state == MailingCancelled:
				return n.expire(note.ID), nil
			case state == MailingPaused:
				return n.putOff(note, p, j.Applicant, n.Now().Add(pausedRest)), nil
			}
		}
		gone := false
		err = keep(ctx, queue.In(func(ctx context.Context, tx Tx) error {
			now, err := tx.Notice(ctx, note.ID)
			if err != nil {
				return err
			}
			if gone = now.State == dossier.NoticeSent || now.State == dossier.NoticeExpired; gone {
				return nil
			}
			now.State, now.Provider, now.CalledAt = dossier.NoticeSending, p.Name(), n.Now()
			return tx.SaveNotice(ctx, now)
		}))
		if err != nil || gone {
			return nil, err
		}
		ref, err := p.Send(ctx, message(note))
		if err != nil {
			return n.notTaken(ctx, p, note, doubt, j.Applicant, keep, err)
		}
		return n.taken(p, note, ref), nil
	}
}

func message(note dossier.Notice) Message {
	m := Message{ID: note.MessageID, To: note.Phone, Text: note.Text, Priority: note.Priority, Secret: note.Secret}
	if m.Priority == "" {
		m.Priority = "normal"
	}
	return m
}

// over reports that a notice is not to be sent any more.
func (n *Notices) over(note dossier.Notice) bool {
	return !note.ExpiresAt.IsZero() && !n.Now().Before(note.ExpiresAt) || note.Secret && note.Text == ""
}

// later is the first moment from one on at which a notice may go out.
func (n *Notices) later(note dossier.Notice, from time.Time) time.Time {
	if kind, ok := n.Catalogue.Notice(note.Notice); ok && kind.Anytime {
		return from
	}
	return n.Quiet.next(from)
}

// putOff has a notice wait whose turn came in the quiet hours, after an outage or
// by a replay, or while its mailing is paused.
func (n *Notices) putOff(note dossier.Notice, p Provider, applicant string, due time.Time) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		now, err := tx.Notice(ctx, note.ID)
		if err != nil {
			return err
		}
		if now.State == dossier.NoticeFailed {
			now.State = dossier.NoticeQueued
			if err := tx.SaveNotice(ctx, now); err != nil {
				return err
			}
		}
		j := n.job(now, p, applicant, due)
		j.Key += ":" + due.UTC().Format("20060102T150405")
		return tx.Enqueue(ctx, j)
	})
}

// notTaken decides what follows from a call that ended with err.
func (n *Notices) notTaken(ctx context.Context, p Provider, note dossier.Notice, doubt bool, applicant string, keep queue.Keeper, err error) (queue.Effect, error) {
	f, known := errors.AsType[*fault.Fault](err)
	if !known || f.Uncertain || doubt {
		switch {
		case !p.Deduplicates():
			return n.doubtful(p, note, err)
		case fault.RuleOf(fault.KindOf(err)).Retry == fault.RetryNever:
			return nil, unknownOutcome(p.Name(), err)
		}
		return nil, err // stays `sending` and is repeated under its id
	}
	if q := n.onward(f, p, &note); q != nil {
		return n.moveOn(note, q, applicant), nil
	}
	// The provider surely did not take it: the state must say so, or a restart
	// would take it for an unknown outcome.
	e := keep(ctx, queue.In(func(ctx context.Context, tx Tx) error {
		now, err := tx.Notice(ctx, note.ID)
		if err != nil || now.State != dossier.NoticeSending {
			return err
		}
		now.State, now.Provider, now.Refused = dossier.NoticeQueued, "", note.Refused
		return tx.SaveNotice(ctx, now)
	}))
	return nil, errors.Join(err, e)
}

// taken writes that a provider took a notice and, where it can be asked, has it
// asked what became of it.
func (n *Notices) taken(p Provider, note dossier.Notice, ref string) queue.Effect {
	at := n.Now()
	return queue.In(func(ctx context.Context, tx Tx) error {
		now, err := tx.Notice(ctx, note.ID)
		if err != nil {
			return err
		}
		before := now.State
		now.State, now.Provider = dossier.NoticeSent, p.Name()
		if now.SentAt.IsZero() {
			now.SentAt = at
		}
		if ref != "" {
			now.Ref = ref
		}
		if err := tx.SaveNotice(ctx, wiped(now)); err != nil {
			return err
		}
		if before != dossier.NoticeSent { // a report may have come first
			if err := n.sent(ctx, tx, now); err != nil {
				return err
			}
		}
		if _, can := p.(Asker); !can || now.Delivery.Final() {
			return nil
		}
		return tx.Enqueue(ctx, n.askJob(now, p, at.Add(firstAsk)))
	})
}

// wiped drops a text that has served.
func wiped(note dossier.Notice) dossier.Notice {
	if note.Secret {
		note.Text = ""
	}
	return note
}

// doubtful goes on with a notice that p may have taken and that must not be
// repeated: p is asked where it can be. A code is not worth a person's time: it
// expires, and whoever waits for it asks for another.
func (n *Notices) doubtful(p Provider, note dossier.Notice, cause error) (queue.Effect, error) {
	if _, can := p.(Asker); can {
		due := n.Now().Add(doubtAsk)
		return queue.In(func(ctx context.Context, tx Tx) error { return tx.Enqueue(ctx, n.askJob(note, p, due)) }), nil
	}
	if note.Secret && !note.ExpiresAt.IsZero() {
		return nil, nil
	}
	return nil, unknownOutcome(p.Name(), cause)
}

// Expire ends a notice that nobody needs any more and wipes a secret text; one
// that was sent stays so.
func (n *Notices) Expire(ctx context.Context, tx Tx, id string) error {
	note, err := tx.Notice(ctx, id)
	if err != nil || note.State == dossier.NoticeSent || note.State == dossier.NoticeExpired {
		return err
	}
	note.State = dossier.NoticeExpired
	return tx.SaveNotice(ctx, wiped(note))
}

func (n *Notices) expire(id string) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error { return n.Expire(ctx, tx, id) })
}

// GaveUp marks the notice of a job that became a failure. One found `sending`
// stays so, whatever ended the job: its outcome is unknown, and a replay must
// see that.
func (n *Notices) GaveUp(j queue.Job, f queue.Failure) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		note, err := tx.Notice(ctx, j.Ref)
		if err != nil {
			return err
		}
		switch note.State {
		case dossier.NoticeSent, dossier.NoticeExpired:
			return nil // a report came first, or asking after delivery ended
		case dossier.NoticeQueued:
			note.State = dossier.NoticeFailed
			if err := tx.SaveNotice(ctx, wiped(note)); err != nil {
				return err
			}
		case dossier.NoticeSending, dossier.NoticeFailed:
		}
		if err := entry(ctx, tx, note, dossier.Entry{At: f.At, Actor: hub, Act: "notice_failed", Detail: aboutOf(note) + ": " + string(f.Kind)}); err != nil {
			return err
		}
		return tell(ctx, tx, note, f.At, event.NotSent{Note: noteOf(note), State: string(note.State), Cause: string(f.Kind)})
	})
}

// sent tells that a provider took a notice.
func (n *Notices) sent(ctx context.Context, tx Tx, note dossier.Notice) error {
	if err := entry(ctx, tx, note, dossier.Entry{At: n.Now(), Actor: hub, Act: "notice_sent", Detail: aboutOf(note)}); err != nil {
		return err
	}
	return tell(ctx, tx, note, n.Now(), event.Sent{Note: noteOf(note)})
}

// aboutOf says in the timeline which notice, and to whom by role.
func aboutOf(note dossier.Notice) string { return note.Notice + " to " + note.Recipient }

// entry writes a line of the timeline of a notice's application, if it has one.
func entry(ctx context.Context, tx Tx, note dossier.Notice, e dossier.Entry) error {
	if note.Application == "" {
		return nil
	}
	return tx.AddEntry(ctx, note.Application, e)
}

// tell writes an event about a notice: of its application, or, when it follows
// from none, of the notice itself.
func tell(ctx context.Context, tx Tx, note dossier.Notice, at time.Time, f event.Fact) error {
	return tx.AddEvent(ctx, event.Event{Application: note.Application, Subject: cmp.Or(note.Application, note.ID), At: at, Fact: f})
}

func noteOf(n dossier.Notice) event.Note {
	return event.Note{Notice: n.ID, Kind: n.Notice, Recipient: n.Recipient, Provider: n.Provider, Subject: n.Subject}
}

func unknownOutcome(provider string, cause error) error {
	return &fault.Fault{
		Kind: fault.Rejected, System: provider, Operation: "send", Code: "unknown_outcome", Err: cause,
		Hint: "ask the provider whether the message went out, then settle the notice by hand: it is not repeated by itself",
	}
}

func (n *Notices) log() *slog.Logger {
	if n.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return n.Log
}

// askJob asks p about a notice. It has no time limit: asking ends by itself.
func (n *Notices) askJob(note dossier.Notice, p Provider, due time.Time) queue.New {
	return queue.New{
		Application: note.Application, Stage: AskStageOf(p.Name()), Ref: note.ID,
		Key: fmt.Sprintf("notice:%s:ask:%s:%d", note.ID, p.Name(), note.Round), Priority: ordinary, DueAt: due,
	}
}
