package external

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// checker looks through one part of an exchange.
type checker struct {
	contract  *Contract
	part      Part
	theirs    bool // written by the system: it may grow
	operation string
	steps     int // values looked at, so that a hostile body cannot keep us busy
}

const (
	mostSteps    = 100_000
	deepestVisit = 3 * deepest // a value of each depth may be reached through oneOf and allOf
)

// look is what a schema says of a value; known, rest and free say of an object
// which further fields are agreed.
type look struct {
	found []Difference
	known openapi3.Schemas
	rest  *openapi3.Schema // of fields with any name
	free  bool             // any further field is let through
}

func (c *checker) difference(at, want, got string) Difference {
	return Difference{Part: c.part, Operation: c.operation, Field: at, Want: want, Got: got, Severity: Breaking}
}

func (c *checker) overlong() Difference {
	return c.difference("", "a body that can be checked", string(tooLong))
}

// value holds a value against its schema, unknown fields included.
func (c *checker) value(ref *openapi3.SchemaRef, v any, at string, depth int) []Difference {
	l := c.visit(ref, v, at, depth, nil)
	object, ok := v.(map[string]any)
	if !ok {
		return l.found
	}
	return add(l.found, c.others(l, object, at, depth)...)
}

// visit holds a value against a schema, but for unknown fields. outer are the
// fields known from the schemas around a branch.
func (c *checker) visit(ref *openapi3.SchemaRef, v any, at string, depth int, outer openapi3.Schemas) look {
	if c.steps++; c.steps > mostSteps || depth > deepestVisit {
		return look{found: []Difference{c.overlong()}, free: true}
	}
	if ref == nil || ref.Value == nil {
		return look{free: true}
	}
	s := ref.Value
	if v == nil {
		if takesNull(s) {
			return look{free: true}
		}
		return look{found: []Difference{c.difference(at, words(s), "null")}, free: true}
	}
	if s.Type != nil && !slices.ContainsFunc(s.Type.Slice(), func(t string) bool { return is(v, t) }) {
		return look{found: []Difference{c.difference(at, words(s), kind(v))}, free: true}
	}
	l := look{known: openapi3.Schemas{}}
	around := openapi3.Schemas{}
	if _, ok := v.(map[string]any); ok {
		maps.Copy(l.known, s.Properties)
		maps.Copy(around, l.known)
		maps.Copy(around, outer)
	}
	for _, part := range s.AllOf {
		l.merge(c.visit(part, v, at, depth+1, around))
		maps.Copy(around, l.known)
	}
	for _, branches := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		if len(branches) > 0 {
			l.merge(c.best(s, branches, v, at, depth, around))
			maps.Copy(around, l.known)
		}
	}
	if s.Not != nil && len(c.visit(s.Not, v, at, depth+1, around).found) == 0 {
		l.found = add(l.found, c.difference(at, words(s), "what is not agreed here"))
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(word any) bool { return same(word, v) }) {
		l.found = add(l.found, c.difference(at, words(s), "another word"))
	}
	switch v := v.(type) {
	case map[string]any:
		c.object(s, v, at, depth, around, &l)
	case []any:
		c.array(s, v, at, depth, &l)
	default:
		if want, got := c.contract.scalar(s, v); want != "" {
			l.found = add(l.found, c.difference(at, want, got))
		}
	}
	return l
}

func (l *look) merge(other look) {
	l.found = add(l.found, other.found...)
	maps.Copy(l.known, other.known)
	if other.rest != nil {
		l.rest = other.rest
	}
	l.free = l.free || other.free
}

// best is the branch that fits, or else comes nearest.
func (c *checker) best(s *openapi3.Schema, branches openapi3.SchemaRefs, v any, at string, depth int, around openapi3.Schemas) look {
	var best look
	bestScore, offType := -1, 0
	for _, b := range branches {
		l := c.visit(b, v, at, depth+1, around)
		score := 100 * len(l.found)
		if len(l.found) == 1 && l.found[0].Field == at && l.found[0].Got == kind(v) {
			offType++
			score += 10_000 // a branch of another type altogether
		}
		if object, ok := v.(map[string]any); ok {
			all := l
			all.known = maps.Clone(around)
			maps.Copy(all.known, l.known)
			score += 30 * len(c.others(all, object, at, depth))
		}
		if bestScore < 0 || score < bestScore {
			best, bestScore = l, score
		}
	}
	if offType == len(branches) { // no branch is of this type: name them all
		best.found = []Difference{c.difference(at, words(s), kind(v))}
	}
	if best.known == nil {
		best.known = openapi3.Schemas{}
	}
	return best
}

func (c *checker) object(s *openapi3.Schema, object map[string]any, at string, depth int, around openapi3.Schemas, l *look) {
	for _, name := range s.Required {
		if _, ok := object[name]; ok {
			continue
		}
		want := "a field"
		if p := around[name]; p != nil && p.Value != nil {
			want = words(p.Value)
		}
		got := missing
		if otherCase(object, name, around) {
			got = "another letter case"
		}
		l.found = add(l.found, c.difference(pointer(at, name), want, got))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if v := object[name]; s.Properties[name] != nil {
			l.found = add(l.found, c.value(s.Properties[name], v, pointer(at, name), depth+1)...)
		}
	}
	switch extra := s.AdditionalProperties; {
	case extra.Schema != nil:
		l.rest = extra.Schema.Value
	case extra.Has != nil:
		l.free = l.free || *extra.Has
	case len(around) == 0 && len(l.known) == 0 && len(s.OneOf)+len(s.AnyOf)+len(s.AllOf)+len(s.Required) == 0:
		l.free = true // nothing at all is said of its fields
	}
}

// others looks at the fields that no schema names.
func (c *checker) others(l look, object map[string]any, at string, depth int) (found []Difference) {
	if l.free {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if _, ok := l.known[key]; ok {
			continue
		}
		if c.steps++; c.steps > mostSteps {
			return add(found, c.overlong())
		}
		if l.rest != nil {
			found = add(found, c.value(l.rest.NewRef(), object[key], at+"/*", depth+1)...)
			continue
		}
		d := c.difference(pointer(at, fieldName(key)), noField, unknown)
		if c.theirs {
			d.Severity = Extra
		}
		for _, name := range slices.Sorted(maps.Keys(l.known)) {
			if _, ok := object[name]; !ok && strings.EqualFold(name, key) {
				d = c.difference(pointer(at, name), words(l.known[name].Value), "another letter case")
				break
			}
		}
		if found = add(found, d); len(found) == longest {
			break
		}
	}
	return found
}

// otherCase reports that the object has the field under the same letters in
// another case, and that those are no field of their own.
func otherCase(object map[string]any, name string, known openapi3.Schemas) bool {
	for key := range object {
		if _, own := known[key]; !own && strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}

func (c *checker) array(s *openapi3.Schema, list []any, at string, depth int, l *look) {
	switch {
	case s.MinItems > 0 && len(list) < int(min(s.MinItems, 1<<20)):
		l.found = add(l.found, c.difference(at, fmt.Sprintf("at least %d items", s.MinItems), "fewer items"))
	case s.MaxItems != nil && uint64(len(list)) > *s.MaxItems:
		l.found = add(l.found, c.difference(at, fmt.Sprintf("at most %d items", *s.MaxItems), "more items"))
	}
	for _, v := range list {
		if s.Items == nil || c.steps > mostSteps {
			return
		}
		l.found = add(l.found, c.value(s.Items, v, at+"/*", depth+1)...)
	}
}

// scalar checks what a schema says beyond type and enum; two empty texts where
// it fits.
func (c *Contract) scalar(s *openapi3.Schema, v any) (want, got string) {
	switch v := v.(type) {
	case string:
		return c.words(s, v)
	case text:
		if s.Type.Is(openapi3.TypeInteger) || s.Type.Is(openapi3.TypeNumber) {
			return number(s, string(v))
		}
		return c.words(s, string(v))
	case json.Number:
		return number(s, v.String())
	}
	return "", ""
}

func (c *Contract) words(s *openapi3.Schema, v string) (want, got string) {
	n := uint64(utf8.RuneCountInString(v))
	switch {
	case n < s.MinLength:
		return fmt.Sprintf("at least %d characters", s.MinLength), "a shorter text"
	case s.MaxLength != nil && n > *s.MaxLength:
		return fmt.Sprintf("at most %d characters", *s.MaxLength), "a longer text"
	case s.Pattern != "" && !c.patterns[s.Pattern].MatchString(v):
		return "text of the agreed form", "another form"
	case s.Format == "date" && !parses(time.DateOnly, v):
		return "a date (YYYY-MM-DD)", "another form"
	case s.Format == "date-time" && !parses(time.RFC3339, v):
		return "a time with its zone (RFC 3339)", "another form"
	}
	return "", ""
}

func parses(layout, v string) bool {
	_, err := time.Parse(layout, v)
	return err == nil
}

func number(s *openapi3.Schema, v string) (want, got string) {
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil:
		return "a number", "a number out of range"
	case s.Min != nil && n < *s.Min:
		return "at least " + strconv.FormatFloat(*s.Min, 'f', -1, 64), "a smaller number"
	case s.Max != nil && n > *s.Max:
		return "at most " + strconv.FormatFloat(*s.Max, 'f', -1, 64), "a greater number"
	}
	return "", ""
}

// compilePatterns finds every pattern of the contract's named and inline
// schemas.
func (c *Contract) compilePatterns(doc *openapi3.T) error {
	seen := map[*openapi3.Schema]bool{}
	var walk func(*openapi3.SchemaRef) error
	walk = func(ref *openapi3.SchemaRef) error {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return nil
		}
		s := ref.Value
		seen[s] = true
		if s.Pattern != "" {
			re, err := regexp.Compile(s.Pattern)
			if err != nil {
				return fmt.Errorf("a pattern: %w", err)
			}
			c.patterns[s.Pattern] = re
		}
		inner := slices.Concat(s.AllOf, s.OneOf, s.AnyOf, openapi3.SchemaRefs{s.Items, s.AdditionalProperties.Schema})
		for _, p := range s.Properties {
			inner = append(inner, p)
		}
		for _, r := range inner {
			if err := walk(r); err != nil {
				return err
			}
		}
		return nil
	}
	var all openapi3.SchemaRefs
	content := func(content openapi3.Content) {
		for _, m := range content {
			if m != nil {
				all = append(all, m.Schema)
			}
		}
	}
	if doc.Components != nil {
		for _, s := range doc.Components.Schemas {
			all = append(all, s)
		}
	}
	for _, r := range slices.Concat(c.routes, c.calls) {
		for _, p := range r.params {
			all = append(all, p.Value.Schema)
		}
		if r.op.RequestBody != nil && r.op.RequestBody.Value != nil {
			content(r.op.RequestBody.Value.Content)
		}
		for _, answer := range r.op.Responses.Map() {
			content(answer.Value.Content)
			for _, h := range answer.Value.Headers {
				all = append(all, h.Value.Schema)
			}
		}
	}
	for _, s := range all {
		if err := walk(s); err != nil {
			return err
		}
	}
	return nil
}
