package catalogue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
)

// Known is what others know and the catalogue names. What is nil is not looked at.
type Known struct {
	Rule     func(id string) bool                                 // over one subject
	Whole    func(id string) bool                                 // over a whole application
	Accepts  func(rule string) []string                           // kinds of proof that a rule may rest on
	Register func(id register.ID) bool                            // that can be asked
	Document func(template string) bool                           // that can be printed, with its data
	Text     func(text string) (sent, encoding string, parts int) // what becomes of an SMS
}

// Acts are what happens to an application of any type and may bring notices.
var Acts = []string{
	"submitted", "review", "returned", "withdrawn", "check_pending", "check_failed", "draft", "decided", "document", "reissued", "fix_soon", "due_soon",
}

// Ballots are the kinds of vote.
var Ballots = []string{"PRES", "LC-SMD", "LC-PR", "JK", "REG", "DIST", "REF"}

// faults collects what is wrong, each with where.
type faults []error

func (f *faults) add(where, format string, args ...any) {
	*f = append(*f, fmt.Errorf("catalogue: %s: "+format, append([]any{where}, args...)...))
}

// Check finds whatever is named and missing, or does not go together. Every fault
// is an error of its own within the joined one, sorted.
func (c *Catalogue) Check(known Known) error {
	var f faults
	for _, what := range c.twice {
		f.add(what, "stands twice")
	}
	named, forms := map[string]bool{}, map[string]bool{}
	numbers := map[int]string{}
	for _, id := range c.Types() {
		t := c.types[id]
		number(&f, numbers, t.Number, len(c.types), id)
		forms[t.Form] = true
		for _, n := range t.allNotices() {
			named[n] = true
		}
		c.checkType(&f, t)
		c.checkRoute(&f, t)
		c.checkOutcomes(&f, t)
		c.checkDecision(&f, t)
		c.checkKnown(&f, t, known)
	}
	for _, id := range c.Forms() {
		if !forms[id] {
			f.add("form "+id, "no type has it")
		}
	}
	clear(numbers)
	for _, id := range c.NoticeIDs() {
		n := c.notices[id]
		number(&f, numbers, n.Number, len(c.notices), id)
		c.checkNotice(&f, n, named[id])
		c.checkText(&f, n, known)
	}
	c.checkRest(&f)
	slices.SortFunc(f, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(f...)
}

// number wants numbers from 1 on, each once.
func number(f *faults, has map[int]string, n, most int, id string) {
	if other, twice := has[n]; twice {
		f.add(id, "number %d is %s's", n, other)
	}
	if n < 1 || n > most {
		f.add(id, "number %d: want 1 to %d", n, most)
	}
	has[n] = id
}

// entry holds what every entry has: where it comes from, and texts in languages.
func entry(f *faults, where, source string, status Status, texts map[string]string, languages []string) {
	if source == "" || !slices.Contains([]Status{Observed, Assumed, Old}, status) {
		f.add(where, "want a source and a status: %s, %s or %s", Observed, Assumed, Old)
	}
	worded(f, where, "text", texts, languages)
}

// worded wants a text in every language, each in its own script.
func worded(f *faults, where, what string, texts map[string]string, languages []string) {
	for _, lang := range languages {
		if texts[lang] == "" {
			f.add(where, "no %s in %s", what, lang)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(texts)) {
		if bad := strange(lang, texts[lang]); bad != "" {
			f.add(where, "%s in %s: %s", what, lang, bad)
		}
	}
}

func (c *Catalogue) checkRest(f *faults) {
	for _, code := range c.Reasons() {
		r := c.reasons[code]
		entry(f, code, r.Source, r.Status, map[string]string{"uz-Latn": r.UzL, "ru": r.Ru, "en": r.En}, NoticeLanguages)
	}
	seen := map[string]bool{}
	for _, d := range c.days {
		entry(f, d.ID, d.Source, d.Status, d.Title, NoticeLanguages)
		if seen[d.ID] {
			f.add(d.ID, "stands twice")
		}
		seen[d.ID] = true
	}
	for _, r := range c.roles.Roles {
		worded(f, r.ID, "title", r.Title, NoticeLanguages)
	}
	for _, w := range c.ways {
		entry(f, "route "+w.From+" to "+w.To, w.Source, w.Status, nil, nil)
		c.checkBallots(f, "route "+w.From+" to "+w.To, w.Ballots)
	}
	for _, p := range slices.Sorted(maps.Keys(c.params)) {
		if c.params[p].Longest < 1 || c.params[p].Means == "" {
			f.add("parameter "+p, "want a length and what it means")
		}
	}
}

func (c *Catalogue) checkBallots(f *faults, where string, ballots []string) {
	for _, b := range ballots {
		if !slices.Contains(Ballots, b) {
			f.add(where, "no kind of vote %q", b)
		}
	}
}
