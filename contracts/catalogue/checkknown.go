package catalogue

import (
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
)

// checkKnown holds what a type names against what there is.
func (c *Catalogue) checkKnown(f *faults, t Type, known Known) {
	rules, checks := slices.Clone(t.Rules), slices.Clone(t.Checks)
	if t.Leaving != nil {
		rules, checks = append(rules, t.Leaving.Rules...), append(checks, t.Leaving.Checks...)
	}
	missing(f, t.ID, "rule", rules, known.Rule)
	missing(f, t.ID, "rule over a whole application", t.Whole, known.Whole)
	if known.Register != nil {
		for _, r := range checks {
			if !known.Register(r) {
				f.add(t.ID, "no register %q", r)
			}
		}
	}
	documents := []string{}
	if t.Decision.Document != "" {
		documents = append(documents, t.Decision.Document)
	}
	for _, x := range t.Outcomes {
		if x.Document != "" {
			documents = append(documents, x.Document)
		}
	}
	slices.Sort(documents)
	missing(f, t.ID, "document", documents, known.Document)
	if known.Accepts != nil {
		for _, r := range slices.Concat(t.Rules, t.Whole) {
			c.checkProofs(f, t, r, known.Accepts(r))
		}
	}
}

func missing(f *faults, where, what string, names []string, known func(string) bool) {
	if known == nil {
		return
	}
	for _, n := range names {
		if !known(n) {
			f.add(where, "no %s %q", what, n)
		}
	}
}

// checkProofs finds what a rule may rest on and the form does not let in, and rules
// whose registers nobody asks.
func (c *Catalogue) checkProofs(f *faults, t Type, rule string, accepts []string) {
	form := c.forms[t.Form]
	if form == nil {
		return
	}
	var registers, fields []string
	asked, filled, given := false, false, false
	for _, kind := range accepts {
		source, name, _ := strings.Cut(kind, ":")
		lets := true
		switch source {
		case "finding":
			registers = append(registers, name)
			asked = asked || slices.Contains(t.Checks, register.ID(name))
		case "statement":
			lets = form.lets("statements", name)
		case "paper":
			lets = form.proves(name)
		case "form":
			fields = append(fields, name)
			filled = filled || form.has(name)
		case "confirmation":
		default: // roles, applicant, clock and the like are always there
			given = true
		}
		if !lets {
			f.add(t.ID, "rule %s accepts %s, which form %s does not let in", rule, kind, t.Form)
		}
	}
	if len(fields) > 0 && !filled && !given {
		f.add(t.ID, "rule %s rests on fields that form %s does not let in: %s", rule, t.Form, strings.Join(fields, ", "))
	}
	if len(registers) > 0 && !asked {
		f.add(t.ID, "rule %s: none of the registers it rests on is asked: %s", rule, strings.Join(registers, ", "))
	}
}
