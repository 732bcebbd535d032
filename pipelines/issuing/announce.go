package issuing

import (
	"context"
	"slices"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// announce makes the notices that a subject's issued document brings: those of its
// outcome, and those of any document. A refusal's were made with the decision.
func (is *Issuing) announce(ctx context.Context, o origin, doc dossier.Document) (queue.Effect, error) {
	s, ok := subjectOf(o.app, doc.Subject)
	if !ok {
		return nothing, nil
	}
	i := slices.IndexFunc(o.dec.Outcomes, func(out dossier.Outcome) bool { return out.Subject == s.ID })
	if i < 0 || o.kind.Outcomes[o.dec.Outcomes[i].Outcome].Refuses {
		return nothing, nil
	}
	issued, err := is.Notifier.Issued(ctx, o.app, s, doc, Number(doc.Number), o.kind.Outcomes[o.dec.Outcomes[i].Outcome].Notices)
	if err != nil {
		return nil, err
	}
	act, err := is.act(ctx, o.app, "document", map[string]string{"no": Number(doc.Number), "doc": doc.Template}, &s, doc.ID)
	return both(issued, act), err
}

// announceAgain makes the notices of a document that takes old's place.
func (is *Issuing) announceAgain(ctx context.Context, doc, old dossier.Document) (queue.Effect, error) {
	if doc.Application == "" || is.Announcer == nil {
		return nothing, nil
	}
	a, err := is.Store.Application(ctx, doc.Application)
	if err != nil {
		return nil, err
	}
	s, ok := subjectOf(a, doc.Subject)
	if !ok {
		return nothing, nil
	}
	return is.act(ctx, a, "reissued", map[string]string{"no": Number(old.Number), "newno": Number(doc.Number), "doc": doc.Template}, &s, doc.ID)
}

func (is *Issuing) act(ctx context.Context, a dossier.Application, act string, params map[string]string, s *dossier.Subject, key string) (queue.Effect, error) {
	if is.Announcer == nil {
		return nothing, nil
	}
	return is.Announcer.Act(ctx, a, act, params, s, key)
}

func subjectOf(a dossier.Application, id string) (dossier.Subject, bool) {
	i := slices.IndexFunc(a.Subjects, func(s dossier.Subject) bool { return id != "" && s.ID == id })
	if i < 0 {
		return dossier.Subject{}, false
	}
	return a.Subjects[i], true
}

// both runs one effect after the other.
func both(first, second queue.Effect) queue.Effect {
	return func(ctx context.Context, tx queue.Tx) error {
		if err := first(ctx, tx); err != nil {
			return err
		}
		return second(ctx, tx)
	}
}
