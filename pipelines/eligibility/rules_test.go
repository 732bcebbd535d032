package eligibility_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/pipelines/eligibility"
)

var cases = rows(personCases, candidateCases, proxyCases, observerCases, commissionCases, roleCases)

func (r row) input() eligibility.Input {
	in := person()
	for _, f := range r.change {
		f(&in)
	}
	return in
}

// known lists the ids of all rules over a subject.
func known() []string {
	var ids []string
	for _, r := range eligibility.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

func assess(t interface{ Fatal(...any) }, in eligibility.Input, ids []string) (eligibility.Verdict, []eligibility.Answer) {
	v, a, err := eligibility.Assess(in, ids)
	if err != nil {
		t.Fatal(err)
	}
	return v, a
}

func TestRules(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.rule+" "+c.name] {
			t.Errorf("two rows %s %q", c.rule, c.name)
		}
		names[c.rule+" "+c.name] = true
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			t.Parallel()
			_, got := assess(t, c.input(), []string{c.rule})
			a := got[0]
			if a.Result != c.want || a.Reason != c.reason {
				t.Errorf("%s (%s), want %s (%s)", a.Result, a.Reason, c.want, c.reason)
			}
			if a.Rule != c.rule || a.Article == "" {
				t.Errorf("rule %q, article %q", a.Rule, a.Article)
			}
			if (a.Result == pass || a.Result == fail) && len(a.Proofs) == 0 {
				t.Error("a verdict that names no proof")
			}
		})
	}
}

// answer is what a rule can say.
type answer struct {
	rule   string
	result eligibility.Result
	reason string
}

// Whatever a rule says of people drawn at random, a row above has it say. A rule
// without rows, or without a row for one of its answers, fails here.
func TestRowsForEveryAnswer(t *testing.T) {
	t.Parallel()
	tried := map[answer]bool{}
	for _, c := range cases {
		tried[answer{c.rule, c.want, c.reason}] = true
	}
	said := map[answer]bool{}
	draw := rapid.Custom(anyone)
	for seed := range 2000 {
		_, list := assess(t, draw.Example(seed), known())
		for _, a := range list {
			said[answer{a.Rule, a.Result, a.Reason}] = true
		}
	}
	compareAnswers(t, said, tried)
	for _, r := range eligibility.Rules() {
		advises := func(a answer) bool { return a.rule == r.ID && a.result == warn }
		if r.Severity == eligibility.Advice && !slices.ContainsFunc(keys(tried), advises) {
			t.Errorf("no row in which the advice %s warns", r.ID)
		}
	}
}

func keys(m map[answer]bool) []answer {
	var list []answer
	for a := range m {
		list = append(list, a)
	}
	return list
}

func compareAnswers(t *testing.T, said, tried map[answer]bool) {
	t.Helper()
	for a := range said {
		if !tried[a] {
			t.Errorf("%s says %s (%s), and no row has it", a.rule, a.result, a.reason)
		}
	}
	for a := range tried {
		if !said[a] {
			t.Errorf("%s says %s (%s) in a row, and of nobody drawn: the laws do not try it", a.rule, a.result, a.reason)
		}
	}
}

// An advice tells and never bars.
func TestSeverity(t *testing.T) {
	t.Parallel()
	advice := []string{"LC-INCOMP", "LOC-HEAD", "JK-HEAD", "CND-LEVELS", "PRX-POST", "COM-EXP"}
	for _, r := range eligibility.Rules() {
		if want := slices.Contains(advice, r.ID); want != (r.Severity == eligibility.Advice) {
			t.Errorf("%s is %s", r.ID, r.Severity)
		}
		if !slices.IsSorted(r.Accepts) || len(slices.Compact(slices.Clone(r.Accepts))) != len(r.Accepts) {
			t.Errorf("%s accepts %v", r.ID, r.Accepts)
		}
	}
	for _, r := range eligibility.WholeRules() {
		if want := slices.Contains([]string{"LST-WOMEN-SMD", "LST-WOMEN-LOC"}, r.ID); want != (r.Severity == eligibility.Advice) {
			t.Errorf("%s is %s", r.ID, r.Severity)
		}
	}
	for _, c := range cases {
		if c.want == fail && slices.Contains(advice, c.rule) {
			t.Errorf("%s %s: an advice fails", c.rule, c.name)
		}
	}
}
