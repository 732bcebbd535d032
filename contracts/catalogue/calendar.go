package catalogue

import (
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
)

// Day returns a day of an election's calendar: its own, or the one counted from
// election day. own is the election's.
func (c *Catalogue) Day(id string, election civil.Date, own map[string]civil.Date) (civil.Date, bool) {
	if d, ok := own[id]; ok {
		return d, true
	}
	i := slices.IndexFunc(c.days, func(d Day) bool { return d.ID == id })
	if i < 0 || election.IsZero() {
		return civil.Date{}, false
	}
	return election.AddDays(c.days[i].Offset), true
}

// Days lists the calendar.
func (c *Catalogue) Days() []Day { return slices.Clone(c.days) }

// Slot is where a role stands for one kind of vote: one person holds one role of a
// slot at a time.
func (c *Catalogue) Slot(role, ballot string) string {
	for _, r := range c.roles.Roles {
		if s, ok := r.Slots[ballot]; r.ID == role && ok {
			return s
		}
	}
	return "one"
}

// Together reports whether one person may hold roles of two slots at once.
func (c *Catalogue) Together(a, b string) bool {
	return a != b && slices.ContainsFunc(c.roles.Together, func(p Pair) bool {
		return p.Slots == [2]string{a, b} || p.Slots == [2]string{b, a}
	})
}

func (c *Catalogue) hasDay(id string) bool {
	return slices.ContainsFunc(c.days, func(d Day) bool { return d.ID == id })
}

func (c *Catalogue) hasRole(id string) bool {
	return slices.ContainsFunc(c.roles.Roles, func(r Role) bool { return r.ID == id })
}
