package lint

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/templates"
)

func unmarshalYAML(raw string, into any) error { return yaml.Unmarshal([]byte(raw), into) }

// Options of Check.
type Options struct {
	Names   []string // documents to check; none: all
	Browser Browser  // nil: the static checks only
	Long    float64  // share of a text's maxLength that the long samples fill; 0: 0.4, negative: none are made
}

// Check looks over the documents of a set of folders: templates.Files(), or
// os.DirFS of a checkout's templates. The error is about the folders as a whole
// or the printer; what is wrong with a document is a finding.
func Check(ctx context.Context, fsys fs.FS, o Options) ([]Finding, error) {
	all, err := Names(fsys)
	if err != nil {
		return nil, fmt.Errorf("looking for documents: %w", err)
	}
	names := all
	if len(o.Names) > 0 {
		names = o.Names
	}
	var out []Finding
	set, loading := templates.LoadFrom(fsys, templates.Options{})
	if set == nil {
		return nil, loading
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no document %q: want one of %s", name, strings.Join(all, ", "))
		}
		f, err := readFolder(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading the document %s: %w", name, err)
		}
		f.static()
		f.loading(loading)
		if t, ok := set.Get(name); ok {
			if err := f.fitting(t); err != nil {
				return nil, err
			}
		}
		out = append(out, f.found...)
	}
	if o.Browser != nil {
		found, err := measured(ctx, fsys, names, o)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return order(out), nil
}

var (
	ofTemplate = regexp.MustCompile(`^template ([^:]+): (.*)`)
	ofFile     = regexp.MustCompile(`^([a-zA-Z0-9_.-]+\.(?:json|yaml|html|css))(?::(\d+))?: (.*)`)
)

// loading adds what loading the folders says and no check of ours has said.
func (f *folder) loading(err error) {
	if err == nil {
		return
	}
	mine := false
	for text := range strings.SplitSeq(err.Error(), "\n") {
		if m := ofTemplate.FindStringSubmatch(text); m != nil {
			mine, text = m[1] == f.name, m[2]
		}
		if !mine || f.said(text) {
			continue
		}
		m := ofFile.FindStringSubmatch(text)
		if m == nil {
			f.addNew(f.name, 0, Folder, text)
			continue
		}
		line, _ := strconv.Atoi(m[2])
		f.loadingFile(m[1], line, m[3])
	}
}

// said tells of a message of the loading whether a check of ours says the same,
// with its line.
func (f *folder) said(text string) bool {
	for _, part := range []string{"is not declared in schema.json", " in words.yaml"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	wording := strings.HasPrefix(text, "words.yaml: ") && (strings.Contains(text, "no text in") || strings.Contains(text, "no language"))
	return wording
}

func (f *folder) loadingFile(file string, line int, text string) {
	switch {
	case strings.HasPrefix(file, "sample"):
		f.addNew(f.path(file), line, Sample, text)
	case file == "manifest.yaml":
		key, _, _ := strings.Cut(text, ":")
		f.addNew(f.path(file), yamlLines([]byte(f.files[file]))[key], Folder, text)
	case file == "words.yaml":
		f.addNew(f.path(file), line, Words, text)
	default:
		if m := atLine.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		f.addNew(f.path(file), line, Folder, text)
	}
}

// addNew adds an error unless the same place already has one of that rule.
func (f *folder) addNew(file string, line int, r Rule, text string) {
	if !slices.ContainsFunc(f.found, func(x Finding) bool {
		return x.File == file && x.Rule == r && (x.Line == line && r == Folder || x.Text == text)
	}) {
		f.add(file, line, Error, r, text)
	}
}
