package notice

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/catalogue"
)

// Check holds every text of the catalogue against the parameters of what brings
// it: one that names another could never be sent. A notice that nothing brings is
// sent by hand, and its sender gives what it names.
func Check(c *catalogue.Catalogue) error {
	params := Params()
	var faults []error
	for on, ids := range bring(c) {
		has, known := params[on]
		for _, id := range ids {
			if !known {
				faults = append(faults, fmt.Errorf("catalogue: notice %s: no act %q", id, on))
				continue
			}
			kind, _ := c.Notice(id)
			for lang, text := range kind.Text {
				for _, name := range catalogue.ParamsOf(text) {
					if !slices.Contains(has, name) {
						faults = append(faults, fmt.Errorf("catalogue: notice %s in %s names {%s}, which %s does not have", id, lang, name, on))
					}
				}
			}
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(faults...)
}

// bring lists the notices that each trigger brings.
func bring(c *catalogue.Catalogue) map[string][]string {
	out := map[string]map[string]bool{}
	add := func(on string, ids ...string) {
		if out[on] == nil {
			out[on] = map[string]bool{}
		}
		for _, id := range ids {
			out[on][id] = true
		}
	}
	for _, id := range c.NoticeIDs() {
		kind, _ := c.Notice(id)
		for _, act := range kind.On {
			add(act, id)
		}
		if kind.Day != "" {
			add(OnDay, id)
		}
	}
	for _, id := range c.Types() {
		t, _ := c.Type(id)
		add("submitted", t.OnSubmit...)
		add(OnDecision, t.Decision.Notices...)
		for _, f := range t.Outcomes {
			if f.Document != "" && !f.Refuses {
				add(OnDocument, f.Notices...)
			} else {
				add(OnOutcome, f.Notices...)
			}
		}
		if t.Leaving != nil {
			add(OnOutcome, t.Leaving.Notices...)
		}
	}
	lists := map[string][]string{}
	for on, ids := range out {
		lists[on] = slices.Sorted(maps.Keys(ids))
	}
	return lists
}
