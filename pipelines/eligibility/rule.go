package eligibility

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Result is a rule's answer.
type Result string

// The answers.
const (
	Pass          Result = "pass"
	Fail          Result = "fail"
	Warn          Result = "warn"
	Undetermined  Result = "undetermined"
	NotApplicable Result = "not_applicable"
)

// Verdict is the answer over all rules of a subject.
type Verdict string

// The verdicts: eligible only if nothing fails and nothing is undetermined.
const (
	Eligible       Verdict = "eligible"
	NotEligible    Verdict = "not_eligible"
	IsUndetermined Verdict = "undetermined"
)

// Answer is one rule's answer with its reason and the proofs it used.
type Answer struct {
	Rule    string            `json:"rule"`
	Article string            `json:"article"`
	Result  Result            `json:"result"`
	Reason  string            `json:"reason"` // a key of the texts, see Text
	Params  map[string]string `json:"params,omitempty"`
	Proofs  []string          `json:"proofs,omitempty"`
}

// Assessment is one revision of a subject's judgement.
type Assessment struct {
	Subject         string
	Revision        int
	FindingsVersion int
	Verdict         Verdict
	Answers         []Answer
}

// Input is everything rules may look at.
type Input struct {
	ElectionDay   civil.Date
	Day           civil.Date // of the assessment, in Tashkent
	Subject       dossier.Subject
	Findings      map[register.ID]dossier.Finding // the newest of each register
	Stale         []register.ID                   // those of Findings that are too old to decide on
	Confirmations []dossier.Confirmation
	Roles         []dossier.Role // that the person holds in the election by other applications
	Conflicts     []string       // ids of those Roles that do not go together with what is applied for
	Role          string         // of the application's type: applied for, or to end
	Ballot        string         // kind of vote that the application belongs to; empty: every one
	Ballots       []string       // kinds of vote of its type; empty: every one
	Applicant     dossier.Applicant
	Documents     []dossier.Document // the person's in the election, in whatever state
	List          []dossier.Role     // candidates that stand on the applicant's list
	SubmittedOn   civil.Date
	Deadline      civil.Date // last day of the type's window; zero: none
}

// Severity says what a rule's failure does.
type Severity string

// The severities.
const (
	Bar    Severity = "bar"    // nobody is registered against it
	Advice Severity = "advice" // the commission is told, and decides
)

// Rule is one condition of the law over one subject.
type Rule struct {
	ID       string
	Article  string // "Saylov kodeksi 90-modda", or "assumed"
	Severity Severity
	// Accepts are the kinds of proof it may rest on: finding:REGISTER,
	// statement:NAME, paper:KIND, confirmation:KIND, form:FIELD, roles, documents,
	// list, applicant, clock. No other kind changes its answer.
	Accepts []string
	Eval    func(in Input) Answer
}

// Assess runs the named rules. A rule that is not known is an error, not a gap.
func Assess(in Input, ids []string) (Verdict, []Answer, error) {
	answers := make([]Answer, 0, len(ids))
	for _, id := range ids {
		r, ok := byID[id]
		if !ok {
			return "", nil, fmt.Errorf("no rule %q", id)
		}
		a := r.answer(in)
		a.Rule, a.Article = r.ID, r.Article
		answers = append(answers, a)
	}
	return Judge(answers), answers, nil
}

// answer evaluates the rule. What passes on an answer of a register that is too old
// passes on a confirmed paper instead where there is one: the register may be away
// for long. An answer that does not pass is never made good by its age.
func (r Rule) answer(in Input) Answer {
	a := r.Eval(in)
	if a.Result != Pass || !slices.ContainsFunc(in.Stale, a.RestsOn) {
		return a
	}
	without := in
	without.Findings = maps.Clone(in.Findings)
	for _, id := range in.Stale {
		delete(without.Findings, id)
	}
	if b := r.Eval(without); b.Result == Pass {
		return b
	}
	return a
}

// RestsOn reports whether an answer of a register is among the proofs.
func (a Answer) RestsOn(id register.ID) bool {
	return slices.ContainsFunc(a.Proofs, func(proof string) bool { return strings.HasPrefix(proof, string(id)+":") })
}

// Judge sums answers up: any fail is not eligible, else any undetermined is
// undetermined, else eligible.
func Judge(answers []Answer) Verdict {
	v := Eligible
	for _, a := range answers {
		switch a.Result {
		case Fail:
			return NotEligible
		case Undetermined:
			v = IsUndetermined
		case Pass, Warn, NotApplicable:
		default:
			v = IsUndetermined // an answer outside the set proves nothing
		}
	}
	return v
}

// Known reports whether a rule exists.
func Known(id string) bool { _, ok := byID[id]; return ok }
