package templates

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/saylovhub/hub/contracts/schema"
)

//go:embed */template.html */style.css */schema.json */sample*.json */manifest.yaml */words.yaml
//go:embed parts assets/fonts/*.woff2 assets/fonts/coverage.txt
var shipped embed.FS

// Set is all documents, ready to print. It is safe for concurrent use.
type Set struct{ byName map[string]*Template }

// Template is one document.
type Template struct {
	Manifest
	Name  string // of its folder
	Title string // in its usual language
	Hash  string // SHA-256, hexadecimal, over its folder, the parts and the fonts

	shell    string
	bodies   map[string]*template.Template // by language
	drafts   map[string]*template.Template // the same without drawing
	schema   *schema.Schema
	fields   map[string]bool // the names at the top of its data
	pictures bool            // its data may hold photos
	samples  map[string][]byte
	letters  coverage
}

// Options of Load.
type Options struct {
	Emblem []byte // SVG or PNG in place of the shipped drawing; empty: that one, marked as a sample
}

// Load parses and checks every shipped document: manifest, schema, wording, page.
// All faults are joined, each naming its folder and file. Without options it is
// read once for the whole process: a set is never altered.
func Load(o Options) (*Set, error) {
	if len(o.Emblem) == 0 {
		return loadOnce()
	}
	return load(shipped, o)
}

var loadOnce = sync.OnceValues(func() (*Set, error) { return load(shipped, Options{}) })

func load(fsys fs.FS, o Options) (*Set, error) {
	shared, err := loadShared(fsys, o)
	if err != nil {
		return nil, err
	}
	folders, err := fs.Glob(fsys, "*/manifest.yaml")
	if err != nil {
		return nil, err
	}
	s := &Set{byName: map[string]*Template{}}
	var errs []error
	for _, m := range folders {
		name := path.Dir(m)
		t, err := shared.document(fsys, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("template %s: %w", name, err))
			continue
		}
		s.byName[name] = t
	}
	if len(folders) == 0 {
		errs = append(errs, errors.New("no template found"))
	}
	return s, errors.Join(errs...)
}

// Names lists the documents in alphabetical order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// Get returns the document of a folder.
func (s *Set) Get(name string) (*Template, bool) {
	t, ok := s.byName[name]
	return t, ok
}

// Shell is the whole HTML page with style, fonts as data: URIs, a content
// policy that allows nothing else, and an empty body. It holds no data.
func (t *Template) Shell() string { return t.shell }

// Samples lists the document's samples by name, "sample" first: sample-longest,
// sample-cyrillic, and so on.
func (t *Template) Samples() []string { return slices.Sorted(maps.Keys(t.samples)) }

// Sample is the first sample: valid data about made-up people.
func (t *Template) Sample() []byte { return bytes.Clone(t.samples["sample"]) }

// SampleNamed is one of the samples with the language it is to be printed in,
// which the end of its name says ("sample-list.ru"); nil for none.
func (t *Template) SampleNamed(name string) (data []byte, language string) {
	_, language, _ = strings.Cut(name, ".")
	return bytes.Clone(t.samples[name]), cmp.Or(language, t.Languages[0])
}

// Declares tells whether the document's data has a field of that name at its top.
func (t *Template) Declares(field string) bool { return t.fields[field] }

// Speaks tells whether the document can be printed in a language; empty is the
// usual one.
func (t *Template) Speaks(language string) bool {
	return language == "" || slices.Contains(t.Languages, language)
}

// document reads one folder.
func (sh *shared) document(fsys fs.FS, name string) (*Template, error) {
	files := map[string][]byte{}
	found, err := fs.ReadDir(fsys, name)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if files[f.Name()], err = fs.ReadFile(fsys, path.Join(name, f.Name())); err != nil {
			return nil, err
		}
	}
	for _, file := range []string{"manifest.yaml", "schema.json", "template.html", "style.css", "sample.json"} {
		if _, ok := files[file]; !ok {
			return nil, fmt.Errorf("%s: missing", file)
		}
	}
	m, err := parseManifest(files["manifest.yaml"])
	if err != nil {
		return nil, err
	}
	t := &Template{
		Manifest: m, Name: name, Title: m.Titles[m.Languages[0]], Hash: sh.hash(files), letters: sh.letters,
		bodies: map[string]*template.Template{}, drafts: map[string]*template.Template{}, samples: map[string][]byte{},
	}
	if err := sh.fill(t, files); err != nil {
		return nil, err
	}
	t.shell = sh.shell(t, string(files["style.css"]))
	return t, t.takeSamples(files)
}

// fill compiles schema, wording and page.
func (sh *shared) fill(t *Template, files map[string][]byte) error {
	w, err := parseWords(files["words.yaml"])
	if err != nil {
		return err
	}
	checked, fields, err := compile(t.Name, files["schema.json"], sh.defs)
	t.schema = checked
	errs := []error{err, w.missing(t.Languages), w.unsaid(string(files["template.html"]))}
	if fields != nil {
		t.fields, t.pictures = fields.top, fields.all["photo"]
	}
	for _, lang := range t.Languages {
		page, err := sh.body(lang, w, "", string(files["template.html"]))
		if err != nil {
			errs = append(errs, fmt.Errorf("template.html: %w", err))
			break
		}
		t.bodies[lang] = page
		if page, err = page.Clone(); err != nil {
			errs = append(errs, fmt.Errorf("template.html: %w", err))
			break
		}
		t.drafts[lang] = page.Funcs(undrawn)
	}
	if page := t.bodies[t.Languages[0]]; page != nil && fields != nil {
		errs = append(errs, declared(page, fields.all))
	}
	if strings.Contains(string(files["style.css"]), "</") {
		errs = append(errs, errors.New("style.css: holds a closing tag"))
	}
	return errors.Join(errs...)
}

func (t *Template) takeSamples(files map[string][]byte) error {
	var errs []error
	for _, file := range slices.Sorted(maps.Keys(files)) {
		name, isJSON := strings.CutSuffix(file, ".json")
		if !isJSON || !strings.HasPrefix(name, "sample") {
			continue
		}
		t.samples[name] = files[file]
		if !json.Valid(files[file]) {
			errs = append(errs, fmt.Errorf("%s: not JSON", file))
		}
	}
	return errors.Join(errs...)
}

// CheckSamples sets every sample once. It is not done at every start: samples are
// many and large.
func (t *Template) CheckSamples() error {
	var errs []error
	for _, sample := range t.Samples() {
		data, lang := t.SampleNamed(sample)
		if _, err := t.Body(lang, data); err != nil {
			errs = append(errs, fmt.Errorf("%s.json: %w", sample, err))
		}
	}
	return errors.Join(errs...)
}
