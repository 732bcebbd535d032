package decision

import (
	"fmt"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// judged is a decision that may be taken.
type judged struct {
	outcomes []dossier.Outcome // in the application's order
	whole    dossier.Outcome   // zero: nothing is decided about the whole
}

// judge holds a decision against the dossier. A refusal names the first part that
// cannot be decided so; stale are the registers to be asked anew, by subject's id.
func (c *dossierCase) judge(content Content) (judged, error) {
	out := judged{}
	var err error
	if out.outcomes, err = c.parts(content.Subjects); err != nil {
		return out, err
	}
	if out.whole, err = c.judgeWhole(content); err != nil {
		return out, err
	}
	steps := c.steps(out.outcomes)
	for _, s := range steps {
		if s.ends() {
			if _, missing := c.ended(s, c.held[s.subject.ID]); missing != "" {
				return out, dossier.Refuse(dossier.NotEligible, c.at(s.subject)+"/outcome", missing)
			}
		}
	}
	return out, c.judgeTogether(out, steps)
}

// parts must cover every subject once, on the latest revision, and take only who
// is eligible by it.
func (c *dossierCase) parts(list []Part) ([]dossier.Outcome, error) {
	byRef := map[string]int{}
	for i, s := range c.app.Subjects {
		byRef[s.Ref] = i
	}
	out := make([]dossier.Outcome, len(c.app.Subjects))
	taken := map[string]string{}
	done := 0
	for i, p := range list {
		at := fmt.Sprintf("/subjects/%d", i)
		k, known := byRef[p.Ref]
		if !known || out[k].Subject != "" {
			return nil, dossier.Refuse(dossier.BadForm, at+"/ref", "want each subject of the application once")
		}
		s := c.app.Subjects[k]
		c.places[s.ID] = at
		last := c.latest[s.ID]
		if err := c.part(p, at, last); err != nil {
			return nil, err
		}
		out[k] = dossier.Outcome{Subject: s.ID, Revision: p.Revision, Outcome: p.Outcome, Reason: p.Reason}
		done++
		if st := c.step(s, out[k]); st.takes() {
			// Two subjects may turn out to be one person only now: one was named by a
			// passport, or by a number of the past.
			if other, ok := taken[person(s)]; ok {
				return nil, dossier.Refuse(dossier.NotEligible, at+"/outcome", fmt.Sprintf("by the register this is the person of subject %s: register one of them", other))
			}
			taken[person(s)] = s.Ref
		}
	}
	if done != len(c.app.Subjects) {
		return nil, dossier.Refuse(dossier.BadForm, "/subjects", fmt.Sprintf("want all %d subjects of the application", len(c.app.Subjects)))
	}
	return out, nil
}

// at is where a subject stands in what is decided.
func (c *dossierCase) at(s dossier.Subject) string { return c.places[s.ID] }

// part judges one part by its assessment.
func (c *dossierCase) part(p Part, at string, last eligibility.Assessment) error {
	follows, ok := c.kind.Outcomes[p.Outcome]
	if !ok {
		return dossier.Refuse(dossier.BadForm, at+"/outcome", "this type of application does not know the outcome; it knows "+strings.Join(c.outcomes(), ", "))
	}
	if p.Revision != last.Revision {
		return dossier.Refuse(dossier.StaleRevision, at+"/revision", fmt.Sprintf("the latest revision of the assessment is %d", last.Revision))
	}
	if follows.Refuses {
		if _, ok := c.reason(p.Reason); !ok {
			return dossier.Refuse(dossier.BadForm, at+"/reason", "this outcome needs a reason of the catalogue (R01 to R16)")
		}
		return nil
	}
	if last.Verdict != eligibility.Eligible {
		return dossier.Refuse(dossier.NotEligible, at+"/outcome", fmt.Sprintf("revision %d says %s: nobody is registered on it", last.Revision, last.Verdict))
	}
	if p.Reason != "" {
		return dossier.Refuse(dossier.BadForm, at+"/reason", "leave it out: only what refuses has a reason")
	}
	return nil
}

func (c *dossierCase) outcomes() []string {
	var out []string
	for o := range c.kind.Outcomes {
		out = append(out, string(o))
	}
	slices.Sort(out)
	return out
}

// judgeWhole judges what is decided about the whole.
func (c *dossierCase) judgeWhole(content Content) (dossier.Outcome, error) {
	var none dossier.Outcome
	names, p := len(c.app.Subjects) > 0, content.Whole
	switch {
	case p == nil && !names:
		return none, dossier.Refuse(dossier.BadForm, "/whole", "want what is decided about the application: it names nobody")
	case p == nil:
		return none, nil
	case names && len(c.kind.Whole) == 0:
		return none, dossier.Refuse(dossier.BadForm, "/whole", "leave it out: this type is decided person by person")
	}
	last := c.whole
	if len(c.kind.Whole) == 0 {
		last.Verdict = eligibility.Eligible // there is nothing to judge it by
	}
	if err := c.part(*p, "/whole", last); err != nil {
		return none, err
	}
	if c.kind.Outcomes[p.Outcome].Refuses {
		for i, s := range content.Subjects {
			if !c.kind.Outcomes[s.Outcome].Refuses {
				return none, dossier.Refuse(dossier.BadForm, fmt.Sprintf("/subjects/%d/outcome", i), "the whole is refused: then everybody of it is")
			}
		}
	}
	return dossier.Outcome{Revision: p.Revision, Outcome: p.Outcome, Reason: p.Reason}, nil
}

// judgeTogether runs the rules over the whole again, over exactly those who are not
// refused and with what stands by now.
func (c *dossierCase) judgeTogether(j judged, steps []step) error {
	failed, err := c.failing(j, steps, c.together.Standing, c.held)
	if err != nil || failed == nil {
		return err
	}
	at := "/subjects"
	if j.whole.Outcome != "" {
		at = "/whole"
	}
	return dossier.Refuse(dossier.NotEligible, at, fmt.Sprintf("rule %s (%s) says %s over those who are not refused", failed.Rule, failed.Article, failed.Result))
}

// failing finds a rule over the whole that does not let the decision pass; nil:
// none. Those who leave are told to the rules; a role that ends otherwise does not
// stand any more.
func (c *dossierCase) failing(j judged, steps []step, standing eligibility.Standing, held map[string][]dossier.Role) (*eligibility.Answer, error) {
	refused := c.kind.Outcomes[j.whole.Outcome].Refuses
	if len(c.kind.Whole) == 0 || refused {
		return nil, nil
	}
	comes, leaves := map[string]bool{}, map[string]bool{}
	for _, s := range steps {
		switch {
		case s.follows.Refuses:
		case s.subject.Part == dossier.Leaving:
			leaves[s.subject.ID] = true
		case s.effect == catalogue.End:
			if role, missing := c.ended(s, held[s.subject.ID]); missing == "" {
				standing = without(standing, role)
			}
		default:
			comes[s.subject.ID] = true
		}
	}
	if j.whole.Outcome == "" && len(comes)+len(leaves) == 0 {
		return nil, nil // nothing changes but by refusals and ends, which no rule forbids
	}
	in := c.together
	in.Standing = standing
	in.Members = slices.DeleteFunc(slices.Clone(in.Members), func(m eligibility.Member) bool { return !comes[m.Subject.ID] })
	in.Leaving = slices.DeleteFunc(slices.Clone(in.Leaving), func(s dossier.Subject) bool { return !leaves[s.ID] })
	refs := map[string]bool{}
	for _, s := range steps {
		refs[s.subject.Ref] = comes[s.subject.ID] || leaves[s.subject.ID]
	}
	in.Form.Subjects = slices.DeleteFunc(slices.Clone(in.Form.Subjects), func(s dossier.FormSubject) bool { return !refs[s.Ref] })
	verdict, answers, err := eligibility.AssessWhole(in, c.kind.Whole)
	if err != nil || verdict == eligibility.Eligible {
		return nil, err
	}
	for _, want := range []eligibility.Result{eligibility.Fail, eligibility.Undetermined} {
		if i := slices.IndexFunc(answers, func(a eligibility.Answer) bool { return a.Result == want }); i >= 0 {
			return &answers[i], nil
		}
	}
	return &eligibility.Answer{Rule: c.kind.Whole[0], Result: eligibility.Undetermined}, nil
}

// stale lists the registers whose answers are too old to decide on, by subject's
// id: of those who are not refused, of what the type asks for, and of what the
// latest assessment rests on, which a confirmed paper changes.
func (c *dossierCase) stale(steps []step, times map[string]map[register.ID]dossier.Finding) map[string][]register.ID {
	out := map[string][]register.ID{}
	for _, s := range steps {
		if s.follows.Refuses {
			continue
		}
		asked := c.kind.Checks
		if s.subject.Part == dossier.Leaving && c.kind.Leaving != nil {
			asked = c.kind.Leaving.Checks
		}
		for _, id := range checks.Stale(times[s.subject.ID], c.now) {
			rests := slices.ContainsFunc(c.latest[s.subject.ID].Answers, func(a eligibility.Answer) bool { return a.RestsOn(id) })
			if rests && slices.Contains(asked, id) {
				out[s.subject.ID] = append(out[s.subject.ID], id)
			}
		}
	}
	return out
}

// person tells one subject's person from another's.
func person(s dossier.Subject) string {
	if s.PINFL == "" && s.Foreigner != nil {
		return "passport " + string(dossier.PassportOf(*s.Foreigner))
	}
	return string(s.PINFL)
}
