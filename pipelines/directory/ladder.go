package directory

import (
	"slices"
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// territoryKinds are what a SOATO of so many digits is.
var territoryKinds = map[int][]string{2: {"country"}, 4: {"region"}, 7: {"district", "city"}, 10: {"settlement"}}

// above is how many digits the one above has.
var above = map[int]int{4: 2, 7: 4, 10: 7}

// under are the levels that a commission may be directly under, and digits the
// length of its territory's SOATO.
var under = map[string][]string{"KKCEC": {"CEC"}, "TEC": {"CEC"}, "DEC": {"KKCEC", "TEC"}, "OKRUG": {"KKCEC", "TEC"}}

var digits = map[string]int{"CEC": 2, "KKCEC": 4, "TEC": 4, "DEC": 7}

// hierarchy checks that what is under another lies in it.
func (c *checker) hierarchy() {
	for i, t := range c.Territories {
		switch n := above[len(t.SOATO)]; {
		case n == 0 && t.Parent != "":
			c.bad(dossier.Territories, i, "parent", "want none: it is the country")
		case n > 0 && t.Parent != t.SOATO[:n]:
			c.bad(dossier.Territories, i, "parent", "want the first %d digits of the SOATO", n)
		case n > 0:
			refers(c, dossier.Territories, i, "parent", t.Parent, c.territories, true, "a territory", true)
		}
	}
	for i, x := range c.Commissions {
		parent, found := refers(c, dossier.Commissions, i, "parent", x.Parent, c.commissions, true, "the commission above", x.Level != "CEC")
		if x.Level == "CEC" && x.Parent != "" {
			c.bad(dossier.Commissions, i, "parent", "want none: it is the highest")
		}
		if levels := under[x.Level]; found && levels != nil && !slices.Contains(levels, parent.Level) {
			c.bad(dossier.Commissions, i, "parent", "want a commission of the level %s", strings.Join(levels, " or "))
		}
		refers(c, dossier.Commissions, i, "territory", x.Territory, c.territories, c.Territories != nil, "a territory", x.Level != "CEC")
		if n := digits[x.Level]; n > 0 && x.Territory != "" && len(x.Territory) != n {
			c.bad(dossier.Commissions, i, "territory", "want a SOATO of %d digits", n)
		} else if found && !strings.HasPrefix(x.Territory, parent.Territory) {
			c.bad(dossier.Commissions, i, "territory", "want a territory within that of the commission above")
		}
	}
}
