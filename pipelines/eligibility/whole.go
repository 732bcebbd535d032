package eligibility

import (
	"fmt"

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
	Members     []Member // in the form's order; those leaving are not among them
	Standing    Standing
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
	Eval     func(w Whole) Answer
}

// wholeRules is the list; to add one is to add an entry here.
var wholeRules = []WholeRule{}

// KnownWhole reports whether a rule over whole applications exists.
func KnownWhole(id string) bool {
	for _, r := range wholeRules {
		if r.ID == id {
			return true
		}
	}
	return false
}

// AssessWhole runs the named rules. A rule that is not known is an error, not a gap.
func AssessWhole(w Whole, ids []string) (Verdict, []Answer, error) {
	answers := make([]Answer, 0, len(ids))
	for _, id := range ids {
		found := false
		for _, r := range wholeRules {
			if r.ID != id {
				continue
			}
			a := r.Eval(w)
			a.Rule, a.Article = r.ID, r.Article
			answers, found = append(answers, a), true
		}
		if !found {
			return "", nil, fmt.Errorf("no rule %q over a whole application", id)
		}
	}
	return Judge(answers), answers, nil
}
