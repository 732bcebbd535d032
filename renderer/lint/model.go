package lint

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// defsFile holds what the schemas share.
const defsFile = "parts/defs.json"

// node is one place of a schema: what may stand there, and what became of it.
type node struct {
	file, pointer string
	props         map[string]*node
	items         *node
	also          []*node // of $ref, allOf, oneOf, anyOf, if, then, else
	enum          []string
	typ           string
	read, set     bool
	limit         int  // maxLength
	strict        bool // has a pattern or a format, or is set by the hub
}

// model is a document's schema with those of the parts it refers to.
type model struct {
	sources map[string]any // by file
	lines   map[string]map[string]int
	nodes   map[string]*node // by file and pointer
	root    *node
	own     string // file of the document's schema
}

// newModel reads a schema; nil when it is no JSON object, which loading the
// folder reports.
func newModel(own string, raw, defs []byte) *model {
	m := &model{sources: map[string]any{}, lines: map[string]map[string]int{}, nodes: map[string]*node{}, own: own}
	for file, b := range map[string][]byte{own: raw, defsFile: defs} {
		var v map[string]any
		if len(b) > 0 && json.Unmarshal(b, &v) != nil {
			return nil
		}
		m.sources[file], m.lines[file] = v, jsonLines(b)
	}
	m.root = m.build(own, "", m.sources[own])
	return m
}

func (m *model) line(n *node) int { return lineOf(m.lines[n.file], n.pointer) }

func (m *model) build(file, pointer string, raw any) *node {
	key := file + "#" + pointer
	if n, ok := m.nodes[key]; ok {
		return n
	}
	n := &node{file: file, pointer: pointer, props: map[string]*node{}}
	m.nodes[key] = n
	s, ok := raw.(map[string]any)
	if !ok {
		return n
	}
	n.typ, _ = s["type"].(string)
	if limit, ok := s["maxLength"].(float64); ok {
		n.limit = int(limit)
	}
	n.strict = s["pattern"] != nil || s["format"] != nil || strings.HasSuffix(pointer, "/qr") || strings.HasSuffix(pointer, "/photo")
	if at, ok := s["$ref"].(string); ok {
		if target, where, to, ok := m.resolve(file, at); ok {
			n.also = append(n.also, m.build(where, to, target))
		}
	}
	if props, ok := s["properties"].(map[string]any); ok {
		for name, p := range props {
			n.props[name] = m.build(file, pointer+"/properties/"+escapePointer(name), p)
		}
	}
	if items, ok := s["items"]; ok {
		n.items = m.build(file, pointer+"/items", items)
	}
	for _, word := range []string{"allOf", "oneOf", "anyOf"} {
		list, _ := s[word].([]any)
		for i, one := range list {
			n.also = append(n.also, m.build(file, pointer+"/"+word+"/"+strconv.Itoa(i), one))
		}
	}
	for _, word := range []string{"if", "then", "else"} {
		if one, ok := s[word]; ok {
			n.also = append(n.also, m.build(file, pointer+"/"+word, one))
		}
	}
	list, _ := s["enum"].([]any)
	if c, ok := s["const"]; ok {
		list = append(list, c)
	}
	for _, e := range list {
		if text, ok := e.(string); ok {
			n.enum = append(n.enum, text)
		}
	}
	return n
}

// resolve finds what a $ref means.
func (m *model) resolve(file, ref string) (target any, where, pointer string, ok bool) {
	name, pointer, found := strings.Cut(ref, "#")
	if !found {
		return nil, "", "", false
	}
	where = file
	if name != "" {
		where = defsFile
		if name != "../"+defsFile && name != "defs.json" {
			return nil, "", "", false
		}
	}
	target = m.sources[where]
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, is := target.(map[string]any)
		if !is {
			return nil, "", "", false
		}
		target = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return target, where, pointer, target != nil
}

// all is a node with everything that stands for the same place.
func (n *node) all() []*node {
	var out []*node
	var add func(*node)
	add = func(n *node) {
		if n == nil || slices.Contains(out, n) {
			return
		}
		out = append(out, n)
		for _, a := range n.also {
			add(a)
		}
	}
	add(n)
	return out
}

func spread(nodes []*node) []*node {
	var out []*node
	for _, n := range nodes {
		for _, a := range n.all() {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// field is what stands under a name; none when the schema lacks it.
func field(nodes []*node, name string) []*node {
	var out []*node
	for _, n := range spread(nodes) {
		if p := n.props[name]; p != nil {
			out = append(out, p)
		}
	}
	return out
}

// elements is what a list holds, or all fields of an object.
func elements(nodes []*node) []*node {
	var out []*node
	for _, n := range spread(nodes) {
		if n.items != nil {
			out = append(out, n.items)
		}
		if n.typ == "object" {
			for _, p := range n.props {
				out = append(out, p)
			}
		}
	}
	return out
}

// touch tells of everything below nodes that it is read.
func touch(nodes []*node) {
	seen := map[*node]bool{}
	var down func([]*node)
	down = func(nodes []*node) {
		for _, n := range spread(nodes) {
			if seen[n] {
				continue
			}
			seen[n], n.read = true, true
			for _, p := range n.props {
				down([]*node{p})
			}
			if n.items != nil {
				down([]*node{n.items})
			}
		}
	}
	down(nodes)
}

// enumerated are the texts that may stand at nodes, if the schema lists them.
func enumerated(nodes []*node) []string {
	for _, n := range spread(nodes) {
		if len(n.enum) > 0 {
			return n.enum
		}
	}
	return nil
}
