package lint

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/templates"
)

// folder is a document's folder as it is read for the checks, sound or not.
type folder struct {
	name     string
	files    map[string]string // of the folder, by name
	parts    map[string]string // of parts/, by name
	manifest templates.Manifest
	letters  templates.Lettering
	model    *model
	trees    map[string]*parse.Tree
	sources  map[string]source
	found    []Finding
}

// add notes a finding at an offset of a file.
func (f *folder) add(file string, line int, s Severity, r Rule, text string) {
	f.found = append(f.found, Finding{Template: f.name, File: file, Line: line, Severity: s, Rule: r, Text: text})
}

func (f *folder) path(file string) string { return f.name + "/" + file }

func readFolder(fsys fs.FS, name string) (*folder, error) {
	f := &folder{name: name, trees: map[string]*parse.Tree{}, sources: map[string]source{}}
	var err error
	if f.files, err = readAll(fsys, name); err != nil {
		return nil, err
	}
	if f.parts, err = readAll(fsys, "parts"); err != nil {
		return nil, err
	}
	if f.letters, err = templates.ReadLettering(fsys); err != nil {
		return nil, err
	}
	_ = yaml.Unmarshal([]byte(f.files["manifest.yaml"]), &f.manifest) // loading reports what is wrong in it
	f.model = newModel(f.path("schema.json"), []byte(f.files["schema.json"]), []byte(f.parts["defs.json"]))
	for part, text := range f.parts {
		if ext := path.Ext(part); ext == ".html" || ext == ".svg" {
			f.parse(part, source{"parts/" + part, text})
		}
	}
	f.parse("template.html", source{f.path("template.html"), f.files["template.html"]})
	return f, nil
}

func readAll(fsys fs.FS, dir string) (map[string]string, error) {
	files := map[string]string{}
	found, err := fs.ReadDir(fsys, dir)
	for _, e := range found {
		if e.IsDir() {
			continue
		}
		b, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files[e.Name()] = string(b)
	}
	return files, err
}

var atLine = regexp.MustCompile(`^template: [^:]+:(\d+)(?::\d+)?: (.*)`)

// parse reads a template's tree, whatever functions it calls.
func (f *folder) parse(name string, s source) {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	sub := map[string]*parse.Tree{}
	if _, err := t.Parse(s.text, "", "", sub); err != nil {
		line, text := 0, err.Error()
		if m := atLine.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		f.add(s.file, line, Error, Folder, text)
		return
	}
	for n, tree := range sub { // the template itself, and those it defines
		f.trees[n], f.sources[n] = tree, s
	}
}

// static runs the checks that need no print.
func (f *folder) static() {
	if f.trees["template.html"] != nil && f.model != nil {
		r := f.fields()
		f.unused()
		f.samples()
		f.words(r)
	}
	for name := range f.reached() {
		if s := f.sources[name]; s.file != "" {
			f.page(s)
		}
	}
	f.styles()
}

// reached are the templates that the document's page uses.
func (f *folder) reached() map[string]bool {
	seen := map[string]bool{}
	var visit func(string)
	var walk func(*parse.ListNode)
	walk = func(l *parse.ListNode) {
		if l == nil {
			return
		}
		for _, n := range l.Nodes {
			switch n := n.(type) {
			case *parse.IfNode:
				walk(n.List)
				walk(n.ElseList)
			case *parse.WithNode:
				walk(n.List)
				walk(n.ElseList)
			case *parse.RangeNode:
				walk(n.List)
				walk(n.ElseList)
			case *parse.TemplateNode:
				visit(n.Name)
			}
		}
	}
	visit = func(name string) {
		if t := f.trees[name]; t != nil && !seen[name] {
			seen[name] = true
			walk(t.Root)
		}
	}
	visit("template.html")
	return seen
}

// fields follows the page through the schema.
func (f *folder) fields() *reader {
	told := map[place]map[string]bool{}
	tell := func(r Rule) func(place, string) {
		return func(at place, text string) {
			if told[at][text] {
				return
			}
			if told[at] == nil {
				told[at] = map[string]bool{}
			}
			told[at][text] = true
			f.add(at.file, at.line, Error, r, text)
		}
	}
	r := &reader{trees: f.trees, sources: f.sources, said: map[string][]place{}, unknown: tell(UnknownField)}
	r.lacking = func(at place, key string) { r.said[key] = append(r.said[key], at) }
	r.run("template.html", []*node{f.model.root})
	return r
}

// unused reports what the schema declares and the page never reads: nobody asks
// people for what is of no use. A document that carries its data reads all of it.
func (f *folder) unused() {
	severity := Error
	if f.manifest.Attach {
		severity = Warning
	}
	f.declared(func(n *node) bool { return n.read }, func(n *node, name string) {
		f.add(n.file, f.model.line(n), severity, UnusedField, name+" is declared, but the template never reads it")
	})
}

// declared visits the fields that the document's own schema declares; below one
// that is not good, nothing is visited.
func (f *folder) declared(good func(*node) bool, bad func(n *node, name string)) {
	seen := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		told := map[string]bool{}
		for _, a := range n.all() {
			if a.file != f.model.own {
				continue
			}
			for _, name := range sortedKeys(a.props) {
				p := a.props[name]
				switch {
				case told[name]:
				case good(p):
					visit(p)
				default:
					bad(p, name)
				}
				told[name] = true
			}
			visit(a.items)
		}
	}
	visit(f.model.root)
}

// Names lists the documents' folders in a set of folders.
func Names(fsys fs.FS) ([]string, error) {
	found, err := fs.Glob(fsys, "*/manifest.yaml")
	for i := range found {
		found[i] = path.Dir(found[i])
	}
	slices.Sort(found)
	return found, err
}

// plain is a text without holes, in pieces.
func plain(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == hole }) }
