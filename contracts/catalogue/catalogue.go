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
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed types/*.yaml forms/*.json notices.yaml params.yaml reasons.yaml roles.yaml routes.yaml calendar.yaml
var files embed.FS

// Catalogue is the loaded whole; read only.
type Catalogue struct {
	types   map[string]Type
	forms   map[string]*form
	notices map[string]Notice
	params  map[string]Param
	reasons map[string]Reason
	roles   Roles
	ways    []Way
	days    []Day
	twice   []string // what stands twice
}

// Load reads and checks the embedded catalogue, once; every fault is named.
func Load() (*Catalogue, error) { return once() }

var once = sync.OnceValues(func() (*Catalogue, error) {
	c, err := read()
	if err != nil {
		return nil, err
	}
	if err := c.Check(Known{}); err != nil {
		return nil, err
	}
	return c, nil
})

func read() (*Catalogue, error) {
	forms, err := forms()
	if err != nil {
		return nil, err
	}
	c := &Catalogue{types: map[string]Type{}, forms: maps.Clone(forms)}
	var notices []Notice
	var params []Param
	var reasons []Reason
	err = errors.Join(c.loadTypes(), load("notices.yaml", &notices), load("params.yaml", &params), load("reasons.yaml", &reasons),
		load("roles.yaml", &c.roles), load("routes.yaml", &c.ways), load("calendar.yaml", &c.days))
	if err != nil {
		return nil, err
	}
	c.notices = index(c, "notice", notices, func(n Notice) string { return n.ID })
	c.params = index(c, "parameter", params, func(p Param) string { return p.ID })
	c.reasons = index(c, "reason", reasons, func(r Reason) string { return r.Code })
	return c, nil
}

// index puts entries under their ids and keeps what stands twice for the check.
func index[T any](c *Catalogue, what string, list []T, id func(T) string) map[string]T {
	out := make(map[string]T, len(list))
	for _, x := range list {
		if _, has := out[id(x)]; has {
			c.twice = append(c.twice, what+" "+id(x))
		}
		out[id(x)] = x
	}
	return out
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

// Type returns an application type.
func (c *Catalogue) Type(id string) (Type, bool) { t, ok := c.types[id]; return t, ok }

// Types returns all ids, sorted.
func (c *Catalogue) Types() []string { return slices.Sorted(maps.Keys(c.types)) }

// ByNumber returns all types in the order of their numbers.
func (c *Catalogue) ByNumber() []Type {
	return slices.SortedFunc(maps.Values(c.types), func(a, b Type) int { return a.Number - b.Number })
}

// Notices returns all kinds of notices in the order of their numbers.
func (c *Catalogue) Notices() []Notice {
	return slices.SortedFunc(maps.Values(c.notices), func(a, b Notice) int { return a.Number - b.Number })
}

// Params returns what texts of notices may name, sorted.
func (c *Catalogue) Params() []Param {
	return slices.SortedFunc(maps.Values(c.params), func(a, b Param) int { return strings.Compare(a.ID, b.ID) })
}

// Notice returns a kind of notice.
func (c *Catalogue) Notice(id string) (Notice, bool) { n, ok := c.notices[id]; return n, ok }

// Reason returns a reason of refusal.
func (c *Catalogue) Reason(code string) (Reason, bool) { r, ok := c.reasons[code]; return r, ok }

// Reasons returns all codes, sorted.
func (c *Catalogue) Reasons() []string { return slices.Sorted(maps.Keys(c.reasons)) }

// Ways lists the pairs of the address matrix.
func (c *Catalogue) Ways() []Way { return slices.Clone(c.ways) }

// Allows reports whether the address matrix lets an applicant of a kind address a
// commission of a level, about a kind of vote (empty: whichever).
func (c *Catalogue) Allows(from, to, ballot string) bool {
	return slices.ContainsFunc(c.ways, func(w Way) bool {
		return w.From == from && w.To == to && (ballot == "" || len(w.Ballots) == 0 || slices.Contains(w.Ballots, ballot))
	})
}

// Fit cuts a parameter of a notice to the length that texts are reckoned with.
func (c *Catalogue) Fit(param, value string) string {
	p, ok := c.params[param]
	signs := []rune(value)
	if !ok || len(signs) <= p.Longest {
		return value
	}
	const more = "..."
	if p.Longest <= len(more) {
		return string(signs[:p.Longest])
	}
	return strings.TrimRight(string(signs[:p.Longest-len(more)]), " ,.") + more
}
