// Package catalogue holds what is agreed about applications as data: their
// types, forms, notices and reasons of refusal. A type, form or notice is one
// file or entry here and nothing elsewhere; Load refuses a catalogue in which
// something named is missing. Facts: Regulation 1352 and the Election Code, as
// each entry says.
package catalogue

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/schema"
)

//go:embed types/*.yaml forms/*.schema.json notices.yaml reasons.yaml roles.yaml calendar.yaml
var files embed.FS

// Catalogue is the loaded whole; read only.
type Catalogue struct {
	types   map[string]Type
	forms   map[string]*schema.Schema
	notices map[string]Notice
	reasons map[string]Reason
	roles   Roles
	days    []Day
}

// Load reads and checks the embedded catalogue; every fault is named.
func Load() (*Catalogue, error) {
	c := &Catalogue{types: map[string]Type{}, forms: map[string]*schema.Schema{}, notices: map[string]Notice{}, reasons: map[string]Reason{}}
	var notices []Notice
	var reasons []Reason
	err := errors.Join(c.loadForms(), c.loadTypes(), load("notices.yaml", &notices), load("reasons.yaml", &reasons),
		load("roles.yaml", &c.roles), load("calendar.yaml", &c.days))
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		c.notices[n.ID] = n
	}
	for _, r := range reasons {
		c.reasons[r.Code] = r
	}
	return c, c.check()
}

func load(name string, into any) error {
	raw, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("catalogue: %s: %w", name, err)
	}
	return nil
}

func (c *Catalogue) loadTypes() error {
	names, err := fs.Glob(files, "types/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		var t Type
		if err := load(name, &t); err != nil {
			return err
		}
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); t.ID != want {
			return fmt.Errorf("catalogue: %s: id %q, want the file's name", name, t.ID)
		}
		c.types[t.ID] = t
	}
	return nil
}

func (c *Catalogue) loadForms() error {
	names, err := fs.Glob(files, "forms/*.schema.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return fmt.Errorf("catalogue: %w", err)
		}
		s, err := schema.Compile(name, raw)
		if err != nil {
			return fmt.Errorf("catalogue: %w", err)
		}
		c.forms[strings.TrimSuffix(path.Base(name), ".schema.json")] = s
	}
	return nil
}

// check finds what is named and missing. Rules, registers and templates are
// known elsewhere; the wiring checks those.
func (c *Catalogue) check() error {
	var faults []error
	bad := func(t, format string, args ...any) {
		faults = append(faults, fmt.Errorf("catalogue: %s: "+format, append([]any{t}, args...)...))
	}
	for _, t := range c.types {
		if c.forms[t.Form] == nil {
			bad(t.ID, "no form %q", t.Form)
		}
		if len(t.Route.From) == 0 || len(t.Route.To) == 0 || len(t.Rules) == 0 || t.Purpose == "" || (t.Signing != EDS && t.Signing != SMS) {
			bad(t.ID, "route, rules, purpose and signing are needed")
		}
		if t.Subjects.Min < 1 || t.Subjects.Max < t.Subjects.Min || t.Subjects.Role == "" {
			bad(t.ID, "subjects: want a role and 1 <= min <= max")
		}
		for _, lang := range []string{"uz-Latn", "uz-Cyrl", "ru", "en"} {
			if t.Title[lang] == "" {
				bad(t.ID, "no title in %s", lang)
			}
		}
		for _, n := range t.allNotices() {
			if _, ok := c.notices[n]; !ok {
				bad(t.ID, "no notice %q", n)
			}
		}
	}
	for _, n := range c.notices {
		if n.To != "subject" && n.To != "applicant" {
			bad(n.ID, "to: want subject or applicant")
		}
		if !slices.Contains([]string{"", "low", "normal", "high", "realtime"}, n.Priority) {
			bad(n.ID, "priority: want low, normal, high or realtime")
		}
		for _, lang := range []string{"uz-Latn", "ru", "en"} {
			if n.Text[lang] == "" {
				bad(n.ID, "no text in %s", lang)
			}
		}
	}
	return errors.Join(faults...)
}

func (t Type) allNotices() []string {
	all := slices.Concat(t.OnSubmit, t.Decision.Notices)
	for _, f := range t.Outcomes {
		all = append(all, f.Notices...)
	}
	return all
}

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

// Type returns an application type.
func (c *Catalogue) Type(id string) (Type, bool) { t, ok := c.types[id]; return t, ok }

// Types returns all ids, sorted.
func (c *Catalogue) Types() []string { return slices.Sorted(maps.Keys(c.types)) }

// Form returns the form of a type.
func (c *Catalogue) Form(t Type) *schema.Schema { return c.forms[t.Form] }

// Notice returns a kind of notice.
func (c *Catalogue) Notice(id string) (Notice, bool) { n, ok := c.notices[id]; return n, ok }

// Reason returns a reason of refusal.
func (c *Catalogue) Reason(code string) (Reason, bool) { r, ok := c.reasons[code]; return r, ok }
