package catalogue

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/saylovhub/hub/contracts/schema"
)

// definitions are what the forms have in common; a form refers to them by this
// name and to nothing else.
const definitions = "defs.json"

// form is one of the shared forms, in one piece: the definitions stand in it.
type form struct {
	whole map[string]any

	sound func() error // compiles as it is, told once

	lock  sync.Mutex
	typed map[string]*typed // by type's id
}

// typed is a form as one type has it.
type typed struct {
	source json.RawMessage
	schema *schema.Schema
}

// forms are the embedded ones; they are compiled once.
var forms = sync.OnceValues(func() (map[string]*form, error) {
	raw, err := files.ReadFile("forms/" + definitions)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	var defs struct {
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(raw, &defs); err != nil {
		return nil, fmt.Errorf("catalogue: %s: %w", definitions, err)
	}
	out := map[string]*form{}
	names, err := fs.Glob(files, "forms/*.schema.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		f := &form{typed: map[string]*typed{}}
		inOne := strings.ReplaceAll(string(raw), `"`+definitions+`#/`, `"#/`)
		if err := json.Unmarshal([]byte(inOne), &f.whole); err != nil {
			return nil, fmt.Errorf("catalogue: %s: %w", name, err)
		}
		f.whole["$defs"] = used(f.whole, defs.Defs)
		f.sound = sync.OnceValue(func() error {
			_, err := compile(name, f.whole)
			return err
		})
		out[strings.TrimSuffix(path.Base(name), ".schema.json")] = f
	}
	return out, nil
})

// used are the definitions that a schema refers to, and those that they do. One
// that is missing is left out: compiling the form names it.
func used(schema any, defs map[string]any) map[string]any {
	out := map[string]any{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			ref, _ := v["$ref"].(string)
			name := strings.TrimPrefix(ref, "#/$defs/")
			if def, known := defs[name]; known && out[name] == nil {
				out[name] = def
				walk(def)
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(schema)
	return out
}

// of is the form as a type has it: the type's own id, and as many subjects as it
// may name.
func (f *form) of(t Type) (*typed, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if x := f.typed[t.ID]; x != nil {
		return x, nil
	}
	whole := maps.Clone(f.whole)
	properties, ok := whole["properties"].(map[string]any)
	if !ok {
		return nil, errors.New("want properties")
	}
	properties = maps.Clone(properties)
	whole["title"], whole["properties"] = t.Title["en"], properties
	properties["type"] = map[string]any{"const": t.ID}
	if subjects, ok := properties["subjects"].(map[string]any); ok {
		subjects = maps.Clone(subjects)
		properties["subjects"] = subjects
		subjects["minItems"], subjects["maxItems"] = t.Subjects.Min, t.Subjects.Max
		if required, _ := whole["required"].([]any); t.Subjects.Min > 0 && !t.Subjects.Applicant && !slices.Contains(required, any("subjects")) {
			whole["required"] = append(slices.Clone(required), "subjects")
		}
	}
	x, err := compile(t.ID, whole)
	if err != nil {
		return nil, err
	}
	f.typed[t.ID] = x
	return x, nil
}

func compile(name string, whole map[string]any) (*typed, error) {
	source, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	s, err := schema.Compile(name, source)
	return &typed{source, s}, err
}

// Form returns the schema of a type's content; nil for a type that this catalogue
// does not hold.
func (c *Catalogue) Form(t Type) *schema.Schema {
	if x := c.formOf(t); x != nil {
		return x.schema
	}
	return nil
}

// FormSource returns the JSON Schema (2020-12) of a type's content, in one piece;
// nil for a type that this catalogue does not hold.
func (c *Catalogue) FormSource(t Type) json.RawMessage {
	if x := c.formOf(t); x != nil {
		return x.source
	}
	return nil
}

// formOf has no error to tell: the form has compiled in Load, and a type changes no
// more of it than numbers and names.
func (c *Catalogue) formOf(t Type) *typed {
	f := c.forms[t.Form]
	if f == nil {
		return nil
	}
	x, err := f.of(t)
	if err != nil {
		return nil
	}
	return x
}

// Forms lists the shared forms, sorted.
func (c *Catalogue) Forms() []string { return slices.Sorted(maps.Keys(c.forms)) }
