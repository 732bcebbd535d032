package templates

import (
	"bytes"
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

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/contracts/schema"
)

//go:embed */template.html */style.css */schema.json */sample.json */manifest.yaml
//go:embed parts assets/fonts/*.woff2 assets/fonts/coverage.txt
var shipped embed.FS

// Set is all documents, ready to print. It is safe for concurrent use.
type Set struct{ byName map[string]*Template }

// Template is one document.
type Template struct {
	Name     string  // of its folder
	Title    string  // in Uzbek, of the PDF
	Lang     string  // BCP 47: uz-Latn, uz-Cyrl
	Kind     string  // document kind of the catalogue: D2, D4, D9
	WidthMM  float64 // of the paper
	HeightMM float64 // of the paper
	Pages    int     // the most it may have; 0 means any number
	Series   bool    // carries a number of its commission's series of that kind
	Hash     string  // SHA-256, hexadecimal, over its folder, the parts and the fonts

	shell   string
	body    *template.Template
	schema  *schema.Schema
	sample  []byte
	letters coverage
}

type manifest struct {
	Title    string  `yaml:"title"`
	Lang     string  `yaml:"language"`
	Kind     string  `yaml:"kind"`
	WidthMM  float64 `yaml:"width_mm"`
	HeightMM float64 `yaml:"height_mm"`
	Pages    int     `yaml:"pages"`
	Series   bool    `yaml:"series"`
}

func (m manifest) validate() error {
	var errs []error
	want := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New("manifest.yaml: "+what))
		}
	}
	want(m.Title != "", "title: want a text")
	want(slices.Contains([]string{"uz-Latn", "uz-Cyrl", "kaa-Latn", "ru"}, m.Lang), "language: want uz-Latn, uz-Cyrl, kaa-Latn or ru")
	want(len(m.Kind) > 1 && m.Kind[0] == 'D', "kind: want D and a number")
	want(m.WidthMM >= 20 && m.WidthMM <= 420, "width_mm: want 20 to 420")
	want(m.HeightMM >= 20 && m.HeightMM <= 420, "height_mm: want 20 to 420")
	want(m.Pages >= 0, "pages: want 0 (any number) or more")
	return errors.Join(errs...)
}

// Load parses and checks every shipped document: manifest, schema, template,
// sample. All faults are joined, each naming its folder and file.
func Load() (*Set, error) { return load(shipped) }

func load(fsys fs.FS) (*Set, error) {
	shared, err := loadShared(fsys)
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

// Sample is valid data about made-up people.
func (t *Template) Sample() []byte { return bytes.Clone(t.sample) }

// document reads one folder.
func (sh *shared) document(fsys fs.FS, name string) (*Template, error) {
	files := map[string][]byte{}
	for _, file := range []string{"manifest.yaml", "schema.json", "template.html", "style.css", "sample.json"} {
		b, err := fs.ReadFile(fsys, path.Join(name, file))
		if err != nil {
			return nil, fmt.Errorf("%s: missing", file)
		}
		files[file] = b
	}
	var m manifest
	dec := yaml.NewDecoder(bytes.NewReader(files["manifest.yaml"]))
	dec.KnownFields(true)
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("manifest.yaml: %w", err)
	}
	if err := m.validate(); err != nil {
		return nil, err
	}
	t := &Template{
		Name: name, Title: m.Title, Lang: m.Lang, Kind: m.Kind, WidthMM: m.WidthMM, HeightMM: m.HeightMM,
		Pages: m.Pages, Series: m.Series, Hash: sh.hash(files), sample: files["sample.json"], letters: sh.letters,
	}
	checked, fields, err := compile(name, files["schema.json"])
	t.schema = checked
	errs := []error{err}
	if t.body, err = sh.parts.Clone(); err == nil {
		_, err = t.body.New("template.html").Parse(string(files["template.html"]))
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("template.html: %w", err))
	} else if fields != nil {
		errs = append(errs, declared(t.body, fields))
	}
	if strings.Contains(string(files["style.css"]), "</") {
		errs = append(errs, errors.New("style.css: holds a closing tag"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	t.shell = sh.shell(t, string(files["style.css"]))
	if !json.Valid(t.sample) {
		return nil, errors.New("sample.json: not JSON")
	}
	if _, err := t.Body(t.sample); err != nil {
		return nil, fmt.Errorf("sample.json: %w", err)
	}
	return t, nil
}
