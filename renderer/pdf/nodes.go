package pdf

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// nodes renumbers the ids of a structure tree. Chrome takes them from a counter
// of the browser's nodes, so the same page gets others each time it is printed;
// the order in which they first appear in the file is the same.
type nodes struct {
	fresh map[string]string
	tree  map[int]dict // the rewritten nodes of the id tree, by object number
}

// leaf is a node of the id tree that holds ids and their elements.
type leaf struct {
	at    ref
	count int
}

// nodes reads the ids of the structure tree; nil if there are none.
func (f *file) nodes(root dict) (*nodes, error) {
	if root["StructTreeRoot"] == nil {
		return nil, nil
	}
	top, err := f.dict(root["StructTreeRoot"])
	if err != nil || top["IDTree"] == nil {
		return nil, err
	}
	w := &treeWalk{file: f, elements: map[string]ref{}, nodes: map[ref]dict{}}
	if err := w.walk(top["IDTree"], 0); err != nil {
		return nil, err
	}
	n := &nodes{fresh: map[string]string{}, tree: map[int]dict{}}
	for _, number := range f.order {
		if at := f.at[number]; w.nodes[ref(number)] == nil {
			n.discover(f.raw[at.from:at.to], w.elements)
		}
	}
	if len(n.fresh) != len(w.elements) {
		return nil, fmt.Errorf("%w: an id of no element", errSyntax)
	}
	n.refill(w)
	return n, nil
}

// treeWalk collects the id tree.
type treeWalk struct {
	*file
	elements map[string]ref // by old id
	nodes    map[ref]dict
	leaves   []leaf
}

func (w *treeWalk) walk(v any, depth int) error {
	at, ok := v.(ref)
	if !ok || depth > maxDepth || w.nodes[at] != nil {
		return errSyntax
	}
	d, err := w.dict(at)
	if err != nil {
		return err
	}
	w.nodes[at] = d
	if kids, ok := d["Kids"].(array); ok {
		for _, kid := range kids {
			if err := w.walk(kid, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	list, ok := d["Names"].(array)
	if !ok || len(list)%2 != 0 {
		return errSyntax
	}
	for i := 0; i < len(list); i += 2 {
		id, ok := list[i].(text)
		element, good := list[i+1].(ref)
		if _, again := w.elements[string(id)]; !ok || !good || again || !bytes.HasPrefix(id, []byte("node")) {
			return errSyntax
		}
		w.elements[string(id)] = element
	}
	w.leaves = append(w.leaves, leaf{at, len(list) / 2})
	return nil
}

// discover gives the ids that an element bears new numbers, in the order in
// which they come.
func (n *nodes) discover(object []byte, known map[string]ref) {
	n.each(object, func(key, id []byte, _ int) {
		if _, ours := known[string(id)]; !ours || string(key) != "ID" || n.fresh[string(id)] != "" {
			return
		}
		n.fresh[string(id)] = fmt.Sprintf("node%08d", len(n.fresh)+1)
	})
}

// refill writes the id tree again, sorted by the new ids; the shape stays.
func (n *nodes) refill(w *treeWalk) {
	type pair struct {
		id      string
		element ref
	}
	pairs := make([]pair, 0, len(w.elements))
	for old, element := range w.elements {
		pairs = append(pairs, pair{n.fresh[old], element})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.id, b.id) })
	limits := map[ref]array{}
	for _, l := range w.leaves {
		list := array{}
		for _, p := range pairs[:l.count] {
			list = append(list, text(p.id), p.element)
		}
		pairs = pairs[l.count:]
		d := dict{"Names": list}
		if len(list) > 0 {
			limits[l.at] = array{list[0], list[len(list)-2]}
			d["Limits"] = limits[l.at]
		}
		n.tree[int(l.at)] = d
	}
	var limit func(at ref) array
	limit = func(at ref) array {
		kids, ok := w.nodes[at]["Kids"].(array)
		if !ok {
			return limits[at]
		}
		var own array
		for _, kid := range kids {
			got := limit(kid.(ref))
			switch {
			case len(got) == 0:
			case own == nil:
				own = array{got[0], got[1]}
			default:
				own[1] = got[1]
			}
		}
		d := dict{"Kids": kids}
		if w.nodes[at]["Limits"] != nil && own != nil {
			d["Limits"] = own
		}
		n.tree[int(at)] = d
		return own
	}
	for at := range w.nodes {
		limit(at)
	}
}

// rewrite copies an object with the new ids.
func (n *nodes) rewrite(out []byte, number int, object []byte) []byte {
	if d, ok := n.tree[number]; ok {
		w := writer{out: out}
		w.object(number, d)
		return w.out
	}
	done := 0
	n.each(object, func(key, id []byte, at int) {
		fresh, ok := n.fresh[string(id)]
		if !ok || string(key) != "ID" && string(key) != "Headers" {
			return
		}
		out = append(out, object[done:at]...)
		out = append(out, fresh...)
		done = at + len(id)
	})
	return append(out, object[done:]...)
}

// each calls visit with every string of an object, the last name before it,
// and where the string's text begins. It has been checked to be well formed.
func (n *nodes) each(object []byte, visit func(key, id []byte, at int)) {
	if !bytes.Contains(object, []byte("(node")) {
		return
	}
	s := &scanner{b: object}
	var key []byte
	for s.at < len(object) {
		switch c := object[s.at]; {
		case c == '/':
			s.at++
			key = s.word()
		case c == '(':
			from := s.at + 1
			if s.skipLiteral() != nil {
				return
			}
			visit(key, object[from:s.at-1], from)
		case c == '%':
			s.space()
		case c == 's' && bytes.HasPrefix(object[s.at:], []byte("stream")):
			return
		case c == '<' && bytes.HasPrefix(object[s.at:], []byte("<<")):
			s.at += 2
		case c == '<':
			if s.skipHex() != nil {
				return
			}
		default:
			s.at++
		}
	}
}
