package catalogue

import (
	"slices"
	"strconv"
	"strings"
)

// kinds of applications (Regulation 1352, §2).
var kinds = []string{"ariza", "taqdimnoma", "tavsiyanoma"}

// checkType holds a type's own fields.
func (c *Catalogue) checkType(f *faults, t Type) {
	entry(f, t.ID, t.Source, t.Status, nil, nil)
	worded(f, t.ID, "title", t.Title, TitleLanguages)
	worded(f, t.ID, "purpose", map[string]string{"uz-Latn": t.Purpose}, []string{"uz-Latn"})
	if !slices.Contains(kinds, t.Kind) {
		f.add(t.ID, "kind %q: want one of %v", t.Kind, kinds)
	}
	if t.Signing != EDS && t.Signing != SMS || t.HolderSigning != "" && t.HolderSigning != EDS && t.HolderSigning != SMS {
		f.add(t.ID, "signing: want %s or %s", EDS, SMS)
	}
	if t.Priority < 1 || t.Term < 0 || t.Correct < 0 {
		f.add(t.ID, "want a priority from 1 and no negative term")
	}
	c.checkBallots(f, t.ID, t.Ballots)
	for _, r := range t.Rounds {
		if r != 1 && r != 2 {
			f.add(t.ID, "round %d: want 1 or 2", r)
		}
	}
	for _, day := range []string{t.Window.From, t.Window.Until} {
		if day != "" && !c.hasDay(day) {
			f.add(t.ID, "no day %q in the calendar", day)
		}
	}
	c.checkSubjects(f, t)
	for _, n := range t.allNotices() {
		if x, ok := c.notices[n]; !ok {
			f.add(t.ID, "no notice %q", n)
		} else if len(x.On) > 0 || x.Day != "" {
			f.add(t.ID, "notice %q comes by itself", n)
		}
	}
}

// checkSubjects holds whom a type names against its form and what is asked of
// them.
func (c *Catalogue) checkSubjects(f *faults, t Type) {
	s := t.Subjects
	form := c.forms[t.Form]
	if form == nil {
		f.add(t.ID, "no form %q", t.Form)
		return
	}
	if err := form.sound(); err != nil {
		f.add(t.ID, "form %s: %v", t.Form, err)
	}
	if s.Max == 0 {
		if s.Role != "" || s.Min != 0 || len(t.Checks) > 0 || len(t.Rules) > 0 || t.Leaving != nil || s.Applicant || s.Foreign {
			f.add(t.ID, "subjects: it names nobody, and has a role, checks or rules of subjects")
		}
		return
	}
	if s.Min < 1 || s.Max < s.Min || s.Role == "" {
		f.add(t.ID, "subjects: want a role and 1 <= min <= max")
	}
	if s.Applicant && s.Max != 1 {
		f.add(t.ID, "subjects: the applicant is one person")
	}
	if s.Role != "" && !c.hasRole(s.Role) {
		f.add(t.ID, "no role %q", s.Role)
	}
	if len(t.Rules) == 0 {
		f.add(t.ID, "rules of subjects are needed")
	}
	if len(t.Checks) == 0 && !s.Foreign {
		f.add(t.ID, "checks are needed: nobody is identified")
	}
	if most := form.most(); most < s.Max {
		f.add(t.ID, "subjects: up to %d, form %s takes %d", s.Max, t.Form, most)
	}
}

// checkRoute holds a type's route against the address matrix.
func (c *Catalogue) checkRoute(f *faults, t Type) {
	if len(t.Route.From) == 0 || len(t.Route.To) == 0 {
		f.add(t.ID, "route: want from and to")
	}
	possible := map[string]bool{}
	for _, from := range t.Route.From {
		for _, to := range t.Route.To {
			some := len(t.Ballots) == 0 && c.Allows(from, to, "")
			for _, b := range t.Ballots {
				ok := c.Allows(from, to, b)
				some, possible[b] = some || ok, possible[b] || ok
			}
			if !some {
				f.add(t.ID, "route: %s may not address %s", from, to)
			}
		}
	}
	for _, b := range t.Ballots {
		if !possible[b] {
			f.add(t.ID, "route: nobody may address anybody about %s", b)
		}
	}
}

// checkOutcomes holds what a commission may decide and what follows.
func (c *Catalogue) checkOutcomes(f *faults, t Type) {
	grants, refuses := false, false
	for o, x := range t.Outcomes {
		where := t.ID + ": " + string(o)
		grants, refuses = grants || !x.Refuses, refuses || x.Refuses
		worded(f, where, "title", x.Title, TitleLanguages)
		ofSubjects := slices.Contains([]Effect{Take, End, Reissue, Succeed}, x.Effect)
		switch {
		case x.Refuses && x.Effect != None:
			f.add(where, "it refuses, and has an effect")
		case !ofSubjects && !slices.Contains([]Effect{None, EndList, Admitted}, x.Effect):
			f.add(where, "no effect %q", x.Effect)
		case ofSubjects && t.Subjects.Max == 0:
			f.add(where, "effect %s: the type names nobody", x.Effect)
		}
		if t.Decision.Document != "" && t.Decision.Points[o] == "" {
			f.add(where, "no point of the decision")
		}
	}
	if !grants || !refuses {
		f.add(t.ID, "outcomes: want one that grants and one that refuses")
	}
	for o := range t.Decision.Points {
		if _, ok := t.Outcomes[o]; !ok {
			f.add(t.ID, "point %q of the decision: no such outcome", o)
		}
	}
}

// checkDecision holds the wording of a decision's copy.
func (c *Catalogue) checkDecision(f *faults, t Type) {
	d := t.Decision
	texts := map[string]string{"title": d.Title, "preamble": d.Preamble}
	if t.Subjects.Max > 0 {
		texts["annex"], texts["group"] = d.Annex, d.Group
	} else if d.Annex != "" || d.Group != "" {
		f.add(t.ID, "the decision has an annex, and the type names nobody")
	}
	for what, text := range texts {
		worded(f, t.ID, what+" of the decision", map[string]string{"uz-Latn": text}, []string{"uz-Latn"})
	}
	for o, text := range d.Points {
		worded(f, t.ID, "point "+string(o), map[string]string{"uz-Latn": strings.ReplaceAll(text, "{order}", "1")}, []string{"uz-Latn"})
	}
	worded(f, t.ID, "gives", map[string]string{"uz-Latn": d.Gives}, nil)
	if d.Preamble != "" && !strings.HasSuffix(d.Preamble, ",") {
		f.add(t.ID, "preamble: want a comma at its end")
	}
	for _, article := range t.Articles {
		if !cites(d.Preamble, article) {
			f.add(t.ID, "preamble: article %d is not cited", article)
		}
	}
}

// cites reports whether a text names a number as a number of its own.
func cites(text string, article int) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }), strconv.Itoa(article))
}

func (t Type) allNotices() []string {
	all := slices.Concat(t.OnSubmit, t.Decision.Notices)
	for _, f := range t.Outcomes {
		all = append(all, f.Notices...)
	}
	if t.Leaving != nil {
		all = append(all, t.Leaving.Notices...)
	}
	return all
}
