package templates

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Files are the shipped folders as they are built into the program: what Load
// reads.
func Files() fs.FS { return shipped }

// LoadFrom is Load over other folders: os.DirFS of a checkout, for one who is
// writing a document. It sees the files that would be built into the program and
// no others. Besides the error, which names every fault, it returns the documents
// that are sound; nil when what they share is not.
func LoadFrom(fsys fs.FS, o Options) (*Set, error) { return load(builtIn{fsys}, o) }

// builtIn shows of folders what the program would be built with.
type builtIn struct{ fs.FS }

// ReadFile reads a file as the folders below do.
func (b builtIn) ReadFile(name string) ([]byte, error) { return fs.ReadFile(b.FS, name) }

// ReadDir lists a folder without what belongs to editors and to people.
func (b builtIn) ReadDir(name string) ([]fs.DirEntry, error) {
	found, err := fs.ReadDir(b.FS, name)
	return slices.DeleteFunc(found, func(e fs.DirEntry) bool {
		file := e.Name()
		switch {
		case name == ".":
			return !e.IsDir()
		case name == "assets":
			return file != "fonts"
		case name == "assets/fonts":
			return file != "coverage.txt" && path.Ext(file) != ".woff2"
		case name == "parts":
			return e.IsDir() || strings.HasPrefix(file, ".") || strings.HasSuffix(file, "~")
		}
		sample := strings.HasPrefix(file, "sample") && path.Ext(file) == ".json"
		return !sample && !slices.Contains([]string{"template.html", "style.css", "schema.json", "manifest.yaml", "words.yaml"}, file)
	}), err
}

// Lettering tells what texts of documents may hold.
type Lettering struct{ letters coverage }

// ReadLettering reads assets/fonts/coverage.txt of a set of folders.
func ReadLettering(fsys fs.FS) (Lettering, error) {
	raw, err := fs.ReadFile(fsys, "assets/fonts/coverage.txt")
	if err != nil {
		return Lettering{}, err
	}
	letters, err := parseCoverage(string(raw))
	return Lettering{letters}, err
}

// Fault says why a text cannot be printed: a letter that the fonts lack, a word
// of two scripts; empty when it can.
func (l Lettering) Fault(text string) string {
	if l.letters.RangeTable == nil {
		return ""
	}
	if r, ok := l.letters.lacks(strings.NewReplacer("\t", "", "\r", "").Replace(text)); ok {
		return fmt.Sprintf("U+%04X is a letter that the fonts lack", r)
	}
	if r, ok := mixed(text); ok {
		return fmt.Sprintf("a word holds letters of two scripts (U+%04X)", r)
	}
	return ""
}

// Schema is a document's JSON Schema in one piece: what it shares with the
// others is put in as #/$defs/shared.
func Schema(fsys fs.FS, name string) (json.RawMessage, error) {
	var doc, defs map[string]any
	for file, into := range map[string]*map[string]any{name + "/schema.json": &doc, "parts/defs.json": &defs} {
		raw, err := fs.ReadFile(fsys, file)
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
	}
	const shared = "#/$defs/shared"
	refer(defs, "#/", shared+"/")
	refer(doc, "../parts/defs.json#/", shared+"/")
	delete(defs, "$schema")
	own, _ := doc["$defs"].(map[string]any)
	if own == nil {
		own = map[string]any{}
	}
	own["shared"] = defs
	doc["$defs"] = own
	return json.Marshal(doc)
}

// refer turns every reference that begins with from to begin with to.
func refer(v any, from, to string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			refer(e, from, to)
		}
	case map[string]any:
		if at, ok := v["$ref"].(string); ok && strings.HasPrefix(at, from) {
			v["$ref"] = to + strings.TrimPrefix(at, from)
		}
		for _, e := range v {
			refer(e, from, to)
		}
	}
}
