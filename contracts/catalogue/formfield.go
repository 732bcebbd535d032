package catalogue

import (
	"math"
	"slices"
	"strings"
)

// at follows a path of keys through a form, and references on the way; nil: there
// is nothing.
func (f *form) at(from any, path ...string) any {
	for _, key := range append([]string{""}, path...) {
		m, ok := from.(map[string]any)
		if key != "" {
			if !ok {
				return nil
			}
			from = m[key]
			m, _ = from.(map[string]any)
		}
		if ref, ok := m["$ref"].(string); ok {
			from = f.at(f.whole["$defs"], strings.TrimPrefix(ref, "#/$defs/"))
		}
	}
	return from
}

func (f *form) subjects() any { return f.at(f.whole, "properties", "subjects") }

// most is how many subjects a form takes.
func (f *form) most() int {
	n, ok := f.at(f.subjects(), "maxItems").(float64)
	switch {
	case f.subjects() == nil:
		return 0
	case !ok:
		return math.MaxInt
	}
	return int(n)
}

// has reports whether a form has a field, of its own or of a subject's.
func (f *form) has(field string) bool {
	return f.at(f.whole, "properties", field) != nil || f.at(f.subjects(), "items", "properties", field) != nil
}

// lets reports whether an object of a form's, or of a subject's, has a field.
func (f *form) lets(object, field string) bool {
	return f.at(f.whole, "properties", object, "properties", field) != nil || f.at(f.subjects(), "items", "properties", object, "properties", field) != nil
}

// proves reports whether a subject's paper may be about something.
func (f *form) proves(what string) bool {
	all, _ := f.at(f.subjects(), "items", "properties", "papers", "items", "properties", "proves", "enum").([]any)
	return slices.Contains(all, any(what))
}
