// Package schema validates JSON documents against JSON Schema (2020-12) and
// says what is wrong in a form fit for callers: the path of the field and what
// was expected there, never the value itself, which may be a person's.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Schema is a compiled schema.
type Schema struct{ s *jsonschema.Schema }

// Problem is one fault of a document.
type Problem struct {
	Field string `json:"field"` // JSON pointer; empty: the document itself
	Want  string `json:"want"`  // what was expected there
}

// Source is a schema's file. Its name is what others refer to it by, relative to
// their own names: "../parts/defs.json" in "a/schema.json" is "parts/defs.json".
type Source struct {
	Name string
	JSON []byte
}

// Compile reads a schema; formats (date, uuid) are asserted. It may refer to the
// others by $ref, and to nothing else.
func Compile(name string, source []byte, others ...Source) (*Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, one := range append(others, Source{name, source}) {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(one.JSON))
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", one.Name, err)
		}
		if err := c.AddResource(one.Name, doc); err != nil {
			return nil, fmt.Errorf("schema %s: %w", one.Name, err)
		}
	}
	s, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	return &Schema{s}, nil
}

// ErrNotJSON means the bytes are not one JSON value.
var ErrNotJSON = errors.New("not JSON")

// Check returns every problem of a document, sorted by field; none means it
// fits. Bytes that are not JSON at all are ErrNotJSON.
func (s *Schema) Check(document []byte) ([]Problem, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, ErrNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrNotJSON
	}
	return s.CheckValue(v)
}

// CheckValue is Check of a decoded document, whose numbers are json.Number.
func (s *Schema) CheckValue(v any) ([]Problem, error) {
	err := s.s.Validate(v)
	if err == nil {
		return nil, nil
	}
	ve, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, fmt.Errorf("validating: %w", err)
	}
	var out []Problem
	leaves(ve, &out)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Field < out[j].Field })
	return out, nil
}

// leaves collects the innermost faults; the groups around them say nothing.
func leaves(e *jsonschema.ValidationError, out *[]Problem) {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			leaves(c, out)
		}
		return
	}
	at := pointer(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, p := range k.Missing {
			*out = append(*out, Problem{at + "/" + escape(p), "required, but missing"})
		}
	case *kind.AdditionalProperties:
		for _, p := range k.Properties {
			*out = append(*out, Problem{at + "/" + escape(p), "unknown field: remove it"})
		}
	default:
		*out = append(*out, Problem{at, want(e.ErrorKind)})
	}
}

// want words a fault without the value that caused it.
func want(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "want " + strings.Join(k.Want, " or ")
	case *kind.Enum:
		return fmt.Sprintf("want one of %v", k.Want)
	case *kind.Const:
		return fmt.Sprintf("want %v", k.Want)
	case *kind.Pattern:
		return "want the pattern " + k.Want
	case *kind.Format:
		return "want the format " + k.Want
	case *kind.MinLength:
		return fmt.Sprintf("want at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("want at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("want at least %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("want at most %d items", k.Want)
	case *kind.UniqueItems:
		return fmt.Sprintf("items %d and %d are equal", k.Duplicates[0], k.Duplicates[1])
	case *kind.Minimum:
		return "want at least " + k.Want.RatString()
	case *kind.Maximum:
		return "want at most " + k.Want.RatString()
	case *kind.OneOf:
		return "want exactly one of the allowed forms"
	case *kind.AnyOf:
		return "want one of the allowed forms"
	default:
		return "does not fit the schema (" + strings.Join(k.KeywordPath(), "/") + ")"
	}
}

func pointer(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + escape(p))
	}
	return b.String()
}

// notAName is what a field's name never looks like; such a one may be a
// person's number that ended up as a key, and is not repeated.
var notAName = regexp.MustCompile(`[0-9]{5}|[^\x20-\x7e]|.{65}`)

func escape(p string) string {
	if notAName.MatchString(p) {
		return "…"
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(p)
}
