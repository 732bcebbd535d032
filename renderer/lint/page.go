package lint

import (
	"html"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// refused are the elements that the page does not take: they could act, or
// fetch, or change the shell.
var refused = strings.Fields("script iframe frame frameset object embed applet portal fencedframe meta link base style form template video audio dialog")

// fetching are the attributes that name an address.
var fetching = strings.Fields("src href xlink:href srcset poster data action background formaction cite longdesc manifest ping")

// spoken are the attributes whose text is printed or read out.
var spoken = strings.Fields("alt title aria-label")

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// page checks one file of markup as text.
func (f *folder) page(s source) {
	tags, texts := markup(s.text)
	for _, t := range tags {
		f.tag(s, t)
	}
	for _, x := range texts {
		f.lettered(s, x.at, x.value)
	}
	f.constants(s)
}

func (f *folder) tag(s source, t tag) {
	line := lineAt(s.text, t.at)
	if slices.Contains(refused, t.name) {
		f.add(s.file, line, Error, Refused, "the page refuses the element "+t.name)
	}
	for _, a := range t.attrs {
		at := lineAt(s.text, a.at)
		switch {
		case strings.HasPrefix(a.name, "on"):
			f.add(s.file, at, Error, Refused, "the page runs no scripts: "+a.name+" does nothing")
		case slices.Contains(fetching, a.name):
			if a.value != "" && !inside(a.value) && !strings.HasPrefix(a.value, string(hole)) {
				f.add(s.file, at, Error, Outside, a.name+" names an address outside the page")
			}
		case a.name == "style":
			for _, h := range cssAddresses(a.value) {
				f.add(s.file, lineAt(s.text, a.at+h.at), Error, Outside, h.text)
			}
		case !strings.HasPrefix(a.name, "xmlns") && strings.Contains(strings.ToLower(a.value), "url("):
			for _, h := range cssAddresses(a.value) {
				f.add(s.file, lineAt(s.text, a.at+h.at), Error, Outside, h.text)
			}
		case slices.Contains(spoken, a.name):
			f.lettered(s, a.at, a.value)
		}
	}
	if t.name == "img" || t.name == "image" {
		if alt, ok := t.attribute("alt"); !ok || strings.TrimSpace(alt.value) == "" && slices.Contains(classNames(t), "photo") {
			f.add(s.file, line, Error, Alternative, "a picture needs alt: what is read out in its place")
		}
	}
}

func classNames(t tag) []string {
	a, _ := t.attribute("class")
	return a.classes()
}

// lettered checks the letters of a text with holes.
func (f *folder) lettered(s source, at int, value string) {
	for _, piece := range plain(value) {
		if fault := f.letters.Fault(html.UnescapeString(piece)); fault != "" {
			i := strings.Index(value, piece)
			line := lineAt(s.text, at+i)
			// The line of the letter, not of the text's beginning.
			for j, row := range strings.Split(piece, "\n") {
				if f.letters.Fault(html.UnescapeString(row)) != "" {
					line += j
					break
				}
			}
			f.add(s.file, line, Error, Letters, fault)
		}
	}
}

// constants checks the texts within a template's actions.
func (f *folder) constants(s source) {
	for _, name := range sortedKeys(f.trees) {
		if f.sources[name] != s {
			continue
		}
		inspect(f.trees[name].Root, func(n *parse.StringNode) {
			if fault := f.letters.Fault(n.Text); fault != "" {
				f.add(s.file, lineAt(s.text, int(n.Position())), Error, Letters, fault)
			}
		})
	}
}

// inspect visits the texts in a tree.
func inspect(n parse.Node, visit func(*parse.StringNode)) {
	branch := func(b *parse.BranchNode) {
		inspect(b.Pipe, visit)
		inspect(b.List, visit)
		if b.ElseList != nil {
			inspect(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			inspect(c, visit)
		}
	case *parse.ActionNode:
		inspect(n.Pipe, visit)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			for _, a := range c.Args {
				inspect(a, visit)
			}
		}
	case *parse.StringNode:
		visit(n)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	}
}

// made are the classes that functions make.
var made = strings.Fields("size-0 size-1 size-2 size-3 size-4 size-5 qr")

// styles checks the style sheets, and that the classes of the page have rules.
func (f *folder) styles() {
	rules := map[string]bool{}
	sheets := []source{{f.path("style.css"), f.files["style.css"]}}
	for _, part := range sortedKeys(f.parts) {
		if path.Ext(part) == ".css" {
			sheets = append(sheets, source{"parts/" + part, f.parts[part]})
		}
	}
	for _, s := range sheets {
		cssClasses(s.text, rules)
		for _, h := range cssAddresses(s.text) {
			f.add(s.file, lineAt(s.text, h.at), Error, Outside, h.text)
		}
		for _, h := range cssTexts(s.text) {
			if fault := f.letters.Fault(h.text); fault != "" {
				f.add(s.file, lineAt(s.text, h.at), Error, Letters, fault)
			}
		}
	}
	// A part's class may be there for other documents only.
	s := f.sources["template.html"]
	if path.Base(s.file) != "template.html" {
		return
	}
	tags, _ := markup(s.text)
	for _, t := range tags {
		a, _ := t.attribute("class")
		for _, c := range a.classes() {
			if !rules[c] && !slices.Contains(made, c) {
				f.add(s.file, lineAt(s.text, t.at), Warning, NoRule, "no style sheet has a rule for the class "+c)
			}
		}
	}
}
