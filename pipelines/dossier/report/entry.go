package report

import (
	"regexp"
	"strings"
)

// What the pipelines note in a timeline's details; anything else stays as it is.
var (
	assessed  = regexp.MustCompile(`^subject ([^ ,]+), revision ([0-9]+): ([a-z_]+)$`)
	confirmed = regexp.MustCompile(`^subject ([^ ,]+), ([a-z_]+): (.+)$`)
	about     = regexp.MustCompile(`^subject ([^ ,]+): (.+)$`)
)

// detail words a timeline's detail.
func (m *maker) detail(s string) string {
	s = plain(s)
	person := m.say("label", "subject") + " "
	if at := assessed.FindStringSubmatch(s); at != nil {
		return person + at[1] + ", " + m.say("label", "revision") + " " + at[2] + ": " + m.say("verdict", at[3])
	}
	if at := confirmed.FindStringSubmatch(s); at != nil {
		return person + at[1] + ", " + m.say("proves", at[2]) + ": " + at[3]
	}
	if at := about.FindStringSubmatch(s); at != nil {
		return person + at[1] + ": " + m.registerNames(at[2])
	}
	if serial, ok := strings.CutPrefix(s, "certificate "); ok {
		return m.say("label", "certificate") + " " + serial
	}
	return m.registerNames(s)
}

// registerNames words the registers in a list of their ids.
func (m *maker) registerNames(s string) string {
	parts := strings.Split(s, ", ")
	for i, part := range parts {
		id, rest, cut := strings.Cut(part, ": ")
		if cut {
			rest = ": " + rest
		}
		parts[i] = m.say("register", id) + rest
	}
	return strings.Join(parts, ", ")
}
