package lint

import (
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// reader follows a template through the schema: which fields it reads, and which
// of them the schema lacks.
type reader struct {
	trees   map[string]*parse.Tree
	sources map[string]source // by template name: its file and text
	depth   int
	call    []place // where the parts under way were called
	vars    map[string][]*node
	said    map[string][]place // keys of words.yaml
	mayHave []string           // beginnings of keys that are put together
	anyKey  bool               // a key comes from where it cannot be followed
	unknown func(place, string)
	lacking func(place, string) // a key made of an enumerated field
}

// source is a file of the folders.
type source struct{ file, text string }

// place is a line of a file.
type place struct {
	file string
	line int
}

// maxDepth bounds parts that call each other.
const maxDepth = 20

// run follows one template with its dot.
func (r *reader) run(name string, dot []*node) {
	tree := r.trees[name]
	if tree == nil || tree.Root == nil || r.depth >= maxDepth {
		return
	}
	outer := r.vars
	r.vars = map[string][]*node{"$": dot}
	r.depth++
	r.list(name, tree.Root, dot)
	r.depth--
	r.vars = outer
}

func (r *reader) at(name string, n parse.Node) place {
	s := r.sources[name]
	return place{s.file, lineAt(s.text, int(n.Position()))}
}

func (r *reader) list(name string, l *parse.ListNode, dot []*node) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if v := r.pipe(name, n.Pipe, dot); len(n.Pipe.Decl) == 0 {
				touch(v)
			}
		case *parse.IfNode:
			r.branch(name, &n.BranchNode, dot, func([]*node) []*node { return dot })
		case *parse.WithNode:
			r.branch(name, &n.BranchNode, dot, func(v []*node) []*node { return v })
		case *parse.RangeNode:
			r.branch(name, &n.BranchNode, dot, elements)
		case *parse.TemplateNode:
			var v []*node
			if n.Pipe != nil {
				v = r.pipe(name, n.Pipe, dot)
			}
			r.call = append(r.call, r.at(name, n))
			r.run(n.Name, v)
			r.call = r.call[:len(r.call)-1]
		}
	}
}

func (r *reader) branch(name string, n *parse.BranchNode, dot []*node, inner func([]*node) []*node) {
	kept := maps.Clone(r.vars)
	v := r.pipe(name, n.Pipe, dot)
	within := inner(v)
	if n.NodeType == parse.NodeRange && len(n.Pipe.Decl) > 0 {
		r.vars[n.Pipe.Decl[len(n.Pipe.Decl)-1].Ident[0]] = within
		if len(n.Pipe.Decl) > 1 {
			r.vars[n.Pipe.Decl[0].Ident[0]] = nil
		}
	}
	r.list(name, n.List, within)
	r.list(name, n.ElseList, dot)
	// What a block declares ends with it, what it sets stays.
	for v := range r.vars {
		if _, outer := kept[v]; !outer {
			delete(r.vars, v)
		}
	}
}

// pipe evaluates a pipeline: which places of the data its value may be.
func (r *reader) pipe(name string, p *parse.PipeNode, dot []*node) []*node {
	var v []*node
	for i, c := range p.Cmds {
		var last [][]*node
		if i > 0 {
			last = [][]*node{v}
		}
		v = r.command(name, c, dot, last)
	}
	for _, d := range p.Decl {
		r.vars[d.Ident[0]] = v
	}
	return v
}

func (r *reader) command(name string, c *parse.CommandNode, dot []*node, last [][]*node) []*node {
	function, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok {
		return r.value(name, c.Args[0], dot)
	}
	var args [][]*node
	for _, a := range c.Args[1:] {
		args = append(args, r.value(name, a, dot))
	}
	args = append(args, last...)
	switch function.Ident {
	case "or", "and":
		return slices.Concat(args...)
	case "index":
		return r.index(name, c, args)
	case "fullname", "initials":
		for _, a := range args {
			for _, part := range []string{"surname", "given", "patronymic"} {
				touch(field(a, part))
			}
		}
		return nil
	case "say":
		r.say(name, c, dot, args)
	}
	for _, a := range args {
		touch(a)
	}
	return nil
}

func (r *reader) index(name string, c *parse.CommandNode, args [][]*node) []*node {
	if len(args) == 0 {
		return nil
	}
	v := args[0]
	for _, key := range c.Args[min(2, len(c.Args)):] {
		if s, ok := key.(*parse.StringNode); ok {
			v = r.step(r.at(name, c), v, s.Text)
		} else {
			v = elements(v)
		}
	}
	return v
}

func (r *reader) value(name string, n parse.Node, dot []*node) []*node {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return r.steps(r.at(name, n), dot, n.Ident)
	case *parse.VariableNode:
		return r.steps(r.at(name, n), r.vars[n.Ident[0]], n.Ident[1:])
	case *parse.ChainNode:
		return r.steps(r.at(name, n), r.value(name, n.Node, dot), n.Field)
	case *parse.PipeNode:
		return r.pipe(name, n, dot)
	case *parse.IdentifierNode:
		return r.command(name, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{n}}, dot, nil)
	}
	return nil
}

func (r *reader) steps(at place, v []*node, names []string) []*node {
	for _, n := range names {
		v = r.step(at, v, n)
	}
	return v
}

// step reads one field. Of a value that cannot be followed nothing is said.
func (r *reader) step(at place, v []*node, name string) []*node {
	if len(v) == 0 {
		return nil
	}
	found := field(v, name)
	if len(found) == 0 {
		if len(r.call) > 0 { // a part reads it: whoever calls it is wrong
			inside := at.file
			at = r.call[0]
			r.unknown(at, "."+name+", which "+inside+" reads, is not declared in schema.json")
		} else {
			r.unknown(at, "."+name+" is not declared in schema.json")
		}
	}
	for _, n := range found {
		for _, a := range n.all() {
			a.read = true
		}
	}
	return found
}

// say notes which texts a template asks for.
func (r *reader) say(name string, c *parse.CommandNode, dot []*node, args [][]*node) {
	at := r.at(name, c)
	if len(c.Args) > 1 {
		switch key := c.Args[1].(type) {
		case *parse.StringNode:
			r.said[key.Text] = append(r.said[key.Text], at)
			return
		case *parse.PipeNode:
			if start, values, ok := r.printed(name, key, dot); ok {
				r.mayHave = append(r.mayHave, start)
				for _, v := range values {
					r.lacking(at, start+v)
				}
				return
			}
		}
	}
	for _, a := range args {
		if values := enumerated(a); len(values) > 0 {
			for _, v := range values {
				r.said[v] = append(r.said[v], at)
			}
			return
		}
	}
	r.anyKey = true
}

// printed reads (printf "start-%s" .field): how such keys begin, and how they
// end when the field's texts are enumerated.
func (r *reader) printed(name string, p *parse.PipeNode, dot []*node) (start string, ends []string, ok bool) {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) < 2 {
		return "", nil, false
	}
	f, isName := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	format, isText := p.Cmds[0].Args[1].(*parse.StringNode)
	if !isName || !isText || f.Ident != "printf" {
		return "", nil, false
	}
	start, rest, _ := strings.Cut(format.Text, "%")
	if len(p.Cmds[0].Args) == 3 && (rest == "s" || rest == "v") {
		ends = enumerated(r.value(name, p.Cmds[0].Args[2], dot))
	}
	return start, ends, start != ""
}
