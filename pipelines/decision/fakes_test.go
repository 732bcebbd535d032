package decision

import (
	"context"
	"fmt"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// fakePapers writes what is done with documents into a list.
type fakePapers struct{ did *[]string }

func (f fakePapers) Job(_ dossier.Application, d dossier.Decision, subject, template string, _ int) queue.New {
	return queue.New{Key: fmt.Sprintf("%s:%s:%s", d.ID, subject, template)}
}

func (f fakePapers) note(what string) queue.Effect {
	return func(context.Context, queue.Tx) error {
		*f.did = append(*f.did, what)
		return nil
	}
}

func (f fakePapers) EndAll(_ context.Context, _, subject, _, reason string) (queue.Effect, error) {
	return f.note("documents of " + subject + " end: " + reason), nil
}

func (f fakePapers) Again(_ context.Context, doc dossier.Document, _, _ string) (queue.Effect, error) {
	return f.note("again " + doc.ID), nil
}

// fakeNotifier writes what is told into a list; none: nobody listens.
type fakeNotifier struct{ did *[]string }

func (f fakeNotifier) note(what string) queue.Effect {
	return func(context.Context, queue.Tx) error {
		if f.did != nil {
			*f.did = append(*f.did, what)
		}
		return nil
	}
}

func (f fakeNotifier) Outcome(_ context.Context, _ dossier.Application, _ dossier.Decision, s *dossier.Subject, o dossier.Outcome, notices []string) (queue.Effect, error) {
	who := "the whole"
	if s != nil {
		who = s.Ref
	}
	return f.note(fmt.Sprintf("%s: %s %v", who, o.Outcome, notices)), nil
}

func (f fakeNotifier) Decided(context.Context, dossier.Application, dossier.Decision, []string) (queue.Effect, error) {
	return f.note("decided"), nil
}
