package crashtest

import (
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func (f *Flow) confirm(c *caller, e *Entry) error {
	err := c.insist(f.ctx, "confirming", func(h *client.Client) error {
		return h.Confirm(f.ctx, e.ID, "1", "residence", residence.Name, "dec-secretary")
	})
	if err != nil {
		return fmt.Errorf("confirming: %w", err)
	}
	return nil
}

// decide drafts, signs and hands in a decision on the dossier as it stands. When
// a newer assessment comes in between, the next look drafts anew.
func (f *Flow) decide(c *caller, e *Entry, d client.Dossier) error {
	e.Drafts++
	outcomes := map[string]string{}
	var subjects []any
	for _, s := range d.Subjects {
		o := object{"ref": s.Ref, "revision": s.Assessment.Revision, "outcome": "register"}
		if s.Assessment.Verdict != "eligible" {
			o["outcome"], o["reason"] = "refuse", "R01"
		}
		outcomes[s.Ref] = o["outcome"].(string)
		subjects = append(subjects, o)
	}
	today, number := civil.Of(f.w.Now()), fmt.Sprint(f.w.number.Add(1))
	doc, err := json.Marshal(object{
		"application": e.ID, "number": number, "date": today.String(), "drafted_by": drafters[e.Commission], "subjects": subjects,
	})
	if err != nil {
		return err
	}
	signature, err := f.w.Addresses.Sign(f.ctx, chairs[e.Commission], doc, false)
	if err != nil {
		return fmt.Errorf("signing a decision: %w", err)
	}
	err = c.insist(f.ctx, "deciding", func(h *client.Client) error {
		_, err := h.Decide(f.ctx, e.ID, fmt.Sprintf("decision-%s-%d", e.ID, e.Drafts), doc, signature)
		return err
	})
	switch {
	case err == nil:
		e.Outcomes, e.Decision = outcomes, number
		return nil
	case code(err) == string(dossier.StaleRevision), code(err) == string(dossier.NotEligible), today != civil.Of(f.w.Now()):
		return nil
	}
	return fmt.Errorf("deciding: %w", err)
}
