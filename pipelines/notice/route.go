package notice

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// maxRounds bounds how often a notice goes on to another provider because the
// one it waits for does not serve.
const maxRounds = 8

// stoppedRest is how long a provider with wrong credentials is passed over.
const stoppedRest = time.Minute

// resting remembers until when providers are passed over: those that asked for
// it and those that are misconfigured. A breaker rests by itself.
type resting struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// set makes a provider rest and reports whether that is news.
func (r *resting) set(provider string, now, until time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until == nil {
		r.until = map[string]time.Time{}
	}
	news := !r.until[provider].After(now)
	r.until[provider] = until
	return news
}

func (r *resting) rests(provider string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.until[provider].After(now)
}

// up reports whether a provider is worth calling now.
func (n *Notices) up(p Provider) bool {
	return !n.rest.rests(p.Name(), n.Now()) && (n.Ready == nil || n.Ready(p.Name()))
}

// first is the provider a notice begins with: the first one that is up, else
// the first that did not refuse it.
func (n *Notices) first(note dossier.Notice) Provider {
	if p := n.other(nil, note, true); p != nil {
		return p
	}
	if p := n.other(nil, note, false); p != nil {
		return p
	}
	return n.Providers[0]
}

// other is the first provider but one that did not refuse the notice; nil when
// there is none.
func (n *Notices) other(but Provider, note dossier.Notice, mustBeUp bool) Provider {
	for _, p := range n.Providers {
		if but != nil && p.Name() == but.Name() || slices.Contains(note.Refused, p.Name()) || mustBeUp && !n.up(p) {
			continue
		}
		return p
	}
	return nil
}

// job is what sends a notice at a provider.
func (n *Notices) job(note dossier.Notice, p Provider, applicant string, due time.Time) queue.New {
	j := queue.New{
		Application: note.Application, Applicant: applicant, Stage: StageOf(p.Name()), Ref: note.ID,
		Key: "notice:" + note.ID, Priority: ordinary, DueAt: due, Limit: n.Limit,
	}
	if note.Round > 0 {
		j.Key = fmt.Sprintf("notice:%s:%s:%d", note.ID, p.Name(), note.Round)
	}
	switch {
	case note.Priority == "realtime":
		j.Priority = urgent
	case note.Mailing != "":
		j.Priority = bulk
	}
	if !note.ExpiresAt.IsZero() {
		j.Limit = 0 // its own end is sooner, and is no failure
	}
	return j
}

// onward says who gets a notice that p surely did not take; nil: nobody, it
// stays. What p rejected another may take, whether it is up or not; what p could
// not serve goes on at once when another is up, round the providers once: after
// that the queue's growing delay is what it needs.
func (n *Notices) onward(f *fault.Fault, p Provider, note *dossier.Notice) Provider {
	switch f.Kind {
	case fault.Rejected:
		if !slices.Contains(note.Refused, p.Name()) {
			note.Refused = append(slices.Clone(note.Refused), p.Name())
		}
		if q := n.other(p, *note, true); q != nil {
			return q
		}
		return n.other(p, *note, false)
	case fault.Unavailable, fault.Throttled, fault.Misconfigured:
		if note.Round >= len(n.Providers)-1 {
			return nil
		}
		q := n.other(p, *note, true)
		if q != nil {
			n.passOver(f, p)
		}
		return q
	case fault.Pending, fault.Breach, fault.Defect:
	}
	return nil
}

// passOver makes a provider rest whose stage is not stopped by the queue,
// because its jobs went on elsewhere.
func (n *Notices) passOver(f *fault.Fault, p Provider) {
	now := n.Now()
	switch {
	case f.Kind == fault.Throttled:
		n.rest.set(p.Name(), now, now.Add(min(max(f.Wait, time.Second), 10*stoppedRest)))
	case f.Kind == fault.Misconfigured:
		if n.rest.set(p.Name(), now, now.Add(stoppedRest)) {
			n.log().Warn("provider passed over: it is misconfigured", "system", p.Name(), "code", f.Code, "hint", f.Hint)
		}
	}
}

// moveOn ends a job of p by handing the notice to q.
func (n *Notices) moveOn(note dossier.Notice, q Provider, applicant string) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		now, err := tx.Notice(ctx, note.ID)
		if err != nil || now.State == dossier.NoticeSent || now.State == dossier.NoticeExpired {
			return err // a report came first
		}
		now.State, now.Provider, now.Refused, now.Round = dossier.NoticeQueued, "", note.Refused, now.Round+1
		if err := tx.SaveNotice(ctx, now); err != nil {
			return err
		}
		return tx.Enqueue(ctx, n.job(now, q, applicant, n.Now()))
	})
}
