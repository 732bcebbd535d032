package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/saylovhub/hub/contracts/schema"
)

// compile reads a document's schema and the names of the fields it declares;
// the names come with most errors too, nil when there are none to tell.
func compile(name string, raw, defs []byte) (*schema.Schema, *fields, error) {
	var doc, common map[string]any
	if json.Unmarshal(raw, &doc) != nil {
		return nil, nil, errors.New("schema.json: not a JSON object")
	}
	if json.Unmarshal(defs, &common) != nil {
		return nil, nil, errors.New("parts/defs.json: not a JSON object")
	}
	fields := &fields{top: map[string]bool{}, all: map[string]bool{}}
	if top, ok := doc["properties"].(map[string]any); ok {
		for name := range top {
			fields.top[name] = true
		}
	}
	properties(doc, fields.all)
	properties(common, fields.all)
	if doc["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		return nil, fields, errors.New("schema.json: $schema: want the draft 2020-12")
	}
	if loose := open(doc, ""); len(loose) > 0 {
		return nil, fields, fmt.Errorf("schema.json: want additionalProperties false at %s", strings.Join(loose, ", "))
	}
	s, err := schema.Compile(name+"/schema.json", raw, schema.Source{Name: "parts/defs.json", JSON: defs})
	if err != nil {
		return nil, fields, err
	}
	return s, fields, nil
}

// fields are the names that a schema declares, with those of the shared
// definitions.
type fields struct{ top, all map[string]bool }

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
		for _, k := range slices.Sorted(maps.Keys(v)) {
			loose = append(loose, open(v[k], at+"/"+k)...)
		}
	}
	return loose
}

// declared checks that every field a template uses is declared somewhere in
// the schema: a misspelt field would print as nothing.
func declared(t *template.Template, fields map[string]bool) error {
	var errs []error
	own := t.Lookup("template.html")
	walk(own.Tree.Root, func(field string, line parse.Pos) {
		if !fields[field] {
			at, _ := own.Tree.ErrorContext(&parse.TextNode{NodeType: parse.NodeText, Pos: line})
			errs = append(errs, fmt.Errorf("%s: .%s is not declared in schema.json", at, field))
		}
	})
	return errors.Join(errs...)
}

// properties collects the names that a schema declares, wherever they stand.
func properties(v any, fields map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			properties(e, fields)
		}
	case map[string]any:
		if p, ok := v["properties"].(map[string]any); ok {
			for k := range p {
				fields[k] = true
			}
		}
		for _, e := range v {
			properties(e, fields)
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
		walk(&n.BranchNode, visit)
	case *parse.RangeNode:
		walk(&n.BranchNode, visit)
	case *parse.WithNode:
		walk(&n.BranchNode, visit)
	case *parse.BranchNode:
		walk(n.Pipe, visit)
		walk(n.List, visit)
		walk(n.ElseList, visit)
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	}
}
