package catalogue

import (
	"cmp"
	"maps"
	"slices"
)

// NoticeIDs returns the ids of all notices, sorted.
func (c *Catalogue) NoticeIDs() []string { return slices.Sorted(maps.Keys(c.notices)) }

// RoleTitle is how a role is called in a language, in Uzbek where that is
// missing; empty for a role that nobody knows.
func (c *Catalogue) RoleTitle(role, lang string) string {
	i := slices.IndexFunc(c.roles.Roles, func(r Role) bool { return r.ID == role })
	if i < 0 {
		return ""
	}
	title := c.roles.Roles[i].Title
	return cmp.Or(title[lang], title["uz-Latn"])
}
