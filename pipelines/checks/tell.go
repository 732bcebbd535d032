package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Acts that notices are brought by.
const (
	actPending = "check_pending"
	actFailed  = "check_failed"
)

// closed are the registers of which nobody outside the commission learns anything,
// not even that a rule failed which rests on them.
var closed = []register.ID{register.Criminal, register.Capacity, register.Employment, register.Disability}

// law stands in for a rule that rests on a closed register.
const law = "Saylov kodeksi"

// failed tells that a subject does not meet a rule, once for each version of the
// findings that says so.
func (c *Checks) failed(ctx context.Context, s Subject, answers []eligibility.Answer) (queue.Effect, error) {
	if c.Announcer == nil {
		return nothing, nil
	}
	rule := law
	for _, a := range answers {
		if a.Result == eligibility.Fail && !restsOnClosed(a) {
			rule = a.Rule
			break
		}
	}
	return c.Announcer.Act(ctx, s.application(), actFailed, map[string]string{"rule": rule}, &s.Subject, fmt.Sprintf("%s:%d", s.ID, s.FindingsVersion))
}

func restsOnClosed(a eligibility.Answer) bool {
	return slices.ContainsFunc(a.Proofs, func(proof string) bool {
		return slices.ContainsFunc(closed, func(id register.ID) bool { return strings.Contains(proof, string(id)) })
	})
}

// pending tells the applicant, once for an application, that a register does not
// answer.
func (c *Checks) pending(ctx context.Context, subject string) (queue.Effect, error) {
	if c.Announcer == nil {
		return nothing, nil
	}
	list, err := c.Store.ChecksOf(ctx, subject)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(k dossier.Check) bool { return k.State == dossier.Open })
	if i < 0 {
		return nothing, nil
	}
	_, s, err := c.Store.Check(ctx, list[i].ID)
	if err != nil || dropped(s.State) {
		return nothing, err
	}
	source := string(list[i].Register)
	if r, ok := c.register(list[i].Register); ok && r.Title != "" {
		source = r.Title
	}
	return c.Announcer.Act(ctx, s.application(), actPending, map[string]string{"source": source}, nil, s.Application)
}
