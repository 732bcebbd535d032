package eligibility

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// condition is a rule's function with the kinds of proof it rests on: rules are
// put together from conditions, and Accepts with them.
type condition struct {
	accepts []string
	eval    func(in Input) Answer
}

// all is the list of rules, by theme; to add one is to add an entry there.
var all = slices.Concat(personRules, candidateRules, proxyRules, observerRules, commissionRules, roleRules)

var byID = func() map[string]Rule {
	m := make(map[string]Rule, len(all))
	for _, r := range all {
		m[r.ID] = r
	}
	return m
}()

// Rules lists the rules over one subject.
func Rules() []Rule { return slices.Clone(all) }

// rule makes a rule of a condition: an advice warns where a bar fails.
func rule(id, article string, s Severity, c condition) Rule {
	accepts := slices.Clone(c.accepts)
	slices.Sort(accepts)
	return Rule{id, article, s, slices.Compact(accepts), func(in Input) Answer { return s.soften(c.eval(in)) }}
}

func (s Severity) soften(a Answer) Answer {
	if s == Advice && a.Result == Fail {
		a.Result = Warn
	}
	return a
}

// on is a condition over the facts of one register.
func on[T any](id register.ID, judge func(facts *T, in Input, a Answer) Answer) condition {
	return condition{[]string{"finding:" + string(id)}, func(in Input) Answer {
		facts, a, ok := fact[T](in, id)
		if !ok {
			return a
		}
		return judge(facts, in, a)
	}}
}

// fact reads the newest finding of a register into facts. The answer is set,
// and false returned, when there is nothing to judge by.
func fact[T any](in Input, id register.ID) (*T, Answer, bool) {
	nothing := func(reason string, proofs ...string) (*T, Answer, bool) {
		return nil, Answer{Proofs: proofs}.with(Undetermined, reason, "register", string(id)), false
	}
	f, ok := in.Findings[id]
	if !ok {
		return nothing("no_answer")
	}
	proof := string(id) + ":" + f.ID
	switch f.Status {
	case register.Absent:
		return nothing("absent", proof)
	case register.Restricted:
		return nothing("restricted", proof)
	case register.Found:
	}
	facts := new(T)
	if err := json.Unmarshal(f.Facts, facts); err != nil {
		return nothing("no_answer", proof)
	}
	return facts, Answer{Proofs: []string{proof}}, true
}

// orConfirmed lets the commission's word on a paper settle what is undetermined.
// The paper alone settles nothing.
func (c condition) orConfirmed(kind string) condition {
	return condition{append(slices.Clone(c.accepts), "confirmation:"+kind, "paper:"+kind), func(in Input) Answer {
		return settle(c.eval(in), kind, in.Confirmations, in.Subject.Papers)
	}}
}

func settle(a Answer, kind string, confirmations []dossier.Confirmation, papers []dossier.Paper) Answer {
	if a.Result != Undetermined {
		return a
	}
	of := slices.DeleteFunc(slices.Clone(confirmations), func(c dossier.Confirmation) bool { return c.Kind != kind })
	if len(of) > 0 {
		first := slices.MinFunc(of, func(a, b dossier.Confirmation) int { return cmp.Compare(a.ID, b.ID) })
		return Answer{Proofs: append(slices.Clone(a.Proofs), "confirmation:"+first.ID)}.with(Pass, "confirmed", "what", kind)
	}
	for _, p := range papers {
		if p.Proves == kind {
			return Answer{Proofs: append(slices.Clone(a.Proofs), "attachment:"+p.Attachment)}.with(Undetermined, "unconfirmed", "what", kind)
		}
	}
	return a
}

// unproved is what no register can tell: the commission's word alone proves it.
func unproved(kind string) condition {
	return condition{nil, func(Input) Answer { return Answer{}.with(Undetermined, "unproved", "what", kind) }}.orConfirmed(kind)
}

// stated is the applicant's signed word: pass or fail as it says, undetermined
// where it says nothing.
func stated(name, pass, fail string) condition {
	return condition{[]string{"statement:" + name}, func(in Input) Answer {
		word, said := in.Subject.Statements[name]
		a := Answer{Proofs: []string{"statement:" + name}}
		switch {
		case !said:
			return Answer{}.with(Undetermined, "no_statement")
		case !word:
			return a.with(Fail, fail)
		}
		return a.with(Pass, pass)
	}}
}

// every asks for all conditions: the first that fails, else the first that is
// undetermined, else the first, with the proofs of all.
func every(list ...condition) condition {
	var accepts []string
	for _, c := range list {
		accepts = append(accepts, c.accepts...)
	}
	return condition{accepts, func(in Input) Answer {
		answers := make([]Answer, 0, len(list))
		var proofs []string
		for _, c := range list {
			a := c.eval(in)
			answers, proofs = append(answers, a), append(proofs, a.Proofs...)
		}
		return worst(answers, proofs)
	}}
}

// worst is the first answer that fails, else the first that is undetermined, else
// the first, which is given all proofs.
func worst(answers []Answer, proofs []string) Answer {
	for _, r := range []Result{Fail, Undetermined} {
		if i := slices.IndexFunc(answers, func(a Answer) bool { return a.Result == r }); i >= 0 {
			return answers[i]
		}
	}
	a := answers[0]
	slices.Sort(proofs)
	a.Proofs = slices.Compact(proofs)
	return a
}

func (a Answer) with(r Result, reason string, params ...string) Answer {
	a.Result, a.Reason = r, reason
	for i := 0; i+1 < len(params); i += 2 {
		if a.Params == nil {
			a.Params = map[string]string{}
		}
		a.Params[params[i]] = params[i+1]
	}
	return a
}
