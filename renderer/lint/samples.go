package lint

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/templates"
)

// samplesOf lists the samples in a folder: the names of their files.
func (f *folder) samplesOf() []string {
	var out []string
	for _, name := range sortedKeys(f.files) {
		if strings.HasPrefix(name, "sample") && strings.HasSuffix(name, ".json") {
			out = append(out, name)
		}
	}
	return out
}

// samples reports what the schema declares and no sample sets: nobody has seen
// it printed.
func (f *folder) samples() {
	for _, name := range f.samplesOf() {
		var v any
		if json.Unmarshal([]byte(f.files[name]), &v) == nil {
			setIn(v, []*node{f.model.root})
		}
	}
	f.declared(func(n *node) bool { return n.set }, func(n *node, name string) {
		f.add(n.file, f.model.line(n), Error, UnsetField, name+" is set in no sample: nobody has seen it printed")
	})
}

// fitting reports what in the samples does not fit, or cannot be set.
func (f *folder) fitting(t *templates.Template) error {
	for _, file := range f.samplesOf() {
		data, language := t.SampleNamed(strings.TrimSuffix(file, ".json"))
		problems, err := t.Problems(data)
		if err != nil {
			return err
		}
		lines := jsonLines(data)
		for _, p := range problems {
			f.add(f.path(file), lineOf(lines, strings.TrimSuffix(p.Field, "/")), Error, Sample, cmp.Or(p.Field, "/")+": "+p.Want)
		}
		cause := func(x Finding) bool { return x.Rule == UnknownField || x.Rule == Words }
		if len(problems) > 0 || slices.ContainsFunc(f.found, cause) {
			continue
		}
		if _, err := t.Body(language, data); err != nil {
			f.add(f.path(file), 0, Error, Sample, err.Error())
		}
	}
	return nil
}

// setIn marks what a sample sets.
func setIn(v any, nodes []*node) {
	for _, n := range spread(nodes) {
		n.set = true
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if found := field(nodes, name); len(found) > 0 && inner != nil {
				setIn(inner, found)
			}
		}
	case []any:
		for _, inner := range v {
			var items []*node
			for _, n := range spread(nodes) {
				if n.items != nil {
					items = append(items, n.items)
				}
			}
			setIn(inner, items)
		}
	}
}

// words reports texts that are missing or that nobody asks for.
func (f *folder) words(r *reader) {
	raw, file := f.files["words.yaml"], f.path("words.yaml")
	texts := map[string]map[string]string{}
	if raw != "" && unmarshalYAML(raw, &texts) != nil {
		return // loading the folder reports it
	}
	lines := yamlLines([]byte(raw))
	for _, key := range sortedKeys(r.said) {
		if _, ok := texts[key]; ok {
			continue
		}
		for _, at := range r.said[key] {
			f.add(at.file, at.line, Error, Words, "words.yaml has no text "+strconv.Quote(key))
		}
	}
	for _, key := range sortedKeys(texts) {
		begins := func(start string) bool { return strings.HasPrefix(key, start) }
		if _, said := r.said[key]; !said && !r.anyKey && !slices.ContainsFunc(r.mayHave, begins) {
			f.add(file, lines[key], Error, Words, "the template never says "+strconv.Quote(key))
		}
		f.word(file, key, texts[key], lines)
	}
}

// word checks one text in all its languages.
func (f *folder) word(file, key string, in map[string]string, lines map[string]int) {
	verbs, first := -1, ""
	for _, l := range f.manifest.Languages {
		text, ok := in[l]
		if !ok || text == "" {
			f.add(file, lines[key], Error, Words, strconv.Quote(key)+" has no text in "+l)
			continue
		}
		n, numbered := places(text)
		if numbered { // each language takes what it needs, in its own order
			continue
		}
		if verbs < 0 {
			verbs, first = n, l
		} else if n != verbs {
			f.add(file, lines[key+"/"+l], Error, Words, strconv.Quote(key)+" has another number of places to fill in than in "+first)
		}
	}
	for _, l := range sortedKeys(in) {
		if !slices.Contains(f.manifest.Languages, l) {
			f.add(file, lines[key+"/"+l], Error, Words, l+" is no language of the document")
		}
		if fault := f.letters.Fault(in[l]); fault != "" {
			f.add(file, lines[key+"/"+l], Error, Letters, fault)
		}
	}
}

// places counts what is to be filled in; numbered ones may stand in any order.
func places(text string) (n int, numbered bool) {
	return strings.Count(strings.ReplaceAll(text, "%%", ""), "%"), strings.Contains(text, "%[")
}
