package external

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// kind is the type word of a value.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return openapi3.TypeBoolean
	case json.Number:
		if whole(v.String()) {
			return openapi3.TypeInteger
		}
		return openapi3.TypeNumber
	case map[string]any:
		return openapi3.TypeObject
	case []any:
		return openapi3.TypeArray
	}
	return openapi3.TypeString
}

func whole(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// is reports whether a value is of a type; text is of any type that it can be
// read as.
func is(v any, want string) bool {
	t, ok := v.(text)
	if !ok {
		return kind(v) == want || want == openapi3.TypeNumber && kind(v) == openapi3.TypeInteger
	}
	switch want {
	case openapi3.TypeString:
		return true
	case openapi3.TypeInteger:
		return whole(string(t))
	case openapi3.TypeNumber:
		return json.Valid([]byte(t)) && is(json.Number(t), openapi3.TypeNumber)
	case openapi3.TypeBoolean:
		return t == "true" || t == "false"
	}
	return false
}

// same compares a value with a word of the contract.
func same(word, v any) bool {
	w := fmt.Sprint(word)
	switch v := v.(type) {
	case text:
		return w == string(v)
	case string:
		s, ok := word.(string)
		return ok && s == v
	case json.Number:
		_, quoted := word.(string)
		return !quoted && w == v.String()
	case bool:
		b, ok := word.(bool)
		return ok && b == v
	}
	return false
}

// takesNull reports whether null is agreed. nullable beside allOf counts, as
// everybody writes it.
func takesNull(s *openapi3.Schema) bool {
	branch := func(r *openapi3.SchemaRef) bool { return r.Value != nil && takesNull(r.Value) }
	switch {
	case s.Nullable || s.Type.IncludesNull():
		return true
	case s.Type != nil:
		return false
	case len(s.OneOf)+len(s.AnyOf) > 0:
		return slices.ContainsFunc(slices.Concat(s.OneOf, s.AnyOf), branch)
	case len(s.AllOf) > 0:
		return !slices.ContainsFunc(s.AllOf, func(r *openapi3.SchemaRef) bool { return !branch(r) })
	}
	return len(s.Enum) == 0
}

// words says what a schema agrees to: its types, or the words of its enum.
func words(s *openapi3.Schema) string {
	var all []string
	collect(s, &all, 0)
	if len(all) == 0 {
		all = []string{"a value"}
	}
	if takesNull(s) {
		all = append(all, "null")
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " or ")
}

func collect(s *openapi3.Schema, all *[]string, depth int) {
	switch {
	case depth > 8:
		return
	case len(s.Enum) > 0:
		list := make([]string, 0, len(s.Enum))
		for _, word := range s.Enum {
			if word != nil {
				list = append(list, fmt.Sprint(word))
			}
		}
		one := "one of "
		if len(list) == 1 {
			one = ""
		}
		*all = append(*all, one+strings.Join(list, ", "))
		return
	case s.Type != nil:
		for _, t := range s.Type.Slice() {
			if t != "null" {
				*all = append(*all, t)
			}
		}
		return
	}
	for _, r := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		if r.Value != nil {
			collect(r.Value, all, depth+1)
		}
	}
}
