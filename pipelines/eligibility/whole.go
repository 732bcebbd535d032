package eligibility

import (
	"fmt"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Whole is everything the rules over a whole application may look at. The same
// rules judge what a decision would register, with what stands by then.
type Whole struct {
	ElectionDay civil.Date
	SubmittedOn civil.Date
	Ballot      string
	Form        dossier.Form
	Applicant   dossier.Applicant
	Announced   civil.Date        // when the campaign is announced: campaign-first-day
	Members     []Member          // in the form's order; those leaving are not among them
	Leaving     []dossier.Subject // whose roles this application ends; Standing still counts them
	Standing    Standing
	// Confirmations are the commission's on any subject of the application.
	Confirmations []dossier.Confirmation
}

// Member is a subject of an application with what is known of the person.
type Member struct {
	Subject  dossier.Subject
	Personal *register.PersonalData // nil: nobody was identified
	Verdict  Verdict
}

// Standing is what the applicant has in the election already, without this
// application.
type Standing struct {
	Proxies        int            // of the candidate who applies
	Candidates     int            // of the applicant, on the ballot
	Women          int            // of them
	Constituencies map[string]int // candidates of the applicant, by constituency
	Bodies         map[string]Body
}

// Body is the present membership of a commission or precinct.
type Body struct {
	Members int
	From    map[string]int // by the organisation that put them forward
}

// WholeRule is one condition of the law over a whole application.
type WholeRule struct {
	ID       string
	Article  string
	Severity Severity
	// Accepts are the kinds of proof it may rest on: form:FIELD, members (the
	// persons named), finding:personal-data (of theirs), standing, statement:NAME,
	// confirmation:KIND, applicant, clock. No other kind changes its answer.
	Accepts []string
	Eval    func(w Whole) Answer
}

// wholeRules are the lists of the themes; to add a rule is to add an entry there.
var wholeRules = slices.Concat(proxyWholes, commissionWholes, listRules, admissionRules)

// WholeRules lists the rules over whole applications.
func WholeRules() []WholeRule { return slices.Clone(wholeRules) }

// KnownWhole reports whether a rule over whole applications exists.
func KnownWhole(id string) bool {
	return slices.ContainsFunc(wholeRules, func(r WholeRule) bool { return r.ID == id })
}

// over makes a rule over whole applications: an advice warns where a bar fails.
func over(id, article string, s Severity, accepts []string, eval func(Whole) Answer) WholeRule {
	return WholeRule{id, article, s, accepts, func(w Whole) Answer { return s.soften(eval(w)) }}
}

// counted are the members whom a decision may register.
func (w Whole) counted() []Member {
	return slices.DeleteFunc(slices.Clone(w.Members), func(m Member) bool { return m.Verdict == NotEligible })
}

// AssessWhole runs the named rules. A rule that is not known is an error, not a gap.
func AssessWhole(w Whole, ids []string) (Verdict, []Answer, error) {
	answers := make([]Answer, 0, len(ids))
	for _, id := range ids {
		i := slices.IndexFunc(wholeRules, func(r WholeRule) bool { return r.ID == id })
		if i < 0 {
			return "", nil, fmt.Errorf("no rule %q over a whole application", id)
		}
		a := wholeRules[i].Eval(w)
		a.Rule, a.Article = id, wholeRules[i].Article
		answers = append(answers, a)
	}
	return Judge(answers), answers, nil
}
