package templates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"html/template"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/saylovhub/hub/contracts/fault"
)

// verbatim are the fields that carry codes, not text: their apostrophes stay
// and they need not be printable.
var verbatim = []string{"qr"}

// Body validates data against the schema and returns the HTML of the body.
// Apostrophes are set right first. Data that does not fit, or that holds a
// letter the fonts lack, is a fault of kind rejected that names every path and
// what was expected there, never a value.
func (t *Template) Body(data []byte) (string, error) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return "", rejected(t.Name, errors.New("the data is not JSON"))
	}
	v = clean(v, "")
	if err := t.schema.Validate(v); err != nil {
		invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
		if !ok {
			return "", fmt.Errorf("validating the data of %s: %w", t.Name, err)
		}
		return "", rejected(t.Name, errors.New(strings.Join(explain(invalid), "; ")))
	}
	if faults := t.unprintable(v, "", nil); len(faults) > 0 {
		return "", rejected(t.Name, errors.New(strings.Join(faults, "; ")))
	}
	var b strings.Builder
	if err := t.body.ExecuteTemplate(&b, "template.html", v); err != nil {
		// The message of html/template can quote data: say only where.
		where := "a function"
		if exec, ok := errors.AsType[*template.Error](err); ok {
			where = "line " + strconv.Itoa(exec.Line)
		}
		return "", &fault.Fault{
			Kind: fault.Rejected, System: "templates", Operation: t.Name,
			Err: fmt.Errorf("the data cannot be set: %s of the template refuses it", where),
		}
	}
	return b.String(), nil
}

func rejected(name string, err error) error {
	return &fault.Fault{
		Kind: fault.Rejected, System: "templates", Operation: name, Err: err,
		Hint: "correct the document's data; its schema stands beside its template",
	}
}

// clean normalises every text of the decoded data.
func clean(v any, key string) any {
	switch v := v.(type) {
	case string:
		if slices.Contains(verbatim, key) {
			return v
		}
		return normalise(v)
	case []any:
		for i := range v {
			v[i] = clean(v[i], key)
		}
	case map[string]any:
		for k := range v {
			v[k] = clean(v[k], k)
		}
	}
	return v
}

// unprintable lists the paths of texts with a letter the fonts lack.
func (t *Template) unprintable(v any, at string, faults []string) []string {
	switch v := v.(type) {
	case string:
		if r, ok := t.letters.lacks(v); ok && !slices.Contains(verbatim, at[strings.LastIndexByte(at, '/')+1:]) {
			faults = append(faults, fmt.Sprintf("%s: holds a character that the fonts lack (U+%04X)", at, r))
		}
	case []any:
		for i := range v {
			faults = t.unprintable(v[i], at+"/"+strconv.Itoa(i), faults)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			faults = t.unprintable(v[k], at+"/"+k, faults)
		}
	}
	return faults
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func compile(name string, raw []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("schema.json: %w", err)
	}
	if m, ok := doc.(map[string]any); !ok || m["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		return nil, errors.New("schema.json: $schema: want the draft 2020-12")
	}
	if loose := open(doc, ""); len(loose) > 0 {
		return nil, fmt.Errorf("schema.json: want additionalProperties false at %s", strings.Join(loose, ", "))
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	url := "mem:///" + name + "/schema.json"
	if err := c.AddResource(url, doc); err != nil {
		return nil, fmt.Errorf("schema.json: %w", err)
	}
	s, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("schema.json: %w", err)
	}
	return s, nil
}

// open lists the objects of a schema that would let unknown fields through.
func open(v any, at string) (loose []string) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			loose = append(loose, open(v[i], at+"/"+strconv.Itoa(i))...)
		}
	case map[string]any:
		if _, has := v["properties"]; has && v["type"] == "object" && v["additionalProperties"] != false {
			loose = append(loose, at+"/")
		}
		for _, k := range sortedKeys(v) {
			loose = append(loose, open(v[k], at+"/"+k)...)
		}
	}
	return loose
}

var simpleKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// explain turns a validation error into one line per fault, without values.
func explain(e *jsonschema.ValidationError) []string {
	if len(e.Causes) > 0 {
		var lines []string
		for _, c := range e.Causes {
			lines = append(lines, explain(c)...)
		}
		slices.Sort(lines)
		lines = slices.Compact(lines)
		if _, choice := e.ErrorKind.(*kind.OneOf); choice {
			return []string{"one of these must be mended: " + strings.Join(lines, " or ")}
		}
		return lines
	}
	at := "/" + strings.Join(e.InstanceLocation, "/")
	if k, ok := e.ErrorKind.(*kind.OneOf); ok && len(k.Subschemas) > 1 {
		return []string{at + ": fits several of its alternatives, want one"}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		lines := make([]string, len(k.Missing))
		for i, name := range k.Missing {
			lines[i] = strings.TrimSuffix(at, "/") + "/" + name + ": missing"
		}
		return lines
	case *kind.AdditionalProperties:
		lines := make([]string, len(k.Properties))
		for i, name := range k.Properties {
			if !simpleKey.MatchString(name) { // could be data in the wrong place
				name = "…"
			}
			lines[i] = strings.TrimSuffix(at, "/") + "/" + name + ": unknown field"
		}
		return lines
	case *kind.Type:
		return []string{at + ": want " + strings.Join(k.Want, " or ")}
	case *kind.MinLength:
		return []string{fmt.Sprintf("%s: want at least %d characters", at, k.Want)}
	case *kind.MaxLength:
		return []string{fmt.Sprintf("%s: want at most %d characters", at, k.Want)}
	case *kind.MinItems:
		return []string{fmt.Sprintf("%s: want at least %d items", at, k.Want)}
	case *kind.MaxItems:
		return []string{fmt.Sprintf("%s: want at most %d items", at, k.Want)}
	case *kind.Pattern:
		return []string{at + ": want the form " + k.Want}
	case *kind.Format:
		return []string{at + ": want a " + k.Want}
	case *kind.Enum:
		want, _ := json.Marshal(k.Want)
		return []string{at + ": want one of " + string(want)}
	default:
		words := strings.Join(e.ErrorKind.KeywordPath(), "/")
		return []string{at + ": does not fit (" + words + ")"}
	}
}

// declared checks that every field a template uses is declared somewhere in
// the schema: a misspelt field would print as nothing.
func declared(t *template.Template, rawSchema []byte) error {
	var schema any
	if err := json.Unmarshal(rawSchema, &schema); err != nil {
		return fmt.Errorf("schema.json: %w", err)
	}
	known := map[string]bool{}
	properties(schema, known)
	var errs []error
	own := t.Lookup("template.html")
	walk(own.Tree.Root, func(field string, line parse.Pos) {
		if !known[field] {
			at, _ := own.Tree.ErrorContext(&parse.TextNode{NodeType: parse.NodeText, Pos: line})
			errs = append(errs, fmt.Errorf("%s: .%s is not declared in schema.json", at, field))
		}
	})
	return errors.Join(errs...)
}

func properties(v any, known map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			properties(e, known)
		}
	case map[string]any:
		if p, ok := v["properties"].(map[string]any); ok {
			for k := range p {
				known[k] = true
			}
		}
		for _, e := range v {
			properties(e, known)
		}
	}
}

// walk visits the fields that a parsed template reads.
func walk(n parse.Node, visit func(field string, at parse.Pos)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, visit)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				for _, a := range c.Args {
					walk(a, visit)
				}
			}
		}
	case *parse.FieldNode:
		for _, f := range n.Ident {
			visit(f, n.Pos)
		}
	case *parse.VariableNode:
		for _, f := range n.Ident[1:] {
			visit(f, n.Pos)
		}
	case *parse.ChainNode:
		walk(n.Node, visit)
		for _, f := range n.Field {
			visit(f, n.Pos)
		}
	case *parse.IfNode:
		walk(n.Pipe, visit)
		walk(n.List, visit)
		walk(n.ElseList, visit)
	case *parse.RangeNode:
		walk(n.Pipe, visit)
		walk(n.List, visit)
		walk(n.ElseList, visit)
	case *parse.WithNode:
		walk(n.Pipe, visit)
		walk(n.List, visit)
		walk(n.ElseList, visit)
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	}
}
